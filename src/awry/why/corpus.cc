#include "awry/why/corpus.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_set>

#include <fmt/format.h>

#include "awry/why/annotations.h"
#include "codec/json.h"
#include "trace/value.h"

namespace awry::why {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;
constexpr size_t kFlowsMax = 2'000;  // traces whose tree is walked to order the classes
constexpr std::string_view kSeparator = "\x1f";

// An evaluator's span says what was thought of the answer, not how it came about.
bool IsOnlyAnnotation(const trace::Span& span) {
  return !span.attributes.empty() && std::all_of(span.attributes.begin(), span.attributes.end(), [](const trace::Attribute& attribute) {
    return IsAnnotationKey(attribute.key);
  });
}

std::string ColumnKey(std::string_view key, Origin origin, Aggregate aggregate) {
  std::string out(key);
  out.push_back(static_cast<char>('0' + static_cast<int>(origin)));
  out.push_back(static_cast<char>('0' + static_cast<int>(aggregate)));
  return out;
}

double NumberOfView(const trace::ValueView& value) {
  if (value.kind == trace::ValueKind::kInt) return static_cast<double>(value.integer);
  if (value.kind == trace::ValueKind::kDouble) return value.real;
  return kNoNumber;
}

}  // namespace

TextPool::TextPool() {
  texts_.push_back("");
  ids_.emplace("", 0);
}

uint32_t TextPool::Intern(std::string_view text) {
  if (const auto found = ids_.find(text); found != ids_.end()) return found->second;
  if (block_used_ + text.size() > block_size_) {
    block_size_ = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique<char[]>(block_size_));
    block_used_ = 0;
  }
  char* place = blocks_.back().get() + block_used_;
  std::memcpy(place, text.data(), text.size());
  block_used_ += text.size();
  bytes_ += text.size() + 48;
  const std::string_view kept(place, text.size());
  texts_.push_back(kept);
  const auto id = static_cast<uint32_t>(texts_.size() - 1);
  ids_.emplace(kept, id);
  return id;
}

Corpus::Corpus(const CorpusLimits& limits) : limits_(limits) {}

size_t Corpus::IndexOf(const trace::TraceId& id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? size() : found->second;
}

uint32_t Corpus::ClassIndex(const std::string& service, const std::string& name) {
  std::string key = service;
  key.append(kSeparator).append(name);
  if (const auto found = class_index_.find(key); found != class_index_.end()) return found->second;
  if (classes_.size() >= limits_.classes_max) {
    ++classes_dropped_;
    return kNoText;
  }
  const auto index = static_cast<uint32_t>(classes_.size());
  class_index_.emplace(std::move(key), index);
  classes_.push_back({.ref = {service, name}});
  states_.emplace_back();
  states_.back().resource_owner = service_owner_.emplace(service, index).first->second;
  return index;
}

Column* Corpus::ColumnFor(uint32_t span_class, std::string_view key, Origin origin,
                          Aggregate aggregate) {
  ClassState& state = states_[span_class];
  std::string name = ColumnKey(key, origin, aggregate);
  if (const auto found = state.columns.find(name); found != state.columns.end()) {
    return &columns_[found->second];
  }
  if (columns_.size() >= limits_.columns_max || state.columns.size() >= limits_.columns_of_class_max) {
    ++columns_dropped_;
    return nullptr;
  }
  const auto index = static_cast<uint32_t>(columns_.size());
  state.columns.emplace(std::move(name), index);
  classes_[span_class].columns.push_back(index);
  columns_.push_back({.span_class = span_class, .key = std::string(key), .origin = origin,
                      .aggregate = aggregate});
  return &columns_.back();
}

void Corpus::PutText(Column& column, std::string_view text) {
  column.text.resize(size(), kNoText);
  if (texts_.bytes() > limits_.text_pool_bytes_max) {
    ++texts_cut_;
    text = "(left out)";
  }
  if (text.size() <= limits_.text_bytes_max) {
    column.text.back() = texts_.Intern(text);
    return;
  }
  ++texts_cut_;
  const std::string cut = fmt::format("{}…#{:016x}", text.substr(0, limits_.text_bytes_max),
                                      std::hash<std::string_view>{}(text));
  column.text.back() = texts_.Intern(cut);
}

void Corpus::PutNumber(Column& column, double value) {
  if (!std::isfinite(value)) return;  // nothing can be reckoned with it
  column.number.resize(size(), kNoNumber);
  column.number.back() = value;
}

void Corpus::Put(Column& column, const trace::ValueView& value) {
  switch (value.kind) {
    case trace::ValueKind::kNull: return;
    case trace::ValueKind::kInt: return PutNumber(column, NumberOfView(value));
    case trace::ValueKind::kDouble:
      if (!std::isfinite(value.real)) return PutText(column, trace::ToText(value));  // "NaN" is a value, too
      return PutNumber(column, value.real);
    case trace::ValueKind::kBool: return PutText(column, value.boolean ? "true" : "false");
    case trace::ValueKind::kString: return PutText(column, value.bytes);
    case trace::ValueKind::kArray: {
      const std::string text = trace::ToText(value);
      PutText(column, text);
      const auto document = codec::JsonDocument::Parse(text);
      if (!document.ok()) return;
      column.list.resize(size());
      for (codec::JsonValue item : document->root().items()) {
        if (column.list.back().size() >= limits_.list_items_max) break;
        const std::string_view item_text = item.AsString().value_or(item.NumberText());
        column.list.back().push_back(texts_.Intern(item_text.substr(0, limits_.text_bytes_max)));
      }
      return;
    }
    default: return PutText(column, trace::ToText(value));
  }
}

void Corpus::PutSpan(uint32_t span_class, const trace::Span& span) {
  size_t order = 0;
  for (const trace::Attribute& attribute : span.attributes) {
    if (IsAnnotationKey(attribute.key)) continue;
    if (Column* column = ColumnFor(span_class, attribute.key, Origin::kSpan)) {
      Put(*column, attribute.value.view());
      column->attribute_order += static_cast<double>(order);
    }
    ++order;
  }
  const uint32_t owner = states_[span_class].resource_owner;
  for (const trace::Attribute& attribute : span.resource->attributes) {
    if (Column* column = ColumnFor(owner, attribute.key, Origin::kResource)) {
      Put(*column, attribute.value.view());
    }
  }
  if (Column* column = ColumnFor(span_class, "@duration", Origin::kDerived)) {
    PutNumber(*column, static_cast<double>(span.duration_ns()) / 1e6);
  }
}

void Corpus::PutEvents(uint32_t span_class, const trace::Span& span) {
  for (const trace::Event& event : span.events) {
    if (Column* column = ColumnFor(span_class, "@event:" + event.name, Origin::kEvent)) {
      PutText(*column, event.name);
    }
    for (const trace::Attribute& attribute : event.attributes) {
      if (Column* column = ColumnFor(span_class, attribute.key, Origin::kEvent)) {
        Put(*column, attribute.value.view());
      }
    }
  }
}

// Clocks of one process can be compared finely.
uint32_t Corpus::InstanceOf(const std::shared_ptr<const trace::Resource>& resource) {
  std::string name = resource->service;
  for (const char* key : {"service.instance.id", "k8s.pod.name", "host.name", "container.id", "process.pid"}) {
    if (const trace::Value* value = trace::Find(resource->attributes, key)) {
      name.append(kSeparator).append(trace::ToText(value->view()));
    }
  }
  return instances_.emplace(std::move(name), static_cast<uint32_t>(instances_.size() + 1)).first->second;
}

void Corpus::PutRepeated(uint32_t span_class, const std::vector<const trace::Span*>& spans) {
  std::unordered_map<std::string_view, std::vector<trace::ValueView>> values;
  for (const trace::Span* span : spans) {
    for (const trace::Attribute& attribute : span->attributes) {
      values[attribute.key].push_back(attribute.value.view());
    }
  }
  for (auto& [key, list] : values) {
    const bool numbers = std::all_of(list.begin(), list.end(), [](const trace::ValueView& v) {
      return std::isfinite(NumberOfView(v));
    });
    std::unordered_set<std::string> seen;
    double repeats = 0, sum = 0, disorder = 0;
    double least = 0, greatest = 0;
    for (size_t i = 0; i < list.size(); ++i) {
      if (!seen.insert(trace::ToText(list[i])).second) ++repeats;
      if (!numbers) continue;
      const double number = NumberOfView(list[i]);
      sum += number;
      if (i > 0 && number < NumberOfView(list[i - 1])) ++disorder;
      least = i == 0 ? number : std::min(least, number);
      greatest = i == 0 ? number : std::max(greatest, number);
    }
    const auto put = [&](Aggregate aggregate, double value) {
      if (Column* column = ColumnFor(span_class, key, Origin::kDerived, aggregate)) {
        PutNumber(*column, value);
      }
    };
    put(Aggregate::kRepeats, repeats);
    if (!numbers) continue;
    put(Aggregate::kSum, sum);
    put(Aggregate::kDisorder, disorder);
    if (std::floor(least) == least && std::floor(greatest) == greatest) {
      put(Aggregate::kGaps, greatest - least + 1 - static_cast<double>(seen.size()));
    }
  }
}

// Walks the tree in preorder, siblings by start time: the place of a class in the flow. Only traces
// whose spans hang together count, as a lost parent would put its children first.
void Corpus::AddFlow(const trace::Trace& trace, const std::vector<uint32_t>& class_of) {
  if (flows_ >= kFlowsMax) return;
  std::unordered_map<trace::SpanId, size_t> by_id;
  for (size_t i = 0; i < trace.spans.size(); ++i) by_id.emplace(trace.spans[i].span_id, i);
  std::vector<std::vector<size_t>> children(trace.spans.size());
  std::vector<size_t> roots;
  for (size_t i = 0; i < trace.spans.size(); ++i) {
    const auto parent = by_id.find(trace.spans[i].parent_id);
    if (parent == by_id.end() || parent->second == i) {
      roots.push_back(i);
    } else {
      children[parent->second].push_back(i);
    }
  }
  if (roots.size() != 1) return;
  ++flows_;
  std::vector<std::pair<size_t, size_t>> stack{{roots[0], 0}};
  double rank = 0;
  while (!stack.empty()) {
    const auto [span, depth] = stack.back();
    stack.pop_back();
    rank += 1;
    if (const uint32_t c = class_of[span]; c != kNoText) {
      ClassState& state = states_[c];
      state.position_sum += rank;
      state.depth_sum += static_cast<double>(depth);
      ++state.flows;
      if (depth > 0) {
        const uint32_t parent = class_of[by_id.at(trace.spans[span].parent_id)];
        if (parent != kNoText) ++state.parents[parent];
      }
    }
    std::vector<size_t>& next = children[span];
    std::sort(next.begin(), next.end(), [&](size_t a, size_t b) {
      return trace.spans[a].start_ns > trace.spans[b].start_ns;
    });
    for (size_t child : next) stack.emplace_back(child, depth + 1);
  }
}

size_t Corpus::Add(const trace::Trace& trace) {
  const size_t row = ids_.size();
  ids_.push_back(trace.id);
  index_.emplace(trace.id, row);
  int64_t start = std::numeric_limits<int64_t>::max();
  const size_t spans = std::min(trace.spans.size(), limits_.spans_of_trace_max);
  spans_dropped_ += trace.spans.size() - spans;
  std::vector<uint32_t> class_of(trace.spans.size(), kNoText);
  std::vector<uint32_t> touched;
  Children children;
  std::unordered_map<trace::SpanId, const trace::Span*> by_id;
  for (size_t i = 0; i < spans; ++i) {
    const trace::Span& span = trace.spans[i];
    if (IsOnlyAnnotation(span)) continue;
    start = std::min(start, span.start_ns);
    const uint32_t c = ClassIndex(span.resource->service, span.name);
    class_of[i] = c;
    by_id.emplace(span.span_id, &span);
    if (span.parent_id != 0) children[span.parent_id].push_back(&span);
    if (c == kNoText) continue;
    if (states_[c].spans.empty()) touched.push_back(c);
    states_[c].spans.push_back(&span);
  }
  start_ns_.push_back(spans == 0 ? 0 : start);
  if (spans == trace.spans.size() && spans > 0) AddFlow(trace, class_of);
  for (uint32_t c : touched) {
    std::vector<const trace::Span*> all = std::move(states_[c].spans);
    states_[c].spans.clear();
    std::sort(all.begin(), all.end(), [](const trace::Span* a, const trace::Span* b) {
      return a->start_ns < b->start_ns;
    });
    std::vector<const trace::Span*> fine;
    for (const trace::Span* span : all) {
      if (span->status != trace::SpanStatus::kError) fine.push_back(span);
    }
    SpanClass& span_class = classes_[c];
    span_class.count.resize(row + 1);
    span_class.errors.resize(row + 1);
    span_class.count[row] = static_cast<uint16_t>(std::min<size_t>(fine.size(), 65'535));
    span_class.errors[row] = static_cast<uint16_t>(std::min<size_t>(all.size() - fine.size(), 65'535));
    const trace::Span& chosen = fine.empty() ? *all.back() : *fine.back();
    PutSpan(c, chosen);
    span_class.instance.resize(row + 1);
    span_class.instance[row] = InstanceOf(chosen.resource);
    for (const trace::Span* span : fine.empty() ? all : fine) PutEvents(c, *span);
    PutSequel(c, chosen, children, by_id);
    for (const trace::Span* span : all) {
      const auto below = children.find(span->span_id);
      if (below == children.end()) {
        const auto siblings = span == &chosen && by_id.contains(span->parent_id) ? children.find(span->parent_id) : children.end();
        if (siblings != children.end()) PutTimeBeside(c, *span, siblings->second);
        continue;
      }
      std::sort(below->second.begin(), below->second.end(), [](const trace::Span* x, const trace::Span* y) { return x->start_ns < y->start_ns; });
      if (CallsOnly(*span, below->second)) PutGap(*span, *below->second.front());
      if (span == &chosen) PutTimes(c, chosen, below->second);
    }
    if (Column* column = ColumnFor(c, "@start", Origin::kDerived)) {
      PutNumber(*column, static_cast<double>(chosen.start_ns - start) / 1e6);
    }
    if (fine.size() > 1) PutRepeated(c, fine);
  }
  return row;
}

}  // namespace awry::why
