#include "wire/trace_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "codec/compress.h"
#include "wire/jaeger_json.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"
#include "wire/wire_test_spans.h"

namespace awry::wire {
namespace {

// A file that is removed again.
class TempFile {
 public:
  explicit TempFile(std::string_view content)
      : path_(testing::TempDir() + "trace_file_test_" + std::to_string(::getpid()) + "_" +
              std::to_string(++count_)) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TempFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::string path_;
};

size_t SpansIn(std::string_view content) {
  const TempFile file(content);
  trace::SpanCollector sink;
  DecodeReport report;
  const base::Status status = ReadTraceFile(file.path(), sink, report);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return sink.spans().size();
}

std::string Lines(size_t lines) {
  std::string text;
  for (size_t i = 0; i < lines; ++i) {
    AppendOtlpJson(RandomSpans(i, 3), text);
    text += i % 2 == 0 ? "\n" : "\r\n";
  }
  return text;
}

TEST(TraceFile, ReadsEveryFormatPlainAndCompressed) {
  const std::string lines = Lines(50);
  const std::vector<trace::Span> spans = RandomSpans(1, 6);
  trace::Trace trace{.id = {1, 2}, .spans = spans};
  std::string jaeger = "{ \"data\" : [";
  AppendJaegerTraceJson(trace, jaeger);
  jaeger += "]}\n";
  const std::string proto = EncodeOtlpProto(spans);
  const std::string framed = std::string("\0\0", 2) + static_cast<char>(proto.size() >> 8) +
                             static_cast<char>(proto.size() & 255) + proto;
  for (const auto& [content, count] :
       std::vector<std::pair<std::string, size_t>>{{lines, 150},
                                                   {EncodeOtlpJson(spans), 6},
                                                   {proto, 6},
                                                   {framed + framed, 12},
                                                   {jaeger, 6},
                                                   {"", 0},
                                                   {" \n", 0}}) {
    EXPECT_EQ(SpansIn(content), count);
    if (content.empty()) continue;
    EXPECT_EQ(SpansIn(*codec::Compress(codec::Compression::kGzip, content)), count);
    EXPECT_EQ(SpansIn(*codec::Compress(codec::Compression::kZstd, content)), count);
  }
}

TEST(TraceFile, ReadsAPrettyPrintedDocument) {
  EXPECT_EQ(SpansIn(R"({
  "resourceSpans": [ { "scopeSpans": [ { "spans": [
    { "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "brace } in \" text" }
  ] } ] } ]
}
)"),
            1u);
}

TEST(TraceFile, ReadsLinesAcrossPieces) {
  std::string text;
  std::string big;
  std::vector<trace::Span> spans = RandomSpans(1, 1);
  spans[0].attributes = {
      {"big", trace::Value(trace::ValueView::String(std::string(3'000'000, 'x')))}};
  for (int i = 0; i < 5; ++i) {
    AppendOtlpJson(spans, text);
    text += '\n';
  }
  EXPECT_EQ(SpansIn(text), 5u) << "15 MB in pieces of 4 MiB";
}

TEST(TraceFile, NamesTheLineThatCannotBeRead) {
  const TempFile file(Lines(2) + "{\"resourceSpans\":[}\n");
  trace::SpanCollector sink;
  DecodeReport report;
  const base::Status status = ReadTraceFile(file.path(), sink, report);
  EXPECT_EQ(status.code(), base::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("line 3"), std::string::npos) << status.message();
  EXPECT_EQ(sink.spans().size(), 6u);
}

TEST(TraceFile, NamesAMissingFileAndStopsWhenAsked) {
  trace::SpanCollector sink;
  DecodeReport report;
  EXPECT_EQ(ReadTraceFile("/nonexistent/file", sink, report).code(), base::StatusCode::kNotFound);
  const TempFile file(Lines(2));
  EXPECT_EQ(
      ReadTraceFile(file.path(), sink, report, {.on_progress = [](const auto&) { return false; }})
          .code(),
      base::StatusCode::kCancelled);
}

TEST(TraceFile, ACutCompressedFileIsAnError) {
  const std::string zipped = *codec::Compress(codec::Compression::kGzip, Lines(50));
  const TempFile file(std::string_view(zipped).substr(0, zipped.size() / 2));
  trace::SpanCollector sink;
  DecodeReport report;
  EXPECT_FALSE(ReadTraceFile(file.path(), sink, report).ok());
}

}  // namespace
}  // namespace awry::wire
