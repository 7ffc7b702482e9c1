// Random but readable names, so that nothing under test can lean on a vocabulary.
#pragma once

#include <set>
#include <string>

#include "base/random.h"

namespace awry::made {

// Gives no name twice. Used by one thread.
class Names {
 public:
  explicit Names(base::Random& random);

  std::string Word();     // "ledger", "brovaki"
  std::string Service();  // "ledger-svc"
  std::string Span();     // "load_ledger", "POST /ledger", "ledger.load"
  // "word.suffix" or "word_suffix", as the system's style is.
  std::string Key(const std::string& prefix, const std::string& suffix) const;
  // A key of two random words under `prefix`.
  std::string Key(const std::string& prefix);

 private:
  std::string Fresh();

  base::Random& random_;
  char separator_;
  size_t style_;
  std::set<std::string> used_;
};

}  // namespace awry::made
