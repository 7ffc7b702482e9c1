// Loads awry_parquet.so, which lies beside the program.
#include <dlfcn.h>

#include <filesystem>
#include <system_error>

#include "awry/parquet/span_file_module.h"

namespace awry::parquet {
namespace {

struct Loaded {
  const SpanFileModule* module = nullptr;
  std::string problem;
};

Loaded Load() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  const std::string path = (program.parent_path() / "awry_parquet.so").string();
  int flags = RTLD_NOW | RTLD_LOCAL;
#ifndef __SANITIZE_ADDRESS__  // which has no deep binding
  flags |= RTLD_DEEPBIND;
#endif
  void* handle = dlopen(path.c_str(), flags);  // never closed: Arrow does not bear it
  if (handle == nullptr) return {nullptr, dlerror()};
  const auto* module = static_cast<const SpanFileModule*>(dlsym(handle, "awry_span_file_module"));
  if (module == nullptr || module->version != kSpanFileModuleVersion)
    return {nullptr, path + " is of another version of Awry"};
  return {module, ""};
}

const Loaded& Module() {
  static const Loaded loaded = Load();
  return loaded;
}

}  // namespace

base::Status CanWriteSpanFiles() {
  if (Module().module != nullptr) return base::OkStatus();
  return base::FailedPrecondition("Parquet cannot be written, its module does not load: " + Module().problem);
}

base::Result<std::unique_ptr<SpanFile>> SpanFile::Create(base::FileSystem& files,
                                                         const std::string& path,
                                                         const SpanFileOptions& options) {
  RETURN_IF_ERROR(CanWriteSpanFiles());
  return Module().module->make(files, path, options);
}

}  // namespace awry::parquet
