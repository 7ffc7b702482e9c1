// A unit of work being recorded.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

#include "awry/sdk/attribute.h"
#include "awry/sdk/context.h"

namespace awry::sdk {

class AttributeSet;  // attribute_set.h

// Numbers as in OTLP.
enum class SpanKind : uint8_t { kInternal = 1, kServer, kClient, kProducer, kConsumer };
enum class StatusCode : uint8_t { kUnset, kOk, kError };

using Timestamp = std::chrono::system_clock::time_point;

namespace detail {
struct LiveSpan;
void set_attribute(LiveSpan& span, std::string_view key, const AttributeValue& value) noexcept;
void set_text(LiveSpan& span, std::string_view key, std::string_view value) noexcept;
void set_int(LiveSpan& span, std::string_view key, int64_t value) noexcept;
void set_real(LiveSpan& span, std::string_view key, double value) noexcept;
void set_bool(LiveSpan& span, std::string_view key, bool value) noexcept;
void set_attributes(LiveSpan& span, const AttributeSet& set) noexcept;
void add_event(LiveSpan& span, std::string_view name, AttributeList attributes,
               const Timestamp* time) noexcept;
void add_link(LiveSpan& span, const SpanContext& context, AttributeList attributes) noexcept;
void set_status(LiveSpan& span, StatusCode code, std::string_view description) noexcept;
void record_exception(LiveSpan& span, std::string_view type, std::string_view message) noexcept;
void record_exception(LiveSpan& span, const std::exception& exception) noexcept;
void record_escape(LiveSpan& span) noexcept;
void update_name(LiveSpan& span, std::string_view name) noexcept;
void end_span(LiveSpan* span, const Timestamp* time) noexcept;
}  // namespace detail

// Ends when it is destroyed, unless it was ended before; what is done to it after its end is
// ignored. A span that is not sampled, or was started without setup_tracing, ignores everything for
// next to nothing. No call throws, blocks or fails. Used by one thread at a time; it may move to
// another.
class Span {
 public:
  // Records nothing.
  Span() = default;
  Span(Span&& other) noexcept
      : live_(std::exchange(other.live_, nullptr)), context_(std::move(other.context_)) {}
  Span& operator=(Span&& other) noexcept {
    if (this != &other) {
      end();
      live_ = std::exchange(other.live_, nullptr);
      context_ = std::move(other.context_);
    }
    return *this;
  }
  ~Span() {
    if (live_ != nullptr) detail::end_span(live_, nullptr);
  }

  // False when it is not sampled or has ended: then costly attributes need not be computed.
  bool is_recording() const { return live_ != nullptr; }
  // Valid also when the span is not sampled; invalid when there is no tracing.
  const SpanContext& context() const { return context_; }

  // Sets or replaces one attribute. Beyond the limit of attributes new keys are dropped and
  // counted.
  void set_attribute(std::string_view key, const AttributeValue& value) {
    if (live_ != nullptr) detail::set_attribute(*live_, key, value);
  }
  void set_attribute(std::string_view key, std::string_view value) {
    if (live_ != nullptr) detail::set_text(*live_, key, value);
  }
  void set_attribute(std::string_view key, const char* value) {
    if (live_ != nullptr && value != nullptr) detail::set_text(*live_, key, value);
  }
  void set_attribute(std::string_view key, const std::string& value) {
    if (live_ != nullptr) detail::set_text(*live_, key, value);
  }
  void set_attribute(std::string_view key, std::same_as<bool> auto value) {
    if (live_ != nullptr) detail::set_bool(*live_, key, value);
  }
  void set_attribute(std::string_view key, std::signed_integral auto value) {
    if (live_ != nullptr) detail::set_int(*live_, key, static_cast<int64_t>(value));
  }
  void set_attribute(std::string_view key, std::floating_point auto value) {
    if (live_ != nullptr) detail::set_real(*live_, key, static_cast<double>(value));
  }
  void set_attributes(AttributeList attributes) {
    if (live_ == nullptr) return;
    for (const KeyValue& a : attributes) detail::set_attribute(*live_, a.key, a.value);
  }
  void set_attributes(const AttributeSet& set) {
    if (live_ != nullptr) detail::set_attributes(*live_, set);
  }

  void add_event(std::string_view name, AttributeList attributes = {}) {
    if (live_ != nullptr) detail::add_event(*live_, name, attributes, nullptr);
  }
  void add_event(std::string_view name, Timestamp time, AttributeList attributes = {}) {
    if (live_ != nullptr) detail::add_event(*live_, name, attributes, &time);
  }
  // A link to an invalid context is ignored.
  void add_link(const SpanContext& context, AttributeList attributes = {}) {
    if (live_ != nullptr) detail::add_link(*live_, context, attributes);
  }

  // kOk is final; kError replaces kError; kUnset is ignored. The description counts for kError
  // only.
  void set_status(StatusCode code, std::string_view description = {}) {
    if (live_ != nullptr) detail::set_status(*live_, code, description);
  }
  // Adds an event "exception" with exception.type and exception.message; the status stays.
  void record_exception(const std::exception& exception) {
    if (live_ != nullptr) detail::record_exception(*live_, exception);
  }
  void record_exception(std::string_view type, std::string_view message) {
    if (live_ != nullptr) detail::record_exception(*live_, type, message);
  }
  void update_name(std::string_view name) {
    if (live_ != nullptr) detail::update_name(*live_, name);
  }

  void end() {
    if (live_ != nullptr) detail::end_span(std::exchange(live_, nullptr), nullptr);
  }
  void end(Timestamp time) {
    if (live_ != nullptr) detail::end_span(std::exchange(live_, nullptr), &time);
  }

 protected:
  detail::LiveSpan* live_ = nullptr;

 private:
  friend struct detail::LiveSpan;
  SpanContext context_;
};

// A span that is current on this thread until its scope ends: spans started meanwhile are its
// children. Left by an exception, it records that and gets the status ERROR. Used by one thread.
class ScopedSpan : private Span {
 public:
  explicit ScopedSpan(Span span) noexcept
      : Span(std::move(span)), exceptions_(is_recording() ? std::uncaught_exceptions() : 0) {
    if (context().is_valid()) {
      is_current_ = true;
      detail::push_node(node_, context());
    }
  }
  ~ScopedSpan() {
    if (is_recording() && std::uncaught_exceptions() > exceptions_) note_escape();
    if (is_current_) detail::pop_node(node_);
  }
  ScopedSpan(const ScopedSpan&) = delete;
  ScopedSpan& operator=(const ScopedSpan&) = delete;

  using Span::add_event;
  using Span::add_link;
  using Span::context;
  using Span::end;
  using Span::is_recording;
  using Span::record_exception;
  using Span::set_attribute;
  using Span::set_attributes;
  using Span::set_status;
  using Span::update_name;
  // For functions that take a Span&.
  Span& span() { return *this; }

 private:
  void note_escape() noexcept;
  int exceptions_;
  bool is_current_ = false;
  detail::ContextNode node_;
};

}  // namespace awry::sdk
