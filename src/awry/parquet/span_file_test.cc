// Reads files back with Arrow and compares every field with the spans that went in.
#include "awry/parquet/span_file.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <bit>
#include <limits>
#include <map>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "base/random.h"
#include "wire/any_value.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"
#include "wire/wire_test_spans.h"

namespace awry::parquet {
namespace {

using trace::ValueView;

// ---- Rows back into spans

// One row of a struct or table.
struct At {
  const arrow::StructArray& rows;
  int64_t row;

  std::shared_ptr<arrow::Array> Column(const std::string& name) const {
    auto column = rows.GetFieldByName(name);
    EXPECT_NE(column, nullptr) << name;
    return column;
  }
  std::string Text(const std::string& name) const {
    const auto column = std::static_pointer_cast<arrow::StringArray>(Column(name));
    return column->IsNull(row) ? "" : column->GetString(row);
  }
  int64_t Int(const std::string& name) const {
    return std::static_pointer_cast<arrow::Int64Array>(Column(name))->Value(row);
  }
  int64_t Time(const std::string& name) const {
    const auto column = std::static_pointer_cast<arrow::TimestampArray>(Column(name));
    EXPECT_EQ(column->type()->ToString(), "timestamp[ns, tz=UTC]");
    return column->Value(row);
  }
  uint32_t Count(const std::string& name) const {
    return std::static_pointer_cast<arrow::UInt32Array>(Column(name))->Value(row);
  }
  trace::SpanId Span(const std::string& name) const {
    return trace::SpanIdFromHex(Text(name)).value_or(0);
  }
  // `visit(At)` for each item of a list of structs.
  template <typename Visit>
  void Each(const std::string& name, const Visit& visit) const {
    const auto list = std::static_pointer_cast<arrow::ListArray>(Column(name));
    const auto items = std::static_pointer_cast<arrow::StructArray>(list->values());
    for (int64_t i = list->value_offset(row); i < list->value_offset(row + 1); ++i) visit(At{*items, i});
  }
};

// `put(key, position)` for each entry of a map in a row.
template <typename Put>
void EachEntry(const std::shared_ptr<arrow::Array>& column, int64_t row, const Put& put) {
  const auto map = std::static_pointer_cast<arrow::MapArray>(column);
  const auto keys = std::static_pointer_cast<arrow::StringArray>(map->keys());
  for (int64_t i = map->value_offset(row); i < map->value_offset(row + 1); ++i) put(keys->GetString(i), *map, i);
}

trace::Attributes AttributesOf(const At& at, const std::string& name) {
  std::map<std::string, trace::Value> typed;  // the tests repeat no key
  const auto columns = std::static_pointer_cast<arrow::StructArray>(at.Column(name + "_typed"));
  const auto each = [&](const char* kind, const auto& value_of) {
    EachEntry(columns->GetFieldByName(kind), at.row, [&](const std::string& key, const arrow::MapArray& map, int64_t i) {
      value_of(typed[key], map.items().get(), i);
    });
  };
  each("int", [](trace::Value& out, const arrow::Array* values, int64_t i) {
    out = trace::Value(ValueView::Int(static_cast<const arrow::Int64Array*>(values)->Value(i)));
  });
  each("double", [](trace::Value& out, const arrow::Array* values, int64_t i) {
    out = trace::Value(ValueView::Double(static_cast<const arrow::DoubleArray*>(values)->Value(i)));
  });
  each("bool", [](trace::Value& out, const arrow::Array* values, int64_t i) {
    out = trace::Value(ValueView::Bool(static_cast<const arrow::BooleanArray*>(values)->Value(i)));
  });
  each("bytes", [](trace::Value& out, const arrow::Array* values, int64_t i) {
    out = trace::Value(ValueView::Bytes(static_cast<const arrow::BinaryArray*>(values)->GetView(i)));
  });
  each("otlp", [](trace::Value& out, const arrow::Array* values, int64_t i) {
    std::string nested;
    ValueView value;
    EXPECT_TRUE(wire::ReadAnyValue(static_cast<const arrow::BinaryArray*>(values)->GetView(i), value, nested).ok());
    out = trace::Value(value);
  });
  trace::Attributes attributes;
  EachEntry(at.Column(name), at.row, [&](const std::string& key, const arrow::MapArray& map, int64_t i) {
    const std::string text = static_cast<const arrow::StringArray*>(map.items().get())->GetString(i);
    const auto found = typed.find(key);
    const trace::Value value = found != typed.end() ? found->second : trace::Value(ValueView::String(text));
    EXPECT_EQ(text, trace::ToText(value.view())) << key;
    attributes.push_back({key, value});
  });
  return attributes;
}

trace::SpanKind KindOf(const std::string& name) {
  for (int kind = 1; kind <= 5; ++kind) {
    if (trace::SpanKindName(static_cast<trace::SpanKind>(kind)) == name) return static_cast<trace::SpanKind>(kind);
  }
  EXPECT_EQ(name, "unspecified");
  return trace::SpanKind::kUnspecified;
}

trace::Span SpanOf(const At& at) {
  trace::Span span;
  span.trace_id = trace::TraceIdFromHex(at.Text("trace_id")).value_or(trace::TraceId{});
  span.span_id = at.Span("span_id");
  span.parent_id = at.Span("parent_span_id");
  span.name = at.Text("operation");
  span.kind = KindOf(at.Text("kind"));
  const std::string status = at.Text("status");
  span.status = status == "error" ? trace::SpanStatus::kError
                : status == "ok"  ? trace::SpanStatus::kOk
                                  : trace::SpanStatus::kUnset;
  span.status_message = at.Text("status_message");
  span.trace_state = at.Text("trace_state");
  span.start_ns = at.Time("start");
  span.end_ns = static_cast<int64_t>(static_cast<uint64_t>(span.start_ns) + static_cast<uint64_t>(at.Int("duration_ns")));
  span.flags = at.Count("flags");
  span.dropped_attributes = at.Count("dropped_attributes");
  span.dropped_events = at.Count("dropped_events");
  span.dropped_links = at.Count("dropped_links");
  span.attributes = AttributesOf(at, "attributes");
  at.Each("events", [&](const At& event) {
    span.events.push_back({event.Time("time"), event.Text("name"), AttributesOf(event, "attributes"),
                           event.Count("dropped_attributes")});
  });
  at.Each("links", [&](const At& link) {
    span.links.push_back({trace::TraceIdFromHex(link.Text("trace_id")).value_or(trace::TraceId{}),
                          link.Span("span_id"), link.Text("trace_state"), AttributesOf(link, "attributes"),
                          link.Count("dropped_attributes"), link.Count("flags")});
  });
  span.resource = std::make_shared<trace::Resource>(
      trace::Resource{at.Text("service"), AttributesOf(at, "resource"), at.Text("resource_schema_url"),
                      at.Count("resource_dropped_attributes")});
  span.scope = std::make_shared<trace::Scope>(
      trace::Scope{at.Text("scope_name"), at.Text("scope_version"), AttributesOf(at, "scope"),
                   at.Text("scope_schema_url"), at.Count("scope_dropped_attributes")});
  const auto warnings = std::static_pointer_cast<arrow::ListArray>(at.Column("warnings"));
  const auto texts = std::static_pointer_cast<arrow::StringArray>(warnings->values());
  for (int64_t i = warnings->value_offset(at.row); i < warnings->value_offset(at.row + 1); ++i)
    span.warnings.push_back(texts->GetString(i));
  return span;
}

struct Read {
  std::vector<trace::Span> spans;
  std::vector<std::vector<std::string>> labels;  // of each span: "wrong SPAN expected actual source note created"
  int row_groups = 0;
};

Read ReadBack(const std::string& bytes) {
  Read out;
  auto reader = ::parquet::arrow::OpenFile(
      std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)), arrow::default_memory_pool());
  EXPECT_TRUE(reader.ok()) << reader.status().ToString();
  if (!reader.ok()) return out;
  out.row_groups = (*reader)->num_row_groups();
  for (int group = 0; group < out.row_groups; ++group) {
    const auto table = (*reader)->ReadRowGroup(group);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    const auto batch = (*(*table)->CombineChunksToBatch())->ToStructArray();
    for (int64_t row = 0; row < (*batch)->length(); ++row) {
      const At at{**batch, row};
      out.spans.push_back(SpanOf(at));
      std::vector<std::string>& labels = out.labels.emplace_back();
      at.Each("labels", [&](const At& label) {
        std::string text = label.Text("label");
        for (const char* field : {"span_id", "expected", "actual", "source", "note"}) text += " " + label.Text(field);
        labels.push_back(text + " " + std::to_string(label.Time("created")));
      });
    }
  }
  return out;
}

void ExpectSame(const trace::Span& got, const trace::Span& wanted) {
  // The protobuf holds every field; the JSON shows where they differ.
  EXPECT_EQ(wire::EncodeOtlpJson({&got, 1}), wire::EncodeOtlpJson({&wanted, 1}));
  EXPECT_EQ(wire::EncodeOtlpProto({&got, 1}), wire::EncodeOtlpProto({&wanted, 1}));
  EXPECT_EQ(got.attributes, wanted.attributes);
  EXPECT_EQ(got.events, wanted.events);
  EXPECT_EQ(got.links, wanted.links);
  EXPECT_EQ(got.warnings, wanted.warnings);
  EXPECT_EQ(*got.resource, *wanted.resource);
  EXPECT_EQ(*got.scope, *wanted.scope);
  EXPECT_EQ(got.start_ns, wanted.start_ns);
  EXPECT_EQ(got.end_ns, wanted.end_ns);
}

std::string Written(const std::vector<trace::Trace>& traces, const std::vector<trace::Label>& labels = {},
                    const SpanFileOptions& options = {}) {
  columnar::FaultFileSystem files(1);
  EXPECT_TRUE(files.MakeDirs("/out").ok());
  auto file = SpanFile::Create(files, "/out/spans.parquet", options);
  EXPECT_TRUE(file.ok());
  for (const trace::Trace& trace : traces) EXPECT_TRUE((*file)->Add(trace, labels).ok());
  EXPECT_FALSE(files.Exists("/out/spans.parquet")) << "not whole yet";
  const base::Status finished = (*file)->Finish();
  EXPECT_TRUE(finished.ok()) << finished.ToString();
  EXPECT_EQ(files.Paths(), std::set<std::string>{"/out/spans.parquet"});
  return files.Contents("/out/spans.parquet");
}

// ---- Tests

TEST(SpanFile, KeepsEveryFieldOfRandomSpansOverManyRowGroups) {
  for (const uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    trace::Trace trace;
    trace.spans = wire::RandomSpans(seed, 200);
    trace.spans[7].warnings = {"clock skew", ""};
    const Read read = ReadBack(Written({trace}, {}, {.row_group_rows = 64}));
    EXPECT_EQ(read.row_groups, 4);
    ASSERT_EQ(read.spans.size(), trace.spans.size());
    for (size_t i = 0; i < trace.spans.size(); ++i) ExpectSame(read.spans[i], trace.spans[i]);
  }
}

TEST(SpanFile, KeepsWhatTheStoreGivesOfEveryKindOfValue) {
  std::string array, map;
  wire::AppendArrayItem(ValueView::Double(1), array);  // as text the same as the int
  wire::AppendArrayItem(ValueView::Int(1), array);
  wire::AppendArrayItem(ValueView::Bytes(std::string_view("\0\xff", 2)), array);
  wire::AppendMapEntry("inner", ValueView::Array(array), map);
  const double nan = std::bit_cast<double>(0x7ff8000000000123ULL);
  const trace::Attributes every{
      {"string", trace::Value(ValueView::String("значение \xf0\x9f\x92\xb6 \n\t\"\\"))},
      {"empty", trace::Value(ValueView::String(""))},
      {"", trace::Value(ValueView::String("empty key"))},
      {"zero byte", trace::Value(ValueView::String(std::string_view("a\0b", 3)))},
      {"like a number", trace::Value(ValueView::String("5"))},
      {"true", trace::Value(ValueView::Bool(true))},
      {"int max", trace::Value(ValueView::Int(std::numeric_limits<int64_t>::max()))},
      {"int min", trace::Value(ValueView::Int(std::numeric_limits<int64_t>::min()))},
      {"double", trace::Value(ValueView::Double(0.1))},
      {"minus zero", trace::Value(ValueView::Double(-0.0))},
      {"nan with a payload", trace::Value(ValueView::Double(nan))},
      {"infinity", trace::Value(ValueView::Double(-std::numeric_limits<double>::infinity()))},
      {"bytes", trace::Value(ValueView::Bytes(std::string_view("\0\xff\x80", 3)))},
      {"no bytes", trace::Value(ValueView::Bytes(""))},
      {"array", trace::Value(ValueView::Array(array))},
      {"map", trace::Value(ValueView::Map(map))},
      {"empty map", trace::Value(ValueView::Map(""))},
      {"null", trace::Value()},
  };
  trace::Span span = wire::RandomSpans(5, 1)[0];
  span.start_ns = std::numeric_limits<int64_t>::min();
  span.end_ns = std::numeric_limits<int64_t>::max();
  span.attributes = every;
  span.events = {{.time_ns = 3, .name = "", .attributes = every, .dropped_attributes = 4'000'000'000}};
  span.links = {{.trace_id = {0, 0}, .span_id = 0, .attributes = every, .flags = 0x301}};
  span.resource = std::make_shared<trace::Resource>(trace::Resource{.service = "s", .attributes = every});
  span.scope = std::make_shared<trace::Scope>(trace::Scope{.attributes = every});

  columnar::FaultFileSystem disk(2);
  auto store = columnar::Open({.path = "/store", .file_system = &disk});
  ASSERT_TRUE(store.ok()) << store.status().ToString();
  const auto batch = (*store)->NewBatch();
  trace::Replay(span, *batch);
  ASSERT_TRUE(batch->Commit().ok());
  ASSERT_TRUE((*store)->Flush().ok());
  const auto trace = (*store)->GetTrace(span.trace_id);
  ASSERT_TRUE(trace.ok());
  const Read read = ReadBack(Written({*trace}));
  ASSERT_EQ(read.spans.size(), 1u);
  ExpectSame(read.spans[0], trace->spans[0]);
  ExpectSame(read.spans[0], span);
}

TEST(SpanFile, RepeatedKeysStayInTheirOrder) {
  trace::Span span = wire::RandomSpans(6, 1)[0];
  span.attributes = {{"k", trace::Value(ValueView::String("first"))},
                     {"k", trace::Value(ValueView::String("second"))}};
  const Read read = ReadBack(Written({{span.trace_id, {span}}}));
  ASSERT_EQ(read.spans.size(), 1u);
  EXPECT_EQ(read.spans[0].attributes, span.attributes);
}

TEST(SpanFile, GivesEachSpanItsOwnLabelsAndThoseOfItsTrace) {
  std::vector<trace::Span> spans = wire::RandomSpans(7, 2);
  spans[0].span_id = 1;
  spans[1].span_id = 2;
  const std::vector<trace::Label> labels{
      {.verdict = trace::Verdict::kWrong, .expected = "Dining", .actual = "Travel", .source = "person", .created_ns = 12},
      {.span_id = 2, .verdict = trace::Verdict::kRight, .note = "checked", .created_ns = 13}};
  const Read read = ReadBack(Written({{spans[0].trace_id, spans}}, labels));
  ASSERT_EQ(read.labels.size(), 2u);
  EXPECT_THAT(read.labels[0], testing::ElementsAre("wrong  Dining Travel person  12"));
  EXPECT_THAT(read.labels[1], testing::ElementsAre("wrong  Dining Travel person  12", "right 0000000000000002    checked 13"));
}

TEST(SpanFile, ARowGroupEndsWhenItsBytesAreMany) {
  std::vector<trace::Span> spans = wire::RandomSpans(8, 10);
  for (trace::Span& span : spans)
    span.attributes = {{"large", trace::Value(ValueView::String(std::string(100'000, 'x')))}};
  const Read read = ReadBack(Written({{spans[0].trace_id, spans}}, {}, {.row_group_bytes = 500'000}));
  EXPECT_EQ(read.row_groups, 4);
  EXPECT_EQ(read.spans.size(), 10u);
}

TEST(SpanFile, AFileWithoutSpansHasItsColumns) {
  const std::string bytes = Written({});
  EXPECT_EQ(ReadBack(bytes).spans.size(), 0u);
  const auto file = ::parquet::ParquetFileReader::Open(std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(bytes)));
  EXPECT_EQ(file->metadata()->num_rows(), 0);
  EXPECT_EQ(file->metadata()->schema()->Column(0)->name(), "trace_id");
}

TEST(SpanFile, AFullDiskIsNamedAndLeavesNothingBehind) {
  columnar::FaultFileSystem files(3);
  ASSERT_TRUE(files.MakeDirs("/out").ok());
  {
    auto file = SpanFile::Create(files, "/out/spans.parquet");
    ASSERT_TRUE(file.ok());
    const std::vector<trace::Span> spans = wire::RandomSpans(9, 50);
    ASSERT_TRUE((*file)->Add({spans[0].trace_id, spans}, {}).ok());
    files.SetFull(true);
    EXPECT_EQ((*file)->Finish().code(), base::StatusCode::kResourceExhausted);
  }
  EXPECT_TRUE(files.Paths().empty());
}

TEST(SpanFile, AFolderThatIsNotThereIsNamed) {
  const auto file = SpanFile::Create(base::RealFileSystem(), "/nonexistent/folder/spans.parquet");
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.status().message(), testing::HasSubstr("/nonexistent/folder/spans.parquet"));
}

}  // namespace
}  // namespace awry::parquet
