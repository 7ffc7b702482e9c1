#include "finance/budget_manager/budget_manager.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "finance/budget_manager/weekly_summary.h"
#include "finance/jobs/erase_route.h"
#include "finance/jobs/job_routes.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/trace_text.h"
#include "finance/jobs/traced_sql.h"

namespace finance::budget_manager {
namespace {

using ledger::Date;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int kRowsMax = 500;
constexpr int64_t kPeriodsShown = 12;
constexpr int64_t kPeriodsShownMax = 120;
constexpr int kExpectedWeeks = 53;  // the longest period

base::Result<UserId> UserOf(const HttpRequest& request) { return UserId::Parse(request.path_param("user_id")); }

// `fallback` without the parameter.
base::Result<int64_t> IntParam(const HttpRequest& request, std::string_view name, int64_t fallback) {
  const std::string* text = request.query_param(name);
  if (text == nullptr) return fallback;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    return base::InvalidArgument(fmt::format("{} is no integer: {}", name, text->substr(0, 20)));
  }
  return value;
}

// ?date= is the day; ?month= the month's last, or today in the month that runs.
base::Result<Date> DayOf(const HttpRequest& request, Date today) {
  if (const std::string* date = request.query_param("date")) return Date::Parse(*date);
  const std::string* month = request.query_param("month");
  if (month == nullptr || *month == today.MonthText()) return today;
  const auto first = Date::Parse(*month + "-01");
  if (!first.ok()) return base::InvalidArgument("month is not YYYY-MM: " + month->substr(0, 20));
  const Date next = first->AddDays(31);
  return next.AddDays(-next.day());
}

delivery::DeskOptions DeskOptionsOf(const BudgetManagerOptions& options) {
  delivery::DeskOptions desk = options.delivery;
  desk.clock = options.clock;
  desk.weekly = [clock = options.clock](sql::Connection& connection, const UserId& user, delivery::Language language) {
    return ComposeWeekly(connection, user, Date::FromUnixNs(clock->NowUnixNs()), language);
  };
  return desk;
}

}  // namespace

base::Result<std::unique_ptr<BudgetManager>> BudgetManager::Create(sql::Database& database,
                                                                   const BudgetManagerOptions& options) {
  std::vector<std::string> steps = BudgetSteps();
  for (const auto& more : {jobs::JobQueue::MigrationSteps(database.system()), delivery::Desk::Steps(), LaterBudgetSteps(), delivery::Desk::LaterSteps(), LaterAlertSteps()}) {
    steps.insert(steps.end(), more.begin(), more.end());
  }
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  RETURN_IF_ERROR(database.Migrate(views));
  std::unique_ptr<BudgetManager> manager(new BudgetManager(database, options));
  if (options.background) {
    BackgroundWork work{[raw = manager.get()](const UserId& user) { return raw->Refresh(user); },
                        [raw = manager.get()] { return raw->Everyone(); }};
    ASSIGN_OR_RETURN(manager->background_, Background::Start(database, manager->desk_, std::move(work), *options.clock));
  }
  return manager;
}

BudgetManager::BudgetManager(sql::Database& database, const BudgetManagerOptions& options)
    : database_(database), options_(options), desk_(database, DeskOptionsOf(options)) {}

base::Result<std::vector<UserId>> BudgetManager::Everyone() {
  std::vector<UserId> users;
  RETURN_IF_ERROR(database_.Read([&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(users, ReadUsers(connection));
    return {};
  }));
  return users;
}

void BudgetManager::AddRoutes(net::Router& router) {
  router.Add("GET", "/budgets/{user_id}", jobs::Bound(this, &BudgetManager::GetBudgets));
  router.Add("PUT", "/budgets/{user_id}", jobs::ForJson(jobs::Bound(this, &BudgetManager::PutBudgets)));
  router.Add("GET", "/budgets/{user_id}/{id}/periods", jobs::Bound(this, &BudgetManager::GetPeriods));
  router.Add("GET", "/budgets/{user_id}/{id}/transactions", jobs::Bound(this, &BudgetManager::GetRows));
  router.Add("GET", "/alerts/{user_id}", jobs::Bound(this, &BudgetManager::GetAlerts));
  router.Add("POST", "/alerts/{id}/ack", jobs::Bound(this, &BudgetManager::Acknowledge));
  router.Add("POST", "/alerts/{id}/snooze", jobs::Bound(this, &BudgetManager::Snooze));
  router.Add("PUT", "/spending/{user_id}/transactions/{id}", jobs::ForJson(jobs::Bound(this, &BudgetManager::PutTransaction)));
  router.Add("DELETE", "/spending/{user_id}/transactions/{id}", jobs::Bound(this, &BudgetManager::DeleteTransaction));
  router.Add("POST", "/spending/{user_id}/batch", jobs::ForJson(jobs::Bound(this, &BudgetManager::PutBatch)));
  desk_.AddRoutes(router);
  jobs::AddJobRoutes(router, [this] { return background_ ? background_->queue() : nullptr; });
  jobs::EraseRoute erase;
  for (const char* table : {"spent_rows", "spent_days", "expected_payments", "budgets", "alerts", "channels",
                            "notices", "deliveries"}) {
    erase.statements.push_back(std::string("DELETE FROM ") + table + " WHERE user_id = $1");
  }
  jobs::AddEraseRoute(router, database_, std::move(erase));
}

base::Status BudgetManager::Ready() { return database_.Query("SELECT 1").status(); }

AlertContext BudgetManager::Context(std::string import_id) const {
  return {Today(), options_.alert_closed_months, jobs::CurrentTraceId(), std::move(import_id), options_.clock->NowUnixNs()};
}

// --- budgets ---

base::Result<std::vector<BudgetView>> BudgetManager::ReadViews(sql::Connection& connection, const UserId& user, Date day) {
  std::vector<BudgetView> views;
  const Date today = Today();
  ASSIGN_OR_RETURN(std::vector<Budget> budgets, ReadBudgets(connection, user));
  for (Budget& budget : budgets) {
    ASSIGN_OR_RETURN(const std::vector<PeriodState> states, ReadPeriods(connection, user, budget, day, day));
    const Period period = PeriodAt(budget, day);
    // Where the budget is not active, it is shown with nothing to spend and nothing spent.
    const PeriodState state = states.empty() ? PeriodState{.period = period} : states.back();
    RecurringShare recurring;
    if (period.Holds(today)) {
      ASSIGN_OR_RETURN(recurring, ReadRecurringShare(connection, user, budget, period, today));
    }
    const Pace pace = PaceOf(state, recurring, today);
    views.push_back({std::move(budget), state, pace, period.until <= today});
  }
  return views;
}

HttpResponse BudgetManager::BudgetsAnswer(const UserId& user, Date day) {
  std::vector<BudgetView> views;
  const base::Status status =
      jobs::TracedRead(database_, "SELECT budgets", [&](sql::Connection& connection) -> base::Status {
        ASSIGN_OR_RETURN(views, ReadViews(connection, user, day));
        return {};
      });
  if (!status.ok()) return ErrorResponse(status);
  return net::JsonResponse(200, BudgetsJson(views, day.MonthText()));
}

HttpResponse BudgetManager::GetBudgets(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto day = DayOf(request, Today());
  return day.ok() ? BudgetsAnswer(*user, *day) : ErrorResponse(day.status());
}

HttpResponse BudgetManager::PutBudgets(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto wanted = ParseBudgets(request.body);
  if (!wanted.ok()) return ErrorResponse(wanted.status());
  AlertChanges changes;
  const base::Status status =
      jobs::TracedWrite(database_, "UPSERT budgets", [&](sql::Connection& connection) -> base::Status {
        changes = {};
        std::vector<Budget> budgets = *wanted;
        RETURN_IF_ERROR(ReplaceBudgets(connection, *user, budgets, Today()));
        RETURN_IF_ERROR(CheckAll(connection, *user, budgets, Context(), changes));
        return Tell(connection, *user, changes, "");
      });
  if (!status.ok()) return ErrorResponse(status);
  raised_ += changes.raised.size();
  return BudgetsAnswer(*user, Today());
}

base::Result<Budget> BudgetManager::FindBudget(sql::Connection& connection, const UserId& user, std::string_view id) {
  ASSIGN_OR_RETURN(std::vector<Budget> budgets, ReadBudgets(connection, user));
  for (Budget& budget : budgets) {
    if (budget.id == id) return std::move(budget);
  }
  return base::NotFound(fmt::format("no budget of this user has this id: {}", id.substr(0, 128)));
}

HttpResponse BudgetManager::GetPeriods(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto count = IntParam(request, "count", kPeriodsShown);
  if (!count.ok()) return ErrorResponse(count.status());
  if (*count < 1 || *count > kPeriodsShownMax) {
    return ErrorResponse(base::InvalidArgument(fmt::format("count must be 1 to {}: {}", kPeriodsShownMax, *count)));
  }
  std::string answer;
  const base::Status status = jobs::TracedRead(database_, "SELECT spent_days", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const Budget budget, FindBudget(connection, *user, request.path_param("id")));
    Period first = PeriodAt(budget, Today());
    for (int64_t i = 1; i < *count; ++i) first = PeriodAt(budget, first.from.AddDays(-1));
    ASSIGN_OR_RETURN(const std::vector<PeriodState> states, ReadPeriods(connection, *user, budget, first.from, Today()));
    answer = PeriodsJson(budget, states);
    return {};
  });
  return status.ok() ? net::JsonResponse(200, std::move(answer)) : ErrorResponse(status);
}

HttpResponse BudgetManager::GetRows(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto day = DayOf(request, Today());
  if (!day.ok()) return ErrorResponse(day.status());
  std::vector<std::string> ids;
  const base::Status status = jobs::TracedRead(database_, "SELECT spent_rows", [&](sql::Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(const Budget budget, FindBudget(connection, *user, request.path_param("id")));
    ASSIGN_OR_RETURN(ids, SpentRows(connection, *user, budget, PeriodAt(budget, *day), kRowsMax));
    return {};
  });
  return status.ok() ? net::JsonResponse(200, IdsJson("transactions", ids)) : ErrorResponse(status);
}

// --- alerts ---

base::Status BudgetManager::CheckTouched(sql::Connection& connection, const UserId& user, const std::vector<SpentRow>& touched,
                                         const AlertContext& context, AlertChanges& changes) {
  if (touched.empty()) return {};
  ASSIGN_OR_RETURN(const std::vector<Budget> budgets, ReadBudgets(connection, user));
  for (const Budget& budget : budgets) {
    std::optional<DayRange> days;
    for (const SpentRow& row : touched) {
      if (!Counts(budget, row)) continue;
      if (!days) days = DayRange{row.date, row.date};
      days = DayRange{std::min(days->first, row.date), std::max(days->last, row.date)};
    }
    if (!days) continue;
    if (budget.carry != Carry::kNone) {  // what changed in a period reaches all that follow
      ASSIGN_OR_RETURN(const std::optional<DayRange> all, ReadRange(connection, user, budget.limit.currency.str()));
      days->last = std::max({days->last, context.today, all ? all->last : context.today});
    }
    RETURN_IF_ERROR(UpdateAlerts(connection, user, budget, days->first, days->last, context, changes));
  }
  return {};
}

// A changed limit can raise or withdraw in every period that has spending.
base::Status BudgetManager::CheckAll(sql::Connection& connection, const UserId& user, const std::vector<Budget>& budgets,
                                     const AlertContext& context, AlertChanges& changes) {
  for (const Budget& budget : budgets) {
    ASSIGN_OR_RETURN(const std::optional<DayRange> days, ReadRange(connection, user, budget.limit.currency.str()));
    const Date first = days ? std::min(days->first, context.today) : context.today;
    const Date last = days ? std::max(days->last, context.today) : context.today;
    RETURN_IF_ERROR(UpdateAlerts(connection, user, budget, first, last, context, changes));
  }
  return {};
}

base::Status BudgetManager::Tell(sql::Connection& connection, const UserId& user, const AlertChanges& changes,
                                 const std::string& import_id) {
  RETURN_IF_ERROR(desk_.Withdraw(connection, changes.withdrawn));
  std::vector<delivery::Notice> notices;
  for (const Alert& alert : changes.raised) {
    notices.push_back({alert.id, alert.kind, alert.severity, alert.subject, alert.message, alert.detail, alert.threshold});
  }
  return desk_.Raise(connection, user, notices, import_id);
}

base::Result<std::string> BudgetManager::Ask(const std::string& target) {
  net::HttpRequest request{.method = "GET", .target = target, .headers = options_.headers};
  ASSIGN_OR_RETURN(net::HttpResponse response, options_.spending_analyzer->Send(std::move(request)));
  if (response.status == 200) return std::move(response.body);
  return base::Unavailable(fmt::format("spending analyzer answered {}", response.status));
}

base::Status BudgetManager::Refresh(const UserId& user) {
  std::optional<std::vector<Insight>> insights;
  std::vector<ExpectedPayment> expected;
  base::Status asked;
  if (options_.spending_analyzer != nullptr) {
    const auto ask = [&]() -> base::Status {
      ASSIGN_OR_RETURN(const std::string forecast, Ask(fmt::format("/forecast/{}?weeks={}", net::UrlEncode(user.str()), kExpectedWeeks)));
      ASSIGN_OR_RETURN(expected, ParseForecast(forecast));
      ASSIGN_OR_RETURN(const std::string noticed, Ask("/insights/" + net::UrlEncode(user.str())));
      ASSIGN_OR_RETURN(insights, ParseInsights(noticed));
      return {};
    };
    asked = ask();
  }
  AlertChanges changes;
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "UPSERT alerts", [&](sql::Connection& connection) -> base::Status {
    changes = {};
    const AlertContext context = Context();
    if (insights) {
      RETURN_IF_ERROR(ReplaceExpected(connection, user, expected));
      RETURN_IF_ERROR(SyncInsights(connection, user, *insights, context, changes));
    }
    ASSIGN_OR_RETURN(const std::vector<Budget> budgets, ReadBudgets(connection, user));
    for (const Budget& budget : budgets) {
      RETURN_IF_ERROR(UpdateAlerts(connection, user, budget, context.today, context.today, context, changes));
    }
    return Tell(connection, user, changes, "");
  }));
  raised_ += changes.raised.size();
  return asked;
}

// --- rows ---

base::Result<BudgetManager::Applied> BudgetManager::Apply(const UserId& user, const std::vector<ParsedSpending>& rows) {
  Applied applied;
  AlertChanges changes;
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "UPSERT spent", [&](sql::Connection& connection) -> base::Status {
    applied = {};
    changes = {};
    std::vector<SpentRow> touched;
    for (const ParsedSpending& row : rows) {
      ASSIGN_OR_RETURN(const bool changed, SpendTransaction(connection, user, row.id, row.revision, row.row, touched));
      applied.changed += changed ? 1 : 0;
    }
    const std::string import_id = rows.empty() ? std::string() : rows.back().import_id;
    RETURN_IF_ERROR(CheckTouched(connection, user, touched, Context(import_id), changes));
    return Tell(connection, user, changes, import_id);
  }));
  if (background_ && applied.changed > 0) background_->Touch(user);
  applied.raised = changes.raised.size();
  raised_ += applied.raised;
  return applied;
}

HttpResponse BudgetManager::PutTransaction(const HttpRequest& request) {
  auto spending = ParseSpending(request.body);
  if (!spending.ok()) return ErrorResponse(spending.status());
  return OneRow(request, std::move(*spending));
}

HttpResponse BudgetManager::DeleteTransaction(const HttpRequest& request) {
  const auto revision = IntParam(request, "revision", 0);
  if (!revision.ok()) return ErrorResponse(revision.status());
  return OneRow(request, {.revision = *revision});
}

HttpResponse BudgetManager::OneRow(const HttpRequest& request, ParsedSpending row) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  row.id = std::string(request.path_param("id"));
  if (base::Status bad = ledger::CheckOpaqueId(row.id, "transaction id"); !bad.ok()) return ErrorResponse(bad);
  const auto applied = Apply(*user, {std::move(row)});
  if (!applied.ok()) return ErrorResponse(applied.status());
  return net::JsonResponse(200, fmt::format(R"({{"changed":{},"alerts":{}}})", applied->changed > 0, applied->raised));
}

HttpResponse BudgetManager::PutBatch(const HttpRequest& request) {
  const auto user = UserOf(request);
  if (!user.ok()) return ErrorResponse(user.status());
  const auto rows = ParseBatch(request.body);
  if (!rows.ok()) return ErrorResponse(rows.status());
  const auto applied = Apply(*user, *rows);
  if (!applied.ok()) return ErrorResponse(applied.status());
  return net::JsonResponse(200, fmt::format(R"({{"changed":{},"alerts":{}}})", applied->changed, applied->raised));
}

std::string BudgetManager::Metrics() const {
  return fmt::format("# TYPE budget_alerts_raised_total counter\nbudget_alerts_raised_total {}\n", raised_.load());
}

}  // namespace finance::budget_manager
