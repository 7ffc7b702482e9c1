#include "guard.h"

#include <cstdlib>

#include "awry/api/violated_checks.h"
#include "awry/query/tag_search.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

namespace awry::app {
namespace {

constexpr size_t kSecretBytesMax = 4'096;
constexpr int64_t kDayNs = 86'400'000'000'000;
constexpr size_t kFilledMax = 20'000;  // traces read at the start

// From the environment or a file, so that it stands in no list of processes.
base::Result<std::string> WebhookSecret(const ServeOptions& options) {
  std::string secret;
  if (!options.webhook_secret_file.empty()) {
    auto text = base::RealFileSystem().ReadAll(options.webhook_secret_file);
    if (!text.ok()) return text.status().WithContext("--webhook-secret-file");
    secret = *std::move(text);
    while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  } else if (const char* named = std::getenv("AWRY_WEBHOOK_SECRET")) {
    secret = named;
  }
  if (secret.size() > kSecretBytesMax)
    return base::InvalidArgument("webhook secret is too long: at most 4096 bytes");
  return secret;
}

base::Result<std::unique_ptr<check::Webhook>> OpenWebhook(check::Ledger& ledger, const ServeOptions& options) {
  auto transport = check::MakeWebhookTransport(options.webhook);
  if (!transport.ok()) return transport.status().WithContext("--webhook");
  check::WebhookOptions webhook;
  ASSIGN_OR_RETURN(webhook.host, check::WebhookHost(options.webhook));
  ASSIGN_OR_RETURN(webhook.secret, WebhookSecret(options));
  return std::make_unique<check::Webhook>(ledger.database(), *std::move(transport), webhook);
}

std::vector<check::FindingNews> NewsOf(why::Findings& findings) {
  std::vector<check::FindingNews> out;
  for (const why::Finding& finding : findings.List())
    out.push_back({finding.id, std::string(why::FindingStateName(finding.state)), why::ToJson(finding)});
  return out;
}

}  // namespace

base::Result<std::unique_ptr<Guard>> StartGuard(store::TraceStore& store, why::Findings& findings,
                                                std::function<api::IntakeCounts()> counts,
                                                const ServeOptions& options) {
  auto guard = std::make_unique<Guard>();
  stats::InstrumentationBook& book = guard->instrumentation;
  const base::Clock& clock = base::SystemClock();
  check::WatcherOptions watcher{
      .on_trace = [&](const trace::Trace& trace) { book.Add(trace, clock.NowUnixNs()); },
      .findings = [&findings] { return NewsOf(findings); },
      .on_housekeeping = [&, counts = std::move(counts)] {
        const api::IntakeCounts now = counts();
        book.NoteRefused(now.spans_rejected, now.requests_refused, now.spans_accepted, clock.NowUnixNs());
      }};
  const auto quiet_ns = query::ParseDuration(options.checks_quiet);
  if (!quiet_ns.ok() || *quiet_ns < 1'000'000 || *quiet_ns > 600'000'000'000)
    return base::InvalidArgument("--checks-quiet must be 1ms to 10m: '" + options.checks_quiet + "'");
  watcher.open.quiet_ns = *quiet_ns;
  ASSIGN_OR_RETURN(guard->book, check::CheckBook::Open(store, options.checks));
  ASSIGN_OR_RETURN(guard->ledger, check::Ledger::Open("sqlite:" + options.data + "/checks.sqlite"));
  if (!options.webhook.empty()) {
    ASSIGN_OR_RETURN(guard->webhook, OpenWebhook(*guard->ledger, options));
  }
  guard->watcher = std::make_unique<check::Watcher>(store, *guard->book, *guard->ledger,
                                                    guard->webhook.get(), watcher);
  findings.ReportFrom([watcher = guard->watcher.get()] { return api::ViolatedChecks(*watcher); });
  guard->reporting = std::shared_ptr<void>(nullptr, [&findings](void*) { findings.ReportFrom({}); });
  guard->arrivals = std::make_unique<stats::ArrivalLog>(store.generation());
  guard->intake = std::make_unique<check::WatchedStore>(
      store, [watcher = guard->watcher.get()](std::span<const trace::TraceId> ids) { watcher->Note(ids); },
      [&store, arrivals = guard->arrivals.get()](std::span<const int64_t> minutes) {
        arrivals->Note(minutes, store.generation());
      });
  guard->filling = std::jthread([&store, &book, &clock](const std::stop_token& stop) {
    const int64_t now_ns = clock.NowUnixNs();
    const base::Status filled = book.Fill(store, now_ns - kDayNs, kFilledMax, now_ns,
                                          [&] { return stop.stop_requested(); });
    if (!filled.ok()) base::LogWarning("health of the instrumentation begins now: {}", filled.ToString());
  });
  return guard;
}

}  // namespace awry::app
