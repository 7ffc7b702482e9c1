#include "net/http.h"

#include <algorithm>

#include "codec/json.h"
#include "net/http_target.h"

namespace awry::net {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool IsUnreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view FindHeader(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return {};
}

void SetHeader(Headers& headers, std::string_view name, std::string_view value) {
  for (auto& [key, old] : headers) {
    if (EqualsIgnoringCase(key, name)) {
      old = value;
      return;
    }
  }
  headers.emplace_back(name, value);
}

std::string_view HttpRequest::path_param(std::string_view name) const {
  for (const auto& [key, value] : path_params) {
    if (key == name) return value;
  }
  return {};
}

const std::string* HttpRequest::query_param(std::string_view name) const {
  for (const auto& [key, value] : query_params) {
    if (key == name) return &value;
  }
  return nullptr;
}

HttpResponse JsonResponse(int status, std::string json) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(json)};
}

HttpResponse TextResponse(int status, std::string text, std::string_view content_type) {
  return {.status = status, .headers = {{"Content-Type", std::string(content_type)}}, .body = std::move(text)};
}

HttpResponse ErrorResponse(const base::Status& status) {
  std::string json;
  codec::JsonWriter writer(json);
  writer.BeginObject().Key("error").BeginObject();
  writer.Key("code").String(base::StatusCodeName(status.code()));
  writer.Key("message").String(status.message());
  writer.EndObject().EndObject();
  return JsonResponse(base::HttpStatusOf(status.code()), std::move(json));
}

std::string UrlEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out.push_back(c);
      continue;
    }
    out.push_back('%');
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

base::Result<std::string> UrlDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return base::InvalidArgument("bad percent escape in a URL");
      out.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    }
  }
  return out;
}

base::Status ReadTarget(HttpRequest& request) {
  request.query_params.clear();
  const std::string_view target = request.target;
  const size_t question = target.find('?');
  ASSIGN_OR_RETURN(request.path, UrlDecode(target.substr(0, question)));
  if (question == std::string_view::npos) return base::OkStatus();
  std::string_view query = target.substr(question + 1);
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    ASSIGN_OR_RETURN(std::string name, UrlDecode(part.substr(0, equals), true));
    ASSIGN_OR_RETURN(std::string value, UrlDecode(part.substr(std::min(equals + 1, part.size())), true));
    request.query_params.emplace_back(std::move(name), std::move(value));
  }
  return base::OkStatus();
}

}  // namespace awry::net
