#include "settings_file.h"

#define TOML_EXCEPTIONS 0
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <toml++/toml.h>
#pragma GCC diagnostic pop

#include <fmt/format.h>

#include "base/file.h"

namespace awry::app {
namespace {

using Settings = std::map<std::string, std::vector<std::string>>;

bool AppendValue(const toml::node& node, std::vector<std::string>& out) {
  if (const auto* text = node.as_string()) {
    out.push_back(text->get());
  } else if (const auto* number = node.as_integer()) {
    out.push_back(std::to_string(number->get()));
  } else if (const auto* truth = node.as_boolean()) {
    out.push_back(truth->get() ? "true" : "false");
  } else {
    return false;
  }
  return true;
}

base::Status ReadTable(const toml::table& table, const std::string& path, Settings& out) {
  for (const auto& [key, node] : table) {
    std::string name(key.str());
    for (char& c : name) c = c == '_' ? '-' : c;
    if (name == "serve" && node.is_table()) {
      RETURN_IF_ERROR(ReadTable(*node.as_table(), path, out));
      continue;
    }
    std::vector<std::string>& values = out[name];
    bool fits = true;
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& item : *list) fits = fits && AppendValue(item, values);
    } else {
      fits = AppendValue(node, values);
    }
    if (!fits)
      return base::InvalidArgument(
          fmt::format("setting must be a text, a number or a list: {}, key {}", path, name));
  }
  return base::OkStatus();
}

}  // namespace

base::Result<Settings> ReadSettings(const std::string& path) {
  auto text = base::RealFileSystem().ReadAll(path);
  if (!text.ok()) return text.status();
  const toml::parse_result parsed = toml::parse(*text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return base::InvalidArgument(
        fmt::format("settings file does not parse: {}, line {}, column {}: {}", path,
                    error.source().begin.line, error.source().begin.column, error.description()));
  }
  Settings out;
  RETURN_IF_ERROR(ReadTable(parsed.table(), path, out));
  return out;
}

}  // namespace awry::app
