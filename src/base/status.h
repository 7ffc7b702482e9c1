// Says how a call ended: Status, or Result<T> with a value. Codes have gRPC's names and numbers, so
// that HTTP, gRPC and logs share one table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace awry::base {

enum class StatusCode {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// Returns the gRPC name, for example "INVALID_ARGUMENT".
std::string_view StatusCodeName(StatusCode code);

// Returns the HTTP status that our own APIs answer for `code`.
int HttpStatusOf(StatusCode code);

// Returns the code that best names an HTTP status of a peer (200–299 give kOk).
StatusCode StatusCodeOfHttp(int http_status);

// A message is fixed text first, values last. Value type.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // Returns "OK" or "CODE_NAME: message".
  std::string ToString() const;

  // Returns the same code with `context` and ": " before the message; OK stays OK.
  Status WithContext(std::string_view context) const;

  bool operator==(const Status&) const = default;

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

inline Status OkStatus() { return {}; }
Status InvalidArgument(std::string message);
Status NotFound(std::string message);
Status AlreadyExists(std::string message);
Status PermissionDenied(std::string message);
Status ResourceExhausted(std::string message);
Status FailedPrecondition(std::string message);
Status Unimplemented(std::string message);
Status Internal(std::string message);
Status Unavailable(std::string message);
Status DataLoss(std::string message);
Status DeadlineExceeded(std::string message);
Status Unauthenticated(std::string message);
Status OutOfRange(std::string message);

// Returns kInternal (or kNotFound, kResourceExhausted, … as `errno_value` says) with `what` and
// the system's own text.
Status ErrnoStatus(int errno_value, std::string_view what);

// A value or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) {  // NOLINT: implicit on purpose
    CHECK(!status_.ok());
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  T& value() & {
    CHECK(ok());
    return *value_;
  }
  const T& value() const& {
    CHECK(ok());
    return *value_;
  }
  T&& value() && {
    CHECK(ok());
    return std::move(*value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace awry::base

#define AWRY_STATUS_CAT2(a, b) a##b
#define AWRY_STATUS_CAT(a, b) AWRY_STATUS_CAT2(a, b)

// Returns from the calling function when `expr` (a Status) is not OK. Names are numbered, so that a
// lambda in `expr` may use these macros too.
#define RETURN_IF_ERROR(expr) \
  RETURN_IF_ERROR_IMPL(AWRY_STATUS_CAT(awry_status_, __COUNTER__), expr)
#define RETURN_IF_ERROR_IMPL(status, expr)                                   \
  do {                                                                       \
    if (::awry::base::Status status = (expr); !status.ok()) return status;   \
  } while (false)

// Assigns the value of `expr` (a Result) to `lhs`, or returns its Status.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL(AWRY_STATUS_CAT(awry_result_, __COUNTER__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(result, lhs, expr) \
  auto result = (expr);                          \
  if (!result.ok()) return result.status();      \
  lhs = std::move(result).value()
