#include "finance/budget_manager/alert_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/random.h"
#include "codec/json.h"

namespace finance::budget_manager {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::UserId;

__extension__ typedef __int128 Wide;

std::string NewId() { return fmt::format("alert-{:016x}", base::EntropySeed()); }

std::string IdList(const std::vector<std::string>& ids) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const std::string& id : ids) json.String(id);
  json.EndArray();
  return out;
}

std::vector<std::string> ReadIdList(std::string_view text) {
  std::vector<std::string> ids;
  const auto document = JsonDocument::Parse(text);
  if (!document.ok()) return ids;
  for (const JsonValue id : document->root().items()) ids.emplace_back(id.AsString().value_or(""));
  return ids;
}

// Insights have no budget: their place in UNIQUE (budget_id, period, threshold) holds the user.
constexpr std::string_view kInsightPlace = "insight:";

struct Standing {
  std::string id;
  AlertState state;
};

base::Status Raise(sql::Connection& connection, const UserId& user, const std::string& place, ledger::Date period_from,
                   Alert alert, const AlertContext& context, AlertChanges& changes) {
  alert.id = NewId();
  alert.trace_id = context.trace_id;
  alert.import_id = context.import_id;
  alert.raised_at_ns = context.now_ns;
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("INSERT INTO alerts (id, user_id, budget_id, period, threshold, state, message, trace_id, kind,"
                                    " period_from, severity, import_id, raised_at_ns, subject, detail, transactions)"
                                    " VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
                                    " ON CONFLICT (budget_id, period, threshold) DO UPDATE SET state = 0,"
                                    " message = excluded.message, trace_id = excluded.trace_id, kind = excluded.kind,"
                                    " period_from = excluded.period_from,"
                                    " severity = excluded.severity, import_id = excluded.import_id,"
                                    " raised_at_ns = excluded.raised_at_ns, subject = excluded.subject,"
                                    " detail = excluded.detail, transactions = excluded.transactions, snoozed_day = 0 RETURNING id",
                                    {alert.id, user.str(), place, alert.period, int64_t{alert.threshold}, alert.message,
                                     alert.trace_id, alert.kind, int64_t{period_from.days()}, alert.severity, alert.import_id,
                                     alert.raised_at_ns, alert.subject, alert.detail, IdList(alert.transactions)}));
  if (!rows.empty()) alert.id = rows[0].Text(0);
  changes.raised.push_back(std::move(alert));
  return {};
}

base::Status Withdraw(sql::Connection& connection, const std::string& id, AlertChanges& changes) {
  changes.withdrawn.push_back(id);
  return connection.Execute("UPDATE alerts SET state = $2 WHERE id = $1", {id, static_cast<int64_t>(AlertState::kWithdrawn)}).status();
}

std::string AmountText(const Budget& budget, int64_t minor) { return ledger::FormatMoney({minor, budget.limit.currency}); }

std::string DetailOf(const Budget& budget, const PeriodState& state, std::optional<int64_t> projected) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("limit_minor").Int(state.available_minor).Key("spent_minor").Int(state.spent_minor);
  if (projected) json.Key("projected_minor").Int(*projected);
  json.Key("currency").String(budget.limit.currency.str()).EndObject();
  return out;
}

Alert ThresholdAlert(const Budget& budget, const PeriodState& state, int threshold) {
  return {.kind = std::string(kBudgetAlert),
          .budget_id = budget.id,
          .threshold = threshold,
          .period = state.period.id,
          .message = fmt::format("{} % of the budget for {} is spent in {}: {} of {} {}", threshold, TitleOf(budget),
                                 state.period.id, AmountText(budget, state.spent_minor),
                                 AmountText(budget, state.available_minor), budget.limit.currency.str()),
          .severity = threshold >= 100 ? "high" : (threshold >= 80 ? "warning" : "info"),
          .subject = TitleOf(budget),
          .detail = DetailOf(budget, state, std::nullopt)};
}

Alert WillExceedAlert(const Budget& budget, const PeriodState& state, int64_t projected) {
  return {.kind = std::string(kWillExceedAlert),
          .budget_id = budget.id,
          .period = state.period.id,
          .message = fmt::format("The budget for {} will be exceeded in {} at this pace: {} of {} {}", TitleOf(budget),
                                 state.period.id, AmountText(budget, projected), AmountText(budget, state.available_minor),
                                 budget.limit.currency.str()),
          .subject = TitleOf(budget),
          .detail = DetailOf(budget, state, projected)};
}

bool Reached(const PeriodState& state, int threshold) {
  return state.spent_minor > 0 && static_cast<Wide>(state.spent_minor) * 100 >= static_cast<Wide>(state.available_minor) * threshold;
}

// One budget's alerts while they are brought into line.
class Updater {
 public:
  Updater(sql::Connection& connection, const UserId& user, const Budget& budget, const AlertContext& context, AlertChanges& changes)
      : connection_(connection), user_(user), budget_(budget), context_(context), changes_(changes) {}

  base::Status Load(ledger::Date from, ledger::Date until) {
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection_.Query("SELECT period, threshold, id, state FROM alerts WHERE budget_id = $1", {budget_.id}));
    for (const sql::Row& row : rows) {
      standing_[{row.Text(0), static_cast<int>(row.Int(1))}] = {row.Text(2), static_cast<AlertState>(row.Int(3))};
    }
    ASSIGN_OR_RETURN(states_, ReadPeriods(connection_, user_, budget_, from, until));
    return {};
  }

  base::Status Run() {
    for (const PeriodState& state : states_) {
      for (const int threshold : {50, 80, 100}) RETURN_IF_ERROR(CheckThreshold(state, threshold));
      RETURN_IF_ERROR(CheckPace(state));
    }
    return {};
  }

 private:
  bool IsOver(const PeriodState& state) const { return !context_.alert_closed && state.period.until <= context_.today; }

  base::Status Settle(const PeriodState& state, int threshold, bool should_stand, Alert (*make)(const Budget&, const PeriodState&, int64_t),
                      int64_t argument) {
    const auto found = standing_.find({state.period.id, threshold});
    const bool stands = found != standing_.end() && found->second.state != AlertState::kWithdrawn;
    if (stands == should_stand) return {};
    if (stands) return Withdraw(connection_, found->second.id, changes_);
    if (IsOver(state)) return {};
    return Raise(connection_, user_, budget_.id, state.period.from, make(budget_, state, argument), context_, changes_);
  }

  base::Status CheckThreshold(const PeriodState& state, int threshold) {
    const bool wanted = std::binary_search(budget_.thresholds.begin(), budget_.thresholds.end(), threshold);
    return Settle(state, threshold, wanted && Reached(state, threshold), [](const Budget& budget, const PeriodState& s, int64_t percent) {
      return ThresholdAlert(budget, s, static_cast<int>(percent));
    }, threshold);
  }

  // Only the period that runs has a pace; what was foretold for one that is over stands as it was.
  base::Status CheckPace(const PeriodState& state) {
    if (!state.period.Holds(context_.today)) return {};
    std::optional<int64_t> projected;
    if (budget_.will_exceed && !Reached(state, 100)) {
      ASSIGN_OR_RETURN(const RecurringShare recurring,
                       ReadRecurringShare(connection_, user_, budget_, state.period, context_.today));
      const Pace pace = PaceOf(state, recurring, context_.today);
      if (pace.state == PaceState::kWillExceed) projected = pace.projected_minor;
    }
    return Settle(state, 0, projected.has_value(), WillExceedAlert, projected.value_or(0));
  }

  sql::Connection& connection_;
  const UserId& user_;
  const Budget& budget_;
  const AlertContext& context_;
  AlertChanges& changes_;
  std::map<std::pair<std::string, int>, Standing> standing_;
  std::vector<PeriodState> states_;
};

}  // namespace

base::Status UpdateAlerts(sql::Connection& connection, const UserId& user, const Budget& budget, ledger::Date from,
                          ledger::Date until, const AlertContext& context, AlertChanges& changes) {
  Updater updater(connection, user, budget, context, changes);
  RETURN_IF_ERROR(updater.Load(from, until));
  return updater.Run();
}

base::Status SyncInsights(sql::Connection& connection, const UserId& user, const std::vector<Insight>& insights,
                          const AlertContext& context, AlertChanges& changes) {
  const std::string place = std::string(kInsightPlace) + user.str();
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT period, id, state FROM alerts WHERE budget_id = $1", {place}));
  std::map<std::string, Standing> standing;
  for (const sql::Row& row : rows) standing[row.Text(0)] = {row.Text(1), static_cast<AlertState>(row.Int(2))};
  for (const Insight& insight : insights) {
    const auto found = standing.find(insight.key);
    const bool stands = found != standing.end() && found->second.state != AlertState::kWithdrawn;
    if (found != standing.end()) standing.erase(found);
    if (stands) continue;
    RETURN_IF_ERROR(Raise(connection, user, place, context.today,
                          {.kind = insight.kind,
                           .period = insight.key,
                           .message = insight.message,
                           .severity = insight.severity,
                           .subject = insight.subject,
                           .detail = insight.detail,
                           .transactions = insight.transactions},
                          context, changes));
  }
  for (const auto& [key, alert] : standing) {
    if (alert.state == AlertState::kOpen) RETURN_IF_ERROR(Withdraw(connection, alert.id, changes));
  }
  return {};
}

base::Result<std::vector<Alert>> ReadAlerts(sql::Connection& connection, const UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, budget_id, threshold, period, message, trace_id, state, kind, severity, import_id,"
                                    " raised_at_ns, subject, detail, transactions, period_from, snoozed_day FROM alerts"
                                    " WHERE user_id = $1 AND state <> 2 ORDER BY period_from DESC, period DESC, budget_id, threshold DESC",
                                    {user.str()}));
  std::vector<Alert> alerts;
  for (const sql::Row& row : rows) {
    const bool insight = row.Text(1).starts_with(kInsightPlace);
    auto period_from = ledger::Date::FromDays(static_cast<int32_t>(row.Int(14)));
    // Alerts of before the column are about months.
    if (row.Int(14) == 0) period_from = ledger::Date::Parse(row.Text(3) + "-01").ok() ? *ledger::Date::Parse(row.Text(3) + "-01") : period_from;
    alerts.push_back({row.Text(0), row.Text(7), insight ? std::string() : row.Text(1), static_cast<int>(row.Int(2)), row.Text(3),
                      row.Text(4), row.Text(5), static_cast<AlertState>(row.Int(6)), row.Text(8), row.Text(9), row.Int(10),
                      row.Text(11), row.Text(12), ReadIdList(row.Text(13)), period_from,
                      ledger::Date::FromDays(static_cast<int32_t>(row.Int(15)))});
  }
  return alerts;
}

std::vector<std::string> LaterAlertSteps() { return {"ALTER TABLE alerts ADD COLUMN snoozed_day INTEGER NOT NULL DEFAULT 0"}; }

base::Status SnoozeAlert(sql::Connection& connection, const std::string& id, const std::string& user, ledger::Date until) {
  ASSIGN_OR_RETURN(const int64_t changed,
                   connection.Execute("UPDATE alerts SET state = 0, snoozed_day = $3 WHERE id = $1 AND state <> 2 AND ($2 = '' OR user_id = $2)",
                                      {id, user, int64_t{until.days()}}));
  return changed > 0 ? base::OkStatus() : base::NotFound("no alert stands under this id: " + id.substr(0, 128));
}

base::Status AcknowledgeAlert(sql::Connection& connection, const std::string& id, const std::string& user) {
  ASSIGN_OR_RETURN(const int64_t changed,
                   connection.Execute("UPDATE alerts SET state = 1 WHERE id = $1 AND state <> 2 AND ($2 = '' OR user_id = $2)", {id, user}));
  return changed > 0 ? base::OkStatus() : base::NotFound("no alert stands under this id: " + id.substr(0, 128));
}

}  // namespace finance::budget_manager
