#include <string>
#include <string_view>

#include "awry/sdk/instrument/redis.h"
#include "awry/sdk/instrument/sql.h"

namespace awry::sdk::instrument {
namespace {

constexpr size_t kQueryTextBytesMax = 4096;

bool IsWordChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '"';
}

char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string_view NextWord(std::string_view& rest) {
  size_t start = 0;
  while (start < rest.size() && !IsWordChar(rest[start])) ++start;
  size_t end = start;
  while (end < rest.size() && IsWordChar(rest[end])) ++end;
  const std::string_view word = rest.substr(start, end - start);
  rest.remove_prefix(end);
  return word;
}

bool IsWord(std::string_view word, std::string_view upper) {
  if (word.size() != upper.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (ToUpper(word[i]) != upper[i]) return false;
  }
  return true;
}

struct Summary {
  std::string operation;   // "SELECT"
  std::string_view table;  // "" when it is not plain
};

// The first word and the table that follows FROM, INTO, UPDATE, TABLE or JOIN first.
Summary Summarize(std::string_view statement) {
  Summary summary;
  std::string_view rest = statement;
  const std::string_view first = NextWord(rest);
  for (const char c : first) summary.operation += ToUpper(c);
  if (IsWord(first, "UPDATE")) {
    summary.table = NextWord(rest);
    if (IsWord(summary.table, "OR")) {  // UPDATE OR IGNORE t
      NextWord(rest);
      summary.table = NextWord(rest);
    }
    return summary;
  }
  for (std::string_view word; !(word = NextWord(rest)).empty();) {
    if (!IsWord(word, "FROM") && !IsWord(word, "INTO") && !IsWord(word, "TABLE")) continue;
    summary.table = NextWord(rest);
    while (IsWord(summary.table, "IF") || IsWord(summary.table, "NOT") ||
           IsWord(summary.table, "EXISTS")) {
      summary.table = NextWord(rest);
    }
    return summary;
  }
  return summary;
}

void Fail(Span& span, std::string_view type, std::string_view message) {
  span.set_attribute("error.type", type);
  span.set_status(StatusCode::kError, message);
}

}  // namespace

SqlScope::SqlScope(const Tracer& tracer, std::string_view system, std::string_view statement) {
  if (!detail::is_set_up()) return;
  const Summary summary = Summarize(statement);
  std::string name = summary.operation.empty() ? std::string(system) : summary.operation;
  if (!summary.table.empty()) name.append(1, ' ').append(summary.table);
  span_ = tracer.start_span(name, {.kind = SpanKind::kClient});
  if (!span_.is_recording()) return;
  span_.set_attribute("db.system.name", system);
  span_.set_attribute("db.query.text", statement.substr(0, kQueryTextBytesMax));
  span_.set_attribute("db.operation.name", summary.operation);
  if (!summary.table.empty()) span_.set_attribute("db.collection.name", summary.table);
}

void SqlScope::fail(std::string_view type, std::string_view message) {
  if (span_.is_recording()) Fail(span_, type, message);
}

RedisScope::RedisScope(const Tracer& tracer, std::string_view command, std::string_view host,
                       uint16_t port) {
  if (!detail::is_set_up()) return;
  span_ = tracer.start_span(command, {.kind = SpanKind::kClient});
  if (!span_.is_recording()) return;
  span_.set_attribute("db.system.name", "redis");
  span_.set_attribute("db.operation.name", command);
  span_.set_attribute("server.address", host);
  span_.set_attribute("server.port", static_cast<int64_t>(port));
}

void RedisScope::fail(std::string_view type, std::string_view message) {
  if (span_.is_recording()) Fail(span_, type, message);
}

}  // namespace awry::sdk::instrument
