// What OpenTelemetry's exporters hide in Zipkin's texts: an event as `name|{attributes}|dropped`, a
// link as `traceid|spanid|state|{attributes}|dropped`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "wire/byte_arena.h"
#include "wire/clean.h"

namespace awry::wire {

// Reads an encoded event and appends its attributes to `nested`. nullopt, and nothing appended,
// when `text` is a plain annotation. Strings live in `arena`.
std::optional<trace::EventFields> ReadEncodedEvent(std::string_view text, ByteArena& arena,
                                                   std::vector<StagedAttribute>& nested);

// The same for a link; nullopt when `text` is none.
std::optional<trace::LinkFields> ReadEncodedLink(std::string_view text, ByteArena& arena,
                                                 std::vector<StagedAttribute>& nested);

}  // namespace awry::wire
