#include "wire/propagation.h"

#include <algorithm>

namespace awry::wire {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsLowerAlphaDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// key = lcalpha / digit, then up to 255 of those and _ - * / @ (one '@' at most, W3C level 2).
bool IsTraceStateKey(std::string_view key) {
  if (key.empty() || key.size() > 256 || !IsLowerAlphaDigit(key.front())) return false;
  const auto is_key_char = [](char c) {
    return IsLowerAlphaDigit(c) || c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
  };
  return std::all_of(key.begin(), key.end(), is_key_char) &&
         std::count(key.begin(), key.end(), '@') <= 1;
}

bool IsTraceStateValue(std::string_view value) {
  return !value.empty() && value.size() <= 256 && value.back() != ' ' &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

bool IsTokenChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsBaggageOctet(char c) {
  return c == '!' || (c >= '#' && c <= '+') || (c >= '-' && c <= ':') || (c >= '<' && c <= '[') ||
         (c >= ']' && c <= '~');
}

// Undoes %XX; nullopt on an octet that a baggage value may not have. A '%' without two digits
// stays.
std::optional<std::string> DecodeBaggageValue(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!IsBaggageOctet(text[i])) return std::nullopt;
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

void AppendBaggageValue(std::string_view value, std::string& out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : value) {
    if (IsBaggageOctet(c) && c != '%') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
}

// Takes what stands before the next `separator` from `rest`.
std::string_view NextPart(std::string_view& rest, char separator) {
  const size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return part;
}

}  // namespace

std::optional<TraceParent> ParseTraceParent(std::string_view header) {
  header = Trim(header);
  // 00-<32>-<16>-<2>
  if (header.size() < 55 || header[2] != '-' || header[35] != '-' || header[52] != '-')
    return std::nullopt;
  const std::string_view version = header.substr(0, 2), trace_id = header.substr(3, 32),
                         span_id = header.substr(36, 16), flags = header.substr(53, 2);
  if (!IsLowerHex(version) || version == "ff" || !IsLowerHex(trace_id) || !IsLowerHex(span_id) ||
      !IsLowerHex(flags)) {
    return std::nullopt;
  }
  if (header.size() > 55 && (version == "00" || header[55] != '-')) return std::nullopt;
  TraceParent parent{.trace_id = *trace::TraceIdFromHex(trace_id),
                     .span_id = *trace::SpanIdFromHex(span_id),
                     .flags = static_cast<uint8_t>(HexDigit(flags[0]) * 16 + HexDigit(flags[1]))};
  if (!parent.trace_id.valid() || parent.span_id == 0) return std::nullopt;
  return parent;
}

std::string FormatTraceParent(const TraceParent& parent) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "00-";
  out += trace::ToHex(parent.trace_id);
  out += '-';
  out += trace::SpanIdToHex(parent.span_id);
  out += '-';
  out += kHex[parent.flags >> 4];
  out += kHex[parent.flags & 15];
  return out;
}

std::optional<std::string> NormalizeTraceState(std::string_view header) {
  constexpr size_t kMembersMax = 32;
  std::vector<std::string_view> keys;
  std::string out;
  while (!header.empty()) {
    const std::string_view member = Trim(NextPart(header, ','));
    if (member.empty()) continue;
    const size_t equals = member.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = member.substr(0, equals);
    if (!IsTraceStateKey(key) || !IsTraceStateValue(member.substr(equals + 1))) return std::nullopt;
    if (keys.size() == kMembersMax || std::find(keys.begin(), keys.end(), key) != keys.end())
      return std::nullopt;
    keys.push_back(key);
    if (!out.empty()) out += ',';
    out += member;
  }
  return out;
}

std::optional<TraceParent> ParseUberTraceId(std::string_view header) {
  std::string decoded;
  if (header.find('%') != std::string_view::npos) {
    for (std::string_view rest = header; !rest.empty();) {
      if (rest.size() >= 3 && rest[0] == '%' && rest[1] == '3' &&
          (rest[2] == 'A' || rest[2] == 'a')) {
        decoded += ':';
        rest.remove_prefix(3);
      } else {
        decoded += rest.front();
        rest.remove_prefix(1);
      }
    }
    header = decoded;
  }
  header = Trim(header);
  if (std::count(header.begin(), header.end(), ':') != 3) return std::nullopt;
  const auto trace_id = trace::TraceIdFromHex(NextPart(header, ':'));
  const auto span_id = trace::SpanIdFromHex(NextPart(header, ':'));
  NextPart(header, ':');  // the parent, deprecated
  const auto flags = trace::SpanIdFromHex(header);
  if (!trace_id || !span_id || !flags || *flags > 255 || !trace_id->valid() || *span_id == 0)
    return std::nullopt;
  const bool is_sampled = (*flags & 3) != 0;
  return TraceParent{.trace_id = *trace_id,
                     .span_id = *span_id,
                     .flags = static_cast<uint8_t>(is_sampled ? 1 : 0)};
}

std::string FormatUberTraceId(const TraceParent& parent) {
  std::string out = trace::ToHex(parent.trace_id);
  out += ':';
  out += trace::SpanIdToHex(parent.span_id);
  out += (parent.flags & 1) != 0 ? ":0:1" : ":0:0";
  return out;
}

std::vector<BaggageEntry> ParseBaggage(std::string_view header) {
  std::vector<BaggageEntry> entries;
  std::string_view rest = header.substr(0, kBaggageBytesMax + 1);
  if (header.size() > kBaggageBytesMax) {  // only whole members within the limit
    const size_t comma = rest.rfind(',');
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
  }
  while (!rest.empty()) {
    std::string_view metadata = Trim(NextPart(rest, ','));
    std::string_view pair = NextPart(metadata, ';');
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = Trim(pair.substr(0, equals));
    const auto value = DecodeBaggageValue(Trim(pair.substr(equals + 1)));
    if (!IsToken(key) || !value) continue;
    const auto same =
        std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.key == key; });
    if (same != entries.end()) {
      same->value = *value;
      same->metadata = Trim(metadata);
    } else if (entries.size() < kBaggageEntriesMax) {
      entries.push_back({std::string(key), *value, std::string(Trim(metadata))});
    }
  }
  return entries;
}

std::string FormatBaggage(const std::vector<BaggageEntry>& entries) {
  std::string out;
  size_t count = 0;
  for (const BaggageEntry& entry : entries) {
    if (!IsToken(entry.key) || count == kBaggageEntriesMax) continue;
    std::string member = entry.key + "=";
    AppendBaggageValue(entry.value, member);
    if (!entry.metadata.empty()) member += ";" + entry.metadata;
    if (out.size() + member.size() + 1 > kBaggageBytesMax) continue;
    if (!out.empty()) out += ',';
    out += member;
    ++count;
  }
  return out;
}

}  // namespace awry::wire
