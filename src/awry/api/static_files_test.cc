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

TEST(StaticFiles, NeedAnIndex) {
  EXPECT_EQ(StaticFiles::Load("/nonexistent-folder", "").status().code(),
            base::StatusCode::kNotFound);
}

}  // namespace
}  // namespace awry::api
