// Runs the real program: commands on a store, a server with its ports, and the same questions to
// both.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "run_awry_test.h"

extern char** environ;

namespace awry {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kProgram = std::string(AWRY_BINARY_DIR) + "/bin/awry";

// A folder that goes away with the test.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("awry_cli_" + std::to_string(base::EntropySeed()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return *this / name;
  }

 private:
  std::filesystem::path path_;
};

// One OTLP JSON line a trace. Every fourth reads another user's patterns.
std::string Traces(int count) {
  std::string out;
  for (int i = 1; i <= count; ++i) {
    char id[33];
    std::snprintf(id, sizeof(id), "%032x", i);
    const std::string user = "user" + std::to_string(1000 + i);
    const std::string owner = i % 4 == 0 ? user.substr(0, 6) : user;
    const std::string start = std::to_string(1'600'000'000 + i);
    out +=
        R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"predictor"}}]},"scopeSpans":[{"spans":[)"
        R"({"traceId":")" +
        std::string(id) +
        R"(","spanId":"0000000000000001","name":"categorize","kind":2,"startTimeUnixNano":")" +
        start + R"(000000000","endTimeUnixNano":")" + start +
        R"(005000000","attributes":[{"key":"user_id","value":{"stringValue":")" + user +
        R"("}}]},{"traceId":")" + id +
        R"(","spanId":"0000000000000002","parentSpanId":"0000000000000001","name":"fetch","startTimeUnixNano":")" +
        start + R"(001000000","endTimeUnixNano":")" + start +
        R"(002000000","attributes":[{"key":"patterns.user_id","value":{"stringValue":")" + owner +
        R"("}}]}]}]}]})"
        "\n";
  }
  return out;
}

std::string Labels(int count) {
  std::string out = "trace_id,label\n";
  for (int i = 1; i <= count; ++i) {
    char id[33];
    std::snprintf(id, sizeof(id), "%032x", i);
    out += std::string(id) + (i % 4 == 0 ? ",wrong\n" : ",right\n");
  }
  return out;
}

// `awry serve` on free ports.
class Server {
 public:
  explicit Server(const std::string& data, const std::vector<std::string>& more = {}) {
    std::array<int, 2> pipe_ends;
    EXPECT_EQ(pipe(pipe_ends.data()), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
    std::vector<std::string> words{kProgram, "serve", "--data", data};
    for (const char* port : {"--http", "--otlp-grpc", "--otlp-http", "--jaeger-compact",
                             "--jaeger-binary", "--jaeger-http", "--jaeger-grpc", "--zipkin",
                             "--sampling", "--sampling-grpc", "--query-grpc"}) {
      words.insert(words.end(), {port, "auto"});
    }
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, kProgram.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_ends[1]);
    ReadAddresses(pipe_ends[0]);
  }
  ~Server() {
    if (pid_ > 0) Stop();
  }

  // Returns the exit code.
  int Stop(int signal = SIGTERM) {
    kill(pid_, signal);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    close(out_);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  // "http://127.0.0.1:1234"
  std::string url() const {
    return addresses_.at("Awry").substr(0, addresses_.at("Awry").size() - 1);
  }
  std::string address(const std::string& what) const { return addresses_.at(what); }

 private:
  // Until the last line, or the end of a program that did not start.
  void ReadAddresses(int fd) {
    out_ = fd;
    std::string text;
    char c = 0;
    while (text.find("Jaeger HTTP") == std::string::npos || text.back() != '\n') {
      if (read(fd, &c, 1) != 1) break;
      text += c;
    }
    for (size_t at = 0; at < text.size();) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      if (line.size() > 16)
        addresses_[line.substr(0, line.find_last_not_of(' ', 14) + 1)] = line.substr(16);
      at += line.size() + 1;
    }
  }

  pid_t pid_ = -1;
  int out_ = -1;
  std::map<std::string, std::string> addresses_;
};

TEST(Awry, HelpsAndRefuses) {
  EXPECT_EQ(Awry("--help").exit_code, 0);
  for (const char* command :
       {"serve", "import", "label", "search", "trace", "why", "invariants", "stats", "drift"}) {
    const Result help = Awry(std::string(command) + " --help");
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("--")) << command;
  }
  EXPECT_EQ(Awry("").exit_code, 2);
  EXPECT_EQ(Awry("nonsense").exit_code, 2);
  EXPECT_THAT(Awry("nonsense").out, HasSubstr("there is no such command, awry --help lists them: nonsense"));
  EXPECT_EQ(Awry("--version").exit_code, 0);
  EXPECT_THAT(Awry("--version").out, HasSubstr("awry "));
  EXPECT_EQ(Awry("search").exit_code, 2);
  const Result nowhere = Awry("drift --data /nonexistent/store");
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_THAT(nowhere.out, HasSubstr("no store there"));
}

TEST(Awry, SettingsComeFromFlagsThenEnvironmentThenFile) {
  const Folder folder;
  const std::string file =
      folder.Write("awry.toml", "http = 1111\notlp_http = 2222\nzipkin = 3333\n");
  setenv("AWRY_OTLP_HTTP", "4444", 1);
  const Result run = Awry("serve --print-config --zipkin 5555 --config " + file);
  unsetenv("AWRY_OTLP_HTTP");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("http = \"1111\"\n"));
  EXPECT_THAT(run.out, HasSubstr("otlp-http = \"4444\"\n"));
  EXPECT_THAT(run.out, HasSubstr("zipkin = \"5555\"\n"));
  EXPECT_THAT(run.out, HasSubstr("otlp-grpc = \"4317\"\n"));
  const Result unknown =
      Awry("serve --print-config --config " + folder.Write("bad.toml", "htp = 1\n"));
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.out, HasSubstr("setting is unknown: htp"));
}

TEST(Awry, StartsWithTheSettingsOfJaeger) {
  setenv("QUERY_BASE_PATH", "/jaeger", 1);
  setenv("SAMPLING_STRATEGIES_FILE", "/etc/s.json", 1);
  setenv("AWRY_SAMPLING_FILE", "/mine.json", 1);
  const Result run = Awry("serve --print-config --zipkin 5555 --collector.zipkin.host-port=:9999"
                          " --collector.http-server.host-port 0.0.0.0:7777 --memory.max-traces=5");
  EXPECT_EQ(Awry("serve --print-config --query.http.tls.enabled=true").exit_code, 2);
  unsetenv("QUERY_BASE_PATH");
  unsetenv("SAMPLING_STRATEGIES_FILE");
  unsetenv("AWRY_SAMPLING_FILE");
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, HasSubstr("base-path = \"/jaeger\"\n"));
  EXPECT_THAT(run.out, HasSubstr("sampling-file = \"/mine.json\"\n"));
  EXPECT_THAT(run.out, HasSubstr("zipkin = \"5555\"\n"));
  EXPECT_THAT(run.out, HasSubstr("jaeger-http = \"7777\"\n"));
  EXPECT_THAT(run.out, HasSubstr("--memory.max-traces is not taken: --retention-bytes"));
  EXPECT_THAT(run.out, HasSubstr("address of --collector.http-server.host-port is not taken"));
}

TEST(Awry, ImportsLabelsAndAnswersFromAStore) {
  const Folder folder;
  const std::string data = " --data " + (folder / "store");
  const Result import = Awry("import" + data + " " + folder.Write("t.jsonl", Traces(200)));
  EXPECT_EQ(import.exit_code, 0) << import.out;
  EXPECT_THAT(import.out, HasSubstr("400 spans imported"));
  EXPECT_THAT(Awry("label" + data + " " + folder.Write("l.csv", Labels(200))).out,
              HasSubstr("200 labels created, 0 unchanged"));
  EXPECT_THAT(Awry("stats" + data).out, HasSubstr("spans                                400"));

  const Result search =
      Awry("search" + data + " '{ span.patterns.user_id != trace.user_id }' --limit 2");
  EXPECT_EQ(search.exit_code, 0) << search.out;
  EXPECT_THAT(search.out, HasSubstr("2 of 50 traces"));
  EXPECT_THAT(search.out, HasSubstr("000000000000000000000000000000c8"));
  EXPECT_THAT(Awry("search" + data + " '{ name = \"fetch\" }' --explain").out,
              HasSubstr("scan spans: name=\"fetch\""));
  const Result bad = Awry("search" + data + " '{ name = }'");
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.out, HasSubstr("column 10: expected a value after '='"));

  const Result trace = Awry("trace" + data + " c8");
  EXPECT_THAT(trace.out, HasSubstr("  predictor: fetch"));
  EXPECT_THAT(trace.out, HasSubstr("patterns.user_id = user12"));
  EXPECT_THAT(trace.out, HasSubstr("labelled wrong"));
  EXPECT_EQ(Awry("trace" + data + " fff").exit_code, 1);

  const Result why = Awry("why" + data);
  EXPECT_EQ(why.exit_code, 0) << why.out;
  EXPECT_THAT(why.out, HasSubstr("patterns.user_id"));
  EXPECT_THAT(why.out, HasSubstr("wrong"));
  EXPECT_THAT(why.out, HasSubstr("Looked at 50 wrong and 150 right traces"));
  const Result file = Awry("why" + data + " --out " + (folder / "answer.json"));
  EXPECT_EQ(file.exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "answer.json"));
  EXPECT_EQ(Awry("invariants" + data + " --json").exit_code, 0);
}

TEST(Awry, WhyReadsFilesWithoutAStore) {
  const Folder folder;
  const std::string files = "why --traces " + folder.Write("t.jsonl", Traces(200)) + " ";
  const Result labelled = Awry(files + "--json --labels " + folder.Write("l.csv", Labels(200)));
  ASSERT_EQ(labelled.exit_code, 0) << labelled.out;
  const auto answer = codec::JsonDocument::Parse(labelled.out);
  ASSERT_TRUE(answer.ok()) << labelled.out;
  ASSERT_GE(answer->root().Find("causes").size(), 1u);
  EXPECT_EQ(answer->root().Find("causes").At(0).Find("bad").Find("of").AsInt64(), 50);
  EXPECT_EQ(Awry(files + "--trace c8 --json").exit_code, 0);
  EXPECT_EQ(Awry(files + "--onset 1600000100000000000 --json").exit_code, 0);
  EXPECT_EQ(Awry(files + "--trace zz").exit_code, 1);
  EXPECT_EQ(Awry("why --traces /nonexistent.jsonl --trace 1").exit_code, 1);
}

TEST(Awry, TellsWhenThereIsNoStoreOrNoServer) {
  const Folder folder;
  const Result no_store = Awry("search --data " + (folder / "missing") + " '{}'");
  EXPECT_EQ(no_store.exit_code, 1);
  EXPECT_THAT(no_store.out, HasSubstr("no store there"));
  EXPECT_FALSE(std::filesystem::exists(folder / "missing"));
  const Result no_server = Awry("search --server http://127.0.0.1:1 '{}'");
  EXPECT_EQ(no_server.exit_code, 1);
  EXPECT_THAT(no_server.out, HasSubstr("is `awry serve` running?"));
}

TEST(AwryServe, AnswersAsTheStoreDoesAndKeepsWhatItTook) {
  const Folder folder;
  const std::string data = folder / "store";
  ASSERT_EQ(Awry("import --data " + data + " " + folder.Write("t.jsonl", Traces(100))).exit_code,
            0);
  const std::string question =
      " '{ name = \"fetch\" } | select(span.patterns.user_id)' --limit 3 --json";
  const Result offline = Awry("search --data " + data + question);
  {
    Server server(data);
    const Result online = Awry("search --server " + server.url() + question);
    EXPECT_EQ(online.out, offline.out);
    EXPECT_THAT(Awry("search --data " + data + " '{}'").out,
                HasSubstr("a server has this store open"));
    EXPECT_THAT(
        Awry("import --server " + server.url() + " " + folder.Write("more.jsonl", Traces(120))).out,
        HasSubstr("240 spans imported"));
    EXPECT_THAT(
        Awry("label --server " + server.url() + " " + folder.Write("l.csv", Labels(120))).out,
        HasSubstr("120 labels created"));
    auto otlp = net::HttpClient::Create(server.address("OTLP HTTP"));
    ASSERT_TRUE(otlp.ok());
    const auto sent = (*otlp)->Post(
        "/v1/traces",
        R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0000000000000000000000000000beef","spanId":"0000000000000001","name":"live","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000000000000001"}]}]}]})");
    ASSERT_TRUE(sent.ok());
    EXPECT_EQ(sent->status, 200);
    EXPECT_THAT(Awry("trace --server " + server.url() + " beef").out, HasSubstr("live"));
    EXPECT_THAT(Awry("search --server " + server.url() + " '{}' --limit 5").out,
                HasSubstr("5 of 121 traces"));
    EXPECT_EQ(Awry("stats --server " + server.url()).exit_code, 0);
    EXPECT_EQ(server.Stop(SIGINT), 0);
  }
  EXPECT_THAT(Awry("trace --data " + data + " beef").out, HasSubstr("live"));
}

TEST(AwryServe, BackupHoldsArchivedTracesToo) {
  const Folder folder;
  {
    Server server(folder / "store");
    Awry("import --server " + server.url() + " " + folder.Write("t.jsonl", Traces(3)));
    auto client = net::HttpClient::Create(server.url());
    ASSERT_TRUE(client.ok());
    const auto archived = (*client)->Send({.method = "POST", .target = "/api/archive/2"});
    ASSERT_TRUE(archived.ok());
    EXPECT_EQ(archived->status, 200) << archived->body;
    EXPECT_EQ(Awry("backup --server " + server.url() + " --out " + (folder / "served")).exit_code, 0);
  }
  EXPECT_EQ(Awry("backup --data " + (folder / "store") + " --out " + (folder / "closed")).exit_code, 0);
  for (const char* copy : {"served", "closed"}) {
    EXPECT_THAT(Awry("trace --data " + (folder / copy) + "/archive 2").out, HasSubstr("predictor: fetch")) << copy;
    EXPECT_EQ(Awry("trace --data " + (folder / copy) + "/archive 1").exit_code, 1) << copy;
  }
}

TEST(AwryServe, NamesThePortInUseAndItsFlag) {
  const Folder folder;
  Server server(folder / "one");
  const std::string port = server.url().substr(server.url().rfind(':') + 1);
  const std::string off =
      " --otlp-grpc 0 --otlp-http 0 --jaeger-compact 0 --jaeger-binary 0 --jaeger-http 0"
      " --jaeger-grpc 0 --zipkin 0 --sampling 0 --sampling-grpc 0 --query-grpc 0";
  const Result second = Awry("serve --data " + (folder / "two") + off + " --http " + port);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.out, HasSubstr("port in use: 127.0.0.1:" + port));
  EXPECT_THAT(second.out, HasSubstr("--http"));
  const Result same_data = Awry("serve --data " + (folder / "one") + off + " --http auto");
  EXPECT_EQ(same_data.exit_code, 1);
  EXPECT_THAT(same_data.out, HasSubstr("in use by another process"));
}

TEST(AwryServe, RefusesWhatItCannotDo) {
  const Folder folder;
  const std::string serve = "serve --data " + (folder / "store") + " ";
  EXPECT_THAT(Awry(serve + "--store clickhouse://x").out,
              HasSubstr("--store is not in this version"));
  EXPECT_THAT(Awry(serve + "--checks x.yaml").out, HasSubstr("--checks x.yaml: cannot open"));
  EXPECT_THAT(Awry(serve + "--fsync sometimes").out, HasSubstr("--fsync must be"));
  EXPECT_THAT(Awry(serve + "--replay nonsense").out, HasSubstr("--replay needs SERVICE=http://"));
  EXPECT_THAT(Awry(serve + "--http 99999").out, HasSubstr("port must be"));
  const std::string bad = folder.Write("sampling.json", R"({"default_strategy":{"type":"sometimes"}})");
  EXPECT_THAT(Awry(serve + "--sampling-file " + bad).out,
              AllOf(HasSubstr("--sampling-file"), HasSubstr(bad), HasSubstr("default_strategy: type must be")));
}

}  // namespace
}  // namespace awry
