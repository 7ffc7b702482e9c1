// yaml-cpp tells what it reads event by event. Only the events of a list of flat maps are taken, so a
// text that nests deeper is refused at its first wrong bracket, and nothing is ever expanded.
#include "awry/check/check_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <set>
#include <sstream>

#include "codec/json.h"
#include "codec/utf8.h"

namespace awry::check {
namespace {

struct Stop {
  size_t line;
  size_t column;
  std::string message;
};

// Used by one thread.
class Reader final : public YAML::EventHandler {
 public:
  std::vector<PlacedCheck> Take() { return std::move(checks_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) Refuse(mark, "a second document: a file holds one list of checks");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Plain(mark, anchor, "?");
    if (place_ == Place::kStart || place_ == Place::kList) {
      place_ = Place::kDone;  // an empty text, or `checks:` with nothing below
      return;
    }
    Refuse(mark, "a value is missing");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "aliases are not taken: write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Plain(mark, anchor, tag);
    switch (place_) {
      case Place::kTopKey:
        if (value != "checks") Refuse(mark, fmt::format("unknown key '{}': expected 'checks'", value));
        place_ = Place::kList;
        return;
      case Place::kKey:
        return OnKey(mark, value);
      case Place::kValue:
        return OnValue(mark, value);
      default:
        Refuse(mark, "expected a list of checks, such as: - name: …");
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Plain(mark, anchor, tag);
    if (place_ != Place::kStart && place_ != Place::kList) Refuse(mark, "a list is not expected here");
    bare_list_ = place_ == Place::kStart;
    place_ = Place::kItem;
  }
  void OnSequenceEnd() override { place_ = bare_list_ ? Place::kDone : Place::kTopEnd; }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Plain(mark, anchor, tag);
    if (place_ == Place::kStart) {
      place_ = Place::kTopKey;
      return;
    }
    if (place_ != Place::kItem) Refuse(mark, "a map is not expected here");
    if (checks_.size() == kChecksMax)
      Refuse(mark, fmt::format("more than {} checks", kChecksMax));
    place_ = Place::kKey;
    keys_.clear();
    item_ = {.line = LineOf(mark), .column = ColumnOf(mark)};
  }
  void OnMapEnd() override {
    if (place_ != Place::kKey) {
      place_ = Place::kDone;
      return;
    }
    const auto need = [&](bool there, const char* what) {
      if (!there) throw Stop{item_.line, item_.column, fmt::format("the check has no {}", what)};
    };
    need(keys_.contains("name"), "'name'");
    need(keys_.contains("never") || keys_.contains("always"), "'never' or 'always'");
    checks_.push_back(std::move(item_));
    place_ = Place::kItem;
  }

 private:
  enum class Place { kStart, kTopKey, kList, kItem, kKey, kValue, kTopEnd, kDone };

  static size_t LineOf(const YAML::Mark& mark) { return static_cast<size_t>(mark.line + 1); }
  static size_t ColumnOf(const YAML::Mark& mark) { return static_cast<size_t>(mark.column + 1); }
  [[noreturn]] static void Refuse(const YAML::Mark& mark, std::string message) {
    throw Stop{LineOf(mark), ColumnOf(mark), std::move(message)};
  }

  // "?" and "!" are what yaml-cpp gives to values without a tag, plain and quoted.
  static void Plain(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
    if (anchor != YAML::NullAnchor) Refuse(mark, "anchors are not taken: write the value out");
    if (!tag.empty() && tag != "?" && tag != "!") Refuse(mark, "tags are not taken");
  }

  void OnKey(const YAML::Mark& mark, const std::string& key) {
    constexpr const char* kKnown[] = {"name", "never", "always", "severity", "description"};
    bool known = false;
    for (const char* name : kKnown) known = known || key == name;
    if (!known) {
      Refuse(mark, fmt::format(
                       "unknown key '{}': expected name, never, always, severity or description",
                       key.substr(0, 40)));
    }
    if (!keys_.insert(key).second) Refuse(mark, fmt::format("key '{}' stands here twice", key));
    if (keys_.contains("never") && keys_.contains("always"))
      Refuse(mark, "a check has 'never' or 'always', not both");
    key_ = key;
    place_ = Place::kValue;
  }

  void OnValue(const YAML::Mark& mark, const std::string& value) {
    Check& check = item_.check;
    if (key_ == "name") {
      if (value.empty()) Refuse(mark, "'name' is empty");
      check.name = value;
      item_.line = LineOf(mark);
      item_.column = ColumnOf(mark);
    } else if (key_ == "severity") {
      const auto severity = SeverityFromName(value);
      if (!severity.has_value()) Refuse(mark, "'severity' must be info, warning or error");
      check.severity = *severity;
    } else if (key_ == "description") {
      check.description = value;
    } else {
      if (value.empty()) Refuse(mark, fmt::format("'{}' has no query", key_));
      check.always = key_ == "always";
      check.query = value;
    }
    place_ = Place::kKey;
  }

  Place place_ = Place::kStart;
  int documents_ = 0;
  bool bare_list_ = false;
  PlacedCheck item_;
  std::set<std::string> keys_;  // of the item so far
  std::string key_;             // whose value comes next
  std::vector<PlacedCheck> checks_;
};

// yaml-cpp ends its input at a byte 4, and passes other control characters on.
void RefuseControlCharacters(std::string_view text) {
  size_t line = 1, column = 1;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F)
      throw Stop{line, column, "a control character"};
    ++column;
    if (c == '\n') {
      ++line;
      column = 1;
    }
  }
}

std::vector<PlacedCheck> Read(std::string_view text) {
  if (!codec::IsValidUtf8(text)) throw Stop{0, 0, "the text is not UTF-8"};
  RefuseControlCharacters(text);
  std::istringstream in{std::string(text)};
  Reader reader;
  try {
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(reader)) {
    }
  } catch (const YAML::Exception& error) {
    throw Stop{static_cast<size_t>(error.mark.line + 1), static_cast<size_t>(error.mark.column + 1),
               "no YAML: " + error.msg};
  }
  return reader.Take();
}

bool FitsOnePlainLine(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) return false;
  }
  return true;
}

}  // namespace

base::Result<std::vector<PlacedCheck>> ReadYaml(std::string_view text, Problem* problem) {
  if (text.size() > kYamlBytesMax) {
    return base::ResourceExhausted(
        fmt::format("text of checks is too long: {} bytes, at most {}", text.size(), kYamlBytesMax));
  }
  try {
    return Read(text);
  } catch (const Stop& stop) {
    if (problem != nullptr) *problem = {.line = stop.line, .column = stop.column};
    if (stop.line == 0) return base::InvalidArgument("checks cannot be read: " + stop.message);
    return base::InvalidArgument(
        fmt::format("checks cannot be read: line {}, column {}: {}", stop.line, stop.column, stop.message));
  } catch (const std::exception& error) {
    return base::InvalidArgument(std::string("checks cannot be read: no YAML: ") + error.what());
  }
}

std::string YamlScalar(std::string_view text) {
  std::string out;
  if (!FitsOnePlainLine(text)) {
    codec::AppendJsonString(out, text);  // YAML's double quotes know all of JSON's escapes
    return out;
  }
  out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string WriteYaml(const std::vector<Check>& checks) {
  std::string out = checks.empty() ? "checks: []\n" : "checks:\n";
  for (const Check& check : checks) {
    out += fmt::format("  - name: {}\n    {}: {}\n    severity: {}\n", YamlScalar(check.name),
                       check.always ? "always" : "never", YamlScalar(check.query),
                       SeverityName(check.severity));
    if (!check.description.empty())
      out += fmt::format("    description: {}\n", YamlScalar(check.description));
  }
  return out;
}

}  // namespace awry::check
