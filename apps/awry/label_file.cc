#include "label_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "awry/api/label_json.h"
#include "base/file.h"
#include "codec/json.h"

namespace awry::app {
namespace {

using Labels = std::vector<trace::Label>;

// Takes one record of RFC 4180 from `rest`: quoted fields may hold separators, quotes and line ends.
bool TakeRecord(std::string_view& rest, char separator, std::vector<std::string>& fields, size_t& lines) {
  fields.assign(1, "");
  bool quoted = false;
  size_t at = 0;
  for (; at < rest.size(); ++at) {
    const char c = rest[at];
    if (c == '\n') ++lines;
    if (quoted) {
      if (c == '"' && at + 1 < rest.size() && rest[at + 1] == '"') {
        fields.back() += '"';
        ++at;
      } else if (c == '"') {
        quoted = false;
      } else {
        fields.back() += c;
      }
    } else if (c == '"' && fields.back().empty()) {
      quoted = true;
    } else if (c == separator) {
      fields.emplace_back();
    } else if (c == '\n') {
      ++at;
      break;
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  rest.remove_prefix(at);
  return !quoted;
}

base::Result<trace::Label> FromFields(const std::vector<std::string>& header,
                                      const std::vector<std::string>& fields) {
  if (fields.size() != header.size())
    return base::InvalidArgument(
        fmt::format("{} fields, the header has {}", fields.size(), header.size()));
  std::string json;
  codec::JsonWriter writer(json);
  writer.BeginObject();
  for (size_t i = 0; i < header.size(); ++i) writer.Key(header[i]).String(fields[i]);
  writer.EndObject();
  ASSIGN_OR_RETURN(const auto document, codec::JsonDocument::Parse(json));
  ASSIGN_OR_RETURN(const Labels labels, api::LabelsFromJson(document.root()));
  return labels.front();
}

base::Status AtLine(const base::Status& status, size_t line) {
  return status.WithContext(fmt::format("line {}", line));
}

// Spreadsheets of many countries write semicolons, or tabs, where others write commas.
char SeparatorOf(std::string_view header) {
  for (const char separator : {',', ';', '\t'}) {
    if (header.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

base::Result<Labels> FromCsv(std::string_view rest) {
  Labels labels;
  std::vector<std::string> header, fields;
  size_t lines = 0;
  const char separator = SeparatorOf(rest.substr(0, rest.find('\n')));
  if (!TakeRecord(rest, separator, header, lines))
    return base::InvalidArgument("line 1: a quote is not closed");
  for (const char* needed : {"trace_id", "label"}) {
    if (std::ranges::find(header, needed) == header.end())
      return base::InvalidArgument(fmt::format("line 1: the header needs a column {}", needed));
  }
  while (!rest.empty()) {
    const size_t line = lines + 1;
    if (!TakeRecord(rest, separator, fields, lines))
      return base::InvalidArgument(fmt::format("line {}: a quote is not closed", line));
    if (fields.size() == 1 && fields[0].empty()) continue;
    auto label = FromFields(header, fields);
    if (!label.ok()) return AtLine(label.status(), line);
    labels.push_back(*std::move(label));
  }
  return labels;
}

base::Result<Labels> FromJsonLines(std::string_view rest) {
  Labels labels;
  for (size_t line = 1; !rest.empty(); ++line) {
    std::string_view text = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), text.size() + 1));
    while (text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
    if (text.empty()) continue;
    auto document = codec::JsonDocument::Parse(text);
    if (!document.ok()) return AtLine(document.status(), line);
    auto some = api::LabelsFromJson(document->root());
    if (!some.ok()) return AtLine(some.status(), line);
    for (trace::Label& label : *some) labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace

base::Result<Labels> ParseLabels(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return Labels();
  return text[first] == '{' || text[first] == '[' ? FromJsonLines(text) : FromCsv(text);
}

base::Result<Labels> ReadLabelFile(const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    ASSIGN_OR_RETURN(text, base::RealFileSystem().ReadAll(path));
  }
  if (text.size() > kLabelFileBytesMax)
    return base::InvalidArgument("label file is too large: " + path);
  auto labels = ParseLabels(text);
  if (!labels.ok()) return labels.status().WithContext(path);
  return labels;
}

}  // namespace awry::app
