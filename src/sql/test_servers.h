// Databases for tests: a folder of their own, and a PostgreSQL server in it where one is installed.
#pragma once

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace awry::sql {

// Removed at the end.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "awry-sql-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A throw-away PostgreSQL that listens on a Unix socket in its folder.
class TestPostgres {
 public:
  // Null when PostgreSQL's programs are not installed or do not start.
  static std::unique_ptr<TestPostgres> Start() {
    const std::string bin = FindPrograms();
    if (bin.empty()) return nullptr;
    std::unique_ptr<TestPostgres> server(new TestPostgres(bin));
    return server->Start1() ? std::move(server) : nullptr;
  }
  ~TestPostgres() { (void)Run(bin_ + "/pg_ctl -D " + data() + " -m immediate stop"); }

  std::string url() const { return "postgres://postgres@/postgres?host=" + folder_.path(); }

  // Ends every connection, as a restart would.
  bool Restart() { return Run(bin_ + "/pg_ctl -D " + data() + " -w -m fast restart"); }

 private:
  explicit TestPostgres(std::string bin) : bin_(std::move(bin)) {}

  static std::string FindPrograms() {
    std::error_code error;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
      if (std::filesystem::exists(version.path() / "bin/initdb")) return (version.path() / "bin").string();
    }
    return {};
  }

  bool Start1() {
    if (geteuid() == 0) {
      const passwd* user = getpwnam("postgres");
      if (user == nullptr || chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) return false;
    }
    return Run(bin_ + "/initdb -N -A trust -U postgres -D " + data()) &&
           Run(bin_ + "/pg_ctl -D " + data() + " -w -l " + folder_.path() + "/log -o \"-k " + folder_.path() +
               " -c listen_addresses='' -c fsync=off\" start");
  }

  bool Run(const std::string& command) const {
    const std::string as = geteuid() == 0 ? "runuser -u postgres -- " : "";
    return std::system(("cd / && " + as + command + " >/dev/null 2>&1").c_str()) == 0;
  }

  std::string data() const { return folder_.path() + "/data"; }

  const std::string bin_;
  TestFolder folder_;
};

// Where a test keeps its tables: the SQLite file `path`, or with AWRY_TEST_ENGINE=postgres a schema that goes by
// the path, in one server of the whole process. Without PostgreSQL it is SQLite again, and says so.
inline std::string TestDatabaseUrl(const std::string& path) {
  const char* engine = std::getenv("AWRY_TEST_ENGINE");
  if (engine == nullptr || std::string_view(engine) != "postgres") return "sqlite:" + path;
  static const std::unique_ptr<TestPostgres> server = TestPostgres::Start();
  if (server == nullptr) {
    std::fprintf(stderr, "PostgreSQL is not installed or does not start: this test runs on SQLite\n");
    return "sqlite:" + path;
  }
  return server->url() + "#t" + std::to_string(std::hash<std::string>()(path));
}

}  // namespace awry::sql
