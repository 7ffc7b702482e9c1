#include "replay_flag.h"

namespace awry::app {

base::Result<std::map<std::string, std::string>> ParseReplay(
    const std::vector<std::string>& flags) {
  std::map<std::string, std::string> out;
  for (const std::string& flag : flags) {
    const size_t equal = flag.find('=');
    const bool is_url = equal != std::string::npos && flag.compare(equal + 1, 7, "http://") == 0;
    if (equal == 0 || !is_url)
      return base::InvalidArgument("--replay needs SERVICE=http://…: '" + flag + "'");
    out[flag.substr(0, equal)] = flag.substr(equal + 1);
  }
  return out;
}

}  // namespace awry::app
