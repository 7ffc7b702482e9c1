#include "finance/category_predictor/retrainer.h"

#include <awry/sdk/tracer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace finance::category_predictor {
namespace {

constexpr int64_t kExamplesMax = 500'000;  // the newest; about 200 bytes each
constexpr int kLowestPriority = 19;

int64_t WantedAfter(int64_t labels, const RetrainerOptions& options) {
  if (options.retrain_after == 0 || options.training_folder.empty()) return 0;
  if (labels == 0) return options.retrain_after;
  return labels + std::max<int64_t>(labels / 4, static_cast<int64_t>(options.retraining.held_out_min));
}

}  // namespace

Retrainer::Retrainer(awry::sql::Database& database, ModelVersions& versions, ModelSlot& slot, const RetrainerOptions& options,
                     const base::Clock& clock)
    : database_(database), versions_(versions), slot_(slot), options_(options), clock_(clock) {
  int64_t labels_then = 0;
  if (const auto known = versions_.List(1); known.ok() && !known->empty()) labels_then = known->front().labels;
  state_.available = !options_.training_folder.empty();
  state_.labels_wanted = WantedAfter(labels_then, options_);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Retrainer::~Retrainer() {
  thread_.request_stop();
  {
    const base::MutexLock lock(mutex_);
    changed_.NotifyAll();
  }
  thread_.join();
}

bool Retrainer::Due() const { return asked_ || (state_.labels_wanted > 0 && state_.labels >= state_.labels_wanted); }

void Retrainer::NoteLabels(int64_t labels) {
  const base::MutexLock lock(mutex_);
  state_.labels = labels;
  if (Due()) changed_.NotifyAll();
}

base::Status Retrainer::Ask() {
  if (options_.training_folder.empty()) {
    return base::FailedPrecondition("there is no training set to retrain from; start the predictor with --training FOLDER");
  }
  const base::MutexLock lock(mutex_);
  asked_ = true;
  changed_.NotifyAll();
  return {};
}

RetrainerState Retrainer::State() const {
  const base::MutexLock lock(mutex_);
  return state_;
}

void Retrainer::WaitUntilIdle() {
  const base::MutexLock lock(mutex_);
  while (state_.running || Due()) changed_.Wait(mutex_);
}

void Retrainer::Run(const std::stop_token& stop) {
  // Of this thread alone; a system that refuses it trains at the usual priority.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kLowestPriority);
  while (!stop.stop_requested()) {
    int64_t labels = -1;
    {
      const base::MutexLock lock(mutex_);
      if (!Due() && !stop.stop_requested()) (void)changed_.WaitFor(mutex_, options_.look_every);
      if (stop.stop_requested()) return;
      if (Due()) {
        labels = state_.labels;
        asked_ = false;
        state_.running = true;
        state_.labels_wanted = WantedAfter(std::max<int64_t>(labels, 1), options_);
      }
    }
    if (labels < 0) {
      FollowOthers();
      continue;
    }
    const base::Status status = RetrainOnce(stop, labels);
    const base::MutexLock lock(mutex_);
    state_.running = false;
    state_.last_error = status.ok() ? "" : std::string(status.message());
    changed_.NotifyAll();
  }
}

base::Status Retrainer::RetrainOnce(const std::stop_token& stop, int64_t labels) {
  static const awry::sdk::Tracer tracer = awry::sdk::get_tracer("category-predictor");
  awry::sdk::ScopedSpan span = tracer.start_as_current_span("retrain_category_model");
  const auto run = [&]() -> base::Status {
    ASSIGN_OR_RETURN(const std::vector<FeedbackExample> examples, ReadFeedbackExamples(database_, kExamplesMax));
    ASSIGN_OR_RETURN(const ModelVersion active, versions_.Active());
    ASSIGN_OR_RETURN(const TrainingSet set, LoadTrainingSet(options_.training_folder));
    RetrainingOptions options = options_.retraining;
    options.trainer.stop = stop;
    const std::shared_ptr<const CategoryModel> current = slot_.Get();
    ASSIGN_OR_RETURN(Retrained made, Retrain(set, examples, *current, active.trained_until, options));
    ASSIGN_OR_RETURN(const auto model, versions_.Keep(std::move(made.weights), made.trial, current->version(), labels, clock_.NowUnixNs()));
    span.set_attribute("model.version", model->version());
    span.set_attribute("retraining.verdict", made.trial.verdict);
    FollowOthers();
    return {};
  };
  base::Status status = run();
  if (!status.ok()) span.set_status(awry::sdk::StatusCode::kError, status.message());
  return status;
}

void Retrainer::FollowOthers() {
  const auto active = versions_.Active();
  if (!active.ok() || active->version == slot_.Get()->version()) return;
  auto model = versions_.Load(active->version);
  if (!model.ok()) return;
  slot_.Set(std::move(*model));
  if (options_.after_swap) options_.after_swap();
}

}  // namespace finance::category_predictor
