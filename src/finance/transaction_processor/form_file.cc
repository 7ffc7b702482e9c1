#include "finance/transaction_processor/form_file.h"

#include <algorithm>
#include <optional>
#include <string>

namespace finance::transaction_processor {
namespace {

using awry::base::InvalidArgument;

// "x" of `boundary=x` or `boundary="x"`; "" when there is none.
std::string BoundaryOf(std::string_view content_type) {
  constexpr std::string_view kName = "boundary=";
  const size_t at = content_type.find(kName);
  if (at == std::string_view::npos) return {};
  std::string_view value = content_type.substr(at + kName.size());
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    return std::string(value.substr(0, value.find('"')));
  }
  return std::string(value.substr(0, value.find(';')));
}

}  // namespace

awry::base::Result<std::string_view> FileOfRequest(const awry::net::HttpRequest& request) {
  const std::string_view body = request.body;
  const std::string_view content_type = request.header("content-type");
  if (!content_type.starts_with("multipart/form-data")) return body;
  const std::string boundary = BoundaryOf(content_type);
  if (boundary.empty() || boundary.size() > 70) return InvalidArgument("multipart form has no usable boundary");
  const std::string mark = "--" + boundary;
  const std::string end_mark = "\r\n" + mark;
  std::optional<std::string_view> first;
  size_t at = body.find(mark);
  while (at != std::string_view::npos) {
    size_t begin = at + mark.size();
    if (body.substr(begin, 2) == "--") break;
    const size_t headers_end = body.find("\r\n\r\n", begin);
    const size_t end = headers_end == std::string_view::npos ? headers_end : body.find(end_mark, headers_end + 2);
    if (end == std::string_view::npos) return InvalidArgument("multipart form is cut: its last part has no end");
    const std::string_view headers = body.substr(begin, headers_end - begin);
    const size_t content = std::min(headers_end + 4, end);
    const std::string_view part = body.substr(content, end - content);
    if (headers.find("filename=") != std::string_view::npos) return part;
    if (!first) first = part;
    at = end + 2;
  }
  if (!first) return InvalidArgument("multipart form has no parts");
  return *first;
}

}  // namespace finance::transaction_processor
