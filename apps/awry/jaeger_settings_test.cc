#include "jaeger_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace awry::app {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

JaegerSettings FromEnvironment(const std::map<std::string, std::string>& variables) {
  const auto taken = JaegerEnvironment([&](const char* name) -> const char* {
    const auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  });
  EXPECT_TRUE(taken.ok()) << taken.status().message();
  return taken.ok() ? *taken : JaegerSettings();
}

TEST(JaegerSettings, TakesJaegersFlagsOutOfTheCommandLineAndLeavesOurs) {
  std::vector<std::string> words = {
      "--data",      "x",  "--query.base-path=/jaeger",     "--collector.zipkin.host-port", ":9999",
      "--base-path", "/y", "--collector.otlp.enabled=false"};
  const auto taken = TakeJaegerFlags(words);
  ASSERT_TRUE(taken.ok());
  EXPECT_THAT(words, ElementsAre("--data", "x", "--base-path", "/y"));
  EXPECT_THAT(taken->values.at("base-path"), ElementsAre("/jaeger"));
  EXPECT_THAT(taken->values.at("zipkin"), ElementsAre("9999"));
  EXPECT_THAT(taken->values.at("otlp-grpc"), ElementsAre("0"));
  EXPECT_THAT(taken->values.at("otlp-http"), ElementsAre("0"));
  EXPECT_THAT(taken->notes, IsEmpty());
}

std::string RefusalOf(std::vector<std::string> words) {
  const auto taken = TakeJaegerFlags(words);
  EXPECT_FALSE(taken.ok());
  return taken.ok() ? "" : taken.status().message();
}

TEST(JaegerSettings, ABadValueIsBlamedOnTheNameThatWasSaid) {
  EXPECT_THAT(RefusalOf({"--collector.zipkin.host-port=localhost"}), AllOf(HasSubstr("--collector.zipkin.host-port"), HasSubstr("'localhost'")));
  EXPECT_THAT(RefusalOf({"--collector.zipkin.host-port=:70000"}), HasSubstr("65535"));
  EXPECT_THAT(RefusalOf({"--query.base-path"}), HasSubstr("needs a value"));
  EXPECT_THAT(RefusalOf({"--collector.otlp.enabled=maybe"}), HasSubstr("true or false"));
  EXPECT_THAT(RefusalOf({"--multi-tenancy.enabled"}), HasSubstr("tenants"));
}

TEST(JaegerSettings, AServiceOfKubernetesIsNoPort) {
  const JaegerSettings taken = FromEnvironment({{"QUERY_PORT", "tcp://10.96.3.4:28080"}});
  EXPECT_FALSE(taken.values.contains("http"));
  EXPECT_THAT(taken.notes, ElementsAre(HasSubstr("QUERY_PORT")));
  EXPECT_THAT(taken.hosts, IsEmpty());
}

TEST(JaegerSettings, ReadsTheEnvironmentOfJaegersContainers) {
  const JaegerSettings taken =
      FromEnvironment({{"COLLECTOR_ZIPKIN_HOST_PORT", "0.0.0.0:9411"},
                       {"COLLECTOR_OTLP_ENABLED", "true"},
                       {"SAMPLING_STRATEGIES_FILE", "/etc/s.json"},
                       {"JAEGER_LISTEN_HOST", "0.0.0.0"},
                       {"COLLECTOR_OTLP_HTTP_CORS_ALLOWED_ORIGINS", "http://a, http://b"},
                       {"SPAN_STORAGE_TYPE", "badger"},
                       {"QUERY_BASE_PATH", ""}});
  EXPECT_THAT(taken.values, ElementsAre(Pair("cors-origin", ElementsAre("http://a", "http://b")),
                                        Pair("listen", ElementsAre("0.0.0.0")),
                                        Pair("sampling-file", ElementsAre("/etc/s.json")),
                                        Pair("zipkin", ElementsAre("9411"))));
  EXPECT_THAT(FromEnvironment({{"COLLECTOR_ZIPKIN_HTTP_PORT", "9412"}}).values.at("zipkin"),
              ElementsAre("9412"));
  EXPECT_THAT(taken.hosts, ElementsAre(Pair("COLLECTOR_ZIPKIN_HOST_PORT", "0.0.0.0")));
  EXPECT_THAT(taken.notes, IsEmpty());
}

TEST(JaegerSettings, NamesWhatItDoesNotTakeWithAdvice) {
  std::vector<std::string> words = {"--memory.max-traces=5", "--collector.queue-size", "10",
                                    "--log-level=debug"};
  const auto taken = TakeJaegerFlags(words);
  ASSERT_TRUE(taken.ok());
  EXPECT_THAT(words, IsEmpty());
  EXPECT_THAT(taken->notes, ElementsAre(AllOf(HasSubstr("--memory.max-traces is not taken"),
                                              HasSubstr("--retention-bytes")),
                                        HasSubstr("--collector.queue-size is not taken"),
                                        HasSubstr("--log-level is not taken")));
  EXPECT_THAT(FromEnvironment({{"SPAN_STORAGE_TYPE", "elasticsearch"}}).notes,
              ElementsAre(HasSubstr("traces are kept in --data")));
}

TEST(JaegerSettings, RefusesToServeWithoutTheTlsThatWasAskedFor) {
  std::vector<std::string> words = {"--query.http.tls.enabled", "--query.http.tls.cert=/x"};
  EXPECT_EQ(TakeJaegerFlags(words).status().code(), base::StatusCode::kFailedPrecondition);
  words = {"--query.http.tls.enabled=false"};
  EXPECT_TRUE(TakeJaegerFlags(words).ok());
  EXPECT_FALSE(JaegerEnvironment([](const char* name) {
                 return std::string_view(name) == "COLLECTOR_OTLP_GRPC_TLS_ENABLED" ? "true"
                                                                                    : nullptr;
               }).ok());
}

TEST(JaegerSettings, EndsAtAFlagWithoutItsValue) {
  std::vector<std::string> words = {"--collector.otlp.enabled"};
  EXPECT_TRUE(TakeJaegerFlags(words).ok());
  words = {"--", "--=", "--query.", "-q", ""};
  EXPECT_TRUE(TakeJaegerFlags(words).ok());
}

}  // namespace
}  // namespace awry::app
