// Any bytes as a log of spans: replayed or refused, never a crash.
#include <cstdint>
#include <string_view>

#include "awry/columnar/batch.h"
#include "awry/columnar/mem_table.h"
#include "awry/columnar/record_log.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace awry::columnar;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto add = [](std::string_view batch) {
    const uint64_t spans = BatchReader::SpanCount(batch);
    if (spans == 0 || spans > 4096) return;
    MemTable table(spans);
    if (!table.AddUntrusted(std::string(batch))) return;
    table.VisitSorted(table.span_count(), [&](Row& row) {
      (void)ToSpan(table.schema(), row);
      return true;
    });
  };
  (void)ReplayLogBytes(bytes, "fuzz", LogKind::kSpans, 1, [&](const LogRecord& record) {
    add(record.payload);
    return awry::base::OkStatus();
  }).ok();
  add(bytes);  // a checksum is hard to guess: the batch alone, too
  return 0;
}
