// Something that a user is to be told, and how it is said.
#pragma once

#include <string>

#include "finance/delivery/words.h"

namespace finance::delivery {

struct Notice {
  std::string alert_id;
  std::string kind;
  std::string severity;
  std::string subject;
  std::string message;      // English; stands when the kind or its detail is not known here
  std::string detail = {};  // JSON, by kind
  int threshold = 0;        // percent, of a budget's
};

std::string NoticeText(Language language, const Notice& notice);

}  // namespace finance::delivery
