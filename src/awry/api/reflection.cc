// grpc.reflection.v1 and v1alpha: the same messages under two names.
#include "awry/api/descriptors.h"
#include "awry/api/query_grpc_services.h"
#include "base/status.h"
#include "wire/any_value.h"
#include "wire/pb_reader.h"

namespace awry::api {
namespace {

// ServerReflectionRequest.
enum RequestField : uint32_t {
  kByFilename = 3,
  kBySymbol = 4,
  kByExtension = 5,
  kExtensionNumbers = 6,
  kListServices = 7
};
// ServerReflectionResponse.
enum ResponseField : uint32_t {
  kValidHost = 1,
  kOriginalRequest = 2,
  kFiles = 4,
  kServices = 6,
  kError = 7
};

void AppendError(base::StatusCode code, std::string_view message, std::string& out) {
  std::string error;
  wire::AppendVarintField(1, static_cast<uint64_t>(code), error);
  wire::AppendBytesField(2, message, error);
  wire::AppendBytesField(kError, error, out);
}

void AppendFiles(const std::vector<std::string_view>& files, std::string_view wanted,
                 std::string& out) {
  if (files.empty()) {
    AppendError(base::StatusCode::kNotFound, "not found: " + std::string(wanted), out);
    return;
  }
  std::string message;
  for (const std::string_view file : files) wire::AppendBytesField(1, file, message);
  wire::AppendBytesField(kFiles, message, out);
}

void AppendServices(const DescriptorIndex& index, std::string& out) {
  std::string message;
  for (const std::string& name : index.services()) {
    std::string service;
    wire::AppendBytesField(1, name, service);
    wire::AppendBytesField(1, service, message);
  }
  wire::AppendBytesField(kServices, message, out);
}

}  // namespace

std::string AnswerReflection(const DescriptorIndex& index, std::string_view request) {
  std::string_view host, argument;
  uint32_t asked = 0;
  wire::PbReader reader(request);
  while (reader.Next()) {
    std::string_view bytes;
    if (!reader.Bytes(bytes)) {
      if (!reader.Skip()) break;
    } else if (reader.field() == 1) {
      host = bytes;
    } else if (reader.field() >= kByFilename && reader.field() <= kListServices) {
      asked = reader.field();
      argument = bytes;
    }
  }
  std::string out;
  if (!host.empty()) wire::AppendBytesField(kValidHost, host, out);
  wire::AppendBytesField(kOriginalRequest, request, out);
  if (!reader.ok() || asked == 0) {
    AppendError(base::StatusCode::kInvalidArgument, "request is no ServerReflectionRequest", out);
  } else if (asked == kByFilename) {
    AppendFiles(index.FileNamed(argument), argument, out);
  } else if (asked == kBySymbol) {
    AppendFiles(index.FileOfSymbol(argument), argument, out);
  } else if (asked == kListServices) {
    AppendServices(index, out);
  } else {
    AppendError(base::StatusCode::kNotFound, "no message here has extensions", out);
  }
  return out;
}

void AddReflection(net::GrpcServer::Builder& builder) {
  const auto index = std::make_shared<const DescriptorIndex>(kDescriptorSet);
  for (const char* version : {"v1", "v1alpha"}) {
    builder.AddConversation(
        std::string("/grpc.reflection.") + version + ".ServerReflection/ServerReflectionInfo",
        [index](std::string_view request) -> base::Result<std::string> {
          return AnswerReflection(*index, request);
        });
  }
}

}  // namespace awry::api
