// The checks of a server: what is in force, the judging of complete traces, and the webhook; and the
// health of the instrumentation, told from the same traces.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "awry/api/server.h"
#include "awry/check/check_book.h"
#include "awry/check/ledger.h"
#include "awry/check/watched_store.h"
#include "awry/check/watcher.h"
#include "awry/check/webhook.h"
#include "awry/stats/arrival_log.h"
#include "awry/stats/instrumentation.h"
#include "awry/store/trace_store.h"
#include "awry/why/findings.h"
#include "base/status.h"
#include "options.h"

namespace awry::app {

// In the order it is started; destroyed in the reverse order.
struct Guard {
  stats::InstrumentationBook instrumentation;
  std::unique_ptr<stats::ArrivalLog> arrivals;  // of what is committed into `intake`
  std::unique_ptr<check::CheckBook> book;
  std::unique_ptr<check::Ledger> ledger;
  std::unique_ptr<check::Webhook> webhook;  // null without --webhook
  std::unique_ptr<check::Watcher> watcher;
  std::shared_ptr<void> reporting;  // while it lives, findings hear of violated checks
  std::unique_ptr<store::TraceStore> intake;  // where spans are committed, so that checks see them
  std::jthread filling;  // reads the traces of the last day into `instrumentation`
};

// `store` and `findings` must outlive it. `counts` tells what was refused since the start. Keeps what
// it finds in the folder of --data.
base::Result<std::unique_ptr<Guard>> StartGuard(store::TraceStore& store, why::Findings& findings,
                                                std::function<api::IntakeCounts()> counts,
                                                const ServeOptions& options);

}  // namespace awry::app
