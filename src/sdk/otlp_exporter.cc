#include <algorithm>
#include <charconv>
#include <string>

#include "net/http_client.h"
#include "sdk/exporter.h"
#include "wire/otlp_proto.h"
#include "wire/outgoing.h"

namespace awry::sdk::detail {
namespace {

bool IsRetryable(int http_status) {
  return http_status == 429 || (http_status >= 502 && http_status <= 504);
}

std::chrono::milliseconds RetryAfter(std::string_view header) {
  constexpr int kSecondsMax = 300;
  int seconds = 0;
  const auto [at, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (error != std::errc() || at != header.data() + header.size())
    return {};  // a date: our own back-off
  return std::chrono::seconds(std::clamp(seconds, 0, kSecondsMax));
}

class OtlpExporter final : public SpanExporter {
 public:
  explicit OtlpExporter(const Settings& settings)
      : base_url_(settings.otlp_base_url),
        target_(settings.otlp_target),
        headers_(settings.otlp_headers),
        gzip_(settings.gzip),
        timeout_(settings.timeout) {}

  ExportResult Export(std::string_view request, size_t spans) override {
    ExportResult result;
    if (client_ == nullptr) {
      auto client = net::HttpClient::Create(
          base_url_, {.connect_timeout = std::min(timeout_, std::chrono::milliseconds(2'000)),
                      .timeout = timeout_,
                      .response_bytes_max = 1 << 20,
                      .idle_connections_max = 1});
      if (!client.ok()) {
        result.status = client.status();
        return result;
      }
      client_ = std::move(client).value();
    }
    auto response = client_->Send(MakeRequest(request));
    if (!response.ok()) {
      result.status = response.status();
      result.retry = response.status().code() == base::StatusCode::kUnavailable ||
                     response.status().code() == base::StatusCode::kDeadlineExceeded;
      return result;
    }
    return Judge(*response, spans);
  }

 private:
  net::HttpRequest MakeRequest(std::string_view body) {
    net::HttpRequest request;
    request.method = "POST";
    request.target = target_;
    for (const auto& [name, value] : headers_) net::SetHeader(request.headers, name, value);
    net::SetHeader(request.headers, "Content-Type", "application/x-protobuf");
    net::SetHeader(request.headers, "User-Agent", "awry-sdk-cpp/0.1.0");
    request.body = body;
    if (gzip_) {
      if (auto zipped = wire::Gzip(body); zipped.ok()) {
        request.body = std::move(zipped).value();
        net::SetHeader(request.headers, "Content-Encoding", "gzip");
      }
    }
    return request;
  }

  static ExportResult Judge(const net::HttpResponse& response, size_t spans) {
    ExportResult result;
    result.counts.requests = 1;
    if (response.status >= 200 && response.status < 300) {
      wire::OtlpPartialSuccess partial;
      uint64_t rejected = 0;
      if (wire::DecodeOtlpResponse(response.body, partial).ok() && partial.rejected_spans > 0) {
        rejected = std::min<uint64_t>(static_cast<uint64_t>(partial.rejected_spans), spans);
      }
      result.counts.exported = spans - rejected;
      result.counts.failed = rejected;
      return result;
    }
    result.retry = IsRetryable(response.status);
    result.retry_after = RetryAfter(response.header("Retry-After"));
    result.status = {base::StatusCodeOfHttp(response.status),
                     "the OTLP endpoint answered HTTP " + std::to_string(response.status)};
    return result;
  }

  const std::string base_url_;
  const std::string target_;
  const std::vector<std::pair<std::string, std::string>> headers_;
  const bool gzip_;
  const std::chrono::milliseconds timeout_;
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace

std::unique_ptr<SpanExporter> MakeOtlpExporter(const Settings& settings) {
  return std::make_unique<OtlpExporter>(settings);
}

}  // namespace awry::sdk::detail
