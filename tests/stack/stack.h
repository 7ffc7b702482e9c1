// The whole system as ./run starts it, on ports and a folder of its own, for tests of real processes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "codec/json.h"
#include "net/http_client.h"

namespace awry::tests {

// An empty folder that is removed again, unless AWRY_KEEP is set.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& name);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct CommandResult {
  int exit_code = -1;
  std::string output;  // standard output
};

// Runs `command` in a shell and waits; standard error goes to the test's own.
CommandResult RunCommand(const std::string& command);

// The path of a built program.
std::string Program(const std::string& name);

struct HttpAnswer {
  int status = 0;  // 0: no answer
  std::string text;
  std::optional<codec::JsonDocument> json;  // of `text`, when it is JSON
  codec::JsonValue root() const { return json ? json->root() : codec::JsonValue(); }
};

// A started stack; stopped when it goes. Used by one thread, but for Call.
class Stack {
 public:
  // Starts everything on `data` with `./run --detach --no-sample` and `arguments`. Fails the test's
  // process with a message when it does not start.
  explicit Stack(std::string data, std::vector<std::string> arguments = {});
  ~Stack() { Stop(); }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  void Stop();
  int Port(int default_port) const { return default_port + offset_; }
  std::string Url(int default_port) const { return "http://127.0.0.1:" + std::to_string(Port(default_port)); }
  int Pid(const std::string& program) const;

  // One exchange with the service on `default_port`. Thread-safe.
  HttpAnswer Call(int default_port, const std::string& method, const std::string& target,
                  std::string body = "", net::Headers headers = {}) const;

 private:
  std::string data_;
  int offset_ = 0;
  bool running_ = false;
  std::vector<std::pair<int, std::unique_ptr<net::HttpClient>>> clients_;
};

// Waits until `condition` holds; false when it does not within `seconds`. Asks again after each
// answer of the system: the condition itself is a request.
bool Eventually(double seconds, const std::function<bool()>& condition);

inline constexpr int kAwry = 16686, kDashboard = 8080, kProcessor = 5001, kPredictor = 5002,
                     kAnalyzer = 5003, kFraud = 5004, kBudget = 5005;

}  // namespace awry::tests
