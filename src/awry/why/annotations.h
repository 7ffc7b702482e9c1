// Labels that stand in traces as OpenInference's annotations: `annotations.N.annotation.*` of a span and
// `trace.annotations.N.annotation.*` of its trace, written by an evaluator, often hours later.
// Source: OpenInference semantic conventions, "Annotations".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "awry/store/trace_store.h"
#include "base/status.h"
#include "trace/label.h"
#include "trace/span.h"

namespace awry::why {

// What a label's word or a score in 0…1 says; nothing when it says neither right nor wrong.
std::optional<trace::Verdict> VerdictOfWord(std::string_view label);
std::optional<trace::Verdict> VerdictOfScore(double score);

// Such a key: its value is a verdict, never a cause.
bool IsAnnotationKey(std::string_view key);

// One label for each annotation that gives a verdict; its word goes before its score. The explanation
// becomes the note, the annotation's name the source.
std::vector<trace::Label> AnnotationsOf(const trace::Trace& trace);

// Of the newest traces in the window, at most `traces_max`.
base::Result<std::vector<trace::Label>> AnnotationsOf(store::TraceStore& store, int64_t since_ns, int64_t until_ns,
                                                      size_t traces_max);

}  // namespace awry::why
