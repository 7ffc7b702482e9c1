// Text → records of cells. Knows quotes and line ends, nothing of money.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace finance::statement {

namespace base = awry::base;

inline constexpr size_t kCsvRowsMax = 1'000'000;
inline constexpr size_t kCsvCellBytesMax = 1 << 20;

struct CsvRecord {
  uint32_t line = 0;  // where it begins, from 1
  std::string_view text;  // as it stands in the file, without its line end
  std::vector<std::string_view> cells;  // without quotes, trimmed
};

// Records that borrow from the text they were read from, and from `unquoted`.
struct CsvRecords {
  std::vector<CsvRecord> records;  // without blank lines
  std::deque<std::string> unquoted;  // cells whose doubled quotes had to be undone
};

// The one of `, ; tab |` that cuts the most lines alike, outside quotes; ',' when none cuts any.
char VoteDelimiter(std::string_view text);

// Lines end with CR LF, LF or CR; a quoted cell may hold line ends. kResourceExhausted when a limit
// above is met; a quote that never ends is kInvalidArgument. `text` must outlive the result.
base::Result<CsvRecords> SplitRecords(std::string_view text, char delimiter);

}  // namespace finance::statement
