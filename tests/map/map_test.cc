// Holds the code against the table in docs/architecture.md: every #include and every DEPENDS.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace awry {
namespace {

namespace fs = std::filesystem;
using Map = std::map<std::string, std::set<std::string>>;  // room -> rooms that it may include

const fs::path kSource = AWRY_SOURCE_DIR;

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> SplitWords(const std::string& text, const std::string& separators) {
  std::vector<std::string> words;
  size_t at = 0;
  while ((at = text.find_first_not_of(separators, at)) != std::string::npos) {
    const size_t end = std::min(text.find_first_of(separators, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

// Reads the rows "| room | a, b |" under the heading of the map.
Map ReadMap() {
  Map map;
  std::istringstream text(ReadFile(kSource / "docs/architecture.md"));
  std::string line;
  bool in_table = false;
  while (std::getline(text, line)) {
    if (line == "| --- | --- |") {
      in_table = true;
    } else if (in_table && line.empty()) {
      break;
    } else if (in_table) {
      const std::vector<std::string> cells = SplitWords(line, "|");
      const std::string room = SplitWords(cells.at(0), " ").at(0);
      std::set<std::string>& allowed = map[room];
      for (const std::string& word : SplitWords(cells.at(1), ", ")) {
        if (word != "–") allowed.insert(word);
      }
    }
  }
  return map;
}

// The room of a path under src/: the longest one that is a prefix; "" when there is none.
std::string RoomOf(const Map& map, const std::string& path) {
  std::string best;
  for (const auto& [room, allowed] : map) {
    if (path.starts_with(room + "/") && room.size() > best.size()) best = room;
  }
  return best;
}

bool IsCode(const fs::path& path) {
  return path.extension() == ".h" || path.extension() == ".cc";
}

bool IsTest(const fs::path& path) {
  const std::string stem = path.stem().string();
  return stem.ends_with("_test") || stem.ends_with("_fuzz");
}

std::vector<std::string> Includes(const fs::path& path, const std::regex& pattern) {
  std::vector<std::string> found;
  std::istringstream text(ReadFile(path));
  std::string line;
  std::smatch match;
  while (std::getline(text, line)) {
    if (std::regex_search(line, match, pattern)) found.push_back(match[1]);
  }
  return found;
}

const std::regex kQuoted(R"re(^\s*#\s*include\s+"([^"]+)")re");
const std::regex kSdk(R"re(^\s*#\s*include\s+[<"](awry/sdk/[^>"]+)[>"])re");

// DEPENDS of every awry_room() in src/.
Map ReadDepends() {
  Map depends;
  const std::regex word(R"(\b(SOURCES|HEADERS|TESTS|FUZZ|DEPENDS|LIBRARIES|TEST_DEPENDS|TEST_LIBRARIES)\b)");
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "src")) {
    if (entry.path().filename() != "CMakeLists.txt") continue;
    const std::string text = ReadFile(entry.path());
    const size_t open = text.find("awry_room(");
    if (open == std::string::npos) continue;
    const std::string body = text.substr(open + 10, text.find(')', open) - open - 10);
    const std::vector<std::string> words = SplitWords(body, " \n\t");
    bool in_depends = false;
    std::set<std::string>& rooms = depends[words.at(0)];
    for (size_t i = 1; i < words.size(); ++i) {
      if (std::regex_match(words[i], word)) {
        in_depends = words[i] == "DEPENDS";
      } else if (in_depends) {
        rooms.insert(words[i]);
      }
    }
  }
  return depends;
}

TEST(Map, EveryIncludeIsAllowed) {
  const Map map = ReadMap();
  ASSERT_GT(map.size(), 5u);
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "src")) {
    if (!IsCode(entry.path())) continue;
    const std::string path = fs::relative(entry.path(), kSource / "src").string();
    const std::string room = RoomOf(map, path);
    EXPECT_FALSE(room.empty()) << path << " lies in no room of docs/architecture.md";
    if (room.empty() || IsTest(entry.path())) continue;
    for (const std::string& include : Includes(entry.path(), kQuoted)) {
      if (include.starts_with("awry/sdk/")) continue;  // the SDK's promise to everybody, but see TheBackendKnowsNoSdk
      const std::string other = RoomOf(map, include);
      EXPECT_FALSE(other.empty()) << path << " includes \"" << include << "\", which is in no room";
      EXPECT_TRUE(other == room || map.at(room).contains(other))
          << path << " includes \"" << include << "\", but " << room << " may not include " << other;
    }
  }
}

TEST(Map, EveryDependsIsAllowedAndEveryRoomExists) {
  const Map map = ReadMap();
  const Map depends = ReadDepends();
  for (const auto& [room, rooms] : depends) {
    ASSERT_TRUE(map.contains(room)) << "awry_room(" << room << ") is not in docs/architecture.md";
    for (const std::string& other : rooms) {
      EXPECT_TRUE(map.at(room).contains(other)) << "awry_room(" << room << " DEPENDS " << other << ")";
    }
  }
  for (const auto& [room, allowed] : map) {
    EXPECT_TRUE(depends.contains(room)) << room << " is in docs/architecture.md but has no awry_room()";
    for (const std::string& other : allowed) {
      EXPECT_TRUE(map.contains(other)) << room << " may include " << other << ", which is no room";
    }
  }
}

TEST(Map, TheBackendKnowsNoSdk) {
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "src/awry")) {
    if (!IsCode(entry.path())) continue;
    EXPECT_TRUE(Includes(entry.path(), kSdk).empty()) << entry.path();
  }
}

TEST(Map, PublicHeadersIncludeOnlyTheStandardLibraryAndThemselves) {
  const std::regex any(R"re(^\s*#\s*include\s+([<"][^>"]+[>"]))re");
  for (const auto& entry : fs::recursive_directory_iterator(kSource / "include")) {
    if (!IsCode(entry.path())) continue;
    for (const std::string& include : Includes(entry.path(), any)) {
      const std::string name = include.substr(1, include.size() - 2);
      const bool standard = name.find_first_of("/.") == std::string::npos;
      EXPECT_TRUE(standard || name.starts_with("awry/sdk/")) << entry.path() << " includes " << include;
    }
  }
}

TEST(Map, NothingIncludesTheApps) {
  for (const char* folder : {"src", "include"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kSource / folder)) {
      if (!IsCode(entry.path())) continue;
      for (const std::string& include : Includes(entry.path(), kQuoted)) {
        EXPECT_FALSE(include.starts_with("apps/")) << entry.path();
      }
    }
  }
}

}  // namespace
}  // namespace awry
