// What the module awry_parquet.so offers the program that loads it. Arrow lives in a module of its
// own because PyPI's libparquet shows its copies of simdjson and OpenSSL to everybody: linked to the
// program, they would take the place of ours.
#pragma once

#include <memory>
#include <string>

#include "awry/parquet/span_file.h"

namespace awry::parquet {

// Changes when anything does that passes between program and module.
inline constexpr int kSpanFileModuleVersion = 1;

struct SpanFileModule {
  int version = 0;
  base::Result<std::unique_ptr<SpanFile>> (*make)(base::FileSystem& files, const std::string& path,
                                                  const SpanFileOptions& options) = nullptr;
};

// The module's one symbol.
extern "C" {
extern const SpanFileModule awry_span_file_module __attribute__((visibility("default")));
}

}  // namespace awry::parquet
