// A message as its reader sees it: once as text, once as HTML. Pure.
#pragma once

#include <string>
#include <vector>

#include "finance/delivery/words.h"

namespace finance::delivery {

struct Line {
  std::string text;
  std::string value;  // "" or what stands behind it
};
struct Section {
  std::string heading;  // "" for none
  std::vector<Line> lines;
};
struct Letter {
  std::string subject;  // "" : nothing to tell
  std::vector<Section> sections;
};

std::string TextOf(const Letter& letter);
// A whole document; everything in the letter is escaped.
std::string HtmlOf(const Letter& letter, Language language);

}  // namespace finance::delivery
