#include "settings_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace awry::app {
namespace {

std::string FileWith(const std::string& text) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("awry_settings_" + std::to_string(base::EntropySeed())))
                               .string();
  std::ofstream(path) << text;
  return path;
}

TEST(ReadSettings, TakesTextsNumbersAndLists) {
  const std::string path = FileWith(
      "http = 1234\notlp_http = \"auto\"\n[serve]\nreplay = [\"a=http://x\", \"b=http://y\"]\n");
  const auto settings = ReadSettings(path);
  ASSERT_TRUE(settings.ok()) << settings.status().ToString();
  EXPECT_EQ(settings->at("http"), std::vector<std::string>{"1234"});
  EXPECT_EQ(settings->at("otlp-http"), std::vector<std::string>{"auto"});
  EXPECT_EQ(settings->at("replay").size(), 2u);
  std::filesystem::remove(path);
}

TEST(ReadSettings, NamesThePlaceOfAnError) {
  const std::string path = FileWith("http = 1\nlisten = \n");
  const auto settings = ReadSettings(path);
  ASSERT_FALSE(settings.ok());
  EXPECT_NE(settings.status().message().find("line 2"), std::string::npos)
      << settings.status().message();
  std::filesystem::remove(path);
  EXPECT_EQ(ReadSettings("/nonexistent.toml").status().code(), base::StatusCode::kNotFound);
}

}  // namespace
}  // namespace awry::app
