// Reading of a change's JSON.
#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"
#include "finance/ledger/clean_description.h"
#include "finance/transaction_processor/edit.h"

namespace finance::transaction_processor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonMember;
using awry::codec::JsonValue;
using ledger::Category;

base::Result<Category> ReadCategory(JsonValue value) {
  const std::string_view id = value.AsString().value_or("");
  const auto category = ledger::CategoryFromId(id);
  if (!category) return base::InvalidArgument(fmt::format("category is unknown: {}", id.substr(0, 40)));
  return *category;
}

base::Result<std::string> ReadText(std::string_view name, JsonValue value, size_t bytes_max) {
  const auto text = value.AsString();
  if (!text) return base::InvalidArgument(fmt::format("field is no text: {}", name));
  if (text->size() > bytes_max) return base::InvalidArgument(fmt::format("field is too long, at most {} bytes: {}", bytes_max, name));
  return std::string(*text);
}

base::Result<std::vector<std::string>> ReadTags(std::string_view name, JsonValue value) {
  if (!value.is_array()) return base::InvalidArgument(fmt::format("field is no list of texts: {}", name));
  std::vector<std::string> tags;
  for (const JsonValue item : value.items()) {
    ASSIGN_OR_RETURN(std::string tag, ReadText(name, item, kTagBytesMax));
    const bool bad = tag.empty() || std::any_of(tag.begin(), tag.end(), [](char c) { return c == ',' || static_cast<unsigned char>(c) < 0x20; });
    if (bad) return base::InvalidArgument("tag is empty, or has a comma or a control character: " + tag);
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
  }
  if (tags.size() > kTagsMax) return base::InvalidArgument(fmt::format("row has too many tags: at most {}", kTagsMax));
  return tags;
}

base::Result<bool> ReadBool(std::string_view name, JsonValue value) {
  const auto flag = value.AsBool();
  if (!flag) return base::InvalidArgument(fmt::format("field is neither true nor false: {}", name));
  return *flag;
}

base::Result<std::vector<Part>> ReadSplits(JsonValue value) {
  if (!value.is_array()) return base::InvalidArgument("splits are no list");
  std::vector<Part> parts;
  for (const JsonValue item : value.items()) {
    if (parts.size() == kPartsMax) return base::InvalidArgument(fmt::format("splits are too many: at most {}", kPartsMax));
    const auto minor = item.Find("amount_minor").AsInt64();
    if (!minor || *minor == 0) return base::InvalidArgument("split has no amount_minor, or 0");
    ASSIGN_OR_RETURN(const Category category, ReadCategory(item.Find("category")));
    Part part{.amount_minor = *minor, .category = category};
    if (item.Find("note").exists() && !item.Find("note").is_null()) {
      ASSIGN_OR_RETURN(part.note, ReadText("note", item.Find("note"), kNoteBytesMax));
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

base::Result<std::string> ReadMerchant(JsonValue value) {
  ASSIGN_OR_RETURN(std::string merchant, ReadText("merchant", value, ledger::kDescriptionBytesMax));
  if (merchant.find_first_not_of(" \t\r\n") == std::string::npos) return base::InvalidArgument("merchant is empty");
  return merchant;
}

base::Status ReadField(const JsonMember& member, Change& change) {
  const auto& [key, value] = member;
  if (key == "category") {
    ASSIGN_OR_RETURN(change.category, ReadCategory(value));
  } else if (key == "note") {
    ASSIGN_OR_RETURN(change.note, ReadText(key, value, kNoteBytesMax));
  } else if (key == "tags") {
    ASSIGN_OR_RETURN(change.tags, ReadTags(key, value));
  } else if (key == "add_tags") {
    ASSIGN_OR_RETURN(change.add_tags, ReadTags(key, value));
  } else if (key == "remove_tags") {
    ASSIGN_OR_RETURN(change.remove_tags, ReadTags(key, value));
  } else if (key == "merchant") {
    ASSIGN_OR_RETURN(change.merchant, ReadMerchant(value));
  } else if (key == "reconciled") {
    ASSIGN_OR_RETURN(change.reconciled, ReadBool(key, value));
  } else if (key == "deleted") {
    ASSIGN_OR_RETURN(change.deleted, ReadBool(key, value));
  } else if (key == "splits") {
    ASSIGN_OR_RETURN(change.parts, ReadSplits(value));
  } else {
    return base::InvalidArgument(fmt::format("field cannot be changed: {}", key.substr(0, 40)));
  }
  return {};
}

}  // namespace

base::Result<Change> ParseChange(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  if (!document.root().is_object() || document.root().size() == 0) {
    return base::InvalidArgument("nothing to change: send {\"category\": \"groceries\"}");
  }
  Change change;
  for (const JsonMember member : document.root().members()) RETURN_IF_ERROR(ReadField(member, change));
  return change;
}

}  // namespace finance::transaction_processor
