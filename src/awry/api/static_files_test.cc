#include "awry/api/static_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "awry/api/server_test.h"

namespace awry::api {
namespace {

std::string PagesFolder() {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("awry_pages_" + std::to_string(base::EntropySeed()));
  std::filesystem::create_directories(folder / "sub");
  std::ofstream(folder / "index.html") << "<base href=\"/\"><script src=\"main.js\"></script>";
  std::ofstream(folder / "main.js") << "let x;";
  return folder.string();
}

TEST(StaticFiles, ServesFilesDeepLinksAndRefusesTheRest) {
  const std::string folder = PagesFolder();
  TestServer server({.web_root = folder});
  const auto script = server.Get("/main.js");
  EXPECT_EQ(script.body, "let x;");
  EXPECT_EQ(script.header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_THAT(std::string(script.header("Content-Security-Policy")),
              testing::HasSubstr("script-src 'self'"));
  EXPECT_THAT(std::string(script.header("Content-Security-Policy")),
              testing::Not(testing::HasSubstr("unsafe")));
  for (const char* page :
       {"/", "/search?service=a", "/trace/abc", "/trace/a...b?cohort=c", "/dependencies"}) {
    EXPECT_THAT(server.Get(page).body, testing::HasSubstr("main.js")) << page;
    EXPECT_EQ(server.Get(page).header("Content-Type"), "text/html; charset=utf-8");
  }
  for (const char* missing :
       {"/other.js", "/../etc/passwd.txt", "/%2e%2e/x.css", "/api/x", "/api/v1/x"}) {
    EXPECT_EQ(server.Get(missing).status, 404) << missing;
  }
  std::filesystem::remove_all(folder);
}

TEST(StaticFiles, AnswersNotModified) {
  const std::string folder = PagesFolder();
  TestServer server({.web_root = folder});
  const std::string etag(server.Get("/main.js").header("ETag"));
  ASSERT_FALSE(etag.empty());
  const auto again = server.Send("GET", "/main.js", "", {{"If-None-Match", etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
  std::filesystem::remove_all(folder);
}

TEST(StaticFiles, WritesTheBasePathIntoThePage) {
  const std::string folder = PagesFolder();
  TestServer server({.base_path = "/jaeger", .web_root = folder});
  EXPECT_THAT(server.Get("/jaeger/trace/1").body, testing::HasSubstr("<base href=\"/jaeger/\">"));
  std::filesystem::remove_all(folder);
}

constexpr const char* kMarkedPage =
    "<base href=\"/\"><script>const JAEGER_CONFIG = DEFAULT_CONFIG; const JAEGER_VERSION = DEFAULT_VERSION;\n"
    "const JAEGER_BACKEND_CAPABILITIES = DEFAULT_BACKEND_CAPABILITIES;</script><script src=\"main.js\"></script>";

TEST(UiMarks, AreReplacedAndNothingCanEndTheScript) {
  std::string html = kMarkedPage;
  WriteMarks({.config = R"x({"menu":["</script><script>alert(1)"]})x", .version = "1.2", .archive = true}, html);
  EXPECT_THAT(html, testing::HasSubstr(R"x(JAEGER_CONFIG = {"menu":["\u003c/script>\u003cscript>alert(1)"]};)x"));
  EXPECT_THAT(html, testing::HasSubstr(R"(JAEGER_VERSION = {"gitCommit":"","gitVersion":"1.2","buildDate":""};)"));
  EXPECT_THAT(html, testing::HasSubstr(R"(JAEGER_BACKEND_CAPABILITIES = {"archiveStorage":true,"metricsStorage":true,)"));
  std::string plain = kMarkedPage;
  WriteMarks({}, plain);
  EXPECT_THAT(plain, testing::HasSubstr("JAEGER_CONFIG = DEFAULT_CONFIG;")) << "without a configuration";
}

TEST(UiMarks, ThePolicyLetsOnlyThePagesOwnScriptsRun) {
  // The hash of "let a = 1;", as openssl dgst -sha256 gives it.
  const std::string html = "<script>let a = 1;</script><script src=\"x.js\"></script>";
  const std::string policy = PolicyOf(html, {});
  EXPECT_THAT(policy, testing::HasSubstr("script-src 'self' 'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck=';"));
  EXPECT_THAT(policy, testing::Not(testing::HasSubstr("unsafe")));
  const std::string stock = PolicyOf(html, {.stock = true});
  EXPECT_THAT(stock, testing::HasSubstr("style-src 'self' 'unsafe-inline';"));
  EXPECT_THAT(stock, testing::HasSubstr("script-src 'self' 'wasm-unsafe-eval' 'sha256-"));
}

TEST(StaticFiles, ServesABuildOfJaegersPagesFromItsFolders) {
  const std::string folder = PagesFolder();
  std::ofstream(folder + "/index.html") << kMarkedPage;
  std::ofstream(folder + "/sub/part.js") << "let y;";
  TestServer server({.base_path = "/jaeger", .ui_dir = folder, .ui_config = R"({"a":1})"});
  const auto page = server.Get("/jaeger/search");
  EXPECT_THAT(page.body, testing::HasSubstr("JAEGER_CONFIG = {\"a\":1};"));
  EXPECT_THAT(page.body, testing::HasSubstr("<base href=\"/jaeger/\">"));
  EXPECT_THAT(std::string(page.header("Content-Security-Policy")), testing::HasSubstr("'sha256-"));
  EXPECT_EQ(server.Get("/jaeger/sub/part.js").body, "let y;");
  EXPECT_EQ(server.Get("/jaeger/sub/none.js").status, 404);
  std::filesystem::remove_all(folder);
}

TEST(StaticFiles, NeedAnIndex) {
  EXPECT_EQ(StaticFiles::Load("/nonexistent-folder", {}).status().code(),
            base::StatusCode::kNotFound);
}

}  // namespace
}  // namespace awry::api
