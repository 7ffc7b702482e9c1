#include "awry/api/jaeger_envelope.h"

#include <fmt/format.h>

#include "base/random.h"
#include "codec/json.h"

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

std::string PrettyJson(std::string_view json) {
  std::string out;
  size_t depth = 0;
  bool in_string = false;
  const auto new_line = [&] {
    out += '\n';
    out.append(depth * 4, ' ');
  };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      if (c == '"') in_string = false;
    } else if (c == '{' || c == '[') {
      out += c;
      const bool empty = i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
      if (empty) {
        out += json[++i];
      } else {
        ++depth;
        new_line();
      }
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      new_line();
      out += c;
    } else if (c == ',') {
      out += c;
      new_line();
    } else if (c == ':') {
      out += ": ";
    } else {
      in_string = c == '"';
      out += c;
    }
  }
  return out;
}

net::HttpResponse JaegerAnswer(const net::HttpRequest& request, std::string_view data,
                               uint64_t total, const std::vector<JaegerError>& errors) {
  std::string body = Envelope(data, total, errors);
  net::HttpResponse response =
      net::JsonResponse(200, WantsPretty(request) ? PrettyJson(body) : std::move(body));
  AddTraceResponse(response);
  return response;
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
  return JaegerFailure(request, base::HttpStatusOf(status.code()), status.message());
}

}  // namespace awry::api
