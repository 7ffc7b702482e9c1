// Installs the SDK, builds a stranger's program against it, and watches its spans arrive.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "net/http_server.h"
#include "sdk/sdk_test_receiver.h"

namespace awry::sdk {
namespace {

// Runs a command and expects success.
void MustRun(const std::string& command) {
  const std::string log = std::string(AWRY_BINARY_DIR) + "/sdk_install_test/log.txt";
  ASSERT_EQ(std::system((command + " > '" + log + "' 2>&1").c_str()), 0) << command << "\n"
                                                                         << "see " << log;
}

TEST(InstalledSdk, AStrangersProgramSendsItsSpans) {
  const std::string work = std::string(AWRY_BINARY_DIR) + "/sdk_install_test";
  const std::string prefix = work + "/prefix", build = work + "/build";
  std::filesystem::remove_all(work);
  std::filesystem::create_directories(work);
  MustRun("cmake --install '" AWRY_BINARY_DIR "' --component awry-sdk --prefix '" + prefix + "'");
  MustRun("cmake -G Ninja -S '" AWRY_SOURCE_DIR "/src/sdk/stranger' -B '" + build +
          "' -DCMAKE_PREFIX_PATH='" + prefix + "'");
  MustRun("cmake --build '" + build + "'");

  Receiver receiver;
  net::Router router;
  router.Add("POST", "/v1/traces", [&](const net::HttpRequest& request) -> net::HttpResponse {
    wire::DecodeReport report;
    trace::SpanCollector count;
    (void)wire::DecodeOtlpProto(request.body, count, report);
    return {.status = receiver.Take(request.body, count.spans().size()) ? 200 : 400};
  });
  auto server = net::HttpServer::Start({}, router);
  ASSERT_TRUE(server.ok());
  MustRun("env OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:" + std::to_string((*server)->port()) +
          " '" + build + "/stranger'");

  EXPECT_FALSE(receiver.is_damaged());
  const trace::Span hello = receiver.span("hello"), model = receiver.span("model_prediction");
  ASSERT_NE(hello.resource, nullptr);
  EXPECT_EQ(hello.resource->service, "stranger");
  EXPECT_EQ(model.parent_id, hello.span_id);
  EXPECT_NE(trace::Find(model.attributes, "prediction.category"), nullptr);
}

}  // namespace
}  // namespace awry::sdk
