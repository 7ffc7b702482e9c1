#include "apps/service_frame/settings.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <toml++/toml.h>

#include <charconv>
#include <cstdlib>
#include <deque>
#include <iostream>

#include "base/check.h"

namespace service_frame {

using awry::base::InvalidArgument;
using awry::base::Result;

const std::string& Settings::Get(std::string_view name) const {
  const auto found = values_.find(std::string(name));
  CHECK(found != values_.end());
  return found->second;
}

bool Settings::IsOn(std::string_view name) const {
  const std::string& value = Get(name);
  return value == "true" || value == "1" || value == "yes" || value == "on";
}

Result<int64_t> Settings::Int(std::string_view name, int64_t lowest, int64_t highest) const {
  const std::string& text = Get(name);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < lowest || value > highest) {
    return InvalidArgument(fmt::format("--{} is no number from {} to {}: {}", name, lowest, highest, text));
  }
  return value;
}

std::string Settings::DatabaseUrl(std::string_view program) const {
  const std::string& url = Get("database-url");
  // In PostgreSQL each program keeps its tables in a schema of its own name.
  return url.empty() ? fmt::format("sqlite:{}/{}.db", Get("data"), program) : fmt::format("{}#{}", url, program);
}

std::vector<Option> AllOptions(const ServiceSpec& spec) {
  std::vector<Option> options = {
      {.name = "listen", .default_value = "127.0.0.1", .help = "address to listen on"},
      {.name = "port", .default_value = std::to_string(spec.default_port), .help = "port to listen on; 'auto' takes a free one"},
      {.name = "data", .default_value = "./data", .help = "folder of the embedded database"},
      {.name = "token", .env = "FINANCE_TOKEN", .help = "bearer token that the services ask of their callers; required beyond loopback", .secret = true},
      {.name = "database-url", .env = "DATABASE_URL", .help = "sqlite:PATH or postgres://…; default: a file in --data", .secret = true},
      {.name = "redis-url", .env = "REDIS_URL", .help = "redis://host:port; default: a cache in the process", .secret = true},
      {.name = "awry-url", .env = "AWRY_URL", .default_value = "http://127.0.0.1:16686", .help = "Awry's HTTP address"},
      {.name = "transaction-processor-url", .env = "TRANSACTION_PROCESSOR_URL", .default_value = "http://127.0.0.1:5001", .help = "address of that service"},
      {.name = "category-predictor-url", .env = "CATEGORY_PREDICTOR_URL", .default_value = "http://127.0.0.1:5002", .help = "address of that service"},
      {.name = "spending-analyzer-url", .env = "SPENDING_ANALYZER_URL", .default_value = "http://127.0.0.1:5003", .help = "address of that service"},
      {.name = "fraud-detector-url", .env = "FRAUD_DETECTOR_URL", .default_value = "http://127.0.0.1:5004", .help = "address of that service"},
      {.name = "budget-manager-url", .env = "BUDGET_MANAGER_URL", .default_value = "http://127.0.0.1:5005", .help = "address of that service"},
      {.name = "threads", .default_value = "8", .help = "requests that are worked on at once"},
      {.name = "body-bytes-max", .default_value = "67108864", .help = "largest request body in bytes; above it 413"},
  };
  options.insert(options.end(), spec.options.begin(), spec.options.end());
  return options;
}

Parsed ParseFlags(int argc, char** argv, const ServiceSpec& spec, const std::vector<Option>& options) {
  Parsed parsed;
  CLI::App app(spec.about, spec.name);
  std::deque<std::string> values(options.size());
  std::deque<bool> switches(options.size());
  std::vector<CLI::Option*> added;
  for (size_t i = 0; i < options.size(); ++i) {
    const Option& option = options[i];
    std::string help = option.help;
    if (!option.env.empty()) help += fmt::format(" [env {}]", option.env);
    if (!option.default_value.empty()) help += fmt::format(" (default {})", option.default_value);
    added.push_back(option.flag ? app.add_flag("--" + option.name, switches[i], help)
                                : app.add_option("--" + option.name, values[i], help));
    if (option.list) added.back()->join(',');
  }
  app.add_option("--config", parsed.config_path, "TOML file with these settings as keys");
  app.add_flag("--print-config", parsed.print_config, "print the settings as TOML and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    parsed.exit_code = code == 0 ? 0 : 2;
    return parsed;
  }
  for (size_t i = 0; i < options.size(); ++i) {
    if (added[i]->count() > 0) parsed.flags[options[i].name] = options[i].flag ? (switches[i] ? "true" : "false") : values[i];
  }
  return parsed;
}

namespace {

std::string TextOf(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* list = node.as_array()) {
    std::string text;
    for (const toml::node& one : *list) text += (text.empty() ? "" : ",") + TextOf(one);
    return text;
  }
  if (const auto* yes = node.as_boolean()) return yes->get() ? "true" : "false";
  return {};
}

Result<std::map<std::string, std::string>> ReadFile(const std::string& path, const std::vector<Option>& options) {
  std::map<std::string, std::string> values;
  if (path.empty()) return values;
  try {
    const toml::table table = toml::parse_file(path);
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const bool known = std::any_of(options.begin(), options.end(), [&](const Option& o) { return o.name == name; });
      if (!known) return InvalidArgument(fmt::format("--config has an unknown setting, see --help: {} in {}", name, path));
      values[name] = TextOf(node);
    }
  } catch (const toml::parse_error& e) {
    return InvalidArgument(fmt::format("--config cannot be read as TOML: {}, line {}: {}", path, e.source().begin.line, e.description()));
  }
  return values;
}

}  // namespace

Result<Settings> Resolve(const Parsed& parsed, const std::vector<Option>& options) {
  ASSIGN_OR_RETURN(const auto file, ReadFile(parsed.config_path, options));
  std::map<std::string, std::string> values;
  for (const Option& option : options) {
    const char* env = option.env.empty() ? nullptr : std::getenv(option.env.c_str());
    if (const auto flag = parsed.flags.find(option.name); flag != parsed.flags.end()) {
      values[option.name] = flag->second;
    } else if (env != nullptr && *env != '\0') {
      values[option.name] = env;
    } else if (const auto in_file = file.find(option.name); in_file != file.end()) {
      values[option.name] = in_file->second;
    } else {
      values[option.name] = option.default_value;
    }
  }
  return Settings(std::move(values));
}

std::string PrintConfig(const Settings& settings, const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    const std::string& value = settings.Get(option.name);
    std::string quoted;
    for (const char c : option.secret && !value.empty() ? "***" : value) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    out += fmt::format("{} = \"{}\"  # {}\n", option.name, quoted, option.help);
  }
  return out;
}

}  // namespace service_frame
