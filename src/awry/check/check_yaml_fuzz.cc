#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "awry/check/check_yaml.h"
#include "awry/check/rule.h"
#include "base/check.h"

// What is read can be written and read again; what is refused is refused in bounded time.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace awry::check;
  Problem problem;
  const auto read = ReadYaml({reinterpret_cast<const char*>(data), size}, &problem);
  if (!read.ok()) return 0;
  std::vector<Check> checks;
  for (const PlacedCheck& placed : *read) checks.push_back(placed.check);
  const auto again = ReadYaml(WriteYaml(checks));
  CHECK(again.ok() && again->size() == checks.size());
  for (size_t i = 0; i < checks.size(); ++i) CHECK((*again)[i].check == checks[i]);
  (void)RuleSet::Make(*read, &problem);
  return 0;
}
