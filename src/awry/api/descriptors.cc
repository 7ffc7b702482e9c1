#include "awry/api/descriptors.h"

#include <algorithm>
#include <set>

#include "wire/pb_reader.h"

namespace awry::api {
namespace {

// Calls `visit(field, bytes)` for every field of wire type 2.
template <typename Visit>
void ForEachBytes(std::string_view message, Visit visit) {
  wire::PbReader reader(message);
  while (reader.Next()) {
    std::string_view bytes;
    if (reader.Bytes(bytes)) {
      visit(reader.field(), bytes);
    } else if (!reader.Skip()) {
      return;
    }
  }
}

std::string NameIn(std::string_view message) {
  std::string name;
  ForEachBytes(message, [&](uint32_t field, std::string_view bytes) {
    if (field == 1) name = bytes;
  });
  return name;
}

std::string Join(const std::string& scope, const std::string& name) {
  return scope.empty() ? name : scope + "." + name;
}

}  // namespace

DescriptorIndex::DescriptorIndex(std::string_view descriptor_set) {
  ForEachBytes(descriptor_set, [&](uint32_t field, std::string_view bytes) {
    if (field == 1) AddFile(bytes);
  });
  std::ranges::sort(services_);
}

// FileDescriptorProto: 1 name, 2 package, 3 dependency, 4 message_type, 5 enum_type, 6 service,
// 7 extension.
void DescriptorIndex::AddFile(std::string_view bytes) {
  File file{.bytes = bytes, .package = {}, .imports = {}};
  std::string name;
  ForEachBytes(bytes, [&](uint32_t field, std::string_view part) {
    if (field == 1) name = part;
    if (field == 2) file.package = part;
    if (field == 3) file.imports.emplace_back(part);
  });
  ForEachBytes(bytes, [&](uint32_t field, std::string_view part) {
    if (field == 4) AddMessage(part, file.package, name);
    if (field == 5 || field == 7) AddSymbol(Join(file.package, NameIn(part)), name);
    if (field == 6) AddService(part, file.package, name);
  });
  files_.emplace(std::move(name), std::move(file));
}

void DescriptorIndex::AddSymbol(const std::string& symbol, const std::string& file) {
  file_of_symbol_.emplace(symbol, file);
}

// DescriptorProto: 1 name, 3 nested_type, 4 enum_type.
void DescriptorIndex::AddMessage(std::string_view message, const std::string& scope,
                                 const std::string& file) {
  const std::string name = Join(scope, NameIn(message));
  AddSymbol(name, file);
  ForEachBytes(message, [&](uint32_t field, std::string_view part) {
    if (field == 3) AddMessage(part, name, file);
    if (field == 4) AddSymbol(Join(name, NameIn(part)), file);
  });
}

// ServiceDescriptorProto: 1 name, 2 method.
void DescriptorIndex::AddService(std::string_view service, const std::string& scope,
                                 const std::string& file) {
  const std::string name = Join(scope, NameIn(service));
  services_.push_back(name);
  AddSymbol(name, file);
  ForEachBytes(service, [&](uint32_t field, std::string_view part) {
    if (field == 2) AddSymbol(Join(name, NameIn(part)), file);
  });
}

std::vector<std::string_view> DescriptorIndex::FileNamed(std::string_view name) const {
  std::vector<std::string_view> out;
  std::set<std::string, std::less<>> seen;
  std::vector<std::string> waiting{std::string(name)};
  while (!waiting.empty()) {
    const std::string next = std::move(waiting.back());
    waiting.pop_back();
    const auto file = files_.find(next);
    if (file == files_.end() || !seen.insert(next).second) continue;
    out.push_back(file->second.bytes);
    waiting.insert(waiting.end(), file->second.imports.begin(), file->second.imports.end());
  }
  return out;
}

std::vector<std::string_view> DescriptorIndex::FileOfSymbol(std::string_view symbol) const {
  const auto found = file_of_symbol_.find(symbol);
  return found == file_of_symbol_.end() ? std::vector<std::string_view>()
                                        : FileNamed(found->second);
}

}  // namespace awry::api
