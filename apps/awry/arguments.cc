#include "arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <variant>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <CLI/CLI.hpp>
#pragma GCC diagnostic pop

#include "awry/api/server.h"
#include "jaeger_settings.h"
#include "settings_file.h"

namespace awry::app {
namespace {

constexpr const char* kServer = "http://127.0.0.1:16686";

// A flag of `awry serve` that may also come from the environment or the settings file.
struct Setting {
  std::string name;
  CLI::Option* flag;
  std::variant<std::string*, std::vector<std::string>*> value;

  std::string environment() const {
    if (name == "store") return "CLICKHOUSE_URL";
    std::string out = "AWRY_" + name;
    std::ranges::transform(out, out.begin(), [](char c) {
      return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    return out;
  }
  void Set(const std::vector<std::string>& texts) const {
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&value)) {
      **list = texts;
    } else if (!texts.empty()) {
      *std::get<std::string*>(value) = texts.back();
    }
  }
};

std::vector<Setting> AddServe(CLI::App& app, ServeOptions& o) {
  CLI::App* serve = app.add_subcommand("serve", "Take traces, keep them, answer questions");
  std::vector<Setting> settings;
  const auto text = [&](const char* name, std::string& value, const char* help) {
    settings.push_back(
        {name, serve->add_option(std::string("--") + name, value, help)->capture_default_str(),
         &value});
  };
  const auto list = [&](const char* name, std::vector<std::string>& value, const char* help) {
    settings.push_back(
        {name, serve->add_option(std::string("--") + name, value, help)->allow_extra_args(false),
         &value});
  };
  text("data", o.data, "Folder of the store");
  text("store", o.store, "clickhouse://… in place of --data (not in this version)");
  text("listen", o.listen, "Address that all ports are bound to");
  text("http", o.http, "Port of pages and query API; 'auto' takes a free one");
  text("otlp-grpc", o.otlp_grpc, "Port of OTLP over gRPC; 0 turns it off, as with every port");
  text("otlp-http", o.otlp_http, "Port of OTLP over HTTP");
  text("jaeger-compact", o.jaeger_compact, "UDP port of Jaeger's compact Thrift");
  text("jaeger-binary", o.jaeger_binary, "UDP port of Jaeger's binary Thrift");
  text("jaeger-http", o.jaeger_http, "Port of Jaeger's Thrift over HTTP");
  text("query-grpc", o.query_grpc, "Port of the query API over gRPC");
  text("jaeger-grpc", o.jaeger_grpc, "Port of Jaeger's gRPC collector");
  text("zipkin", o.zipkin, "Port of Zipkin");
  text("sampling", o.sampling, "Port of sampling strategies over HTTP");
  text("sampling-grpc", o.sampling_grpc, "Port of sampling strategies over gRPC");
  text("sampling-file", o.sampling_file,
       "Jaeger's file of sampling strategies, read again when it changes; without it, all is kept");
  text("retention", o.retention, "Drop what arrived longer ago: 30d, 12h; no limit by default");
  text("retention-bytes", o.retention_bytes, "Drop the oldest beyond this size on disk");
  text("fsync", o.fsync, "always, interval:1s or never");
  text("memory", o.memory, "Memory for spans that wait to be written, indexes, requests and answers");
  text("body-bytes-max", o.body_bytes_max, "Largest request body, after decompression");
  text("checks", o.checks, "YAML file of checks, read again when it changes");
  text("checks-quiet", o.checks_quiet, "A trace is judged this long after its last span");
  text("webhook", o.webhook, "http(s) address told of violations and new findings");
  text("webhook-secret-file", o.webhook_secret_file,
       "File with the key that signs what the webhook is told; or AWRY_WEBHOOK_SECRET");
  list("replay", o.replay, "SERVICE=URL of a replay endpoint; repeatable");
  text("base-path", o.base_path, "Path before all routes and pages, such as /jaeger");
  text("web-root", o.web_root, "Folder of the built pages; found beside the program by default");
  text("ui-dir", o.ui_dir, "Folder of a build of Jaeger's own pages, served in place of Awry's");
  text("ui-config", o.ui_config, "JSON file that the pages get as Jaeger's UI configuration");
  list("allowed-host", o.allowed_hosts,
       "Name with a dot under which browsers reach this server; repeatable");
  list("cors-origin", o.cors_origins,
       "Origin of pages that may send OTLP and Zipkin over HTTP: https://shop.example, https://*.example or '*'; repeatable");
  serve->add_option("--config", o.config,
                    "TOML file with these settings; flags and AWRY_… variables win");
  serve->add_flag("--print-config", o.print_config, "Print the settings in force and end");
  serve->footer("Flags and environment variables of Jaeger's all-in-one that have a counterpart are taken as well (docs/protocols.md).");
  return settings;
}

void AddPlace(CLI::App* command, Place& place) {
  CLI::Option* data = command->add_option(
      "--data", place.data, "Open the store in this folder (no server may have it open)");
  command->add_option("--server", place.server, "Ask a running server")
      ->default_str(kServer)
      ->excludes(data);
}

void AddQuestions(CLI::App& app, Arguments& a) {
  CLI::App* search = app.add_subcommand("search", "Find traces by a query");
  AddPlace(search, a.search.place);
  search
      ->add_option("query", a.search.query, R"(For example { name = "checkout" && duration > 1s })")
      ->required();
  search->add_option("--since", a.search.since, "Time, or duration ago (1h, 2d)");
  search->add_option("--until", a.search.until, "Time, or duration ago");
  search->add_option("--limit", a.search.limit, "Most traces")->capture_default_str();
  search->add_flag("--explain", a.search.explain, "Print the plan, do not search");
  search->add_flag("--json", a.search.json, "Print the API's answer");

  CLI::App* trace = app.add_subcommand("trace", "Show one trace");
  AddPlace(trace, a.trace.place);
  trace->add_option("trace_id", a.trace.trace_id, "1 to 32 hex digits")->required();
  trace->add_flag("--json", a.trace.json, "Print the API's answer");

  CLI::App* why = app.add_subcommand("why", "Find the cause of wrong answers");
  AddPlace(why, a.why.place);
  why->add_option("trace_id", a.why.trace_id, "One wrong trace; without it, the labels decide");
  why->add_option("--traces", a.why.traces, "Files of traces, in place of a store");
  why->add_option("--labels", a.why.labels, "File of labels, with --traces");
  why->add_option("--trace", a.why.trace_id, "One wrong trace");
  why->add_option("--bad", a.why.bad, "Query for the wrong traces");
  why->add_option("--good", a.why.good, "Query for the right traces");
  why->add_option("--onset", a.why.onset, "When it began: time, duration ago, or Unix ns");
  why->add_option("--since", a.why.since, "Time, or duration ago");
  why->add_option("--until", a.why.until, "Time, or duration ago");
  why->add_option("--replay", a.why.replay,
                  "SERVICE=URL of a replay endpoint (with --data or --traces)")
      ->allow_extra_args(false);
  why->add_option("--limit", a.why.limit, "Most causes")->capture_default_str();
  why->add_flag("--json", a.why.json, "Print the API's answer");
  why->add_option("--out", a.why.out, "Write the API's answer to this file");

  CLI::App* invariants =
      app.add_subcommand("invariants", "Propose checks, learned from right traces");
  AddPlace(invariants, a.invariants.place);
  invariants->add_flag("--json", a.invariants.json, "Print the API's answer");
  invariants->add_flag("--yaml", a.invariants.yaml, "Print a file for awry check and --checks (the default)");

  CLI::App* check = app.add_subcommand(
      "check", "Judge stored traces; exit code 0: all hold, 1: violated, 2: could not check");
  AddPlace(check, a.check.place);
  check->add_option("file", a.check.file, "YAML file of checks; '-' is standard input")->required();
  check->add_option("--since", a.check.since, "Time, or duration ago (1h, 2d)");
  check->add_option("--until", a.check.until, "Time, or duration ago");
  check->add_option("--examples", a.check.examples, "Most violating traces named of a check")
      ->capture_default_str();
  check->add_flag("--json", a.check.json, "Print the API's answer");

  CLI::App* stats = app.add_subcommand("stats", "Spans, traces, bytes per span, segments");
  AddPlace(stats, a.stats.place);
  stats->add_flag("--json", a.stats.json, "Print the API's answer");

  CLI::App* drift = app.add_subcommand(
      "drift", "Compare predictions, confidence and features with earlier weeks");
  AddPlace(drift, a.drift.place);
  drift->add_option("--service", a.drift.service, "Only models of this service");
  drift->add_option("--model", a.drift.model, "Only this version");
  drift->add_option("--since", a.drift.since, "Time, or duration ago (7d); the week before by default");
  drift->add_option("--until", a.drift.until, "Time, or duration ago");
  drift->add_option("--step", a.drift.step, "Length of a window, divides a week (1h, 6h, 1d)");
  drift->add_flag("--json", a.drift.json, "Print the API's answer");
}

void AddDataCommands(CLI::App& app, Arguments& a) {
  CLI::App* import = app.add_subcommand("import", "Read files of traces into a store");
  AddPlace(import, a.import.place);
  import
      ->add_option(
          "files", a.import.files,
          "OTLP JSON, JSON lines or protobuf, Jaeger JSON; .gz and .zst; '-' is standard input")
      ->required();
  CLI::App* label = app.add_subcommand("label", "Say which answers were wrong or right");
  AddPlace(label, a.label.place);
  label
      ->add_option("file", a.label.file,
                   "JSON lines or CSV: trace_id, label, span_id?, expected?, actual?, source?, "
                   "note?; '-' is standard input")
      ->required();
  CLI::App* exporting = app.add_subcommand("export", "Write the traces that a query matches");
  AddPlace(exporting, a.exporting.place);
  exporting->add_option("--query", a.exporting.query, "Which traces; all by default")
      ->capture_default_str();
  exporting->add_option("--since", a.exporting.since, "Time, or duration ago (1h, 2d)");
  exporting->add_option("--until", a.exporting.until, "Time, or duration ago");
  exporting->add_option("--format", a.exporting.format, "otlp-json (lines), otlp-proto, jaeger-json or parquet (docs/export.md)")
      ->capture_default_str();
  exporting
      ->add_option("--out", a.exporting.out,
                   "File, compressed when its name ends in .gz or .zst; '-' is standard output")
      ->capture_default_str();
  CLI::App* backup = app.add_subcommand("backup", "Copy a store, also while a server has it open");
  AddPlace(backup, a.backup.place);
  backup->add_option("--out", a.backup.out, "New folder, on the machine of the store")->required();
}

// Flags win over the environment, the environment over the file; Awry's over Jaeger's of the same kind.
base::Status MergeSettings(const std::vector<Setting>& settings, const std::string& config,
                           const JaegerSettings& jaeger_flags, const JaegerSettings& jaeger_environment) {
  std::map<std::string, std::vector<std::string>> file;
  if (!config.empty()) {
    ASSIGN_OR_RETURN(file, ReadSettings(config));
  }
  for (const Setting& setting : settings) {
    const auto in_file = file.extract(setting.name);
    if (setting.flag->count() > 0) continue;
    const auto flag = jaeger_flags.values.find(setting.name);
    const auto variable = jaeger_environment.values.find(setting.name);
    if (flag != jaeger_flags.values.end()) {
      setting.Set(flag->second);
    } else if (const char* text = std::getenv(setting.environment().c_str());
        text != nullptr && *text != '\0') {
      setting.Set({text});
    } else if (variable != jaeger_environment.values.end()) {
      setting.Set(variable->second);
    } else if (!in_file.empty()) {
      setting.Set(in_file.mapped());
    }
  }
  if (!file.empty())
    return base::InvalidArgument("setting is unknown: " + file.begin()->first + " in " + config +
                                 "; see awry serve --help");
  return base::OkStatus();
}

void PrintNotes(const JaegerSettings& jaeger, const std::string& listen) {
  for (const std::string& note : jaeger.notes) fmt::print(stderr, "awry: {}\n", note);
  for (const auto& [said, host] : jaeger.hosts) {
    if (host != listen && !(host == "localhost" && listen == "127.0.0.1"))
      fmt::print(stderr, "awry: address of {} is not taken, all ports are bound to --listen: {}, not {}\n",
                 said, listen, host);
  }
}

std::string TomlText(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void PrintSettings(const std::vector<Setting>& settings) {
  for (const Setting& setting : settings) {
    if (const auto* const* list = std::get_if<std::vector<std::string>*>(&setting.value)) {
      std::string items;
      for (const std::string& item : **list) items += (items.empty() ? "" : ", ") + TomlText(item);
      fmt::print("{} = [{}]\n", setting.name, items);
    } else {
      fmt::print("{} = {}\n", setting.name, TomlText(*std::get<std::string*>(setting.value)));
    }
  }
}

Command CommandOf(const std::string& name) {
  const std::pair<const char*, Command> kCommands[] = {
      {"serve", Command::kServe},           {"import", Command::kImport},
      {"label", Command::kLabel},           {"search", Command::kSearch},
      {"trace", Command::kTrace},           {"why", Command::kWhy},
      {"invariants", Command::kInvariants}, {"check", Command::kCheck}, {"stats", Command::kStats},
      {"drift", Command::kDrift},
      {"export", Command::kExport},         {"backup", Command::kBackup}};
  for (const auto& [known, command] : kCommands) {
    if (name == known) return command;
  }
  return Command::kNotYet;
}

std::optional<Arguments> WrongUse(const base::Status& status, int& exit_code) {
  fmt::print(stderr, "awry: {}\n", status.message());
  exit_code = 2;
  return std::nullopt;
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv, int& exit_code) {
  Arguments arguments;
  CLI::App app("Awry: traces, and why an answer was wrong", "awry");
  app.require_subcommand(1);
  app.set_version_flag("--version", "awry " + api::ApiOptions().version);
  const std::vector<Setting> settings = AddServe(app, arguments.serve);
  AddDataCommands(app, arguments);
  AddQuestions(app, arguments);
  std::vector<std::string> words(argv + 1, argv + argc);
  JaegerSettings jaeger_flags;
  if (!words.empty() && words.front() == "serve") {
    auto taken = TakeJaegerFlags(words);
    if (!taken.ok()) return WrongUse(taken.status(), exit_code);
    jaeger_flags = *std::move(taken);
  } else if (!words.empty() && !words.front().starts_with('-') && CommandOf(words.front()) == Command::kNotYet) {
    return WrongUse(base::InvalidArgument("there is no such command, awry --help lists them: " + words.front()),
                    exit_code);
  }
  std::ranges::reverse(words);  // as CLI11 wants it
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  arguments.name = app.get_subcommands().front()->get_name();
  arguments.command = CommandOf(arguments.name);
  for (Place* place : {&arguments.import.place, &arguments.exporting.place,
                       &arguments.backup.place, &arguments.label.place, &arguments.search.place,
                       &arguments.trace.place, &arguments.why.place, &arguments.invariants.place,
                       &arguments.check.place,
                       &arguments.stats.place, &arguments.drift.place}) {
    if (place->server.empty()) place->server = kServer;
  }
  if (arguments.command != Command::kServe) return arguments;
  const auto jaeger_environment = JaegerEnvironment([](const char* name) { return std::getenv(name); });
  if (!jaeger_environment.ok()) return WrongUse(jaeger_environment.status(), exit_code);
  if (const base::Status merged =
          MergeSettings(settings, arguments.serve.config, jaeger_flags, *jaeger_environment);
      !merged.ok())
    return WrongUse(merged, exit_code);
  PrintNotes(jaeger_flags, arguments.serve.listen);
  PrintNotes(*jaeger_environment, arguments.serve.listen);
  if (arguments.serve.print_config) {
    PrintSettings(settings);
    exit_code = 0;
    return std::nullopt;
  }
  return arguments;
}

}  // namespace awry::app
