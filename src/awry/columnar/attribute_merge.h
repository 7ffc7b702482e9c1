// Merges the attribute indexes of several segments page by page: what it holds does not grow with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "awry/columnar/attribute_index.h"
#include "base/status.h"

namespace awry::columnar {

struct AttributeIndexInput {
  const AttributeDirectory* directory = nullptr;
  uint32_t groups = 0;
  // Gives the pairs of a page, replacing `entries`. kDataLoss names one that is malformed.
  std::function<base::Status(size_t page_number, std::vector<AttributeEntry>& entries)> read;
};

// The groups of each input follow those of the one before. kCancelled when `stop`, asked now and then,
// is true.
base::Status MergeAttributeIndexes(const std::vector<AttributeIndexInput>& inputs,
                                   const std::function<bool()>& stop,
                                   const WriteAttributePage& write, AttributeDirectory& directory);

}  // namespace awry::columnar
