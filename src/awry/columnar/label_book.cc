// Record types: 1 a label (fields in the order of trace::Label), 2 the id of a deleted label.
#include "awry/columnar/label_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "awry/columnar/attribute_hash.h"
#include "awry/columnar/byte_reader.h"

namespace awry::columnar {

using base::Result;
using base::Status;

namespace {

constexpr uint8_t kPut = 1;
constexpr uint8_t kDelete = 2;

void PutBytes(std::string_view bytes, std::string& out) {
  codec::PutVarint(out, bytes.size());
  out.append(bytes);
}

std::string Encode(const trace::Label& label) {
  std::string out;
  PutBytes(label.id, out);
  codec::PutFixed(out, label.trace_id.high);
  codec::PutFixed(out, label.trace_id.low);
  codec::PutFixed(out, label.span_id);
  out += static_cast<char>(label.verdict);
  for (const std::string* text : {&label.expected, &label.actual, &label.source, &label.note}) {
    PutBytes(*text, out);
  }
  codec::PutFixed(out, static_cast<uint64_t>(label.created_ns));
  return out;
}

bool Decode(std::string_view bytes, trace::Label& label) {
  ByteReader in(bytes);
  label.id = in.Bytes();
  label.trace_id.high = in.Fixed<uint64_t>();
  label.trace_id.low = in.Fixed<uint64_t>();
  label.span_id = in.Fixed<uint64_t>();
  const uint8_t verdict = in.Fixed<uint8_t>();
  label.verdict = static_cast<trace::Verdict>(verdict);
  for (std::string* text : {&label.expected, &label.actual, &label.source, &label.note})
    *text = in.Bytes();
  label.created_ns = static_cast<int64_t>(in.Fixed<uint64_t>());
  return in.ok() && in.at_end() && verdict <= 1;
}

std::string IdOf(const trace::Label& label) {
  std::string key;
  codec::PutFixed(key, label.trace_id.high);
  codec::PutFixed(key, label.trace_id.low);
  codec::PutFixed(key, label.span_id);
  key += static_cast<char>(label.verdict);
  key += label.source;
  return fmt::format("{:016x}{:016x}", HashBytes(key, 1), HashBytes(key, 2));
}

}  // namespace

Result<std::unique_ptr<LabelBook>> LabelBook::Open(base::FileSystem& files, const std::string& path,
                                                   const base::Clock& clock,
                                                   std::vector<std::string>& problems) {
  std::unique_ptr<LabelBook> book(new LabelBook(clock));
  const base::MutexLock lock(book->mutex_);
  LogTail tail;
  std::vector<std::pair<uint8_t, std::string>> records;
  if (files.Exists(path)) {
    ASSIGN_OR_RETURN(tail,
                     ReplayLog(files, path, LogKind::kLabels, 0, [&](const LogRecord& record) {
                       records.emplace_back(record.type, record.payload);
                       return base::OkStatus();
                     }));
  }
  for (const auto& [type, payload] : records) {
    RETURN_IF_ERROR(book->Apply({type, payload}).WithContext(path));
  }
  if (tail.torn_bytes > 0) {
    problems.push_back(fmt::format("torn end cut: {}, offset {}, {} bytes", path, tail.good_bytes,
                                   tail.torn_bytes));
    RETURN_IF_ERROR(files.Truncate(path, tail.good_bytes));
  }
  if (tail.good_bytes == 0) {
    ASSIGN_OR_RETURN(book->log_, LogWriter::Create(files, path, LogKind::kLabels, 0));
  } else {
    ASSIGN_OR_RETURN(book->log_, LogWriter::Continue(files, path, tail.good_bytes, tail.records));
    RETURN_IF_ERROR(book->log_->Sync());
  }
  return book;
}

Status LabelBook::Apply(const LogRecord& record) {
  if (record.type == kDelete) {
    Remove(std::string(record.payload));
    return base::OkStatus();
  }
  trace::Label label;
  if (record.type != kPut || !Decode(record.payload, label))
    return base::DataLoss("label record is malformed");
  Add(std::move(label));
  return base::OkStatus();
}

void LabelBook::Add(trace::Label label) {
  ids_of_trace_[label.trace_id].insert(label.id);
  std::string id = label.id;
  labels_[std::move(id)] = std::move(label);
}

void LabelBook::Remove(const std::string& id) {
  const auto found = labels_.find(id);
  if (found == labels_.end()) return;
  const auto of_trace = ids_of_trace_.find(found->second.trace_id);
  of_trace->second.erase(id);
  if (of_trace->second.empty()) ids_of_trace_.erase(of_trace);
  labels_.erase(found);
}

Result<size_t> LabelBook::Put(std::vector<trace::Label>& labels) {
  const base::MutexLock lock(mutex_);
  std::vector<trace::Label> fresh;
  std::unordered_map<std::string, size_t> in_this_call;
  for (trace::Label& label : labels) {
    label.id = IdOf(label);
    if (const auto found = labels_.find(label.id); found != labels_.end()) {
      label.created_ns = found->second.created_ns;
      continue;
    }
    const auto [place, added] = in_this_call.emplace(label.id, fresh.size());
    if (label.created_ns == 0) label.created_ns = clock_.NowUnixNs();
    if (added) {
      fresh.push_back(label);
    } else {
      label.created_ns = fresh[place->second].created_ns;
    }
  }
  if (fresh.empty()) return size_t{0};
  std::vector<std::string> encoded;
  std::vector<LogRecord> records;
  for (const trace::Label& label : fresh) encoded.push_back(Encode(label));
  for (const std::string& bytes : encoded) records.push_back({kPut, bytes});
  RETURN_IF_ERROR(log_->Append(records, true));
  for (trace::Label& label : fresh) Add(std::move(label));
  return encoded.size();
}

Status LabelBook::Delete(const std::string& id) {
  const base::MutexLock lock(mutex_);
  if (!labels_.contains(id)) return base::NotFound("label not found: " + id);
  const LogRecord record{kDelete, id};
  RETURN_IF_ERROR(log_->Append({&record, 1}, true));
  Remove(id);
  return base::OkStatus();
}

namespace {

void SortOldestFirst(std::vector<trace::Label>& labels) {
  std::sort(labels.begin(), labels.end(), [](const trace::Label& a, const trace::Label& b) {
    return a.created_ns != b.created_ns ? a.created_ns < b.created_ns : a.id < b.id;
  });
}

}  // namespace

std::vector<trace::Label> LabelBook::Of(const trace::TraceId& id) const {
  const base::MutexLock lock(mutex_);
  std::vector<trace::Label> found;
  if (const auto ids = ids_of_trace_.find(id); ids != ids_of_trace_.end()) {
    for (const std::string& label_id : ids->second) found.push_back(labels_.at(label_id));
  }
  SortOldestFirst(found);
  return found;
}

std::vector<trace::Label> LabelBook::All() const {
  const base::MutexLock lock(mutex_);
  std::vector<trace::Label> all;
  for (const auto& [label_id, label] : labels_) all.push_back(label);
  SortOldestFirst(all);
  return all;
}

uint64_t LabelBook::disk_bytes() const {
  const base::MutexLock lock(mutex_);
  return log_->size_bytes();
}

}  // namespace awry::columnar
