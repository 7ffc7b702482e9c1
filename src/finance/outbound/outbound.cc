#include "finance/outbound/outbound.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

namespace finance::outbound {
namespace {

constexpr size_t kUrlBytesMax = 4'096;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

bool StartCurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  return started == CURLE_OK;
}

std::string PartOf(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

// --- addresses ---

struct Net {
  uint32_t address;
  int bits;
};
// RFC 6890 and its registry, for IPv4.
constexpr Net kNotPublic[] = {{0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
                              {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15},
                              {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};

bool IsPublicV4(uint32_t address) {
  return std::none_of(std::begin(kNotPublic), std::end(kNotPublic),
                      [&](const Net& net) { return (address ^ net.address) >> (32 - net.bits) == 0; });
}

uint32_t V4At(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 | static_cast<uint32_t>(bytes[2]) << 8 | bytes[3];
}

bool IsPublicV6(const uint8_t* b) {
  const bool zeros = std::all_of(b, b + 10, [](uint8_t byte) { return byte == 0; });
  if (zeros && b[10] == 0xFF && b[11] == 0xFF) return IsPublicV4(V4At(b + 12));  // mapped
  if (b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xFF && b[3] == 0x9B) return IsPublicV4(V4At(b + 12));  // NAT64
  if (b[0] == 0x20 && b[1] == 0x02) return IsPublicV4(V4At(b + 2));                                  // 6to4
  if (b[0] == 0x20 && b[1] == 0x01 && (b[2] == 0x0D && b[3] == 0xB8)) return false;                  // documentation
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x00 && b[3] == 0x00) return false;                    // Teredo
  return (b[0] & 0xE0) == 0x20;  // 2000::/3, the only range that is given out
}

// Called for each address before the connection; what it refuses is never asked.
struct Gate {
  bool allow_local = false;
  bool refused = false;
};
curl_socket_t OpenSocket(void* data, curlsocktype, curl_sockaddr* address) {
  Gate& gate = *static_cast<Gate*>(data);
  if (!gate.allow_local && !IsPublicAddress(&address->addr)) {
    gate.refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// --- bodies ---

struct Received {
  std::string body;
  size_t bytes_max = 0;
  bool too_long = false;
};
size_t Receive(char* data, size_t size, size_t count, void* into) {
  Received& received = *static_cast<Received*>(into);
  if (received.body.size() + size * count > received.bytes_max) {
    received.too_long = true;
    return 0;
  }
  received.body.append(data, size * count);
  return size * count;
}

size_t ReadPiece(char* out, size_t size, size_t count, void* from) {
  std::string_view& rest = *static_cast<std::string_view*>(from);
  const size_t n = std::min(size * count, rest.size());
  std::memcpy(out, rest.data(), n);
  rest.remove_prefix(n);
  return n;
}

base::Status StatusOf(CURLcode code, const Gate& gate, bool too_long) {
  if (too_long) return base::ResourceExhausted("answer is longer than allowed");
  if (gate.refused) return base::PermissionDenied("address is not public");
  switch (code) {
    case CURLE_OK: return {};
    case CURLE_OPERATION_TIMEDOUT: return base::DeadlineExceeded("no answer in time");
    case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_URL_MALFORMAT: return base::InvalidArgument("address cannot be asked");
    case CURLE_PEER_FAILED_VERIFICATION: return base::Unavailable("certificate of the server is not valid");
    default: return base::Unavailable(curl_easy_strerror(code));
  }
}

// Header values come from us, but parts of them from users: no line may begin in them.
bool IsHeaderText(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

base::Result<List> HeaderList(const Request& request) {
  List list;
  for (const auto& [name, value] : request.headers) {
    if (!IsHeaderText(name) || !IsHeaderText(value)) return base::InvalidArgument("header has a line break");
    curl_slist* longer = curl_slist_append(list.get(), (name + ": " + value).c_str());
    if (longer == nullptr) return base::Unavailable("no memory for a request");
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

void SetLimits(CURL* curl, const Policy& policy, Gate& gate) {
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // timeouts without signals: there are threads
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(policy.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(policy.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // a proxy would resolve behind the gate
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, &OpenSocket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &gate);
}

}  // namespace

std::string Url::Origin() const { return fmt::format("{}://{}{}{}", scheme, host, port.empty() ? "" : ":", port); }

base::Result<Url> ParseUrl(const std::string& text) {
  if (text.size() > kUrlBytesMax) return base::InvalidArgument("address is longer than 4096 bytes");
  const std::unique_ptr<CURLU, FreeUrl> url(StartCurl() ? curl_url() : nullptr);
  if (url == nullptr) return base::Internal("libcurl does not start");
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return base::InvalidArgument("address is no URL");
  Url parsed{PartOf(url.get(), CURLUPART_SCHEME),
             PartOf(url.get(), CURLUPART_USER, CURLU_URLDECODE),
             PartOf(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE),
             PartOf(url.get(), CURLUPART_HOST),
             PartOf(url.get(), CURLUPART_PORT),
             PartOf(url.get(), CURLUPART_PATH)};
  if (parsed.scheme != "http" && parsed.scheme != "https") return base::InvalidArgument("address must begin with https://");
  if (parsed.host.empty()) return base::InvalidArgument("address has no host");
  const std::string query = PartOf(url.get(), CURLUPART_QUERY);
  if (!query.empty()) parsed.rest += "?" + query;
  return parsed;
}

bool IsPublicAddress(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof v4);
    return IsPublicV4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 v6;
  std::memcpy(&v6, address, sizeof v6);
  return IsPublicV6(v6.sin6_addr.s6_addr);
}

base::Result<Answer> Exchange(const Request& request, const Policy& policy) {
  ASSIGN_OR_RETURN(const Url url, ParseUrl(request.url));
  if (url.scheme != "https" && !policy.allow_local) return base::InvalidArgument("address must begin with https://");
  if (!url.user.empty() || !url.password.empty()) return base::InvalidArgument("address must not hold a user or password");
  ASSIGN_OR_RETURN(const List headers, HeaderList(request));
  const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
  if (curl == nullptr) return base::Unavailable("no memory for a request");
  Gate gate{policy.allow_local};
  Received received{"", policy.answer_bytes_max};
  SetLimits(curl.get(), policy, gate);
  curl_easy_setopt(curl.get(), CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, policy.allow_local ? "http,https" : "https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "finance-tracker");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  if (request.method != "GET") {
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (!request.user.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, request.user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, request.password.c_str());
  }
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &received);
  const CURLcode code = curl_easy_perform(curl.get());
  RETURN_IF_ERROR(StatusOf(code, gate, received.too_long));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return Answer{static_cast<int>(status), std::move(received.body)};
}

base::Status SendMail(const MailServer& server, const std::string& to, const std::string& message) {
  if (!IsMailAddress(to) || !IsMailAddress(server.from)) return base::InvalidArgument("mail address is none");
  const std::unique_ptr<CURL, FreeCurl> curl(StartCurl() ? curl_easy_init() : nullptr);
  if (curl == nullptr) return base::Unavailable("no memory for a mail");
  Gate gate{.allow_local = true};  // the operator names the server
  const List recipients(curl_slist_append(nullptr, ("<" + to + ">").c_str()));
  std::string_view rest = message;
  SetLimits(curl.get(), {.timeout = std::chrono::seconds(60)}, gate);
  curl_easy_setopt(curl.get(), CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  // With a log-in, never in the clear.
  curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(server.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  if (!server.user.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, server.password.c_str());
  }
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, ("<" + server.from + ">").c_str());
  curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, &ReadPiece);
  curl_easy_setopt(curl.get(), CURLOPT_READDATA, &rest);
  const CURLcode code = curl_easy_perform(curl.get());
  long reply = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &reply);
  if (code != CURLE_OK && reply >= 500 && reply < 600) {
    return base::InvalidArgument(fmt::format("mail server refused for good: {}", reply));
  }
  return StatusOf(code, gate, false);
}

bool IsMailAddress(std::string_view text) {
  const size_t at = text.find('@');
  if (text.size() > 254 || at == 0 || at == std::string_view::npos || at + 1 == text.size()) return false;
  if (text.find('@', at + 1) != std::string_view::npos || text.front() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7F && std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
  });
}

}  // namespace finance::outbound
