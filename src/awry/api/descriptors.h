// What gRPC reflection tells of the served methods.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace awry::api {

// A google.protobuf.FileDescriptorSet of the .proto files in third_party/idl that the query server
// serves, with all that they import. Made at build time.
extern const std::string_view kDescriptorSet;

// Files and symbols of a descriptor set. Borrows from its bytes. Thread-compatible.
class DescriptorIndex {
 public:
  explicit DescriptorIndex(std::string_view descriptor_set);

  // Full names, sorted.
  const std::vector<std::string>& services() const { return services_; }
  // The FileDescriptorProto of a file or of the file that has a symbol, then those that it imports,
  // each once; empty when there is none.
  std::vector<std::string_view> FileNamed(std::string_view name) const;
  std::vector<std::string_view> FileOfSymbol(std::string_view symbol) const;

 private:
  struct File {
    std::string_view bytes;
    std::string package;
    std::vector<std::string> imports;
  };
  void AddFile(std::string_view bytes);
  void AddSymbol(const std::string& symbol, const std::string& file);
  void AddMessage(std::string_view message, const std::string& scope, const std::string& file);
  void AddService(std::string_view service, const std::string& scope, const std::string& file);

  std::map<std::string, File, std::less<>> files_;
  std::map<std::string, std::string, std::less<>> file_of_symbol_;
  std::vector<std::string> services_;
};

// Answers one ServerReflectionRequest. What it cannot answer, and a request that is none, is told
// in the answer, as the protocol asks.
std::string AnswerReflection(const DescriptorIndex& index, std::string_view request);

}  // namespace awry::api
