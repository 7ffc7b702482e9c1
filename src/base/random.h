// Seeded pseudo-random numbers (xoshiro256**, Blackman and Vigna 2018) and the system's entropy.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace awry::base {

// The same seed gives the same numbers on every machine. Not for secrets. Used by one thread.
class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t Next();
  // Uniform in [0, bound); `bound` > 0.
  uint64_t Below(uint64_t bound);
  // Uniform in [0, 1).
  double Uniform();
  // Normal by Box-Muller.
  double Normal(double mean, double deviation);
  bool Chance(double probability) { return Uniform() < probability; }

 private:
  std::array<uint64_t, 4> state_;
};

// Fills `out` from the kernel (getrandom); for ids, salts and tokens. Thread-safe.
void FillEntropy(std::span<unsigned char> out);
uint64_t EntropySeed();

}  // namespace awry::base
