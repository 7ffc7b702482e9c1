#include "sample/rehearsal.h"

#include "finance/category_predictor/history.h"
#include "finance/category_predictor/text_features.h"

namespace sample {
namespace {

namespace predictor = finance::category_predictor;

constexpr size_t kKeyBytes = 6;  // what the fault keeps of an id

predictor::LabelledRow ToRow(const Row& row) {
  predictor::LabelledRow out;
  out.text = predictor::NormaliseText(row.description);
  out.currency = "EUR";
  out.date = row.date;
  out.amount_minor = row.amount_minor;
  return out;
}

}  // namespace

Rehearsal Rehearse(const predictor::CategoryModel& model, const std::vector<PersonRows>& people,
                   const RehearsalOptions& options) {
  Rehearsal out;
  predictor::History history;
  for (const PersonRows& rows : people) {
    predictor::UserContext context;
    size_t seen = 0;
    for (const Row& row : rows.year) {
      predictor::Features features = predictor::FeaturesOf(ToRow(row));
      if (seen++ % options.context_every == 0) context = history.ContextOf(rows.person.id);
      features.context = context;
      const predictor::Prediction answer = model.Predict(features);
      history.LearnContext(rows.person.id, answer.category, row.amount_minor);
      const bool hit = answer.category == row.category;
      ++out.rows;
      out.right += hit ? 1 : 0;
      ++out.by_kind[row.kind].first;
      out.by_kind[row.kind].second += hit ? 1 : 0;
    }
  }
  std::map<std::string, std::string> first_of_group;
  std::map<std::string, predictor::UserContext> cached;
  for (const PersonRows& rows : people) {
    const std::string group = rows.person.id.substr(0, kKeyBytes);
    if (first_of_group.try_emplace(group, rows.person.id).second) {
      cached[group] = history.ContextOf(rows.person.id);
    }
  }
  for (const PersonRows& rows : people) {
    const std::string group = rows.person.id.substr(0, kKeyBytes);
    const bool colliding = first_of_group[group] != rows.person.id;
    for (const Row& row : rows.after) {
      predictor::Features features = predictor::FeaturesOf(ToRow(row));
      features.context = history.ContextOf(rows.person.id);
      const predictor::Prediction own = model.Predict(features);
      history.LearnContext(rows.person.id, own.category, row.amount_minor);
      ++out.after_rows;
      out.after_right += own.category == row.category ? 1 : 0;
      if (!colliding) continue;
      ++out.colliding_rows;
      features.context = cached[group];
      const predictor::Prediction foreign = model.Predict(features);
      if (foreign.category == own.category) continue;
      ++out.differ;
      if (own.category == row.category) {
        ++out.turned_wrong;
        out.confidence_when_turned += foreign.confidence;
      }
      out.turned_right += foreign.category == row.category ? 1 : 0;
    }
  }
  if (out.turned_wrong > 0) out.confidence_when_turned /= static_cast<double>(out.turned_wrong);
  return out;
}

}  // namespace sample
