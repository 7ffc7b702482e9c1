// Attributes of OTLP JSON: KeyValue and AnyValue, nested ones in their canonical form.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "trace/value.h"
#include "wire/byte_arena.h"
#include "wire/clean.h"
#include "wire/decode_report.h"
#include "wire/json_reader.h"

namespace awry::wire {

// True when `key` is `camel` or its snake_case form.
inline bool IsOtlpKey(std::string_view key, std::string_view camel, std::string_view snake) {
  return key == camel || key == snake;
}

// Borrows `json`. Strings live as long as the text and the arena they are read into. Used by one
// thread.
class OtlpJsonValues {
 public:
  explicit OtlpJsonValues(JsonReader& json) : json_(json) {}

  // Appends the attributes of an array of KeyValue. What has a null for its number (Node writes NaN
  // so) is dropped and counted in `report`; inside an array or a map it stays as null, counted too.
  base::Status Attributes(JsonReader::Value value, ByteArena& arena, DecodeReport& report,
                          std::vector<StagedAttribute>& out);

 private:
  struct Any {
    trace::ValueView value;
    bool is_dropped = false;  // a null stood where a number should be
  };
  base::Status ReadAny(JsonReader::Value value, int depth, ByteArena& arena, Any& out);
  base::Status AnyField(std::string_view key, JsonReader::Value value, int depth, ByteArena& arena,
                        Any& out);
  base::Status Nested(JsonReader::Value value, int depth, ByteArena& arena, bool is_map,
                      std::string& out);
  base::Status Pair(JsonReader::Value value, int depth, ByteArena& arena, std::string_view& key,
                    Any& out);

  JsonReader& json_;
  DecodeReport* report_ = nullptr;  // of the call that is under way
};

}  // namespace awry::wire
