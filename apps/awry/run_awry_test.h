// The real program, run once: what its tests share.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace awry {

struct Result {
  int exit_code = -1;
  std::string out;  // standard output and error
};

// `arguments` as a shell reads them. Waits for the end.
inline Result Awry(const std::string& arguments) {
  Result run;
  FILE* pipe = popen((std::string(AWRY_BINARY_DIR) + "/bin/awry " + arguments + " 2>&1").c_str(), "r");
  std::array<char, 4096> buffer;
  while (const size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) run.out.append(buffer.data(), got);
  run.exit_code = WEXITSTATUS(pclose(pipe));
  return run;
}

}  // namespace awry
