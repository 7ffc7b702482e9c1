// Attributes that many spans have alike, made ready once.
#pragma once

#include <memory>
#include <string_view>

#include "awry/sdk/attribute.h"

namespace awry::sdk {

namespace detail {
struct LiveSpan;
struct LiveSpanDelete {
  void operator()(LiveSpan* span) const noexcept;
};
}  // namespace detail

// Keys and values in the form in which spans are sent:
//
//   AttributeSet customer;
//   customer.add("customer.plan", "pro");
//   span.set_attributes(customer);  // as set_attribute for each, in the order of add
//
// The limits of values are those that hold when they are added: make it after setup_tracing. No call
// throws or fails. Thread-compatible.
class AttributeSet {
 public:
  AttributeSet() noexcept;
  AttributeSet(AttributeSet&&) noexcept = default;
  AttributeSet& operator=(AttributeSet&&) noexcept = default;

  // Adds or replaces one attribute; copies both.
  void add(std::string_view key, const AttributeValue& value) noexcept;

 private:
  friend struct detail::LiveSpan;
  std::unique_ptr<detail::LiveSpan, detail::LiveSpanDelete> encoded_;  // null: out of memory
};

}  // namespace awry::sdk
