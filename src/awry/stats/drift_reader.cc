#include "awry/stats/drift_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace awry::stats {
namespace {

using SpanName = std::pair<std::string, std::string>;  // service, name

constexpr size_t kLookedAtMax = 800;      // traces, to learn which spans predict
constexpr size_t kSpanNamesMax = 20;
constexpr size_t kIdsMax = 4'000'000;
constexpr size_t kLot = 500;

// SplitMix64 (Steele, Lea and Flood 2014): spreads ids that may be consecutive.
uint64_t Spread(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

uint64_t RandomOf(const trace::TraceId& id) { return Spread(std::hash<trace::TraceId>()(id)); }

bool Predicts(const trace::Span& span, const DriftNames& names) {
  return std::ranges::any_of(span.attributes, [&](const trace::Attribute& attribute) {
    return attribute.key.starts_with(names.prediction_prefix);
  });
}

// The traces to read: all, or the same share of every time. Thins out as they come.
struct Sample {
  std::vector<trace::TraceId> ids;
  uint64_t one_in = 1;
  bool cut = false;
};

base::Result<Sample> SampleTraces(store::TraceStore& store, const store::SpanFilter& filter, size_t most,
                                  const store::ReadLimits& limits) {
  Sample sample;
  size_t seen = 0;
  RETURN_IF_ERROR(store.FindTracesWithin(filter, limits, [&](const trace::TraceId& id) {
    // The upper half decides here; AnalyzeDrift uses the lower bits.
    if ((RandomOf(id) >> 32) % sample.one_in == 0) sample.ids.push_back(id);
    if (sample.ids.size() > most) {
      sample.one_in *= 2;
      std::erase_if(sample.ids, [&](const trace::TraceId& kept) {
        return (RandomOf(kept) >> 32) % sample.one_in != 0;
      });
    }
    sample.cut = ++seen == kIdsMax;
    return !sample.cut;
  }));
  return sample;
}

// Learned from all of the window: the newest traces may be of one kind.
base::Result<std::set<SpanName>> FindSpanNames(store::TraceStore& store, const DriftSource& source,
                                               const store::ReadLimits& limits) {
  ASSIGN_OR_RETURN(const Sample sample,
                   SampleTraces(store,
                                {.start_from_ns = source.newest_from_ns,
                                 .start_until_ns = source.window.until_ns,
                                 .service = source.service},
                                kLookedAtMax, limits));
  std::set<SpanName> names;
  RETURN_IF_ERROR(store.GetTraces(sample.ids, [&](const trace::Trace& trace) {
    for (const trace::Span& span : trace.spans) {
      const bool wanted = source.service.empty() || span.resource->service == source.service;
      if (wanted && names.size() < kSpanNamesMax && Predicts(span, source.names))
        names.emplace(span.resource->service, span.name);
    }
    return true;
  }));
  return names;
}

// Deals predictions out to series. Used by one thread.
class Collector {
 public:
  explicit Collector(const DriftSource& source) : source_(source) {}

  void Take(const trace::Trace& trace, const SpanName& name) {
    const auto found = std::ranges::find_if(trace.spans, [&](const trace::Span& span) {
      return span.name == name.second && span.resource->service == name.first &&
             Predicts(span, source_.names);
    });
    if (found == trace.spans.end()) return;
    const trace::Value* version = trace::Find(found->attributes, source_.names.version_key);
    if (version == nullptr)
      version = trace::Find(found->resource->attributes, source_.names.version_key);
    const std::string text =
        version == nullptr ? "" : Shortened(trace::ToText(version->view()));
    DriftSeries& series = series_[{name, text}];
    series.service = name.first;
    series.span = name.second;
    series.version = text;
    const auto number = static_cast<uint32_t>(series.start_ns.size());
    series.start_ns.push_back(found->start_ns);
    series.random.push_back(RandomOf(trace.id));
    TakeAttributes(found->attributes, source_.names.prediction_prefix, number, series);
    for (const trace::Span& span : trace.spans) {
      if (span.resource->service == name.first)
        TakeAttributes(span.attributes, source_.names.feature_prefix, number, series);
    }
  }

  void Finish(DriftReading& out) {
    for (auto& [key, series] : series_) out.series.push_back(std::move(series));
    if (attributes_left_out_)
      out.notes.push_back(fmt::format("more than {} attributes of one model: the rest was left out",
                                      DriftSource::kAttributesMax));
  }

 private:
  static std::string Shortened(std::string text) {
    if (text.size() > DriftSource::kCategoryBytesMax) text.resize(DriftSource::kCategoryBytesMax);
    return text;
  }

  void TakeAttributes(const trace::Attributes& attributes, const std::string& prefix,
                      uint32_t number, DriftSeries& series) {
    for (const trace::Attribute& attribute : attributes) {
      if (!attribute.key.starts_with(prefix)) continue;
      const trace::ValueView value = attribute.value.view();
      const bool numeric =
          value.kind == trace::ValueKind::kInt || value.kind == trace::ValueKind::kDouble;
      if (!numeric && value.kind != trace::ValueKind::kString &&
          value.kind != trace::ValueKind::kBool)
        continue;
      auto at = series.attributes.find(attribute.key);
      if (at == series.attributes.end()) {
        if (series.attributes.size() >= DriftSource::kAttributesMax) {
          attributes_left_out_ = true;
          continue;
        }
        at = series.attributes.emplace(attribute.key, DriftAttribute{.numeric = numeric}).first;
      }
      TakeValue(value, numeric, number, at->second);
    }
  }

  // A key keeps the kind that it had first, and one value an observation.
  static void TakeValue(const trace::ValueView& value, bool numeric, uint32_t number,
                        DriftAttribute& attribute) {
    if (attribute.numeric != numeric) return;
    if (!attribute.entries.empty() && attribute.entries.back().observation == number) return;
    if (numeric) {
      attribute.Add(number, value.kind == trace::ValueKind::kInt
                                ? static_cast<double>(value.integer)
                                : value.real);
    } else if (attribute.categories.size() < DriftSource::kCategoriesMax) {
      attribute.Add(number, Shortened(trace::ToText(value)));
    } else {
      attribute.Add(number, std::string("(other)"));
    }
  }

  const DriftSource& source_;
  std::map<std::pair<SpanName, std::string>, DriftSeries> series_;
  bool attributes_left_out_ = false;
};

}  // namespace

base::Result<DriftReading> ReadDriftSeries(store::TraceStore& store, const DriftSource& source,
                                           const store::ReadLimits& limits) {
  DriftReading out;
  ASSIGN_OR_RETURN(const std::set<SpanName> names, FindSpanNames(store, source, limits));
  Collector collector(source);
  for (const SpanName& name : names) {
    ASSIGN_OR_RETURN(Sample sample, SampleTraces(store,
                                  {.start_from_ns = source.window.from_ns,
                                   .start_until_ns = source.window.until_ns,
                                   .service = name.first,
                                   .name = name.second},
                                  DriftSource::kTracesMax, limits));
    if (sample.one_in > 1)
      out.notes.push_back(fmt::format("{} {}: one trace in {} was read", name.first, name.second,
                                      sample.one_in));
    if (sample.cut)
      out.notes.push_back(fmt::format("{} {}: only the newest {} traces were looked at", name.first,
                                      name.second, kIdsMax));
    out.sampled_of = std::max(out.sampled_of, sample.one_in);
    std::ranges::sort(sample.ids);
    for (size_t i = 0; i < sample.ids.size(); i += kLot) {
      RETURN_IF_ERROR(store::CheckLimits(limits));
      const size_t count = std::min(kLot, sample.ids.size() - i);
      RETURN_IF_ERROR(store.GetTraces(std::span(sample.ids).subspan(i, count),
                                      [&](const trace::Trace& trace) {
                                        ++out.traces;
                                        collector.Take(trace, name);
                                        return true;
                                      }));
    }
  }
  collector.Finish(out);
  return out;
}

}  // namespace awry::stats
