// Rows are collected in Arrow's builders and written as one row group when there are enough. SpanType
// names the columns; AppendSpan fills them in the same order.
#include "awry/parquet/span_file_module.h"

#include <arrow/api.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>
#include <unistd.h>

#include <string_view>
#include <utility>

#include "wire/any_value.h"

namespace awry::parquet {
namespace {

using base::Status;

constexpr int kZstdLevel = 3;
constexpr size_t kItemBytes = 48;  // what a row, attribute, event, link or label takes beside its texts

// ---- The columns

using TypePtr = std::shared_ptr<arrow::DataType>;
using Fields = std::vector<std::shared_ptr<arrow::Field>>;

TypePtr TimeType() { return arrow::timestamp(arrow::TimeUnit::NANO, "UTC"); }

void Add(std::initializer_list<const char*> names, const TypePtr& type, Fields& fields) {
  for (const char* name : names) fields.push_back(arrow::field(name, type));
}

void AddAttributes(const std::string& name, Fields& fields) {
  const auto by_key = [](const TypePtr& type) { return arrow::map(arrow::utf8(), type); };
  fields.push_back(arrow::field(name, by_key(arrow::utf8())));
  Fields typed;
  Add({"int"}, by_key(arrow::int64()), typed);
  Add({"double"}, by_key(arrow::float64()), typed);
  Add({"bool"}, by_key(arrow::boolean()), typed);
  Add({"bytes", "otlp"}, by_key(arrow::binary()), typed);
  fields.push_back(arrow::field(name + "_typed", arrow::struct_(typed)));
}

TypePtr EventType() {
  Fields fields;
  Add({"time"}, TimeType(), fields);
  Add({"name"}, arrow::utf8(), fields);
  AddAttributes("attributes", fields);
  Add({"dropped_attributes"}, arrow::uint32(), fields);
  return arrow::struct_(fields);
}

TypePtr LinkType() {
  Fields fields;
  Add({"trace_id", "span_id", "trace_state"}, arrow::utf8(), fields);
  AddAttributes("attributes", fields);
  Add({"flags", "dropped_attributes"}, arrow::uint32(), fields);
  return arrow::struct_(fields);
}

TypePtr LabelType() {
  Fields fields;
  Add({"label", "span_id", "expected", "actual", "source", "note"}, arrow::utf8(), fields);
  Add({"created"}, TimeType(), fields);
  return arrow::struct_(fields);
}

TypePtr SpanType() {
  Fields fields;
  Add({"trace_id", "span_id", "parent_span_id", "service", "operation", "kind", "status", "status_message"},
      arrow::utf8(), fields);
  Add({"start"}, TimeType(), fields);
  Add({"duration_ns"}, arrow::int64(), fields);
  AddAttributes("attributes", fields);
  AddAttributes("resource", fields);
  Add({"events"}, arrow::list(EventType()), fields);
  Add({"links"}, arrow::list(LinkType()), fields);
  Add({"labels"}, arrow::list(LabelType()), fields);
  Add({"scope_name", "scope_version"}, arrow::utf8(), fields);
  AddAttributes("scope", fields);
  Add({"warnings"}, arrow::list(arrow::utf8()), fields);
  Add({"trace_state", "resource_schema_url", "scope_schema_url"}, arrow::utf8(), fields);
  Add({"flags", "dropped_attributes", "dropped_events", "dropped_links", "resource_dropped_attributes",
       "scope_dropped_attributes"},
      arrow::uint32(), fields);
  return arrow::struct_(fields);
}

// ---- Filling them

// Where rows go. The first failure stays, and nothing is appended after it.
struct Filling {
  arrow::Status status;
  size_t bytes = 0;  // of the rows collected, roughly
};

template <typename Builder>
Builder& As(arrow::ArrayBuilder* builder) {
  auto* typed = dynamic_cast<Builder*>(builder);
  CHECK(typed != nullptr);
  return *typed;
}

// One new row of a struct, filled column by column.
class Row {
 public:
  Row(arrow::ArrayBuilder* row, Filling& filling) : row_(As<arrow::StructBuilder>(row)), filling_(filling) {
    filling_.bytes += kItemBytes;
    Note(row_.Append());
  }

  Row& Text(std::string_view text) {
    filling_.bytes += text.size();
    return Put<arrow::StringBuilder>(text);
  }
  // Empty text is null.
  Row& TextOrNull(std::string_view text) {
    if (!text.empty()) return Text(text);
    Note(Column<arrow::StringBuilder>().AppendNull());
    return *this;
  }
  Row& Span(trace::SpanId id) { return id == 0 ? TextOrNull("") : Text(trace::SpanIdToHex(id)); }
  Row& Time(int64_t ns) { return Put<arrow::TimestampBuilder>(ns); }
  Row& Int(int64_t value) { return Put<arrow::Int64Builder>(value); }
  Row& Count(uint32_t value) { return Put<arrow::UInt32Builder>(value); }

  // Every value as text; what text does not tell exactly stands in the typed maps as well.
  Row& Attributes(const trace::Attributes& attributes) {
    auto& text = Column<arrow::MapBuilder>();
    auto& typed = Column<arrow::StructBuilder>();
    Note(text.Append());
    Note(typed.Append());
    for (int kind = 0; kind < typed.num_fields(); ++kind)
      Note(As<arrow::MapBuilder>(typed.field_builder(kind)).Append());
    for (const trace::Attribute& attribute : attributes) {
      const trace::ValueView value = attribute.value.view();
      filling_.bytes += kItemBytes + 2 * (attribute.key.size() + value.bytes.size());
      PutEntry<arrow::StringBuilder>(&text, attribute.key, trace::ToText(value));
      PutTyped(typed, attribute.key, value);
    }
    return *this;
  }

  // `fill(Row&, item)` appends the columns of one item.
  template <typename Items, typename Fill>
  Row& List(const Items& items, const Fill& fill) {
    auto& list = Column<arrow::ListBuilder>();
    Note(list.Append());
    for (const auto& item : items) {
      Row row(list.value_builder(), filling_);
      fill(row, item);
    }
    return *this;
  }
  Row& Texts(const std::vector<std::string>& texts) {
    auto& list = Column<arrow::ListBuilder>();
    Note(list.Append());
    for (const std::string& text : texts) {
      filling_.bytes += text.size();
      Note(As<arrow::StringBuilder>(list.value_builder()).Append(text));
    }
    return *this;
  }

 private:
  template <typename Builder>
  Builder& Column() {
    return As<Builder>(row_.field_builder(next_++));
  }
  template <typename Builder, typename Value>
  Row& Put(const Value& value) {
    Note(Column<Builder>().Append(value));
    return *this;
  }
  template <typename Builder, typename Value>
  void PutEntry(arrow::ArrayBuilder* map_column, const std::string& key, const Value& value) {
    auto& map = As<arrow::MapBuilder>(map_column);
    Note(As<arrow::StringBuilder>(map.key_builder()).Append(key));
    Note(As<Builder>(map.item_builder()).Append(value));
  }
  void PutTyped(arrow::StructBuilder& typed, const std::string& key, const trace::ValueView& value) {
    switch (value.kind) {
      case trace::ValueKind::kString: break;
      case trace::ValueKind::kInt:
        PutEntry<arrow::Int64Builder>(typed.field_builder(0), key, value.integer);
        break;
      case trace::ValueKind::kDouble:
        PutEntry<arrow::DoubleBuilder>(typed.field_builder(1), key, value.real);
        break;
      case trace::ValueKind::kBool:
        PutEntry<arrow::BooleanBuilder>(typed.field_builder(2), key, value.boolean);
        break;
      case trace::ValueKind::kBytes:
        PutEntry<arrow::BinaryBuilder>(typed.field_builder(3), key, value.bytes);
        break;
      case trace::ValueKind::kNull:
      case trace::ValueKind::kArray:
      case trace::ValueKind::kMap: {
        std::string any;
        wire::AppendAnyValue(value, any);
        PutEntry<arrow::BinaryBuilder>(typed.field_builder(4), key, any);
        break;
      }
    }
  }
  void Note(const arrow::Status& status) {
    if (filling_.status.ok()) filling_.status = status;
  }

  arrow::StructBuilder& row_;
  Filling& filling_;
  int next_ = 0;
};

std::string_view KindName(trace::SpanKind kind) {
  const std::string_view name = trace::SpanKindName(kind);
  return name.empty() ? "unspecified" : name;
}

// Wraps around for times further apart than int64 holds: start + duration is the end all the same.
int64_t Duration(const trace::Span& span) {
  return static_cast<int64_t>(static_cast<uint64_t>(span.end_ns) - static_cast<uint64_t>(span.start_ns));
}

std::string_view StatusName(trace::SpanStatus status) {
  if (status == trace::SpanStatus::kUnset) return "unset";
  return status == trace::SpanStatus::kOk ? "ok" : "error";
}

void AppendLabel(Row& row, const trace::Label& label) {
  row.Text(label.verdict == trace::Verdict::kWrong ? "wrong" : "right").Span(label.span_id);
  row.TextOrNull(label.expected).TextOrNull(label.actual).TextOrNull(label.source);
  row.TextOrNull(label.note).Time(label.created_ns);
}

void AppendSpan(const trace::Span& span, const std::vector<trace::Label>& labels,
                arrow::ArrayBuilder* rows, Filling& filling) {
  Row row(rows, filling);
  row.Text(trace::ToHex(span.trace_id)).Text(trace::SpanIdToHex(span.span_id)).Span(span.parent_id);
  row.Text(span.resource->service).Text(span.name).Text(KindName(span.kind));
  row.Text(StatusName(span.status)).TextOrNull(span.status_message);
  row.Time(span.start_ns).Int(Duration(span));
  row.Attributes(span.attributes).Attributes(span.resource->attributes);
  row.List(span.events, [](Row& out, const trace::Event& event) {
    out.Time(event.time_ns).Text(event.name).Attributes(event.attributes).Count(event.dropped_attributes);
  });
  row.List(span.links, [](Row& out, const trace::Link& link) {
    out.Text(trace::ToHex(link.trace_id)).Text(trace::SpanIdToHex(link.span_id));
    out.TextOrNull(link.trace_state).Attributes(link.attributes);
    out.Count(link.flags).Count(link.dropped_attributes);
  });
  row.List(labels, AppendLabel);
  row.TextOrNull(span.scope->name).TextOrNull(span.scope->version).Attributes(span.scope->attributes);
  row.Texts(span.warnings);
  row.TextOrNull(span.trace_state).TextOrNull(span.resource->schema_url);
  row.TextOrNull(span.scope->schema_url);
  row.Count(span.flags).Count(span.dropped_attributes).Count(span.dropped_events);
  row.Count(span.dropped_links).Count(span.resource->dropped_attributes);
  row.Count(span.scope->dropped_attributes);
}

// ---- The file

// What Arrow writes into. Keeps why a write failed.
class Sink final : public arrow::io::OutputStream {
 public:
  explicit Sink(std::unique_ptr<base::WritableFile> file) : file_(std::move(file)) {}

  arrow::Status Write(const void* bytes, int64_t count) override {
    if (status_.ok())
      status_ = file_->Append({static_cast<const char*>(bytes), static_cast<size_t>(count)});
    if (!status_.ok()) return arrow::Status::IOError(status_.message());
    written_ += count;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return written_; }
  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }

  Status Sync() { return file_->Sync(); }
  const Status& status() const { return status_; }

 private:
  std::unique_ptr<base::WritableFile> file_;
  Status status_;
  int64_t written_ = 0;
  bool closed_ = false;
};

std::shared_ptr<::parquet::WriterProperties> Properties(const SpanFileOptions& options) {
  ::parquet::WriterProperties::Builder properties;
  properties.compression(arrow::Compression::ZSTD)->compression_level(kZstdLevel);
  properties.max_row_group_length(static_cast<int64_t>(options.row_group_rows));
  for (const char* unlike : {"span_id", "parent_span_id"}) properties.disable_dictionary(unlike);
  for (const char* number : {"start", "duration_ns"})
    properties.disable_dictionary(number)->encoding(number, ::parquet::Encoding::DELTA_BINARY_PACKED);
  return properties.build();
}

class SpanFileWriter final : public SpanFile {
 public:
  SpanFileWriter(base::FileSystem& files, std::string path, const SpanFileOptions& options)
      : files_(files), path_(std::move(path)), is_stdout_(path_.empty() || path_ == "-"),
        written_path_(is_stdout_ ? "/dev/stdout" : path_ + ".part-" + std::to_string(getpid())),
        options_(options) {}

  ~SpanFileWriter() override {
    writer_.reset();
    sink_.reset();
    if (is_open_ && !is_stdout_) (void)files_.Remove(written_path_);
  }

  Status Open() {
    ASSIGN_OR_RETURN(auto file, files_.OpenForAppend(written_path_, !is_stdout_));
    is_open_ = true;
    sink_ = std::make_shared<Sink>(std::move(file));
    return Said(OpenWriter());
  }

  Status Add(const trace::Trace& trace, std::span<const trace::Label> labels) override {
    for (const trace::Span& span : trace.spans) {
      std::vector<trace::Label> of_span;
      for (const trace::Label& label : labels) {
        if (label.span_id == 0 || label.span_id == span.span_id) of_span.push_back(label);
      }
      AppendSpan(span, of_span, rows_.get(), filling_);
      RETURN_IF_ERROR(Said(filling_.status));
      if (filling_.bytes >= options_.row_group_bytes ||
          static_cast<size_t>(rows_->length()) >= options_.row_group_rows) {
        RETURN_IF_ERROR(Said(WriteRows()));
      }
    }
    return base::OkStatus();
  }

  Status Finish() override {
    RETURN_IF_ERROR(Said(WriteRows()));
    RETURN_IF_ERROR(Said(writer_->Close()));
    if (is_stdout_) return base::OkStatus();
    RETURN_IF_ERROR(sink_->Sync());
    RETURN_IF_ERROR(files_.Rename(written_path_, path_));
    is_open_ = false;
    return base::OkStatus();
  }

 private:
  arrow::Status OpenWriter() {
    const TypePtr type = SpanType();
    ARROW_ASSIGN_OR_RAISE(rows_, arrow::MakeBuilder(type));
    const auto arrow_properties = ::parquet::ArrowWriterProperties::Builder().store_schema()->build();
    ARROW_ASSIGN_OR_RAISE(writer_, ::parquet::arrow::FileWriter::Open(
                                       arrow::Schema(type->fields()), arrow::default_memory_pool(),
                                       sink_, Properties(options_), arrow_properties));
    return arrow::Status::OK();
  }

  arrow::Status WriteRows() {
    if (rows_->length() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto array, rows_->Finish());
    ARROW_ASSIGN_OR_RAISE(const auto batch, arrow::RecordBatch::FromStructArray(array));
    ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches({batch}));
    filling_.bytes = 0;
    return writer_->WriteTable(*table, table->num_rows());
  }

  Status Said(const arrow::Status& status) const {
    if (status.ok()) return base::OkStatus();
    if (!sink_->status().ok()) return sink_->status();
    return base::Internal("Parquet cannot be written: " + status.ToString());
  }

  base::FileSystem& files_;
  const std::string path_;
  const bool is_stdout_;
  const std::string written_path_;
  const SpanFileOptions options_;
  bool is_open_ = false;  // there is something to remove
  std::shared_ptr<Sink> sink_;
  std::unique_ptr<::parquet::arrow::FileWriter> writer_;
  std::unique_ptr<arrow::ArrayBuilder> rows_;
  Filling filling_;
};

base::Result<std::unique_ptr<SpanFile>> MakeSpanFile(base::FileSystem& files, const std::string& path,
                                                     const SpanFileOptions& options) {
  auto file = std::make_unique<SpanFileWriter>(files, path, options);
  RETURN_IF_ERROR(file->Open());
  return base::Result<std::unique_ptr<SpanFile>>(std::move(file));
}

}  // namespace

const SpanFileModule awry_span_file_module = {kSpanFileModuleVersion, MakeSpanFile};

}  // namespace awry::parquet
