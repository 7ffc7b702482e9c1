// Imports a folder of made statements through the Transaction Processor's API, as a person would
// through the dashboard: one account and one file a user. Shows progress; running it again adds
// nothing, since the processor knows duplicates.
//
//   import-sample --dir DIR [--quiet]
//
// DIR is what sample-statements made: users.json (an array of user ids), statements/USER.csv, and
// budgets.json (user id -> body of PUT /budgets/{user_id}). When all is in, DIR/imported is written.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/file.h"
#include "codec/json.h"
#include "net/http_client.h"

namespace {

using namespace awry;  // NOLINT: a program of one file

constexpr int kInFlight = 4;  // imports that run at once
constexpr std::chrono::milliseconds kPollInterval{250};

struct Import {
  std::string id;
  uint64_t done = 0;
  uint64_t total = 0;
  bool finished = false;
};

class Importer {
 public:
  Importer(net::HttpClient& processor, net::HttpClient& budgets, bool quiet)
      : processor_(processor), budgets_(budgets), quiet_(quiet) {}

  base::Status Run(const std::string& dir) {
    base::FileSystem& files = base::RealFileSystem();
    ASSIGN_OR_RETURN(const std::string users_text, files.ReadAll(dir + "/users.json"));
    ASSIGN_OR_RETURN(const codec::JsonDocument users, codec::JsonDocument::Parse(users_text));
    for (const codec::JsonValue user : users.root().items()) {
      const auto id = user.AsString();
      if (!id) return base::InvalidArgument("users.json is no array of texts: " + dir);
      users_.emplace_back(*id);
    }
    RETURN_IF_ERROR(PutBudgets(dir));
    size_t next = 0;
    while (next < users_.size() || Running() > 0) {
      while (next < users_.size() && Running() < kInFlight) {
        ASSIGN_OR_RETURN(const std::string csv, files.ReadAll(dir + "/statements/" + users_[next] + ".csv"));
        RETURN_IF_ERROR(Start(users_[next], csv));
        ++next;
      }
      RETURN_IF_ERROR(Poll());
      ShowProgress(next);
      std::this_thread::sleep_for(kPollInterval);
    }
    if (!quiet_) std::fputc('\n', stderr);
    return files.WriteAtomically(dir + "/imported", "");
  }

 private:
  static base::Status Expect(const base::Result<net::HttpResponse>& response, std::string_view what) {
    if (!response.ok()) return response.status().WithContext(what);
    if (response->status < 300) return base::OkStatus();
    return {base::StatusCodeOfHttp(response->status), std::string(what) + ": " + response->body.substr(0, 300)};
  }

  int Running() const {
    int running = 0;
    for (const Import& import : imports_) running += import.finished ? 0 : 1;
    return running;
  }

  base::Status PutBudgets(const std::string& dir) {
    const auto text = base::RealFileSystem().ReadAll(dir + "/budgets.json");
    if (!text.ok()) return base::OkStatus();  // a sample may have none
    ASSIGN_OR_RETURN(const codec::JsonDocument budgets, codec::JsonDocument::Parse(*text));
    for (const codec::JsonMember& member : budgets.root().members()) {
      std::string body;
      codec::JsonWriter(body).Value(member.value);
      net::HttpRequest request;
      request.method = "PUT";
      request.target = "/budgets/" + net::UrlEncode(member.key);
      request.headers = {{"Content-Type", "application/json"}};
      request.body = std::move(body);
      RETURN_IF_ERROR(Expect(budgets_.Send(std::move(request)), "cannot set the sample's budgets"));
    }
    return base::OkStatus();
  }

  base::Status Start(const std::string& user, const std::string& csv) {
    const std::string account = user + "-main";
    std::string body;
    codec::JsonWriter json(body);
    json.BeginObject().Key("user_id").String(user).Key("name").String("Everyday");
    json.Key("kind").String("checking").Key("currency").String("EUR").EndObject();
    net::HttpRequest request;
    request.method = "PUT";
    request.target = "/accounts/" + net::UrlEncode(account);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = std::move(body);
    RETURN_IF_ERROR(Expect(processor_.Send(std::move(request)), "cannot make account " + account));
    auto preview = processor_.Post("/imports?account=" + net::UrlEncode(account), csv, "text/csv");
    RETURN_IF_ERROR(Expect(preview, "cannot preview the statement of " + user));
    ASSIGN_OR_RETURN(const codec::JsonDocument answer, codec::JsonDocument::Parse(preview->body));
    const auto id = answer.root().Find("import_id").AsString();
    if (!id) return base::Internal("the preview has no import_id");
    RETURN_IF_ERROR(Expect(processor_.Post("/imports/" + net::UrlEncode(*id) + "/confirm", "{}"),
                           "cannot confirm the import of " + user));
    imports_.push_back({.id = std::string(*id)});
    return base::OkStatus();
  }

  base::Status Poll() {
    for (Import& import : imports_) {
      if (import.finished) continue;
      const auto response = processor_.Get("/imports/" + net::UrlEncode(import.id));
      RETURN_IF_ERROR(Expect(response, "cannot ask for an import"));
      ASSIGN_OR_RETURN(const codec::JsonDocument answer, codec::JsonDocument::Parse(response->body));
      import.done = answer.root().Find("done").AsUInt64().value_or(0);
      import.total = answer.root().Find("total").AsUInt64().value_or(0);
      const std::string_view state = answer.root().Find("state").AsString().value_or("");
      if (state == "failed") return base::Internal("the import failed: " + import.id);
      import.finished = state == "done" || state == "reverted";
    }
    return base::OkStatus();
  }

  void ShowProgress(size_t users_started) const {
    if (quiet_) return;
    uint64_t done = 0;
    for (const Import& import : imports_) done += import.done;
    const char* const form = isatty(STDERR_FILENO) != 0 ? "\rSample: %llu transactions, %zu of %zu people\033[K"
                                                        : "Sample: %llu transactions, %zu of %zu people\n";
    std::fprintf(stderr, form, static_cast<unsigned long long>(done), users_started, users_.size());
  }

  net::HttpClient& processor_;
  net::HttpClient& budgets_;
  const bool quiet_;
  std::vector<std::string> users_;
  std::vector<Import> imports_;
};

std::string Environment(const char* name, const char* fallback) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : fallback;
}

int Fail(const base::Status& status) {
  std::fprintf(stderr, "import-sample: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::string dir;
  bool quiet = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--quiet") {
      quiet = true;
    } else if (argument == "--dir" && i + 1 < argc) {
      dir = argv[++i];
    } else {
      std::fprintf(stderr, "Usage: import-sample --dir DIR [--quiet]\n"
                           "Imports made statements; TRANSACTION_PROCESSOR_URL and BUDGET_MANAGER_URL say where to.\n");
      return argument == "--help" ? 0 : 2;
    }
  }
  if (dir.empty()) return Fail(base::InvalidArgument("--dir is missing"));
  auto processor = net::HttpClient::Create(Environment("TRANSACTION_PROCESSOR_URL", "http://127.0.0.1:5001"),
                                           {.timeout = std::chrono::seconds(120)});
  if (!processor.ok()) return Fail(processor.status());
  auto budgets = net::HttpClient::Create(Environment("BUDGET_MANAGER_URL", "http://127.0.0.1:5005"));
  if (!budgets.ok()) return Fail(budgets.status());
  const base::Status status = Importer(**processor, **budgets, quiet).Run(dir);
  return status.ok() ? 0 : Fail(status);
}
