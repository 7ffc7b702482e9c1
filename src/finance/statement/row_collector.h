// What all formats do with a row once it is read: check it, or note what is wrong with it.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "finance/statement/statement.h"

namespace finance::statement {

// The line of a place in a text, from 1. Places must not go back. Takes linear time over all calls.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}

  uint32_t LineOf(size_t offset) {
    offset = std::min(offset, text_.size());
    if (offset > at_) {
      line_ += static_cast<uint32_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
      at_ = offset;
    }
    return line_;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
};

class RowCollector {
 public:
  RowCollector(Statement& out, ledger::Date today) : out_(out), today_(today) {}

  // `text` is the row as it stands in the file. Returns whether the row was good.
  bool Add(StatementRow row, std::string_view text);
  void Fail(uint32_t line, std::string_view text, std::string reason);

 private:
  Statement& out_;
  const ledger::Date today_;
};

// Takes the ids away that stand on several rows of one account: they tell none of them.
void DropSharedIds(std::span<StatementRow> rows);

// Turns the sign of the amount, of its parts and of the sum before a conversion. The lowest int64, which has no
// other sign, stays.
void TurnSign(StatementRow& row);

// Plain decimal text of a format that knows no grouping: the last '.' or ',' is the decimal mark.
base::Result<ledger::Money> ReadBareAmount(std::string_view text, ledger::Currency currency);

// Without blanks at the ends; runs of blanks and line ends inside become one blank.
std::string Folded(std::string_view text);

// Appends `more` after a blank unless it is empty or stands in `text` already.
void AppendPart(std::string& text, std::string_view more);

}  // namespace finance::statement
