#include "awry/api/proto_time.h"

#include <limits>

#include "wire/pb_reader.h"

namespace awry::api {
namespace {

constexpr int64_t kGoZeroTimeS = -62'135'596'800;

// Both messages are {1 seconds int64, 2 nanos int32}.
struct SecondsAndNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;
};

bool Read(std::string_view bytes, SecondsAndNanos& out) {
  wire::PbReader reader(bytes);
  while (reader.Next()) {
    uint64_t number = 0;
    if (reader.field() == 1 && reader.Varint(number)) {
      out.seconds = static_cast<int64_t>(number);
    } else if (reader.field() == 2 && reader.Varint(number)) {
      out.nanos = static_cast<int32_t>(number);
    } else if (!reader.Skip()) {
      return false;
    }
  }
  return reader.ok();
}

int64_t Ns(const SecondsAndNanos& time) {
  int64_t ns = 0;
  if (__builtin_mul_overflow(time.seconds, int64_t{1'000'000'000}, &ns) ||
      __builtin_add_overflow(ns, time.nanos, &ns)) {
    return time.seconds < 0 ? std::numeric_limits<int64_t>::min()
                            : std::numeric_limits<int64_t>::max();
  }
  return ns;
}

}  // namespace

bool ReadTimestamp(std::string_view bytes, std::optional<int64_t>& out_ns) {
  SecondsAndNanos time;
  if (!Read(bytes, time)) return false;
  if (time.seconds == kGoZeroTimeS) {
    out_ns.reset();
  } else {
    out_ns = Ns(time);
  }
  return true;
}

bool ReadDuration(std::string_view bytes, std::optional<int64_t>& out_ns) {
  SecondsAndNanos time;
  if (!Read(bytes, time)) return false;
  out_ns = Ns(time);
  return true;
}

}  // namespace awry::api
