#include "story/ledger_view.h"

#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include "base/clock.h"
#include "base/file.h"

namespace awry::tests {
namespace {

std::string TextOf(const codec::JsonValue& object, std::string_view key) {
  return std::string(object.Find(key).AsString().value_or(""));
}

std::string ReadFile(const std::string& path) {
  auto contents = base::RealFileSystem().ReadAll(path);
  EXPECT_TRUE(contents.ok()) << contents.status().ToString();
  return contents.ok() ? *contents : "";
}

}  // namespace

void GenerateSample(const std::string& dir, int months_after) {
  const CommandResult result =
      RunCommand(Program("sample-statements") + " --out '" + dir + "' --months-after " + std::to_string(months_after));
  ASSERT_EQ(result.exit_code, 0) << result.output;
}

std::vector<std::string> ReadUsers(const std::string& dir) {
  std::vector<std::string> users;
  const auto json = codec::JsonDocument::Parse(ReadFile(dir + "/users.json"));
  EXPECT_TRUE(json.ok());
  for (const codec::JsonValue user : json->root().items()) users.emplace_back(user.AsString().value_or(""));
  return users;
}

Truth ReadTruth(const std::string& dir) {
  Truth truth;
  std::istringstream lines(ReadFile(dir + "/truth.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto json = codec::JsonDocument::Parse(line);
    EXPECT_TRUE(json.ok()) << line;
    const codec::JsonValue row = json->root();
    const Transaction transaction{.user = TextOf(row, "user_id"),
                                  .date = TextOf(row, "date"),
                                  .description = TextOf(row, "description"),
                                  .amount_minor = row.Find("amount_minor").AsInt64().value_or(0)};
    truth[transaction.key()] = TextOf(row, "category");
  }
  return truth;
}

size_t ImportStatements(const Stack& stack, const std::string& dir, const std::vector<std::string>& users) {
  std::vector<std::string> imports;
  size_t rows_new = 0;
  for (const std::string& user : users) {
    const std::string account = user + "-main";
    stack.Call(kProcessor, "PUT", "/accounts/" + net::UrlEncode(account),
               R"({"user_id":")" + user + R"(","name":"Everyday","kind":"checking","currency":"EUR"})");
    const HttpAnswer preview = stack.Call(kProcessor, "POST", "/imports?account=" + net::UrlEncode(account),
                                          ReadFile(dir + "/statements/" + user + ".csv"), {{"Content-Type", "text/csv"}});
    EXPECT_EQ(preview.status, 200) << preview.text.substr(0, 500);
    EXPECT_EQ(preview.root().Find("counts").Find("error").AsInt64().value_or(-1), 0) << preview.text.substr(0, 500);
    rows_new += preview.root().Find("counts").Find("new").AsUInt64().value_or(0);
    imports.push_back(TextOf(preview.root(), "import_id"));
    const HttpAnswer confirmed = stack.Call(kProcessor, "POST", "/imports/" + imports.back() + "/confirm", "{}");
    EXPECT_EQ(confirmed.status, 202) << confirmed.text;
  }
  for (const std::string& import : imports) {
    EXPECT_TRUE(Eventually(600, [&] {
      const HttpAnswer answer = stack.Call(kProcessor, "GET", "/imports/" + import);
      return TextOf(answer.root(), "state") == "done";
    })) << "import " << import << " does not end";
  }
  return rows_new;
}

std::vector<Transaction> Transactions(const Stack& stack, const std::string& user,
                                      const std::function<bool(const Transaction&)>& keep) {
  std::vector<Transaction> all;
  std::string cursor;
  do {
    const HttpAnswer answer = stack.Call(kProcessor, "GET", "/transactions?user_id=" + net::UrlEncode(user) +
                                         (cursor.empty() ? "" : "&cursor=" + net::UrlEncode(cursor)));
    EXPECT_EQ(answer.status, 200) << answer.text.substr(0, 300);
    for (const codec::JsonValue row : answer.root().Find("transactions").items()) {
      Transaction transaction{.id = TextOf(row, "id"), .user = TextOf(row, "user_id"), .date = TextOf(row, "date"),
                              .description = TextOf(row, "description"), .category = TextOf(row, "category"),
                              .processing = TextOf(row, "processing"), .trace_id = TextOf(row, "trace_id"),
                              .amount_minor = row.Find("amount_minor").AsInt64().value_or(0)};
      if (keep(transaction)) all.push_back(std::move(transaction));
    }
    cursor = TextOf(answer.root(), "next_cursor");
  } while (!cursor.empty());
  return all;
}

uint64_t CountTraces(const Stack& stack, const std::string& query, const std::string& since) {
  std::string body;
  codec::JsonWriter json(body);
  json.BeginObject().Key("query").String(query).Key("limit").Int(1);
  if (!since.empty()) json.Key("start").String(since);
  json.EndObject();
  const HttpAnswer answer = stack.Call(kAwry, "POST", "/api/v1/search", body);
  EXPECT_EQ(answer.status, 200) << query << ": " << answer.text;
  return answer.root().Find("total").AsUInt64().value_or(0);
}

std::string NowRfc3339() {
  const std::time_t seconds = base::SystemClock().NowUnixNs() / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace awry::tests
