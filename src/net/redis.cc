// A small pool of hiredis connections, one per call under way. A kept connection that the server has closed
// is replaced; when it closes while the command is under way, the command is sent once more: all commands
// here may run twice.
#include "net/redis.h"

#include <hiredis/hiredis.h>

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <initializer_list>
#include <vector>

#include "base/mutex.h"
#include "net/http.h"

namespace awry::net {
namespace {

constexpr size_t kIdleConnectionsMax = 16;
constexpr std::string_view kScanCount = "1000";

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ContextPtr = std::unique_ptr<redisContext, FreeContext>;
using ReplyPtr = std::unique_ptr<redisReply, FreeReply>;

struct RedisServer {
  std::string host;
  uint16_t port = 6379;
  std::string password;
  std::string database;
};

base::Result<RedisServer> ReadUrl(const std::string& url) {
  constexpr std::string_view kScheme = "redis://";
  constexpr std::string_view kAdvice = "Redis URL must be redis://[:password@]host:port[/db]";
  if (!url.starts_with(kScheme)) return base::InvalidArgument(std::string(kAdvice));
  std::string_view rest = std::string_view(url).substr(kScheme.size());
  RedisServer server;
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view login = rest.substr(0, at);
    const size_t colon = login.find(':');
    if (colon == std::string_view::npos) return base::InvalidArgument(std::string(kAdvice));
    ASSIGN_OR_RETURN(server.password, UrlDecode(login.substr(colon + 1)));
    rest.remove_prefix(at + 1);
  }
  if (const size_t slash = rest.find('/'); slash != std::string_view::npos) {
    server.database = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
  }
  if (const size_t colon = rest.rfind(':'); colon != std::string_view::npos && !rest.ends_with(']')) {
    const std::string_view port = rest.substr(colon + 1);
    const auto read = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (read.ec != std::errc() || read.ptr != port.data() + port.size() || server.port == 0) {
      return base::InvalidArgument(std::string(kAdvice));
    }
    rest = rest.substr(0, colon);
  }
  if (rest.starts_with('[') && rest.ends_with(']')) rest = rest.substr(1, rest.size() - 2);
  if (rest.empty() || server.database.find_first_not_of("0123456789") != std::string::npos) {
    return base::InvalidArgument(std::string(kAdvice));
  }
  server.host = rest;
  return server;
}

// Redis matches with globs: these characters of a prefix mean themselves.
std::string EscapeGlob(std::string_view prefix) {
  std::string pattern;
  for (const char c : prefix) {
    if (std::string_view("*?[]\\^-").find(c) != std::string_view::npos) pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern;
}

class HiredisClient final : public RedisClient {
 public:
  HiredisClient(RedisServer server, const RedisOptions& options) : server_(std::move(server)), options_(options) {}

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    ASSIGN_OR_RETURN(const ReplyPtr reply, Command({"GET", key}));
    if (reply->type == REDIS_REPLY_NIL) return std::optional<std::string>();
    if (reply->type != REDIS_REPLY_STRING) return base::Internal("Redis answered GET with another type");
    return std::optional<std::string>(std::string(reply->str, reply->len));
  }

  base::Status Set(std::string_view key, std::string_view value, std::chrono::seconds ttl) override {
    if (ttl.count() <= 0) return base::InvalidArgument("Redis time to live must be positive");
    return Command({"SET", key, value, "EX", std::to_string(ttl.count())}).status();
  }

  base::Status Delete(std::string_view key) override { return Command({"DEL", key}).status(); }

  base::Result<int64_t> DeletePrefix(std::string_view prefix) override {
    const std::string pattern = EscapeGlob(prefix) + "*";
    std::string cursor = "0";
    int64_t deleted = 0;
    do {
      ASSIGN_OR_RETURN(const ReplyPtr page, Command({"SCAN", cursor, "MATCH", pattern, "COUNT", kScanCount}));
      if (page->type != REDIS_REPLY_ARRAY || page->elements != 2 || page->element[0]->type != REDIS_REPLY_STRING ||
          page->element[1]->type != REDIS_REPLY_ARRAY) {
        return base::Internal("Redis answered SCAN with another type");
      }
      cursor.assign(page->element[0]->str, page->element[0]->len);
      const redisReply& keys = *page->element[1];
      if (keys.elements == 0) continue;
      std::vector<std::string_view> command{"DEL"};
      for (size_t i = 0; i < keys.elements; ++i) command.emplace_back(keys.element[i]->str, keys.element[i]->len);
      ASSIGN_OR_RETURN(const ReplyPtr reply, Command(command));
      deleted += reply->integer;
    } while (cursor != "0");
    return deleted;
  }

 private:
  base::Result<ReplyPtr> Command(std::initializer_list<std::string_view> words) {
    return Command(std::vector<std::string_view>(words));
  }

  base::Result<ReplyPtr> Command(const std::vector<std::string_view>& words) {
    if (options_.observer == nullptr) return Run(words);
    void* state = options_.observer->OnStart(words[0], server_.host, server_.port);
    base::Result<ReplyPtr> result = Run(words);
    options_.observer->OnEnd(state, result.status());
    return result;
  }

  base::Result<ReplyPtr> Run(const std::vector<std::string_view>& words) {
    ContextPtr context = TakeIdle();
    if (context != nullptr) {
      base::Result<ReplyPtr> result = RunOn(context, words);
      // A timeout is no closed connection: trying again would double the wait.
      if (result.ok() || context == nullptr || context->err != REDIS_ERR_EOF) return result;
    }
    ASSIGN_OR_RETURN(context, Connect());
    return RunOn(context, words);
  }

  // Keeps the connection (and takes it from `context`) unless it broke.
  base::Result<ReplyPtr> RunOn(ContextPtr& context, const std::vector<std::string_view>& words) {
    ReplyPtr reply = Exchange(*context, words);
    if (reply == nullptr) return Broken(*context);
    Keep(std::move(context));
    if (reply->type == REDIS_REPLY_ERROR) return ErrorOf(*reply);
    return reply;
  }

  static ReplyPtr Exchange(redisContext& context, const std::vector<std::string_view>& words) {
    std::vector<const char*> texts;
    std::vector<size_t> sizes;
    for (const std::string_view word : words) {
      texts.push_back(word.data());
      sizes.push_back(word.size());
    }
    return ReplyPtr(static_cast<redisReply*>(
        redisCommandArgv(&context, static_cast<int>(words.size()), texts.data(), sizes.data())));
  }

  // Only the first word of an error: the rest may quote a value.
  static base::Status ErrorOf(const redisReply& reply) {
    const std::string_view text(reply.str, reply.len);
    const std::string kind(text.substr(0, text.find(' ')));
    if (kind == "NOAUTH" || kind == "WRONGPASS") return base::PermissionDenied("Redis wants another password: " + kind);
    if (kind == "OOM") return base::ResourceExhausted("Redis is out of memory: " + kind);
    if (kind == "LOADING" || kind == "BUSY" || kind == "MASTERDOWN") return base::Unavailable("Redis is busy: " + kind);
    return base::Internal("Redis refused a command: " + kind);
  }

  base::Status Broken(const redisContext& context) const {
    return base::Unavailable("no answer from Redis at " + server_.host + ":" + std::to_string(server_.port) + ": " +
                             context.errstr);
  }

  base::Result<ContextPtr> Connect() const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(options_.timeout).count();
    const timeval timeout{us / 1'000'000, us % 1'000'000};
    ContextPtr context(redisConnectWithTimeout(server_.host.c_str(), server_.port, timeout));
    if (context == nullptr) return base::ResourceExhausted("no memory for a Redis connection");
    if (context->err != 0 || redisSetTimeout(context.get(), timeout) != REDIS_OK) return Broken(*context);
    if (!server_.password.empty()) RETURN_IF_ERROR(SetUp(*context, {"AUTH", server_.password}));
    if (!server_.database.empty()) RETURN_IF_ERROR(SetUp(*context, {"SELECT", server_.database}));
    return context;
  }

  base::Status SetUp(redisContext& context, const std::vector<std::string_view>& words) const {
    const ReplyPtr reply = Exchange(context, words);
    if (reply == nullptr) return Broken(context);
    return reply->type == REDIS_REPLY_ERROR ? ErrorOf(*reply) : base::OkStatus();
  }

  // The connection used last, if the server has not closed it.
  ContextPtr TakeIdle() {
    base::MutexLock lock(mutex_);
    while (!idle_.empty()) {
      ContextPtr context = std::move(idle_.back());
      idle_.pop_back();
      char byte = 0;
      const ssize_t got = recv(context->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return context;
    }
    return nullptr;
  }

  void Keep(ContextPtr context) {
    base::MutexLock lock(mutex_);
    if (idle_.size() < kIdleConnectionsMax) idle_.push_back(std::move(context));
  }

  const RedisServer server_;
  const RedisOptions options_;
  base::Mutex mutex_;
  std::vector<ContextPtr> idle_ GUARDED_BY(mutex_);
};

}  // namespace

base::Result<std::unique_ptr<RedisClient>> RedisClient::Create(const std::string& url, const RedisOptions& options) {
  ASSIGN_OR_RETURN(RedisServer server, ReadUrl(url));
  // hiredis writes without MSG_NOSIGNAL: a server that goes away must not end the program.
  static const bool ignored = std::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
  (void)ignored;
  return std::unique_ptr<RedisClient>(std::make_unique<HiredisClient>(std::move(server), options));
}

}  // namespace awry::net
