#include "stack/stack.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace awry::tests {
namespace {

constexpr std::array<int, 18> kPorts{16686, 16685, 4317, 4318, 6831, 6832, 14268, 14250, 9411,
                                     5778,  5779,  8080, 5001, 5002, 5003, 5004,  5005,  4319};

bool PortIsFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return free;
}

// An offset at which every port of the stack is free.
int FreeOffset() {
  base::Random random(base::EntropySeed());
  while (true) {
    const int offset = 100 + static_cast<int>(random.Below(14'000));
    bool free = true;
    for (const int port : kPorts) free = free && PortIsFree(port + offset);
    if (free) return offset;
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder(const std::string& name)
    : path_((std::filesystem::temp_directory_path() /
             ("awry-" + name + "-" + std::to_string(base::EntropySeed() % 1'000'000'000)))
                .string()) {
  std::filesystem::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  if (std::getenv("AWRY_KEEP") != nullptr) {
    std::fprintf(stderr, "kept: %s\n", path_.c_str());
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

CommandResult RunCommand(const std::string& command) {
  CommandResult result;
  FILE* pipe = popen(command.c_str(), "r");
  CHECK(pipe != nullptr);
  std::array<char, 4096> buffer;
  size_t got = 0;
  while ((got = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    result.output.append(buffer.data(), got);
  }
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return result;
}

std::string Program(const std::string& name) { return std::string(AWRY_BINARY_DIR) + "/bin/" + name; }

bool Eventually(double seconds, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    poll(nullptr, 0, 100);  // leaves the processor to what is waited for
  }
  return true;
}

Stack::Stack(std::string data, std::vector<std::string> arguments)
    : data_(std::move(data)), offset_(FreeOffset()) {
  std::string command = "AWRY_BUILD_DIR='" + std::string(AWRY_BINARY_DIR) + "' '" +
                        std::string(AWRY_SOURCE_DIR) + "/run' --detach --no-sample --data '" + data_ +
                        "' --port-offset " + std::to_string(offset_);
  for (const std::string& argument : arguments) command += " '" + argument + "'";
  // The children keep the pipe open otherwise: give them a file of their own.
  const CommandResult started = RunCommand(command + " >'" + data_ + "/run.out' 2>&1; echo $?");
  if (started.output != "0\n") {
    RunCommand("cat '" + data_ + "/run.out' '" + data_ + "'/log/*.log | tail -n 60 >&2");
    std::fprintf(stderr, "the stack did not start\n");
    std::abort();
  }
  running_ = true;
  for (const int port : {kAwry, kDashboard, kProcessor, kPredictor, kAnalyzer, kFraud, kBudget}) {
    auto client = net::HttpClient::Create(Url(port), {.timeout = std::chrono::seconds(120)});
    CHECK(client.ok());
    clients_.emplace_back(port, std::move(client).value());
  }
}

void Stack::Stop() {
  if (!running_) return;
  running_ = false;
  RunCommand("AWRY_BUILD_DIR='" + std::string(AWRY_BINARY_DIR) + "' '" + std::string(AWRY_SOURCE_DIR) +
             "/run' --stop --data '" + data_ + "' 2>&1");
}

int Stack::Pid(const std::string& program) const {
  std::ifstream in(data_ + "/run/" + program + ".pid");
  int pid = 0;
  in >> pid;
  return pid;
}

HttpAnswer Stack::Call(int default_port, const std::string& method, const std::string& target,
                       std::string body, net::Headers headers) const {
  for (const auto& [port, client] : clients_) {
    if (port != default_port) continue;
    if (!body.empty() && net::FindHeader(headers, "Content-Type").empty()) {
      net::SetHeader(headers, "Content-Type", "application/json");
    }
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    request.body = std::move(body);
    const auto response = client->Send(std::move(request));
    if (!response.ok()) return {.text = response.status().ToString()};
    HttpAnswer answer{.status = response->status, .text = response->body};
    auto json = codec::JsonDocument::Parse(answer.text);
    if (json.ok()) answer.json = std::move(json).value();
    return answer;
  }
  return {};
}

}  // namespace awry::tests
