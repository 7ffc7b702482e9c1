// Carries the context from process to process: W3C traceparent, tracestate and baggage, and
// Jaeger's uber-trace-id, as OTEL_PROPAGATORS names them (default: tracecontext,baggage).
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "awry/sdk/context.h"

namespace awry::sdk {

namespace detail {
using SetField = void (*)(void* carrier, std::string_view name, std::string_view value);
using GetField = std::string_view (*)(void* carrier, std::string_view name);
template <typename T>
void* erase(T& carrier) {
  return const_cast<void*>(static_cast<const void*>(&carrier));
}
void inject(const Context* context, void* carrier, SetField set);
Context extract(void* carrier, GetField get);
}  // namespace detail

// Calls `set(name, value)` for each header that carries what is current on this thread (or
// `context`). Names are lower case.
//
//   awry::sdk::inject([&](std::string_view name, std::string_view value) {
//     request.headers.emplace_back(name, value);
//   });
template <typename Set>
void inject(Set&& set) {
  detail::inject(nullptr, detail::erase(set),
                 [](void* carrier, std::string_view name, std::string_view value) {
                   (*static_cast<std::remove_reference_t<Set>*>(carrier))(name, value);
                 });
}
template <typename Set>
void inject(const Context& context, Set&& set) {
  detail::inject(&context, detail::erase(set),
                 [](void* carrier, std::string_view name, std::string_view value) {
                   (*static_cast<std::remove_reference_t<Set>*>(carrier))(name, value);
                 });
}

// Reads the context that `get(name)` finds: get returns the header's value as a std::string_view,
// "" when there is none. Names are lower case. What is malformed is ignored.
template <typename Get>
[[nodiscard]] Context extract(Get&& get) {
  return detail::extract(detail::erase(get),
                         [](void* carrier, std::string_view name) -> std::string_view {
                           return (*static_cast<std::remove_reference_t<Get>*>(carrier))(name);
                         });
}

}  // namespace awry::sdk
