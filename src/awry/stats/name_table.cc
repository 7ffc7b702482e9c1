#include "awry/stats/rollup.h"

namespace awry::stats {

void NameTable::Intern(std::span<const trace::Span> spans, std::vector<Ids>& out) {
  out.clear();
  const base::MutexLock lock(mutex_);
  const trace::Resource* last = nullptr;
  uint32_t service = 0;
  for (const trace::Span& span : spans) {
    if (span.resource.get() != last) service = ServiceNumber(span.resource->service);
    last = span.resource.get();
    out.push_back({service, OperationNumber(service, span.name, span.kind)});
  }
}

uint32_t NameTable::ServiceNumber(std::string_view name) {
  const auto found = service_numbers_.find(name);
  if (found != service_numbers_.end()) return found->second;
  const auto number = static_cast<uint32_t>(services_.size());
  services_.emplace_back(name);
  service_numbers_.emplace(name, number);
  return number;
}

uint32_t NameTable::OperationNumber(uint32_t service, std::string_view name,
                                    trace::SpanKind kind) {
  const auto make_key = [&](std::string_view text, trace::SpanKind of) REQUIRES(mutex_) {
    key_.assign(reinterpret_cast<const char*>(&service), sizeof(service));
    key_.push_back(static_cast<char>(of));
    key_.append(text);
  };
  make_key(name, kind);
  auto found = operation_numbers_.find(key_);
  if (found != operation_numbers_.end()) return found->second;
  if (operations_.size() >= kOperationsMax) {
    name = kOther;
    kind = trace::SpanKind::kUnspecified;
    make_key(name, kind);
    found = operation_numbers_.find(key_);
    if (found != operation_numbers_.end()) return found->second;
  }
  const auto number = static_cast<uint32_t>(operations_.size());
  operations_.push_back({service, std::string(name), kind});
  operation_numbers_.emplace(key_, number);
  return number;
}

std::string NameTable::ServiceName(uint32_t service) const {
  const base::MutexLock lock(mutex_);
  return services_[service];
}

NameTable::Operation NameTable::OperationOf(uint32_t operation) const {
  const base::MutexLock lock(mutex_);
  return operations_[operation];
}

bool NameTable::full() const {
  const base::MutexLock lock(mutex_);
  return operations_.size() >= kOperationsMax;
}

}  // namespace awry::stats
