// `awry export` of the real program: what goes in comes out, in every format, from a store and from
// a server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "awry/parquet/span_file.h"
#include "base/file.h"
#include "base/random.h"
#include "run_awry_test.h"
#include "wire/otlp_json.h"
#include "wire/wire_test_spans.h"

namespace awry {
namespace {

using testing::HasSubstr;

// A store of 30 traces, each with one span that holds every kind of value.
class Export : public testing::Test {
 protected:
  Export() : path_(testing::TempDir() + "awry_export_" + std::to_string(base::EntropySeed())) {
    std::filesystem::create_directories(path_);
    std::ofstream lines(path_ + "/in.jsonl");
    for (const trace::Span& span : wire::RandomSpans(4, 30)) lines << wire::EncodeOtlpJson({&span, 1}) << "\n";
    lines.close();
    const Result import = Awry("import" + Data("store") + " " + path_ + "/in.jsonl");
    EXPECT_EQ(import.exit_code, 0) << import.out;
  }
  ~Export() override { std::filesystem::remove_all(path_); }

  std::string Data(const std::string& name) const { return " --data " + path_ + "/" + name; }
  std::string Read(const std::string& name) const {
    return *base::RealFileSystem().ReadAll(path_ + "/" + name);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  const std::string path_;
};

TEST_F(Export, WhatWasExportedCanBeImportedAndExportedAgain) {
  for (const std::string format : {"otlp-json", "otlp-proto"}) {
    SCOPED_TRACE(format);
    const std::string extension = format == "otlp-json" ? ".jsonl" : ".pb.zst";
    const Result first = Awry("export" + Data("store") + " --format " + format + " --out " + (*this / (format + extension)));
    EXPECT_EQ(first.exit_code, 0) << first.out;
    EXPECT_THAT(first.out, HasSubstr("30 spans of 30 traces exported"));
    const Result import = Awry("import" + Data(format) + " " + (*this / (format + extension)));
    EXPECT_THAT(import.out, HasSubstr("30 spans imported"));
    Awry("export" + Data("store") + " --out " + (*this / "a.jsonl"));
    Awry("export" + Data(format) + " --out " + (*this / "b.jsonl"));
    EXPECT_EQ(Read("a.jsonl"), Read("b.jsonl"));
  }
}

TEST_F(Export, ParquetIsWrittenOrSaysHowToBuildIt) {
  const Result run = Awry("export" + Data("store") + " --format parquet --out " + (*this / "spans.parquet"));
  const base::Status able = parquet::CanWriteSpanFiles();
  if (!able.ok()) {
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_THAT(run.out, HasSubstr("-DAWRY_PARQUET=ON"));
    EXPECT_FALSE(std::filesystem::exists(*this / "spans.parquet"));
    return;
  }
  EXPECT_EQ(run.exit_code, 0) << run.out;
  EXPECT_THAT(run.out, HasSubstr("30 spans of 30 traces exported"));
  const std::string file = Read("spans.parquet");
  EXPECT_TRUE(file.starts_with("PAR1") && file.ends_with("PAR1"));
  EXPECT_THAT(Awry("export" + Data("store") + " --format parquet --out " + (*this / "spans.parquet.gz")).out,
              HasSubstr("without .gz"));
  EXPECT_TRUE(Awry("export" + Data("store") + " --format parquet").out.starts_with("PAR1")) << "standard output";
}

}  // namespace
}  // namespace awry
