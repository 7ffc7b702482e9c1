// The story, against the real processes: statements go through five traced services and get their
// categories; the article's bug makes some of them wrong while every status is 200; corrections label
// the traces; Awry names the cause, proves it by replay, and says when it is fixed. The test turns
// nothing but the flag: every category, label and cache entry comes from the system itself, except
// the corrections, which restore the generator's truth.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <thread>

#include "story/ledger_view.h"

namespace awry::tests {
namespace {

constexpr size_t kMustDiffer = 20;  // answers that the fault must change
constexpr size_t kConfirmEvery = 100;  // of the right answers the person confirms one in so many: people rarely do
constexpr int kCacheKeyBytes = 6;  // the fault keeps so much of the user id

const std::vector<std::string> kArticleSpans{"categorize_transaction", "fetch_user_context", "prepare_features", "model_prediction"};

std::string Get(const codec::JsonValue& object, std::string_view key) {
  return std::string(object.Find(key).AsString().value_or(""));
}

// Signs in to the dashboard as the owner, who may act for the sample's people.
class Owner {
 public:
  explicit Owner(const Stack& stack) : stack_(stack) {
    const std::string login = R"({"name":"owner","password":"correct horse battery staple"})";
    const HttpAnswer setup = stack.Call(kDashboard, "POST", "/api/setup", login);
    EXPECT_TRUE(setup.status < 300 || setup.status == 409) << setup.text;  // 409: the owner is there already
    // The session's cookie comes in a header that HttpAnswer does not keep: ask with a client of our own.
    auto client = net::HttpClient::Create(stack.Url(kDashboard));
    const auto session = (*client)->Post("/api/session", login);
    EXPECT_TRUE(session.ok() && session->status < 300);
    const std::string cookie(session->header("Set-Cookie"));
    headers_ = {{"Cookie", cookie.substr(0, cookie.find(';'))},
                {"X-CSRF-Token", Get(codec::JsonDocument::Parse(session->body)->root(), "csrf")}};
    const HttpAnswer sample = stack.Call(kDashboard, "POST", "/api/sample", R"({"enabled":true})", headers_);
    EXPECT_LT(sample.status, 300) << sample.text;
  }

  void SetCategory(const Transaction& transaction, const std::string& category) const {
    const HttpAnswer answer = stack_.Call(kDashboard, "PATCH",
                                          "/api/transactions/" + net::UrlEncode(transaction.id) + "?user=" + net::UrlEncode(transaction.user),
                                          R"({"category":")" + category + R"("})", headers_);
    EXPECT_EQ(answer.status, 200) << answer.text;
  }

 private:
  const Stack& stack_;
  net::Headers headers_;
};

struct Corrections {
  std::vector<Transaction> wrong;
  size_t confirmed = 0;
};

// Does what a person does: corrects what is wrong, and rarely confirms what is right.
Corrections Correct(const Stack& stack, const Truth& truth, const std::vector<std::string>& users) {
  const Owner owner(stack);
  Corrections corrections;
  size_t right = 0;
  for (const std::string& user : users) {
    for (const Transaction& transaction : Transactions(stack, user, [&](const Transaction& t) { return truth.contains(t.key()); })) {
      const std::string& expected = truth.at(transaction.key());
      if (transaction.category != expected) {
        corrections.wrong.push_back(transaction);
        owner.SetCategory(transaction, expected);
      } else if (++right % kConfirmEvery == 0) {
        ++corrections.confirmed;
        owner.SetCategory(transaction, expected);
      }
    }
  }
  const size_t labels = corrections.wrong.size() + corrections.confirmed;
  size_t seen = 0;
  EXPECT_TRUE(Eventually(120, [&] {
    seen = 0;
    const HttpAnswer answer = stack.Call(kAwry, "GET", "/api/v1/labels");
    std::set<std::string> traces;
    for (const codec::JsonValue label : answer.root().Find("labels").items()) traces.insert(Get(label, "trace_id"));
    for (const Transaction& t : corrections.wrong) seen += traces.contains(t.trace_id);
    return seen == corrections.wrong.size() && traces.size() >= labels;
  })) << seen << " of " << corrections.wrong.size() << " corrections became labels";
  return corrections;
}

std::map<std::string, std::string> CategoriesOf(const Stack& stack, const Truth& truth, const std::vector<std::string>& users) {
  std::map<std::string, std::string> categories;
  for (const std::string& user : users) {
    for (const Transaction& t : Transactions(stack, user, [&](const Transaction& x) { return truth.contains(x.key()); })) {
      categories[t.key() + "|" + t.id] = t.category;
    }
  }
  return categories;
}

bool NamesTheBug(const codec::JsonValue& cause) {
  std::set<std::string> attributes;
  for (const codec::JsonValue attribute : cause.Find("attributes").items()) attributes.emplace(attribute.AsString().value_or(""));
  const std::string statement = Get(cause, "statement");
  return Get(cause.Find("span"), "name") == "fetch_user_context" && Get(cause.Find("span"), "service") == "category-predictor" &&
         attributes.contains("patterns.user_id") && attributes.contains("user_id") && attributes.contains("context.cache_key") &&
         statement.find("patterns.user_id") != std::string::npos && statement.find("patterns:user12") != std::string::npos;
}

// Every transaction of the sample has a category and a trace with each of the article's spans once.
void CheckTraces(const Stack& stack, const std::string& dir, const Truth& truth) {
  size_t transactions = 0;
  std::set<std::string> traces;
  std::vector<std::string> some;
  for (const std::string& user : ReadUsers(dir)) {
    for (const Transaction& t : Transactions(stack, user, [](const Transaction&) { return true; })) {
      ++transactions;
      ASSERT_EQ(t.processing, "done") << t.key();
      ASSERT_NE(t.category, "") << t.key();
      ASSERT_TRUE(truth.contains(t.key())) << "the ledger changed a row: " << t.key();
      ASSERT_TRUE(traces.insert(t.trace_id).second) << "two transactions share trace " << t.trace_id;
      if (transactions % 997 == 0) some.push_back(t.trace_id);
    }
  }
  EXPECT_GE(transactions, 50'000u);
  // Nothing failed on this run, so each pipeline had one attempt: each span once, over all traces.
  for (const std::string& span : kArticleSpans) {
    uint64_t seen = 0;
    EXPECT_TRUE(Eventually(30, [&] {
      seen = CountTraces(stack, "{ name = \"" + span + "\" }");
      return seen >= transactions;  // the last batches are still on their way
    }));
    EXPECT_EQ(seen, transactions) << span;
    EXPECT_EQ(CountTraces(stack, "{ name = \"" + span + "\" } | count() > 1"), 0u) << span;
  }
  for (const std::string& id : some) {
    const HttpAnswer answer = stack.Call(kAwry, "GET", "/api/traces/" + id);
    ASSERT_EQ(answer.status, 200) << id;
    std::map<std::string, int> spans;
    std::set<std::string> services;
    bool sql = false, queue = false, http = false;
    const codec::JsonValue trace = answer.root().Find("data").At(0);
    for (const codec::JsonValue span : trace.Find("spans").items()) {
      ++spans[Get(span, "operationName")];
      services.insert(Get(trace.Find("processes").Find(Get(span, "processID")), "serviceName"));
      for (const codec::JsonValue tag : span.Find("tags").items()) {
        const std::string key = Get(tag, "key");
        sql = sql || key.starts_with("db.");
        queue = queue || key.starts_with("messaging.");
        http = http || key == "http.request.method";
      }
    }
    for (const std::string& span : kArticleSpans) EXPECT_EQ(spans[span], 1) << id << " " << span;
    EXPECT_THAT(services, testing::IsSupersetOf({"transaction-processor", "category-predictor", "spending-analyzer", "fraud-detector", "budget-manager"}));
    EXPECT_TRUE(sql && queue && http) << id << ": sql " << sql << ", queue " << queue << ", http " << http;
  }
}

class Story : public testing::Test {
 protected:
  TemporaryFolder folder_{"story"};
  const std::string month1_ = folder_.path() + "/month1";
  const std::string month2_ = folder_.path() + "/month2";
  const std::string data_ = folder_.path() + "/data";
  const std::string sample_ = data_ + "/sample";  // where ./run keeps it: the dashboard knows its people
  const std::string reference_ = folder_.path() + "/reference";
};

TEST_F(Story, FromABankStatementToTheNamedCauseAndItsEnd) {
  GenerateSample(sample_, 0);
  GenerateSample(month1_, 1);
  GenerateSample(month2_, 2);
  std::vector<std::string> colliding;
  for (const std::string& user : ReadUsers(sample_)) {
    if (user.substr(0, kCacheKeyBytes) == "user12") colliding.push_back(user);
  }
  ASSERT_GE(colliding.size(), 5u);
  const Truth truth1 = ReadTruth(month1_);
  const Truth truth2 = ReadTruth(month2_);

  // The sample year, without the fault.
  {
    const Stack stack(data_);
    EXPECT_GE(ImportStatements(stack, sample_, ReadUsers(sample_)), 50'000u);
    CheckTraces(stack, sample_, ReadTruth(sample_));
    EXPECT_EQ(ImportStatements(stack, sample_, {colliding[0]}), 0u) << "a second import of the same file adds nothing";
  }

  // The month after it, once as it should be …
  std::filesystem::copy(data_, reference_, std::filesystem::copy_options::recursive);
  std::map<std::string, std::string> expected;
  {
    const Stack stack(reference_);
    ImportStatements(stack, month1_, colliding);
    expected = CategoriesOf(stack, truth1, colliding);
  }

  // … and once with the article's bug.
  const Stack stack(data_);
  ASSERT_EQ(stack.Call(kAnalyzer, "PUT", "/admin/faults/cache-key", R"({"enabled":true})").status, 200);
  ASSERT_EQ(stack.Call(kAnalyzer, "DELETE", "/admin/cache").status, 200);
  const std::string fault_began = NowRfc3339();
  ImportStatements(stack, month1_, colliding);
  EXPECT_EQ(CountTraces(stack, "{ status = error }", fault_began), 0u) << "the bug must not show as an error";
  EXPECT_EQ(CountTraces(stack, "{ span.context.status_code != 200 }", fault_began), 0u);
  EXPECT_GT(CountTraces(stack, R"({ name = "fetch_user_context" && span.patterns.user_id != span.user_id })", fault_began), 0u)
      << "other people's patterns must come back";
  const std::map<std::string, std::string> answered = CategoriesOf(stack, truth1, colliding);
  size_t differ = 0;
  std::multiset<std::pair<std::string, std::string>> left, right;
  for (const auto& [key, category] : expected) left.emplace(key.substr(0, key.rfind('|')), category);
  for (const auto& [key, category] : answered) right.emplace(key.substr(0, key.rfind('|')), category);
  for (const auto& entry : left) differ += right.contains(entry) ? 0 : 1;
  EXPECT_GE(differ, kMustDiffer) << "of " << left.size() << " answers";

  // A person corrects; Awry names the cause.
  const Corrections corrections = Correct(stack, truth1, colliding);
  std::printf("%zu answers, %zu changed by the fault, %zu corrected, %zu confirmed\n", left.size(), differ, corrections.wrong.size(), corrections.confirmed);
  codec::JsonValue finding;
  HttpAnswer findings;
  EXPECT_TRUE(Eventually(120, [&] {
    findings = stack.Call(kAwry, "GET", "/api/v1/findings");
    finding = findings.root().Find("findings").At(0);
    return finding.exists() && NamesTheBug(finding.Find("cause"));
  })) << findings.text.substr(0, 4000);
  EXPECT_EQ(Get(finding, "state"), "new");
  const std::string finding_id = Get(finding, "id");
  const codec::JsonValue cause = finding.Find("cause");
  std::printf("%s\n", Get(cause, "statement").c_str());
  EXPECT_GT(cause.Find("bad").Find("with").AsInt64().value_or(0), 0);
  EXPECT_EQ(cause.Find("bad").Find("of").AsInt64().value_or(0), static_cast<int64_t>(corrections.wrong.size()));

  const std::string awry = Program("awry") + " why --server " + stack.Url(kAwry);
  const CommandResult labelled = RunCommand(awry + " --json");
  EXPECT_EQ(labelled.exit_code, 0);
  const auto labelled_json = codec::JsonDocument::Parse(labelled.output);
  ASSERT_TRUE(labelled_json.ok()) << labelled.output.substr(0, 500);
  const codec::JsonValue first = labelled_json->root().Find("causes").At(0);
  EXPECT_TRUE(NamesTheBug(first)) << labelled.output.substr(0, 3000);

  // Replay proves it.
  const codec::JsonValue replay = first.Find("replay");
  ASSERT_TRUE(replay.exists());
  std::printf("replay: %lld of %lld flip, %lld to the expected category\n", static_cast<long long>(replay.Find("flipped").AsInt64().value_or(-1)),
              static_cast<long long>(replay.Find("of").AsInt64().value_or(-1)), static_cast<long long>(replay.Find("flipped_to_expected").AsInt64().value_or(-1)));
  // Some of the wrong answers are the model's own: those do not flip.
  EXPECT_GE(replay.Find("flipped").AsInt64().value_or(0), static_cast<int64_t>(kMustDiffer));
  EXPECT_GT(replay.Find("flipped_to_expected").AsInt64().value_or(0), 0);

  // The same from one wrong trace alone.
  size_t asked = 0, named = 0;
  for (const codec::JsonValue example : first.Find("examples").items()) {
    if (asked == 3) break;
    ++asked;
    const CommandResult single = RunCommand(awry + " " + std::string(*example.AsString()) + " --json");
    const auto json = codec::JsonDocument::Parse(single.output);
    ASSERT_TRUE(json.ok()) << single.output.substr(0, 500);
    const bool same = NamesTheBug(json->root().Find("causes").At(0));
    EXPECT_TRUE(same) << single.output.substr(0, 2000);
    named += same;
  }
  EXPECT_GT(asked, 0u);
  EXPECT_EQ(named, asked);

  // The fault goes, the cache is cleared: no cause since, and the finding says that it is fixed.
  ASSERT_EQ(stack.Call(kAnalyzer, "PUT", "/admin/faults/cache-key", R"({"enabled":false})").status, 200);
  ASSERT_EQ(stack.Call(kAnalyzer, "DELETE", "/admin/cache").status, 200);
  const std::string then = NowRfc3339();
  ImportStatements(stack, month2_, colliding);
  const Corrections after = Correct(stack, truth2, colliding);
  std::printf("after: %zu corrected, %zu confirmed\n", after.wrong.size(), after.confirmed);
  const CommandResult since = RunCommand(awry + " --since " + then + " --json");
  const auto since_json = codec::JsonDocument::Parse(since.output);
  ASSERT_TRUE(since_json.ok()) << since.output.substr(0, 500);
  EXPECT_EQ(since_json->root().Find("causes").size(), 0u) << since.output.substr(0, 3000);
  EXPECT_TRUE(Eventually(120, [&] {
    findings = stack.Call(kAwry, "GET", "/api/v1/findings");
    for (const codec::JsonValue f : findings.root().Find("findings").items()) {
      if (Get(f, "id") == finding_id) return Get(f, "state") == "fixed";
    }
    return false;
  })) << findings.text.substr(0, 2000);
}

}  // namespace
}  // namespace awry::tests
