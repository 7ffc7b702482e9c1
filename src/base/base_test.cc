#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "base/random.h"
#include "base/release.h"
#include "base/status.h"

namespace awry::base {
namespace {

TEST(Status, NamesItsCodeAndMessage) {
  EXPECT_EQ(InvalidArgument("bad digit: 'x'").ToString(), "INVALID_ARGUMENT: bad digit: 'x'");
  EXPECT_EQ(OkStatus().WithContext("import").ToString(), "OK");
  EXPECT_EQ(NotFound("no file").WithContext("import").message(), "import: no file");
}

TEST(Status, EveryCodeHasAnHttpStatusThatLeadsBackToTheSameClass) {
  for (int code = 0; code <= 16; ++code) {
    const int http = HttpStatusOf(static_cast<StatusCode>(code));
    const int back = HttpStatusOf(StatusCodeOfHttp(http));
    EXPECT_EQ(http / 100, back / 100) << StatusCodeName(static_cast<StatusCode>(code));
  }
}

Result<int> Half(int n) {
  if (n % 2 != 0) return InvalidArgument("odd");
  return n / 2;
}
Result<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  return Half(half);
}

TEST(Result, PassesValuesAndErrorsOn) {
  EXPECT_EQ(*Quarter(12), 3);
  EXPECT_EQ(Quarter(6).status(), InvalidArgument("odd"));
}

TEST(Random, IsTheSameForTheSameSeed) {
  Random a(7), b(7), c(8);
  EXPECT_EQ(a.Next(), b.Next());
  EXPECT_NE(a.Next(), c.Next());
  for (int i = 0; i < 1000; ++i) EXPECT_LT(a.Below(3), 3u);
}

TEST(Release, GivesBackWhatAnEmptyValueWouldKeep) {
  struct Message {
    std::string body;
    std::vector<int> parts;
  } message{std::string(1'000, 'x'), std::vector<int>(1'000)};
  Release(message);
  EXPECT_LT(message.body.capacity(), 100u);
  EXPECT_EQ(message.parts.capacity(), 0u);
}

TEST(FileSystem, SecondLockOnAPathIsRefused) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("awry_lock_" + std::to_string(EntropySeed()))).string();
  auto first = RealFileSystem().Lock(path);
  ASSERT_TRUE(first.ok());
  const auto second = RealFileSystem().Lock(path);
  EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
  ASSERT_TRUE(RealFileSystem().Remove(path).ok());
}

TEST(FileSystem, ReadPastTheEndIsAnError) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("awry_read_" + std::to_string(EntropySeed()))).string();
  ASSERT_TRUE(RealFileSystem().WriteAtomically(path, "hello").ok());
  EXPECT_EQ(*RealFileSystem().ReadAll(path), "hello");
  auto file = RealFileSystem().OpenForRead(path);
  std::string out;
  EXPECT_EQ((*file)->Read(3, 5, out).code(), StatusCode::kOutOfRange);
  ASSERT_TRUE(RealFileSystem().Remove(path).ok());
}

}  // namespace
}  // namespace awry::base
