#include "awry/api/jaeger_envelope.h"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "codec/json.h"
#include "wire/jaeger_json.h"

namespace awry::api {
namespace {

void AppendErrors(const std::vector<JaegerError>& errors, codec::JsonWriter& json) {
  if (errors.empty()) {
    json.Null();
    return;
  }
  json.BeginArray();
  for (const JaegerError& error : errors) {
    json.BeginObject();
    if (error.code != 0) json.Key("code").Int(error.code);
    json.Key("msg").String(error.message);
    if (!error.trace_id.empty()) json.Key("traceID").String(error.trace_id);
    json.EndObject();
  }
  json.EndArray();
}

std::string Envelope(std::string_view data, uint64_t total,
                     const std::vector<JaegerError>& errors) {
  std::string out;
  out.reserve(data.size() + 128);
  codec::JsonWriter json(out);
  json.BeginObject()
      .Key("data")
      .Raw(data)
      .Key("total")
      .UInt(total)
      .Key("limit")
      .Int(0)
      .Key("offset")
      .Int(0);
  json.Key("errors");
  AppendErrors(errors, json);
  json.EndObject();
  return out;
}

// The server's own trace context: nothing is traced here, so the flags say "not sampled".
void AddTraceResponse(net::HttpResponse& response) {
  net::SetHeader(response.headers, "Traceresponse",
                 fmt::format("00-{:016x}{:016x}-{:016x}-00", base::EntropySeed(),
                             base::EntropySeed() | 1, base::EntropySeed() | 1));
}

}  // namespace

bool WantsPretty(const net::HttpRequest& request) {
  const std::string* pretty = request.query_param("prettyPrint");
  return pretty != nullptr && !pretty->empty() && *pretty != "false";
}

namespace {

// Lays JSON out, piece by piece.
class PrettyPrinter {
 public:
  void Put(std::string_view json, std::string& out) {
    for (const char c : json) Put(c, out);
  }

 private:
  void NewLine(std::string& out) const {
    out += '\n';
    out.append(depth_ * 4, ' ');
  }

  void Put(char c, std::string& out) {
    if (in_string_) {
      out += c;
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      return;
    }
    const bool closes = c == '}' || c == ']';
    if (std::exchange(opened_, false)) {
      if (closes) {
        out += c;
        return;
      }
      ++depth_;
      NewLine(out);
    } else if (closes) {
      if (depth_ > 0) --depth_;
      NewLine(out);
    }
    out += c;
    opened_ = c == '{' || c == '[';
    in_string_ = c == '"';
    if (c == ',') NewLine(out);
    if (c == ':') out += ' ';
  }

  size_t depth_ = 0;
  bool in_string_ = false, escaped_ = false;
  bool opened_ = false;  // the last one began an object or array
};

}  // namespace

std::string PrettyJson(std::string_view json) {
  std::string out;
  PrettyPrinter().Put(json, out);
  return out;
}

namespace {

// Sends the text that spans become, in pieces, as they come.
class PieceSender {
 public:
  PieceSender(const net::BodyWriter& write, bool pretty) : write_(write), pretty_(pretty) {}
  std::string& text() { return text_; }
  // False once the client is gone.
  bool SendIfLarge() {
    constexpr size_t kPieceBytes = 64 << 10;
    return text_.size() < kPieceBytes || Send();
  }
  bool Send() {
    if (pretty_) {
      laid_out_.clear();
      printer_.Put(text_, laid_out_);
    }
    const bool sent = write_(pretty_ ? laid_out_ : text_);
    text_.clear();
    return sent;
  }

 private:
  const net::BodyWriter& write_;
  const bool pretty_;
  PrettyPrinter printer_;
  std::string text_, laid_out_;
};

constexpr size_t kAtOnceBytes = 64 << 10;  // that a body of traces takes at first

net::HttpResponse Answer(const net::HttpRequest& request, std::string body) {
  net::HttpResponse response =
      net::JsonResponse(200, WantsPretty(request) ? PrettyJson(body) : std::move(body));
  AddTraceResponse(response);
  return response;
}

// Appends the traces with commas between them. `after_span` may send what `out` has; false stops.
base::Status AppendTraces(const OutgoingTraces& traces, std::string& out,
                          const std::function<bool()>& after_span) {
  bool first = true;
  for (const auto& trace : traces) {
    if (!std::exchange(first, false)) out += ',';
    wire::JaegerTraceJson json(trace->id(), out);
    RETURN_IF_ERROR(trace->VisitSpans([&](const trace::Span& span) {
      json.Add(span);
      return after_span();
    }));
    json.Finish();
  }
  return base::OkStatus();
}

}  // namespace

net::HttpResponse JaegerTraces(const net::HttpRequest& request, OutgoingTraces traces,
                               uint64_t total, const std::vector<JaegerError>& errors) {
  constexpr std::string_view kBegin = "{\"data\":[";
  std::string end = Envelope("[]", total, errors).substr(kBegin.size());
  if (FitsAtOnce(traces)) {
    std::string body;
    body.reserve(kAtOnceBytes);
    body = kBegin;
    const base::Status made = AppendTraces(traces, body, [] { return true; });
    return made.ok() ? Answer(request, body.append(end)) : JaegerFailure(request, made);
  }
  net::HttpResponse response = net::JsonResponse(200, "");
  AddTraceResponse(response);
  response.stream = [shared = std::make_shared<const OutgoingTraces>(std::move(traces)),
                     end = std::move(end), pretty = WantsPretty(request),
                     kBegin](const net::BodyWriter& write) {
    PieceSender sender(write, pretty);
    sender.text() = kBegin;
    bool alive = true;
    const base::Status made = AppendTraces(*shared, sender.text(), [&] {
      alive = sender.SendIfLarge();
      return alive;
    });
    if (!alive) return false;
    if (!made.ok()) {  // what was sent cannot be taken back
      base::LogError("trace was cut off while it was sent: {}", made.message());
      return false;
    }
    sender.text() += end;
    for (const auto& trace : *shared) trace->EndReading();
    return sender.Send();
  };
  return response;
}

net::HttpResponse JaegerAnswer(const net::HttpRequest& request, std::string_view data,
                               uint64_t total, const std::vector<JaegerError>& errors) {
  return Answer(request, Envelope(data, total, errors));
}

net::HttpResponse JaegerFailure(const net::HttpRequest& request, int http_status,
                                std::string message) {
  std::string body = Envelope("null", 0, {{.code = http_status, .message = std::move(message)}});
  if (WantsPretty(request)) body = PrettyJson(body);
  net::HttpResponse response = net::TextResponse(http_status, body + "\n");
  net::SetHeader(response.headers, "X-Content-Type-Options", "nosniff");
  AddTraceResponse(response);
  return response;
}

net::HttpResponse JaegerFailure(const net::HttpRequest& request, const base::Status& status) {
  net::HttpResponse response = JaegerFailure(request, base::HttpStatusOf(status.code()), status.message());
  if (status.code() == base::StatusCode::kResourceExhausted) net::SetHeader(response.headers, "Retry-After", "1");
  return response;
}

}  // namespace awry::api
