// The OTLP protobuf of AnyValue, ArrayValue and KeyValueList: the canonical form of nested values
// (trace/value.h). Canonical: known fields only, in order of their numbers, shortest varints, an
// empty key or a null value of a pair left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/value.h"

namespace awry::wire {

// Appends a tag of wire type 2, the length and the bytes.
void AppendBytesField(uint32_t field, std::string_view bytes, std::string& out);
// Only the tag and the length; `size` bytes must follow.
void AppendBytesHead(uint32_t field, size_t size, std::string& out);
void AppendVarintField(uint32_t field, uint64_t value, std::string& out);
void AppendFixed64Field(uint32_t field, uint64_t value, std::string& out);
void AppendFixed32Field(uint32_t field, uint32_t value, std::string& out);

// Appends the fields of one AnyValue (nothing for null).
void AppendAnyValue(const trace::ValueView& value, std::string& out);
// Appends one element to the bytes of an ArrayValue, and one pair to those of a KeyValueList.
void AppendArrayItem(const trace::ValueView& value, std::string& array);
void AppendMapEntry(std::string_view key, const trace::ValueView& value, std::string& map);
// Appends the fields of one KeyValue.
void AppendKeyValue(std::string_view key, const trace::ValueView& value, std::string& out);

// Reads one AnyValue. Scalars borrow from `any`; an array or map is made canonical into `nested`,
// whose earlier content is replaced, and borrows from there. Strings that are not UTF-8 become
// bytes. kInvalidArgument when it is no AnyValue or is nested too deep.
base::Status ReadAnyValue(std::string_view any, trace::ValueView& value, std::string& nested);

}  // namespace awry::wire
