#include "sdk/settings.h"

#include <gtest/gtest.h>

#include <map>

namespace awry::sdk::detail {
namespace {

using Exporter = Options::Exporter;
using Variables = std::map<std::string, std::string>;

Settings Resolve(const Variables& variables, const Options& options = {},
                 std::string_view name = "svc") {
  return ResolveSettings(name, options, [&](const char* key) -> std::optional<std::string> {
    const auto found = variables.find(key);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

std::string Resource(const Settings& settings, std::string_view key) {
  for (const auto& [name, value] : settings.resource) {
    if (name == key) return value;
  }
  return "(none)";
}

TEST(Settings, ChooseTheExporterByCodeThenOtlpThenJaegerThenDefault) {
  struct Case {
    Variables variables;
    Exporter exporter;
    std::string where;
    size_t warnings;
  };
  const Case cases[] = {
      {{}, Exporter::kOtlpHttp, "http://localhost:4318/v1/traces", 0},
      {{{"JAEGER_HOST", "jaeger"}}, Exporter::kJaegerUdp, "jaeger:6831", 0},
      {{{"JAEGER_HOST", "j"}, {"JAEGER_PORT", "7000"}}, Exporter::kJaegerUdp, "j:7000", 0},
      {{{"JAEGER_HOST", "j"}, {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://o:1/"}},
       Exporter::kOtlpHttp,
       "http://o:1/v1/traces",
       0},
      {{{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://o:1/base/"}},
       Exporter::kOtlpHttp,
       "http://o:1/base/v1/traces",
       0},
      {{{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://o:1/own"}},
       Exporter::kOtlpHttp,
       "http://o:1/own",
       0},
      {{{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://o:1"}},
       Exporter::kOtlpHttp,
       "http://localhost:4318/v1/traces",
       1},
      {{{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}},
       Exporter::kOtlpHttp,
       "http://localhost:4318/v1/traces",
       1},
      {{{"OTEL_TRACES_EXPORTER", "none"}}, Exporter::kNone, "http://localhost:4318/v1/traces", 0},
      {{{"OTEL_TRACES_EXPORTER", "zipkin"}},
       Exporter::kOtlpHttp,
       "http://localhost:4318/v1/traces",
       1},
      {{{"JAEGER_HOST", ""}}, Exporter::kOtlpHttp, "http://localhost:4318/v1/traces", 0},
  };
  for (const Case& c : cases) {
    const Settings s = Resolve(c.variables);
    const std::string where = s.exporter == Exporter::kJaegerUdp
                                  ? s.jaeger_host + ":" + std::to_string(s.jaeger_port)
                                  : s.otlp_base_url + s.otlp_target;
    const std::string label = c.variables.empty() ? "nothing set" : c.variables.begin()->first;
    EXPECT_EQ(s.exporter, c.exporter) << label;
    EXPECT_EQ(where, c.where) << label;
    EXPECT_EQ(s.warnings.size(), c.warnings) << label;
  }
  Options by_code;
  by_code.otlp_endpoint = "http://code:2/x";
  EXPECT_EQ(Resolve({{"JAEGER_HOST", "j"}, {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://o:1"}}, by_code)
                .otlp_base_url,
            "http://code:2");
}

TEST(Settings, ReadTheSampler) {
  struct Case {
    std::string name, argument;
    Sampler::Rule rule;
    bool follows_parent;
    double ratio;
    size_t warnings;
  };
  const Case cases[] = {{"always_on", "", Sampler::Rule::kAlways, false, 1, 0},
                        {"always_off", "", Sampler::Rule::kNever, false, 0, 0},
                        {"traceidratio", "0.5", Sampler::Rule::kRatio, false, 0.5, 0},
                        {"parentbased_traceidratio", "0.1", Sampler::Rule::kRatio, true, 0.1, 0},
                        {"parentbased_always_off", "", Sampler::Rule::kNever, true, 0, 0},
                        {"parentbased_always_on", "", Sampler::Rule::kAlways, true, 1, 0},
                        {"traceidratio", "1.5", Sampler::Rule::kRatio, false, 1, 1},
                        {"jaeger_remote", "", Sampler::Rule::kAlways, true, 1, 1}};
  for (const Case& c : cases) {
    const Settings s =
        Resolve({{"OTEL_TRACES_SAMPLER", c.name}, {"OTEL_TRACES_SAMPLER_ARG", c.argument}});
    EXPECT_EQ(s.sampler.rule(), c.rule) << c.name;
    EXPECT_EQ(s.sampler.follows_parent(), c.follows_parent) << c.name;
    EXPECT_EQ(s.sampler.ratio(), c.ratio) << c.name;
    EXPECT_EQ(s.warnings.size(), c.warnings) << c.name;
  }
}

TEST(Settings, ReadResourceLimitsBatchAndPropagators) {
  const Settings s = Resolve(
      {{"OTEL_SERVICE_NAME", "named"},
       {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test%20bed, service.name=no,bad"},
       {"OTEL_BSP_SCHEDULE_DELAY", "100"},
       {"OTEL_BSP_MAX_QUEUE_SIZE", "10"},
       {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "50"},
       {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7"},
       {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"},
       {"OTEL_SPAN_EVENT_COUNT_LIMIT", "x"},
       {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=s%3D1"},
       {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
       {"OTEL_PROPAGATORS", "jaeger,b3"}});
  EXPECT_EQ(Resource(s, "service.name"), "named");
  EXPECT_EQ(Resource(s, "deployment.environment"), "test bed");
  EXPECT_EQ(Resource(s, "telemetry.sdk.language"), "cpp");
  EXPECT_EQ(s.schedule_delay.count(), 100);
  EXPECT_EQ(s.queue_spans_max, 10u);
  EXPECT_EQ(s.batch_spans_max, 10u) << "a batch is never larger than the queue";
  EXPECT_EQ(s.limits.attributes_max, 7u);
  EXPECT_EQ(s.limits.value_bytes_max, 9u);
  EXPECT_EQ(s.limits.events_max, 128u);
  ASSERT_EQ(s.otlp_headers.size(), 1u);
  EXPECT_EQ(s.otlp_headers[0].second, "s=1");
  EXPECT_TRUE(s.gzip);
  EXPECT_TRUE(s.propagate_jaeger);
  EXPECT_FALSE(s.propagate_w3c);
  EXPECT_EQ(s.warnings.size(), 3u) << "bad resource entry, bad number, unknown propagator";
  for (const std::string& warning : s.warnings) EXPECT_EQ(warning.find("s=1"), std::string::npos);
}

TEST(Settings, CanBeDisabledAndHaveANameForTheNameless) {
  EXPECT_TRUE(Resolve({{"OTEL_SDK_DISABLED", "true"}}).disabled);
  EXPECT_FALSE(Resolve({{"OTEL_SDK_DISABLED", "1"}}).disabled);
  EXPECT_TRUE(Resource(Resolve({}, {}, ""), "service.name").starts_with("unknown_service:"));
  const Settings s = Resolve({});
  EXPECT_TRUE(s.propagate_w3c && s.propagate_baggage && !s.propagate_jaeger);
}

}  // namespace
}  // namespace awry::sdk::detail
