// One question about several root operations: each is looked at by itself, and the answers are put together.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "awry/why/answer.h"

namespace awry::why {

struct OperationAnswer {
  std::string operation;  // "shop GET /cart"
  Answer answer;
};

// The causes of all, best score first, then what is context; at most `limit` causes. Each further look is one more
// chance to be wrong: of n operations a cause needs a score of ln(n) beyond `score_min`. Notes say which operations were
// looked at when there are several. `looks` is not empty.
Answer PutTogether(std::vector<OperationAnswer>&& looks, double score_min, size_t limit);

}  // namespace awry::why
