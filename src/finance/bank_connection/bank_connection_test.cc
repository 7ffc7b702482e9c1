#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/mutex.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "finance/bank_connection/bank_connections.h"
#include "finance/bank_connection/simplefin.h"
#include "finance/bank_connection/simplefin_server.h"
#include "finance/bank_connection/vault.h"
#include "net/http_client.h"
#include "sql/test_servers.h"

namespace finance::bank_connection {
namespace {

using awry::codec::Base64Encode;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;

// 2026-03-15 12:00 UTC.
constexpr int64_t kNowS = 1'773'576'000;
constexpr int64_t kOneDayS = 86'400;

// One account with rows `ages` days ago; 0 is pending.
std::string AccountSetWith(const std::vector<int>& ages, const std::string& currency = "USD") {
  std::string rows;
  for (const int age : ages) {
    rows += (rows.empty() ? "" : ",") + std::string(R"({"id":"t)") + std::to_string(age) + R"(","posted":)" +
            std::to_string(age == 0 ? 0 : kNowS - age * kOneDayS) + R"(,"amount":"-33293.43","description":"Uncle Frank's Bait Shop"})";
  }
  return R"({"errors":["Look\u0007 <b>here</b>"],"accounts":[{"org":{"domain":"mybank.com","sfin-url":"https://sfin.mybank.com"},"id":"2930002","name":"Savings",)"
         R"("currency":")" + currency + R"(","balance":"100.23","available-balance":"75.23","balance-date":978366153,"transactions":[)" + rows + "]}]}";
}

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/bank-test-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string path;
};

// --- protocol ---

TEST(SetupToken, IsTheExampleOfTheProtocolAndNothingElse) {
  const auto url = ParseSetupToken("aHR0cHM6Ly9icmlkZ2Uuc2ltcGxlZmluLm9yZy9zaW1wbGVmaW4vY2xhaW0vZGVtbw==\n", false);
  ASSERT_TRUE(url.ok()) << url.status().ToString();
  EXPECT_EQ(*url, "https://bridge.simplefin.org/simplefin/claim/demo");
  EXPECT_FALSE(ParseSetupToken(Base64Encode("http://bridge.example/claim/x"), false).ok());
  EXPECT_FALSE(ParseSetupToken(Base64Encode("https://a:b@bridge.example/claim/x"), false).ok());
  EXPECT_FALSE(ParseSetupToken(Base64Encode("file:///etc/passwd"), true).ok());
  for (const char* bad : {"", "%%%", "aGVsbG8="}) EXPECT_FALSE(ParseSetupToken(bad, true).ok()) << bad;
}

TEST(AccountSet, ReadsBothVersionsAndSanitisesWhatTheServerSays) {
  const auto one = ParseAccountSet(AccountSetWith({3, 4}));
  ASSERT_TRUE(one.ok()) << one.status().ToString();
  EXPECT_EQ(one->messages, std::vector<std::string>{"Look  <b>here</b>"});
  EXPECT_EQ(one->accounts[0].org, "mybank.com");
  EXPECT_EQ(one->accounts[0].balance, "100.23");
  EXPECT_EQ(one->transactions(), 2U);
  const auto two = ParseAccountSet(R"({"errlist":[{"code":"con.auth","msg":"log in again","conn_id":"c"}],"connections":[{"conn_id":"c","name":"My Bank"}],"accounts":[{"id":"a","conn_id":"c","name":"n"}]})");
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(two->messages, std::vector<std::string>{"log in again"});
  EXPECT_EQ(two->accounts[0].org, "My Bank");
  for (const char* bad : {"", "[]", "{}", R"({"accounts":{}})", R"({"accounts":[{}]})"}) EXPECT_FALSE(ParseAccountSet(bad).ok()) << bad;
  const auto flooded = ParseAccountSet(R"({"errors":[")" + std::string(9'000, 'x') + R"("],"accounts":[]})");
  EXPECT_LE(flooded->messages[0].size(), 300U);
}

TEST(AccountSet, ACurrencyGivenAsAnAddressIsAskedForOnceAndWhatIsNoMoneyIsLeftOutWithWords) {
  net::Router router;
  std::atomic<int> asked = 0;
  router.Add("GET", "/euro", [&](const net::HttpRequest&) { ++asked; return net::JsonResponse(200, R"({"name":"Euro","abbr":"EUR"})"); });
  router.Add("GET", "/miles", [](const net::HttpRequest&) { return net::JsonResponse(200, R"({"name":"Air Miles","abbr":"FFM"})"); });
  const auto server = net::HttpServer::Start({}, router);
  ASSERT_TRUE(server.ok());
  const std::string origin = "http://127.0.0.1:" + std::to_string((*server)->port());
  const auto account = [&](const std::string& id, const std::string& currency) {
    return R"({"id":")" + id + R"(","name":"n)" + id + R"(","currency":")" + currency + R"(","transactions":[{"id":"t","posted":1,"amount":"1","description":"d"}]})";
  };
  auto set = ParseAccountSet(R"({"accounts":[)" + account("a", origin + "/euro") + "," + account("b", origin + "/euro") + "," + account("c", origin + "/miles") + "," +
                             account("d", "USD") + "," + account("e", origin + "/none") + "]}");
  ASSERT_TRUE(set.ok());
  ResolveCurrencies({.allow_local = true}, *set);
  EXPECT_EQ(asked, 1);
  for (const size_t i : {0, 1}) {
    EXPECT_EQ(set->accounts[i].currency, "EUR");
    const auto json = JsonDocument::Parse(set->accounts[i].json);
    EXPECT_EQ(json->root().Find("currency").AsString(), "EUR");
    EXPECT_EQ(json->root().Find("transactions").size(), 1U);
  }
  EXPECT_EQ(set->accounts[3].transactions, 1U);
  EXPECT_EQ(set->transactions(), 3U);
  EXPECT_EQ(set->messages, (std::vector<std::string>{"rows of nc are left out: it is kept in \"Air Miles\", which is no currency of ISO 4217",
                                                     "rows of ne are left out: the address of its currency answered 404"}));
  auto guarded = ParseAccountSet(R"({"accounts":[)" + account("a", origin + "/euro") + "]}");
  ResolveCurrencies({}, *guarded);
  EXPECT_EQ(guarded->transactions(), 0U) << "an address that is not public is not asked";
  EXPECT_EQ(asked, 1);
}

// --- vault ---

TEST(Vault, OpensOnlyWhatItSealedForTheSameRow) {
  const Folder folder;
  const auto vault = Vault::Open(folder.path + "/bank.key");
  ASSERT_TRUE(vault.ok()) << vault.status().ToString();
  struct stat info {};
  ASSERT_EQ(stat((folder.path + "/bank.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  const std::string sealed = (*vault)->Seal("https://u:p@bank", "conn-1");
  EXPECT_NE(sealed, (*vault)->Seal("https://u:p@bank", "conn-1"));
  EXPECT_EQ((*Vault::Open(folder.path + "/bank.key"))->Unseal(sealed, "conn-1").value(), "https://u:p@bank");
  EXPECT_EQ((*vault)->Unseal(sealed, "conn-2").status().code(), base::StatusCode::kDataLoss);
  std::string changed = sealed;
  changed[40] = changed[40] == 'A' ? 'B' : 'A';
  EXPECT_FALSE((*vault)->Unseal(changed, "conn-1").ok());
  EXPECT_FALSE((*vault)->Unseal("", "conn-1").ok());
  EXPECT_FALSE((*Vault::Open(folder.path + "/other.key"))->Unseal(sealed, "conn-1").ok());
  std::ofstream(folder.path + "/short.key") << "abc";
  EXPECT_EQ(Vault::Open(folder.path + "/short.key").status().code(), base::StatusCode::kDataLoss);
}

// --- the whole path ---

// Bank, processor and the connections between them, all real servers.
class House {
 public:
  explicit House(const std::vector<int>& ages, const std::string& currency = "USD") : clock_(kNowS * 1'000'000'000) {
    bank = std::move(*SimplefinServer::Create(AccountSetWith(ages, currency)));
    net::Router bank_routes;
    bank->AddRoutes(bank_routes);
    bank_server_ = std::move(*net::HttpServer::Start({}, bank_routes));
    net::Router processor_routes;
    processor_routes.Add("POST", "/imports", [this](const net::HttpRequest& request) {
      awry::base::MutexLock lock(mutex_);
      imports_.push_back(request);
      return net::JsonResponse(200, R"({"import_id":"imp-1","counts":{"new":2}})");
    });
    processor_routes.Add("POST", "/imports/{id}/confirm", [this](const net::HttpRequest&) {
      awry::base::MutexLock lock(mutex_);
      ++confirmed_;
      return net::JsonResponse(processor_status, "{}");
    });
    processor_routes.Add("GET", "/accounts/{id}", [this](const net::HttpRequest& request) {
      awry::base::MutexLock lock(mutex_);
      const auto known = accounts_.find(std::string(request.path_param("id")));
      return known == accounts_.end() ? net::ErrorResponse(base::NotFound("no such account")) : net::JsonResponse(200, known->second);
    });
    processor_routes.Add("PUT", "/accounts/{id}", [this](const net::HttpRequest& request) {
      awry::base::MutexLock lock(mutex_);
      accounts_[std::string(request.path_param("id"))] = request.body;
      return net::JsonResponse(200, request.body);
    });
    processor_server_ = std::move(*net::HttpServer::Start({}, processor_routes));
    processor_ = Client(*processor_server_);
    database_ = std::move(*sql::Database::Open(awry::sql::TestDatabaseUrl(folder_.path + "/a.db")));
    connections_ = std::move(*BankConnections::Create(*database_, *processor_, {.key_file = folder_.path + "/bank.key", .policy = {.allow_local = true}, .poll = false, .clock = &clock_}));
    net::Router routes;
    connections_->AddRoutes(routes);
    server_ = std::move(*net::HttpServer::Start({}, routes));
    client_ = Client(*server_);
  }
  net::HttpResponse Send(std::string method, std::string target, std::string body = "") {
    auto response = client_->Send({.method = std::move(method), .target = std::move(target), .headers = {{"content-type", "application/json"}}, .body = std::move(body)});
    EXPECT_TRUE(response.ok());
    return response.ok() ? std::move(*response) : net::HttpResponse{.status = 0};
  }
  std::string Token() { return bank->NewToken("http://127.0.0.1:" + std::to_string(bank_server_->port())); }
  net::HttpResponse Connect(const std::string& token) { return Send("POST", "/connections", R"({"user_id":"u","setup_token":")" + token + "\"}"); }
  std::string ConnectedId() { return std::string(*JsonDocument::Parse(Connect(Token()).body)->root().Find("id").AsString()); }
  std::string Field(const std::string& body, const char* name) {
    const auto document = JsonDocument::Parse(body);
    return std::string(document->root().Find(name).AsString().value_or(""));
  }
  std::vector<net::HttpRequest> Imports() {
    awry::base::MutexLock lock(mutex_);
    return imports_;
  }
  std::map<std::string, std::string> Accounts() {
    awry::base::MutexLock lock(mutex_);
    return accounts_;
  }
  int Confirmed() {
    awry::base::MutexLock lock(mutex_);
    return confirmed_;
  }
  void Advance(std::chrono::nanoseconds by) { clock_.Advance(by); }
  void SyncDue() { connections_->SyncDue(); }
  std::string FileBytes() {
    std::string all;
    for (const char* name : {"/a.db", "/a.db-wal"}) {
      std::ifstream file(folder_.path + name, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
  }

  std::unique_ptr<SimplefinServer> bank;
  std::atomic<int> processor_status{200};

 private:
  static std::unique_ptr<net::HttpClient> Client(const net::HttpServer& server) {
    return std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server.port())));
  }
  const Folder folder_;
  awry::base::FakeClock clock_;
  awry::base::Mutex mutex_;
  std::vector<net::HttpRequest> imports_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> accounts_ GUARDED_BY(mutex_);
  int confirmed_ GUARDED_BY(mutex_) = 0;
  std::unique_ptr<net::HttpServer> bank_server_;
  std::unique_ptr<net::HttpServer> processor_server_;
  std::unique_ptr<net::HttpClient> processor_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<BankConnections> connections_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

TEST(BankConnections, ClaimsATokenOnceAndKeepsTheAccessSealed) {
  House house({3});
  const std::string token = house.Token();
  EXPECT_EQ(house.Connect(token).status, 201);
  const auto again = house.Connect(token);
  EXPECT_EQ(again.status, 403);
  EXPECT_NE(again.body.find("compromised"), std::string::npos);
  EXPECT_EQ(house.FileBytes().find("demo:"), std::string::npos);
  EXPECT_EQ(house.Send("GET", "/connections?user_id=u").body.find("demo:"), std::string::npos);
  EXPECT_EQ(house.Connect("nonsense").status, 400);
}

TEST(BankConnections, WalksBackUntilTwoWindowsAreEmptyThenAsksDaily) {
  House house({0, 3, 70, 200});  // a gap of one window between 70 and 200 days
  const std::string id = house.ConnectedId();
  house.SyncDue();
  // 60, 120, 180 (empty), 240, 300 (empty), 360 (empty) days back.
  EXPECT_EQ(house.bank->asked().size(), 6U);
  EXPECT_NE(house.bank->asked()[0].find("&pending=1"), std::string::npos);
  EXPECT_EQ(house.bank->asked()[1].find("pending"), std::string::npos);
  ASSERT_EQ(house.Imports().size(), 3U);
  EXPECT_EQ(house.Confirmed(), 3);
  const auto newest = JsonDocument::Parse(house.Imports()[0].body);
  EXPECT_EQ(newest->root().Find("accounts").At(0).Find("transactions").size(), 2U) << "the pending one, too";
  EXPECT_EQ(*house.Imports()[0].query_param("user_id"), "u");
  EXPECT_EQ(*house.Imports()[0].query_param("account"), *house.Imports()[2].query_param("account"));
  house.SyncDue();
  EXPECT_EQ(house.bank->asked().size(), 6U) << "not before tomorrow";
  house.Advance(std::chrono::hours(24));
  house.SyncDue();
  EXPECT_EQ(house.bank->asked().size(), 7U);
  const auto shown = JsonDocument::Parse(house.Send("GET", "/connections?user_id=u").body);
  const JsonValue connection = shown->root().Find("connections").At(0);
  EXPECT_EQ(connection.Find("id").AsString(), id);
  EXPECT_EQ(connection.Find("state").AsString(), "active");
  EXPECT_EQ(connection.Find("accounts").At(0).Find("name").AsString(), "Savings");
  EXPECT_EQ(connection.Find("messages").At(0).AsString(), "Look  <b>here</b>");
}

TEST(BankConnections, NeverAsksMoreThan24TimesADayAndGoesOnTheNext) {
  std::vector<int> ages;
  for (int i = 0; i < 30; ++i) ages.push_back(3 + i * 60);
  House house(ages);
  house.ConnectedId();
  house.SyncDue();
  EXPECT_EQ(house.bank->asked().size(), 24U);
  house.Advance(std::chrono::hours(24));
  house.SyncDue();
  EXPECT_EQ(house.bank->asked().size(), 24U + 1 + 6 + 2) << "the newest again, six older ones, two empty";
}

TEST(BankConnections, BacksOffWhenTheBankIsAwayAndStopsWhenItIsRevoked) {
  House house({3});
  const std::string id = house.ConnectedId();
  house.bank->AnswerNext(429);
  house.SyncDue();
  house.SyncDue();
  EXPECT_EQ(house.bank->asked().size(), 1U);
  house.Advance(std::chrono::minutes(15));
  house.SyncDue();
  EXPECT_GT(house.bank->asked().size(), 1U);
  house.bank->Revoke();
  const auto revoked = house.Send("POST", "/connections/" + id + "/sync?user_id=u");
  EXPECT_EQ(house.Field(revoked.body, "state"), "revoked");
  EXPECT_EQ(house.Field(revoked.body, "problem"), "PERMISSION_DENIED");
  const size_t asked = house.bank->asked().size();
  house.Advance(std::chrono::hours(48));
  house.SyncDue();
  EXPECT_EQ(house.bank->asked().size(), asked);
}

TEST(BankConnections, TriesAgainWhatTheProcessorDidNotTake) {
  House house({3});
  house.ConnectedId();
  house.processor_status = 503;
  house.SyncDue();
  house.processor_status = 200;
  house.Advance(std::chrono::minutes(15));
  house.SyncDue();
  EXPECT_EQ(house.Confirmed(), 2);
  EXPECT_EQ(house.Imports()[0].body, house.Imports()[1].body);
}

TEST(BankConnections, RowsWhoseCurrencyCannotBeToldJustNowComeWithTheirWholeHistoryLater) {
  net::Router router;
  std::atomic<int> status = 503;
  router.Add("GET", "/dollar", [&](const net::HttpRequest&) { return net::JsonResponse(status, R"({"abbr":"USD"})"); });
  const auto server = net::HttpServer::Start({}, router);
  House house({3, 70}, "http://127.0.0.1:" + std::to_string((*server)->port()) + "/dollar");
  house.ConnectedId();
  house.SyncDue();
  EXPECT_TRUE(house.Imports().empty());
  EXPECT_NE(house.Send("GET", "/connections?user_id=u").body.find(R"("problem":"UNAVAILABLE")"), std::string::npos);
  status = 200;
  house.Advance(std::chrono::minutes(15));
  house.SyncDue();
  EXPECT_EQ(house.Imports().size(), 2U);
}

TEST(BankConnections, NamesAnAccountOnceByWhatTheBankCallsIt) {
  House house({0, 3, 70});
  house.ConnectedId();
  house.SyncDue();
  const auto accounts = house.Accounts();
  ASSERT_EQ(accounts.size(), 1U);
  EXPECT_EQ(accounts.begin()->first, *house.Imports()[0].query_param("account"));
  EXPECT_EQ(house.Field(accounts.begin()->second, "name"), "mybank.com, Savings");
  EXPECT_EQ(house.Field(accounts.begin()->second, "currency"), "USD");
}

TEST(BankConnections, ABankThatIsConnectedAnewFillsTheSameAccount) {
  House house({3});
  const std::string id = house.ConnectedId();
  house.SyncDue();
  EXPECT_EQ(house.Send("DELETE", "/connections/" + id + "?user_id=u").status, 200);
  EXPECT_NE(house.ConnectedId(), id);
  house.SyncDue();
  ASSERT_EQ(house.Imports().size(), 2U);
  EXPECT_EQ(*house.Imports()[0].query_param("account"), *house.Imports()[1].query_param("account"));
  EXPECT_EQ(house.Accounts().size(), 1U);
}

TEST(BankConnections, FillsTheAccountThatThePersonChoseOrNone) {
  House house({3});
  const std::string id = house.ConnectedId();
  const std::string target = "/connections/" + id + "/accounts?user_id=u";
  EXPECT_EQ(house.Send("PUT", target, R"({"id":"2930002","account":"mine"})").status, 404) << "nothing was seen at the bank yet";
  house.SyncDue();
  const auto shown = house.Send("PUT", target, R"({"id":"2930002","account":"mine"})");
  EXPECT_EQ(JsonDocument::Parse(shown.body)->root().Find("accounts").At(0).Find("account").AsString(), "mine") << shown.body;
  house.Send("POST", "/connections/" + id + "/sync?user_id=u");
  EXPECT_EQ(*house.Imports().back().query_param("account"), "mine");
  EXPECT_EQ(house.Accounts().count("mine"), 0U) << "a name of the person's own stays";
  const size_t before = house.Imports().size();
  const auto left_out = house.Send("PUT", target, R"({"id":"2930002","account":null})");
  EXPECT_TRUE(JsonDocument::Parse(left_out.body)->root().Find("accounts").At(0).Find("account").is_null()) << left_out.body;
  house.Send("POST", "/connections/" + id + "/sync?user_id=u");
  EXPECT_EQ(house.Imports().size(), before);
  for (const char* bad : {"", "{}", R"({"id":"2930002"})", R"({"id":"2930002","account":3})", R"({"id":"2930002","account":"a b"})"})
    EXPECT_EQ(house.Send("PUT", target, bad).status, 400) << bad;
  EXPECT_EQ(house.Send("PUT", target, R"({"id":"other","account":"mine"})").status, 404);
  EXPECT_EQ(house.Send("PUT", "/connections/" + id + "/accounts?user_id=eve", R"({"id":"2930002","account":"mine"})").status, 404);
}

TEST(BankConnections, AUserWhoIsErasedLeavesNoConnectionAndIsNotAskedForAgain) {
  House house({3});
  house.ConnectedId();
  house.SyncDue();
  const size_t asked = house.bank->asked().size();
  EXPECT_EQ(house.Send("DELETE", "/users/other").body, R"({"deleted":0})");
  EXPECT_EQ(house.Send("DELETE", "/users/u").body, R"({"deleted":1})");
  EXPECT_EQ(house.Send("DELETE", "/users/u").body, R"({"deleted":0})");
  EXPECT_EQ(house.Send("GET", "/connections?user_id=u").body, R"({"connections":[]})");
  house.Advance(std::chrono::hours(48));
  house.SyncDue();
  EXPECT_EQ(house.bank->asked().size(), asked);
}

TEST(BankConnections, ShowsNobodyAnothersConnection) {
  House house({3});
  const std::string id = house.ConnectedId();
  EXPECT_EQ(house.Send("GET", "/connections?user_id=other").body, R"({"connections":[]})");
  EXPECT_EQ(house.Send("POST", "/connections/" + id + "/sync?user_id=other").status, 404);
  EXPECT_EQ(house.Send("DELETE", "/connections/" + id + "?user_id=other").status, 404);
  EXPECT_EQ(house.Send("DELETE", "/connections/" + id + "?user_id=u").status, 200);
  EXPECT_EQ(house.Send("GET", "/connections?user_id=u").body, R"({"connections":[]})");
}

}  // namespace
}  // namespace finance::bank_connection
