// What the command line asks for, as plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace awry::app {

// Where a command finds its traces: a store that no server has open, or a running server.
struct Place {
  std::string data;    // --data
  std::string server;  // --server; used when `data` is empty
};

// Ports are texts: a number, "auto", or "0" for off.
struct ServeOptions {
  std::string data = "data";
  std::string store;  // clickhouse://…
  std::string listen = "127.0.0.1";
  std::string http = "16686";
  std::string otlp_grpc = "4317";
  std::string otlp_http = "4318";
  std::string jaeger_compact = "6831";
  std::string jaeger_binary = "6832";
  std::string jaeger_http = "14268";
  std::string jaeger_grpc = "14250";
  std::string zipkin = "9411";
  std::string sampling = "5778";
  std::string sampling_grpc = "5779";
  std::string sampling_file;
  std::string query_grpc = "16685";
  std::string retention;
  std::string retention_bytes = "50GB";
  std::string fsync = "interval:1s";
  std::string memory = "512MiB";
  std::string body_bytes_max = "64MiB";
  std::string checks;
  std::string checks_quiet = "5s";
  std::string webhook;
  std::string webhook_secret_file;
  std::vector<std::string> replay;
  std::string base_path;
  std::string web_root;
  std::string ui_dir;
  std::string ui_config;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> cors_origins;
  std::string config;
  bool print_config = false;
};

struct ImportOptions {
  Place place;
  std::vector<std::string> files;
};

struct ExportOptions {
  Place place;
  std::string query = "{}";
  std::string since;
  std::string until;
  std::string format = "otlp-json";
  std::string out = "-";  // "-": standard output
};

struct BackupOptions {
  Place place;
  std::string out;  // a new folder
};

struct LabelOptions {
  Place place;
  std::string file;
};

struct SearchOptions {
  Place place;
  std::string query;
  std::string since;
  std::string until;
  uint64_t limit = 20;
  bool explain = false;
  bool json = false;
};

struct TraceOptions {
  Place place;
  std::string trace_id;
  bool json = false;
};

struct WhyOptions {
  Place place;
  std::vector<std::string> traces;  // files: one shot, no store
  std::string labels;
  std::string trace_id;
  std::string bad;
  std::string good;
  std::string onset;
  std::string since;
  std::string until;
  std::vector<std::string> replay;
  uint64_t limit = 10;
  bool json = false;
  std::string out;
};

struct InvariantsOptions {
  Place place;
  bool json = false;
  bool yaml = false;
};

struct CheckOptions {
  Place place;
  std::string file;
  std::string since;
  std::string until;
  uint64_t examples = 5;
  bool json = false;
};

struct DriftOptions {
  Place place;
  std::string service;
  std::string model;  // version
  std::string since;
  std::string until;
  std::string step;
  bool json = false;
};

struct StatsOptions {
  Place place;
  bool json = false;
};

enum class Command { kServe, kImport, kLabel, kSearch, kTrace, kWhy, kInvariants, kCheck, kStats, kDrift, kExport, kBackup, kNotYet };

struct Arguments {
  Command command = Command::kServe;
  std::string name;  // of the command
  ServeOptions serve;
  ImportOptions import;
  ExportOptions exporting;
  BackupOptions backup;
  LabelOptions label;
  SearchOptions search;
  TraceOptions trace;
  WhyOptions why;
  InvariantsOptions invariants;
  CheckOptions check;
  StatsOptions stats;
  DriftOptions drift;
};

}  // namespace awry::app
