#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "awry/ingest/sampling_receiver.h"
#include "base/random.h"
#include "net/http_client.h"

namespace awry::ingest {
namespace {

using testing::HasSubstr;

// A file that goes away with the test.
class TemporaryFile {
 public:
  TemporaryFile()
      : path_((std::filesystem::temp_directory_path() /
               ("awry_sampling_" + std::to_string(base::EntropySeed()) + ".json"))
                  .string()) {}
  ~TemporaryFile() { std::filesystem::remove(path_); }
  void Write(std::string_view text) const { std::ofstream(path_) << text; }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

SamplingStrategies Parse(std::string_view json) {
  std::vector<std::string> warnings;
  auto parsed = SamplingStrategies::Parse(json, warnings);
  EXPECT_TRUE(parsed.ok()) << parsed.status().ToString();
  return *std::move(parsed);
}

std::string Refusal(std::string_view json) {
  std::vector<std::string> warnings;
  return SamplingStrategies::Parse(json, warnings).status().message();
}

TEST(SamplingStrategies, WithoutAFileEverythingIsKept) {
  EXPECT_EQ(SamplingJson(SamplingStrategies().For("x")),
            R"({"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1}})");
}

TEST(SamplingStrategies, ReadsJaegersFile) {
  const SamplingStrategies strategies = Parse(R"({
    "service_strategies":[
      {"service":"foo","type":"probabilistic","param":0.8,
       "operation_strategies":[{"operation":"op1","type":"probabilistic","param":0.2}]},
      {"service":"bar","type":"ratelimiting","param":5}],
    "default_strategy":{"type":"probabilistic","param":0.5}})");
  EXPECT_EQ(SamplingJson(strategies.For("bar")),
            R"({"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":5}})");
  EXPECT_EQ(SamplingJson(strategies.For("other")),
            R"({"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.5}})");
  EXPECT_EQ(
      SamplingJson(strategies.For("foo")),
      R"({"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.8},)"
      R"("operationSampling":{"defaultSamplingProbability":0.8,"defaultLowerBoundTracesPerSecond":0,)"
      R"("perOperationStrategies":[{"operation":"op1","probabilisticSampling":{"samplingRate":0.2}}],"defaultUpperBoundTracesPerSecond":0}})");
}

TEST(SamplingStrategies, ServicesInheritTheDefaultsOperations) {
  const SamplingStrategies strategies = Parse(R"({
    "service_strategies":[
      {"service":"none","type":"probabilistic","param":0.8},
      {"service":"some","type":"ratelimiting","param":5,
       "operation_strategies":[{"operation":"health","type":"probabilistic","param":0.9}]}],
    "default_strategy":{"type":"probabilistic","param":0.5,
      "operation_strategies":[{"operation":"health","type":"probabilistic","param":0},
                              {"operation":"metrics","type":"probabilistic","param":0.1}]}})");
  const SamplingStrategy& none = strategies.For("none");
  ASSERT_TRUE(none.operations.has_value());
  EXPECT_EQ(none.operations->default_rate, 0.8);
  EXPECT_EQ(none.operations->operations.size(), 2u);
  const SamplingStrategy& some = strategies.For("some");
  ASSERT_EQ(some.operations->operations.size(), 2u);
  EXPECT_EQ(some.operations->operations[0].rate, 0.9) << "its own wins";
  EXPECT_EQ(some.operations->operations[1].name, "metrics");
}

TEST(SamplingStrategies, SaysWhereAFileIsWrong) {
  EXPECT_THAT(Refusal("{"), HasSubstr("sampling file"));
  EXPECT_THAT(Refusal("[]"), HasSubstr("must be an object"));
  EXPECT_THAT(Refusal(R"({"default_strategy":{"type":"sometimes","param":1}})"),
              HasSubstr("default_strategy: type must be"));
  EXPECT_THAT(
      Refusal(R"({"service_strategies":[{"service":"a","type":"probabilistic","param":2}]})"),
      HasSubstr("service a: a probability must be from 0 to 1"));
  EXPECT_THAT(Refusal(R"({"service_strategies":[{"type":"probabilistic","param":1}]})"),
              HasSubstr("must name its service"));
  EXPECT_THAT(
      Refusal(R"({"service_strategies":[{"service":"a","type":"ratelimiting","param":1.5}]})"),
      HasSubstr("whole number"));
}

TEST(SamplingStrategies, AnOperationCannotBeLimitedByRate) {
  std::vector<std::string> warnings;
  const auto parsed = SamplingStrategies::Parse(
      R"({"default_strategy":{"type":"probabilistic","param":1,)"
      R"("operation_strategies":[{"operation":"x","type":"ratelimiting","param":2}]}})",
      warnings);
  ASSERT_TRUE(parsed.ok());
  EXPECT_THAT(warnings, testing::ElementsAre(HasSubstr("operation x")));
}

TEST(SamplingSource, SeesAChangeAndKeepsTheLastGoodFile) {
  const TemporaryFile file;
  file.Write(R"({"default_strategy":{"type":"probabilistic","param":0.5}})");
  auto source = SamplingSource::Open(base::RealFileSystem(), file.path());
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->For("x").rate, 0.5);
  file.Write(R"({"default_strategy":{"type":"probabilistic","param":0.25}})");
  EXPECT_EQ((*source)->For("x").rate, 0.25);
  file.Write("broken");
  EXPECT_EQ((*source)->For("x").rate, 0.25);
  std::filesystem::remove(file.path());
  EXPECT_EQ((*source)->For("x").rate, 0.25);
  file.Write(R"({"default_strategy":{"type":"ratelimiting","param":3}})");
  EXPECT_EQ((*source)->For("x").traces_per_second, 3);
}

TEST(SamplingSource, ABadFileIsRefusedByName) {
  const TemporaryFile file;
  const auto missing = SamplingSource::Open(base::RealFileSystem(), file.path());
  EXPECT_THAT(missing.status().message(), HasSubstr(file.path()));
  file.Write("{}}");
  const auto bad = SamplingSource::Open(base::RealFileSystem(), file.path());
  EXPECT_THAT(bad.status().message(), HasSubstr(file.path()));
}

TEST(SamplingHttp, AnswersOnAnyPathAndWantsOneService) {
  auto source = SamplingSource::Open(base::RealFileSystem(), "");
  auto receiver = StartSamplingHttp(**source, {});
  ASSERT_TRUE(receiver.ok());
  const auto client =
      *net::HttpClient::Create("http://127.0.0.1:" + std::to_string((*receiver)->port()));
  for (const char* path : {"/?service=x", "/sampling?service=x", "/api/sampling?service=x"}) {
    const auto answer = client->Get(path);
    ASSERT_TRUE(answer.ok()) << path;
    EXPECT_EQ(answer->status, 200) << path;
    EXPECT_EQ(answer->header("Content-Type"), "application/json") << path;
    EXPECT_EQ(answer->body,
              R"({"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1}})");
  }
  for (const char* path : {"/", "/sampling?service=a&service=b", "/sampling?Service=a"}) {
    const auto answer = client->Get(path);
    EXPECT_EQ(answer->status, 400) << path;
    EXPECT_EQ(answer->body, "'service' parameter must be provided once\n") << path;
    EXPECT_TRUE(answer->header("Content-Type").starts_with("text/plain")) << path;
  }
}

}  // namespace
}  // namespace awry::ingest
