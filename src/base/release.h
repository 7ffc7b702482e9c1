// Gives back what a container holds. `x = {}` does not: a string and a vector keep their capacity for what
// comes next.
#pragma once

#include <utility>

namespace awry::base {

template <typename T>
void Release(T& value) {
  [[maybe_unused]] const T old(std::move(value));
  value = T();
}

}  // namespace awry::base
