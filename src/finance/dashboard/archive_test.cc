// Export, backup and restore, and deleting an account for good.
#include <filesystem>

#include "base/file.h"
#include "finance/dashboard/backup.h"
#include "finance/dashboard/test_house.h"

namespace finance::dashboard {
namespace {

using awry::base::RealFileSystem;
using awry::base::StatusCode;
using awry::codec::JsonDocument;
using awry::net::HttpResponse;

constexpr char kPassphrase[] = "a long passphrase";
constexpr char kPasswordOnly[] = R"({"password":"correct horse"})";

TEST(Export, HoldsThePersonsOwnDataAndNoSecret) {
  House house;
  const std::string ada = house.SetUp();
  const std::string token = house.MakeToken("read");
  const HttpResponse response = house.Get("/api/export");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_NE(response.header("Content-Disposition").find("attachment"), std::string_view::npos);
  const auto document = JsonDocument::Parse(response.body);
  ASSERT_TRUE(document.ok()) << response.body;
  EXPECT_EQ(document->root().Find("person").Find("user_id").AsString(), ada);
  EXPECT_EQ(document->root().Find("complete").AsBool(), true);
  EXPECT_EQ(document->root().Find("tokens").size(), 1u);
  EXPECT_EQ(document->root().Find("accounts").Find("accounts").size(), 1u);
  for (const std::string& secret : {token, std::string("$argon2id"), house.csrf})
    EXPECT_EQ(response.body.find(secret), std::string::npos);
  house.budgets.Stop();
  EXPECT_EQ(house.Get("/api/export").status, 503);
}

// A backup in memory with a cheap key.
std::string BackupOf(const std::string& folder) {
  const auto set = BackupSet::Freeze(folder);
  CHECK(set.ok());
  std::string bytes;
  CHECK((*set)
            ->Write(
                [&](std::string_view piece) {
                  bytes += piece;
                  return awry::base::OkStatus();
                },
                kPassphrase, kCheapPassword)
            .ok());
  return bytes;
}

std::string Write(const TempFolder& folder, const std::string& bytes) {
  const std::string path = folder.path() + "/backup";
  CHECK(RealFileSystem().WriteAtomically(path, bytes).ok());
  return path;
}

TEST(Backup, OfARunningDashboardIsRestoredWithEverythingInIt) {
  House house;
  house.SetUp();
  if (house.database().system() != "sqlite") {
    EXPECT_EQ(house.Send("POST", "/api/backup", R"({"passphrase":"a long passphrase"})").status, 409) << "pg_dump is for that";
    return;
  }
  CHECK(RealFileSystem().WriteAtomically(house.folder() + "/dashboard.key", "the key").ok());
  const HttpResponse response = house.Send("POST", "/api/backup", R"({"passphrase":"a long passphrase"})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.body.find("Ada"), std::string::npos);
  const TempFolder scratch;
  const std::string file = Write(scratch, response.body);
  const std::string restored = scratch.path() + "/restored";
  const auto status = RestoreBackup(file, kPassphrase, restored);
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(RealFileSystem().ReadAll(restored + "/dashboard.key").value(), "the key");
  const auto database = awry::sql::Database::Open("sqlite:" + restored + "/dashboard.db");
  ASSERT_TRUE(database.ok()) << database.status().ToString();
  EXPECT_EQ((*database)->Query("SELECT name FROM person").value()[0].Text(0), "Ada");
  EXPECT_EQ(house.Send("POST", "/api/backup", R"({"passphrase":"short"})").status, 400);
}

TEST(Backup, IsNeverRestoredOverADatabase) {
  House house;
  if (house.database().system() != "sqlite") GTEST_SKIP() << "no database in the folder";
  house.SetUp();
  const TempFolder scratch;
  const std::string file = Write(scratch, BackupOf(house.folder()));
  EXPECT_EQ(RestoreBackup(file, kPassphrase, house.folder()).code(),
            StatusCode::kFailedPrecondition);
}

TEST(Backup, NeedsItsOwnPassphrase) {
  House house;
  if (house.database().system() != "sqlite") GTEST_SKIP() << "no database in the folder";
  house.SetUp();
  const TempFolder scratch;
  const std::string file = Write(scratch, BackupOf(house.folder()));
  const std::string restored = scratch.path() + "/restored";
  EXPECT_EQ(RestoreBackup(file, "another passphrase", restored).code(),
            StatusCode::kUnauthenticated);
  EXPECT_TRUE(std::filesystem::is_empty(restored));
}

// A small backup whose every byte matters.
std::string SmallBackup() {
  std::string bytes;
  const auto writer = BackupWriter::Start(
      [&](std::string_view piece) {
        bytes += piece;
        return awry::base::OkStatus();
      },
      kPassphrase, kCheapPassword);
  CHECK(writer.ok());
  CHECK((*writer)->BeginFile("a.db").ok());
  CHECK((*writer)->Append("hello").ok());
  CHECK((*writer)->BeginFile("models/b").ok());
  CHECK((*writer)->Finish().ok());
  return bytes;
}

awry::base::Status Read(const std::string& bytes, std::string& told) {
  size_t offset = 0;
  const ByteSource source = [&](size_t wanted) -> awry::base::Result<std::string> {
    if (bytes.size() - offset < wanted) return awry::base::OutOfRange("end");
    offset += wanted;
    return bytes.substr(offset - wanted, wanted);
  };
  return ReadBackup(source, kPassphrase,
                    {.begin_file =
                         [&](const std::string& name) {
                           told += "[" + name + "]";
                           return awry::base::OkStatus();
                         },
                     .append =
                         [&](std::string_view piece) {
                           told += piece;
                           return awry::base::OkStatus();
                         }});
}

TEST(Backup, IsRefusedWhenAnyByteIsMissingChangedOrTooMany) {
  const std::string whole = SmallBackup();
  std::string told;
  ASSERT_TRUE(Read(whole, told).ok());
  EXPECT_EQ(told, "[a.db]hello[models/b]");
  std::string ignored;
  for (size_t bytes = 0; bytes < whole.size(); ++bytes)
    EXPECT_FALSE(Read(whole.substr(0, bytes), ignored).ok()) << bytes;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    EXPECT_FALSE(Read(changed, ignored).ok()) << at;
  }
  EXPECT_FALSE(Read(whole + "x", ignored).ok());
}

TEST(Backup, NamesStayInsideTheirFolder) {
  for (const char* good : {"a", "dashboard.db", "models/v1.bin", "a/b/c-d_e.f"})
    EXPECT_TRUE(IsBackupName(good)) << good;
  for (const char* bad : {"", "/a", "a/", "a//b", "..", "../a", "a/../b", ".hidden", "a/.b",
                          "a/b/c/d", "a b", "a\\b", "a\nb", "\xc3\xa9"})
    EXPECT_FALSE(IsBackupName(bad)) << bad;
}

TEST(Deleting, LocksThePersonOutAtOnceAndErasesThemEverywhere) {
  House house;
  house.SetUp();
  const SignedIn ada = house.Current();
  const SignedIn eve = house.Join("Eve");
  house.Use(eve);
  const std::string token = house.MakeToken("read");
  EXPECT_EQ(house.Send("POST", "/api/account/delete", R"({"password":"wrong"})").status, 403);
  EXPECT_EQ(house.Send("POST", "/api/account/delete", kPasswordOnly).status, 202);
  EXPECT_EQ(house.Get("/api/me").status, 401);
  EXPECT_EQ(house.SendWithToken(token, "GET", "/api/me").status, 401);
  EXPECT_EQ(
      house.Send("POST", "/api/session", R"({"name":"Eve","password":"correct horse"})").status,
      401);
  house.fraud.WaitFor("DELETE /users/" + eve.user_id);  // the last service of all
  house.StopQueue();
  // Bank connections before the rows: a poll between the two would bring rows back.
  const std::vector<std::string> asked = house.processor.Asked();
  ASSERT_GE(asked.size(), 3U);
  const std::string ledger = "DELETE /ledger?user_id=" + eve.user_id + "&erase=1";
  EXPECT_EQ(asked[asked.size() - 3], "DELETE /users/" + eve.user_id);
  EXPECT_EQ(asked[asked.size() - 2], ledger);
  EXPECT_EQ(asked.back(), ledger) << "what came meanwhile goes, too";
  EXPECT_EQ(house.budgets.Asked().back(), "DELETE /users/" + eve.user_id);
  for (const char* table : {"person", "session", "api_token", "second_factor", "backup_code",
                            "started_import", "audit", "erasing"}) {
    const auto rows =
        house.database().Query("SELECT COUNT(*) FROM " + std::string(table) + " WHERE user_id = $1",
                               {eve.user_id});
    EXPECT_EQ((*rows)[0].Int(0), 0) << table;
  }
  house.Use(ada);
  const std::string audit = house.Get("/api/audit").body;
  EXPECT_NE(audit.find("\"action\":\"person.erased\",\"subject\":\"" + eve.user_id),
            std::string::npos)
      << audit;
  EXPECT_EQ(house.Get("/api/people").body.find("Eve"), std::string::npos);
}

TEST(Deleting, TheOwnerGoesLastAndLeavesAHouseForTheNext) {
  House house;
  house.SetUp();
  const SignedIn eve = house.Join("Eve");
  EXPECT_EQ(house.Send("POST", "/api/account/delete", kPasswordOnly).status, 409);
  EXPECT_EQ(house.Send("DELETE", "/api/people/" + house.owner_id).status, 409);
  EXPECT_EQ(house.Send("DELETE", "/api/people/" + eve.user_id).status, 202);
  EXPECT_EQ(house.Send("DELETE", "/api/people/" + eve.user_id).status, 404);
  EXPECT_EQ(house.Send("POST", "/api/account/delete", kPasswordOnly).status, 202);
  EXPECT_NE(house.Get("/api/config").body.find("\"has_owner\":false"), std::string::npos);
}

TEST(Deleting, AServiceThatCannotEraseLeavesADeadLetterThatTheOwnerCanRetryOrDrop) {
  House house;
  house.SetUp();
  const SignedIn eve = house.Join("Eve");
  ASSERT_TRUE(house.database()
                  .Execute("INSERT INTO jobs (id, kind, job_key, payload, state, attempts, "
                           "run_at_ns, lease_until_ns, traceparent, last_error) VALUES (77, "
                           "'erase_person', $1, '', 2, 1, 0, 0, '', 'update it and retry')",
                           {eve.user_id})
                  .ok());
  const std::string jobs = house.Get("/api/jobs?state=dead").body;
  EXPECT_NE(jobs.find(R"({"service":"dashboard","available":true,"counts":)"), std::string::npos);
  EXPECT_NE(jobs.find("update it and retry"), std::string::npos) << jobs;
  EXPECT_EQ(house.Send("POST", "/api/jobs/nowhere/77/drop").status, 404);
  EXPECT_EQ(house.Send("POST", "/api/jobs/dashboard/77/drop").status, 200);
  EXPECT_EQ(house.Send("POST", "/api/jobs/dashboard/77/retry").status, 404);
  house.processor.Forget();
  EXPECT_EQ(house.Send("POST", "/api/jobs/transaction-processor/9/retry").status, 200);
  EXPECT_EQ(house.processor.Asked().back(), "POST /admin/jobs/9/retry");
}

}  // namespace
}  // namespace finance::dashboard
