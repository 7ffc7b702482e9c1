// The one file that calls libcurl.
#include <curl/curl.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <memory>

#include "awry/check/webhook.h"

namespace awry::check {
namespace {

constexpr long kConnectTimeoutMs = 5'000;
constexpr long kTimeoutMs = 15'000;
constexpr size_t kAnswerBytesMax = 64 << 10;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string PartOf(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

base::Result<Url> ParseUrl(const std::string& text) {
  const auto refuse = [](const char* why) {
    return base::InvalidArgument(fmt::format("webhook address must be http://… or https://…: {}", why));
  };
  Url url(curl_url());
  if (text.size() > 4'096) return refuse("it is too long");
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return refuse("it is no URL");
  const std::string scheme = PartOf(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return refuse("another scheme");
  if (!PartOf(url.get(), CURLUPART_USER).empty()) return refuse("it has a user name; use --webhook-secret-file");
  return url;
}

// What a proxy of the environment is not asked for: what the environment says, and this machine.
std::string NoProxy() {
  const char* named = std::getenv("no_proxy");
  return fmt::format("{}{}localhost,127.0.0.1,::1", named == nullptr ? "" : named,
                     named == nullptr ? "" : ",");
}

// Answers are not looked at; a long one ends the exchange.
size_t Discard(char*, size_t size, size_t count, void* taken) {
  size_t& bytes = *static_cast<size_t*>(taken);
  bytes += size * count;
  return bytes > kAnswerBytesMax ? 0 : size * count;
}

int AskToGoOn(void* cancelled, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<std::atomic<bool>*>(cancelled)->load() ? 1 : 0;
}

class CurlTransport final : public WebhookTransport {
 public:
  explicit CurlTransport(std::string url) : url_(std::move(url)) {}

  void Cancel() override { cancelled_ = true; }

  base::Result<int> Post(const std::vector<Header>& headers, const std::string& body) override {
    const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
    if (curl == nullptr) return base::Unavailable("no memory for a request");
    std::unique_ptr<curl_slist, FreeList> list;
    for (const Header& header : headers) {
      curl_slist* longer = curl_slist_append(list.get(), (header.name + ": " + header.value).c_str());
      (void)list.release();
      list.reset(longer);
    }
    size_t answer_bytes = 0;
    SetUp(curl.get(), list.get(), body, answer_bytes);
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0)) return static_cast<int>(status);
    if (code == CURLE_ABORTED_BY_CALLBACK) return base::Status(base::StatusCode::kCancelled, "stopped");
    if (code == CURLE_OPERATION_TIMEDOUT) return base::DeadlineExceeded("no answer in time");
    return base::Unavailable(curl_easy_strerror(code));
  }

 private:
  void SetUp(CURL* curl, curl_slist* headers, const std::string& body, size_t& answer_bytes) {
    curl_easy_setopt(curl, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, no_proxy_.c_str());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // timeouts without signals: there are threads
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "awry");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTimeoutMs);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Discard);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer_bytes);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &AskToGoOn);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &cancelled_);
  }

  const std::string url_;
  const std::string no_proxy_ = NoProxy();
  std::atomic<bool> cancelled_{false};
};

}  // namespace

base::Result<std::unique_ptr<WebhookTransport>> MakeWebhookTransport(const std::string& url) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialized != CURLE_OK) return base::Internal("libcurl does not start");
  RETURN_IF_ERROR(ParseUrl(url).status());
  return std::unique_ptr<WebhookTransport>(std::make_unique<CurlTransport>(url));
}

base::Result<std::string> WebhookHost(const std::string& url) {
  ASSIGN_OR_RETURN(const Url parsed, ParseUrl(url));
  const std::string port = PartOf(parsed.get(), CURLUPART_PORT);
  return PartOf(parsed.get(), CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

}  // namespace awry::check
