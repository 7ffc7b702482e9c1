#include "net/http_parser.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <variant>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#pragma GCC diagnostic pop

#include "base/release.h"
#include "net/http_target.h"

namespace awry::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using beast::error_code;

// Room made before the bytes are there, whatever Content-Length promises.
constexpr uint64_t kBodyReserveMax = 1 << 20;
constexpr size_t kBodyKeptMax = 256 << 10;  // by a message that is used again

// It would stay with an idle connection.
void ForgetLargeBody(std::string& body) {
  if (body.capacity() > kBodyKeptMax) base::Release(body);
}

template <bool kIsRequest>
class Parser final : public http::basic_parser<kIsRequest> {
 public:
  using Message = std::conditional_t<kIsRequest, HttpRequest, HttpResponse>;

  explicit Parser(Message& message) : message_(message) {}

  bool expects_continue() const { return expects_continue_; }
  bool http_1_0() const { return version_ < 11; }

 private:
  using View = beast::string_view;
  static std::string_view Std(View text) { return {text.data(), text.size()}; }

  void on_request_impl(http::verb, View method, View target, int version, error_code&) override {
    if constexpr (kIsRequest) {
      message_.method = Std(method);
      message_.target = Std(target);
    }
    version_ = version;
  }
  void on_response_impl(int code, View, int version, error_code&) override {
    if constexpr (!kIsRequest) message_.status = code;
    version_ = version;
  }
  void on_field_impl(http::field field, View name, View value, error_code&) override {
    message_.headers.emplace_back(Std(name), Std(value));
    if (field == http::field::expect) expects_continue_ = EqualsIgnoringCase(Std(value), "100-continue");
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (length) message_.body.reserve(static_cast<size_t>(std::min(*length, kBodyReserveMax)));
  }
  size_t on_body_impl(View body, error_code&) override {
    message_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  size_t on_chunk_body_impl(std::uint64_t, View body, error_code&) override {
    message_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  Message& message_;
  int version_ = 11;
  bool expects_continue_ = false;
};

HttpParseError Translate(const error_code& error) {
  if (!error || error == http::error::need_more || error == http::error::need_buffer) return HttpParseError::kNone;
  if (error == http::error::header_limit) return HttpParseError::kHeaderTooLarge;
  if (error == http::error::body_limit) return HttpParseError::kBodyTooLarge;
  return HttpParseError::kMalformed;
}

class BeastHttpParser final : public HttpParser {
  template <typename F>
  auto Visit(F f) {
    CHECK(parser_.index() != 0);
    return parser_.index() == 1 ? f(std::get<1>(parser_)) : f(std::get<2>(parser_));
  }
  template <typename F>
  auto Visit(F f) const {
    CHECK(parser_.index() != 0);
    return parser_.index() == 1 ? f(std::get<1>(parser_)) : f(std::get<2>(parser_));
  }

 public:
  explicit BeastHttpParser(const HttpParseLimits& limits) : limits_(limits) {}

  void StartRequest(HttpRequest& request) override {
    ForgetLargeBody(request.body);
    request = HttpRequest{.peer = std::move(request.peer)};
    SetUp(parser_.emplace<Parser<true>>(request));
  }

  void StartResponse(HttpResponse& response, bool head) override {
    ForgetLargeBody(response.body);
    response = HttpResponse{};
    SetUp(parser_.emplace<Parser<false>>(response));
    std::get<Parser<false>>(parser_).skip(head);
  }

  size_t Put(std::string_view bytes, HttpParseError& error) override {
    return Visit([&](auto& parser) {
      size_t taken = 0;
      error_code code;
      // Beast stops after each piece of a chunked body.
      while (taken < bytes.size() && !parser.is_done()) {
        const size_t step = parser.put(boost::asio::const_buffer(bytes.data() + taken, bytes.size() - taken), code);
        taken += step;
        if (code || step == 0) break;
      }
      error = Translate(code);
      return taken;
    });
  }

  HttpParseError PutEnd() override {
    return Visit([](auto& parser) {
      if (!parser.is_header_done()) return HttpParseError::kMalformed;
      error_code code;
      parser.put_eof(code);
      return code ? HttpParseError::kMalformed : HttpParseError::kNone;
    });
  }

  bool done() const override {
    return Visit([](const auto& parser) { return parser.is_done(); });
  }
  bool header_done() const override {
    return Visit([](const auto& parser) { return parser.is_header_done(); });
  }
  bool keep_alive() const override {
    return Visit([](const auto& parser) { return parser.keep_alive(); });
  }
  bool http_1_0() const override {
    return Visit([](const auto& parser) { return parser.http_1_0(); });
  }
  bool expects_continue() const override {
    return Visit([](const auto& parser) { return parser.expects_continue(); });
  }

 private:
  template <typename P>
  void SetUp(P& parser) {
    parser.eager(true);
    parser.header_limit(static_cast<uint32_t>(std::min<size_t>(limits_.header_bytes_max, UINT32_MAX)));
    parser.body_limit(limits_.body_bytes_max);
  }

  const HttpParseLimits limits_;
  std::variant<std::monostate, Parser<true>, Parser<false>> parser_;
};

}  // namespace

std::unique_ptr<HttpParser> HttpParser::Create(const HttpParseLimits& limits) {
  return std::make_unique<BeastHttpParser>(limits);
}

}  // namespace awry::net
