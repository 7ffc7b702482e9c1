#include "finance/bank_connection/simplefin_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/random.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace finance::bank_connection {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonMember;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::HttpRequest;
using awry::net::HttpResponse;

std::string Secret() {
  std::array<unsigned char, 16> bytes{};
  awry::base::FillEntropy(bytes);
  return awry::codec::HexEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

int64_t EpochParam(const HttpRequest& request, std::string_view name, int64_t fallback) {
  const std::string* text = request.query_param(name);
  if (text == nullptr) return fallback;
  int64_t value = fallback;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

struct Filter {
  int64_t from_s;
  int64_t until_s;
  bool pending;
  bool balances_only;

  bool Keeps(JsonValue transaction) const {
    const int64_t posted = transaction.Find("posted").AsInt64().value_or(0);
    if (posted == 0) return pending;
    return posted >= from_s && posted < until_s;
  }
};

void WriteAccount(JsonWriter& json, JsonValue account, const Filter& filter) {
  json.BeginObject();
  for (const JsonMember member : account.members()) {
    if (member.key != "transactions") {
      json.Key(member.key).Value(member.value);
      continue;
    }
    if (filter.balances_only) continue;
    json.Key("transactions").BeginArray();
    for (const JsonValue transaction : member.value.items()) {
      if (filter.Keeps(transaction)) json.Value(transaction);
    }
    json.EndArray();
  }
  json.EndObject();
}

bool IsWanted(const HttpRequest& request, std::string_view account) {
  bool named = false;
  for (const auto& [name, value] : request.query_params) {
    if (name != "account") continue;
    if (value == account) return true;
    named = true;
  }
  return !named;
}

}  // namespace

base::Result<std::unique_ptr<SimplefinServer>> SimplefinServer::Create(std::string account_set) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(account_set));
  if (!document.root().Find("accounts").is_array()) return base::InvalidArgument("file is no SimpleFIN account set: it has no accounts");
  return std::unique_ptr<SimplefinServer>(new SimplefinServer(std::move(account_set)));
}

std::string SimplefinServer::NewToken(const std::string& base_url) {
  const std::string claim = Secret();
  awry::base::MutexLock lock(mutex_);
  claims_[claim] = base_url;
  return awry::codec::Base64Encode(base_url + "/claim/" + claim);
}

void SimplefinServer::Revoke() {
  awry::base::MutexLock lock(mutex_);
  logins_.clear();
}

void SimplefinServer::AnswerNext(int status) {
  awry::base::MutexLock lock(mutex_);
  next_status_ = status;
}

std::vector<std::string> SimplefinServer::asked() {
  awry::base::MutexLock lock(mutex_);
  return asked_;
}

HttpResponse SimplefinServer::Accounts(const HttpRequest& request) {
  {
    awry::base::MutexLock lock(mutex_);
    asked_.push_back(request.target.substr(std::min(request.target.find('?'), request.target.size())));
    if (!logins_.contains(std::string(request.header("authorization")))) return awry::net::TextResponse(403, "Forbidden");
    if (next_status_ != 200) return awry::net::TextResponse(std::exchange(next_status_, 200), "");
  }
  const auto document = JsonDocument::Parse(account_set_);
  if (!document.ok()) return awry::net::ErrorResponse(document.status());
  const Filter filter{EpochParam(request, "start-date", 0), EpochParam(request, "end-date", std::numeric_limits<int64_t>::max()),
                      request.query_param("pending") != nullptr, request.query_param("balances-only") != nullptr};
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  for (const JsonMember member : document->root().members()) {
    json.Key(member.key);
    if (member.key != "accounts") {
      json.Value(member.value);
      continue;
    }
    json.BeginArray();
    for (const JsonValue account : member.value.items()) {
      if (IsWanted(request, account.Find("id").AsString().value_or(""))) WriteAccount(json, account, filter);
    }
    json.EndArray();
  }
  json.EndObject();
  return awry::net::JsonResponse(200, std::move(out));
}

void SimplefinServer::AddRoutes(awry::net::Router& router) {
  router.Add("GET", "/info", [](const HttpRequest&) { return awry::net::JsonResponse(200, R"({"versions":["1.0"]})"); });
  router.Add("GET", "/create", [this](const HttpRequest& request) {
    return awry::net::TextResponse(200, NewToken("http://" + std::string(request.header("host"))) + "\n");
  });
  router.Add("POST", "/claim/{claim}", [this](const HttpRequest& request) {
    awry::base::MutexLock lock(mutex_);
    const auto claim = claims_.find(std::string(request.path_param("claim")));
    if (claim == claims_.end()) return awry::net::TextResponse(403, "Forbidden");
    const std::string password = Secret();
    std::string access = claim->second + "/simplefin";
    access.insert(access.find("://") + 3, "demo:" + password + "@");
    logins_["Basic " + awry::codec::Base64Encode("demo:" + password)] = true;
    claims_.erase(claim);
    return awry::net::TextResponse(200, access);
  });
  router.Add("GET", "/simplefin/accounts", [this](const HttpRequest& request) { return Accounts(request); });
}

}  // namespace finance::bank_connection
