// Whole answers against files written by hand from the protocol's description (tests/golden), and
// the requests that Jaeger's own pages send.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "awry/api/server_test.h"

namespace awry::api {
namespace {

using codec::JsonDocument;
using codec::JsonValue;
using testing::HasSubstr;

std::string Golden(const std::string& name) {
  std::ifstream file(std::string(AWRY_SOURCE_DIR) + "/tests/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

// Where two values differ first, as a path with both; "" when they are equal. The order of an
// object's members does not count.
std::string Difference(JsonValue got, JsonValue wanted, const std::string& at = "$") {
  const auto text = [](JsonValue value) {
    std::string out;
    codec::JsonWriter(out).Value(value);
    return out;
  };
  const std::string both = at + ": " + text(got) + " is not " + text(wanted);
  if (got.type() != wanted.type() || got.size() != wanted.size()) return both;
  if (wanted.is_object()) {
    for (const codec::JsonMember member : wanted.members()) {
      if (!got.Find(member.key).exists())
        return at + ": no '" + std::string(member.key) + "' in " + text(got);
      const std::string inner =
          Difference(got.Find(member.key), member.value, at + "." + std::string(member.key));
      if (!inner.empty()) return inner;
    }
    return "";
  }
  if (wanted.is_array()) {
    for (size_t i = 0; i < wanted.size(); ++i) {
      const std::string inner =
          Difference(got.At(i), wanted.At(i), at + "[" + std::to_string(i) + "]");
      if (!inner.empty()) return inner;
    }
    return "";
  }
  return text(got) == text(wanted) ? "" : both;
}

std::string Differs(const std::string& got, const std::string& golden) {
  const auto a = JsonDocument::Parse(got), b = JsonDocument::Parse(Golden(golden));
  if (!a.ok() || !b.ok()) return "not JSON: " + got;
  return Difference(a->root(), b->root());
}

struct Filled {
  explicit Filled(ApiOptions options = {}) {
    archive_folder = (std::filesystem::temp_directory_path() /
                      ("awry_golden_" + std::to_string(base::EntropySeed())))
                         .string();
    archive = columnar::Open({.path = archive_folder}).value();
    options.archive = archive.get();
    server = std::make_unique<TestServer>(options);
    EXPECT_EQ(server->Send("POST", "/api/v1/spans", Golden("jaeger_input.otlp.json")).status, 200);
  }
  ~Filled() {
    server.reset();
    archive.reset();
    std::filesystem::remove_all(archive_folder);
  }
  std::string archive_folder;
  std::unique_ptr<store::TraceStore> archive;
  std::unique_ptr<TestServer> server;
};

TEST(JaegerGolden, TheFirstGenerationGivesEveryFieldOfATrace) {
  Filled filled;
  const auto response = filled.server->Get("/api/traces/ab");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Differs(response.body, "jaeger_v1_trace.json"), "");
  const std::string search = "/api/traces?service=shop&start=1599999999000000&end=1600003600000000";
  EXPECT_EQ(Differs(filled.server->Get(search).body, "jaeger_v1_trace.json"), "");
}

TEST(JaegerGolden, TheThirdGenerationGivesEveryFieldOfATrace) {
  Filled filled;
  EXPECT_EQ(Differs(filled.server->Get("/api/v3/traces/ab").body, "jaeger_v3_trace.json"), "");
  EXPECT_EQ(Differs(filled.server
                        ->Get("/api/v3/traces?query.startTimeMin=2020-09-13T12:00:00Z&"
                              "query.startTimeMax=2020-09-13T13:00:00Z")
                        .body,
                    "jaeger_v3_trace.json"),
            "");
}

TEST(JaegerGolden, TransformGivesWhatReadingWouldGive) {
  Filled filled;
  const auto response =
      filled.server->Send("POST", "/api/transform", Golden("jaeger_input.otlp.json"));
  EXPECT_EQ(response.status, 200);
  std::string body = response.body;
  const size_t total = body.rfind("\"total\":0");
  ASSERT_NE(total, std::string::npos);
  body.replace(total, 9, "\"total\":1");
  EXPECT_EQ(Differs(body, "jaeger_v1_trace.json"), "");
  const auto bad = filled.server->Send("POST", "/api/transform", "{]");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad.header("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_THAT(bad.body, HasSubstr("cannot unmarshal OTLP"));
}

TEST(JaegerGolden, ReadingTwiceGivesTheSameBytes) {
  Filled filled;
  for (const char* target :
       {"/api/traces/ab", "/api/v3/traces/ab", "/api/traces/ab?raw=true",
        "/api/traces?service=db&start=1599999999000000&end=1600003600000000"}) {
    const std::string once = filled.server->Get(target).body;
    EXPECT_EQ(filled.server->Get(target).body, once) << target;
  }
}

bool IsA(JsonValue value, std::string_view type) {
  if (type == "any") return value.exists();
  if (type == "string") return value.is_string();
  if (type == "number") return value.is_number();
  if (type == "bool") return value.is_bool();
  return value.exists() && value.is_null();
}

// Why `value` has not `shape`; "" when it has.
std::string Misfit(JsonValue value, JsonValue shape, const std::string& at = "$") {
  if (const auto type = shape.AsString())
    return IsA(value, *type) ? "" : at + " is no " + std::string(*type);
  if (shape.is_array()) {
    if (!value.is_array()) return at + " is no list";
    for (const JsonValue item : value.items()) {
      const std::string inner = Misfit(item, shape.At(0), at + "[]");
      if (!inner.empty()) return inner;
    }
    return "";
  }
  if (!value.is_object()) return at + " is no object";
  for (const codec::JsonMember member : shape.members()) {
    if (member.key == "p*") {
      for (const codec::JsonMember any : value.members()) {
        const std::string inner = Misfit(any.value, member.value, at + "." + std::string(any.key));
        if (!inner.empty()) return inner;
      }
      continue;
    }
    const std::string inner =
        Misfit(value.Find(member.key), member.value, at + "." + std::string(member.key));
    if (!inner.empty()) return inner;
  }
  return "";
}

TEST(JaegerUi, GetsAnswersOfTheShapeThatItReads) {
  Filled filled;
  const std::string text = Golden("jaeger_ui_requests.json");
  const auto recorded = JsonDocument::Parse(text);
  ASSERT_TRUE(recorded.ok()) << recorded.status().ToString();
  size_t asked = 0;
  for (const JsonValue request : recorded->root().Find("requests").items()) {
    const bool post = request.Find("post").exists();
    const std::string target(*request.Find(post ? "post" : "get").AsString());
    const auto body = request.Find("body").AsString();
    const auto response = filled.server->Send(post ? "POST" : "GET", target,
                                              body.has_value() ? Golden(std::string(*body)) : "");
    EXPECT_EQ(response.status, *request.Find("status").AsInt64()) << target << " " << response.body;
    const auto json = JsonDocument::Parse(response.body);
    ASSERT_TRUE(json.ok()) << target << " " << response.body;
    EXPECT_EQ(Misfit(json->root(), request.Find("shape")), "") << target << " " << response.body;
    ++asked;
  }
  EXPECT_GE(asked, 25u);
}

// With JAEGER_UI_DIR=…/build of jaeger-ui.
TEST(JaegerUi, ABuildOfItsPagesLoadsFromHere) {
  const char* folder = std::getenv("JAEGER_UI_DIR");
  if (folder == nullptr) GTEST_SKIP() << "JAEGER_UI_DIR names no build of jaeger-ui";
  Filled filled({.base_path = "/jaeger",
                 .ui_dir = folder,
                 .ui_config = R"({"dependencies":{"menuEnabled":true}})"});
  const auto page = filled.server->Get("/jaeger/search?service=shop");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr(R"(JAEGER_CONFIG = {"dependencies":{"menuEnabled":true}};)"));
  EXPECT_THAT(page.body, testing::Not(HasSubstr("JAEGER_VERSION = DEFAULT_VERSION;")));
  // Every script and style that the page names is there.
  const std::regex reference(R"((?:src|href)="\.?/?([^":]+\.(?:js|css)))");
  size_t found = 0;
  for (std::sregex_iterator at(page.body.begin(), page.body.end(), reference), end; at != end;
       ++at) {
    EXPECT_EQ(filled.server->Get("/jaeger/" + (*at)[1].str()).status, 200) << (*at)[1];
    ++found;
  }
  EXPECT_GT(found, 0u);
}

}  // namespace
}  // namespace awry::api
