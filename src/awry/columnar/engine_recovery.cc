// Opening: lock, manifest, segments, labels, then the logs. What a crash may have left behind
// (temporaries, segments and logs that the manifest does not count) is removed.
#include <fmt/format.h>

#include <algorithm>

#include "awry/columnar/batch.h"
#include "awry/columnar/engine.h"

namespace awry::columnar {

using base::Result;
using base::Status;
using base::StatusCode;

Result<std::unique_ptr<Engine>> Engine::Open(const ColumnarOptions& options) {
  std::unique_ptr<Engine> engine(new Engine(options));
  RETURN_IF_ERROR(engine->Recover());
  engine->background_ = std::jthread([raw = engine.get()] { raw->RunBackground(); });
  return engine;
}

Status Engine::Recover() {
  base::FileSystem& files = *options_.file_system;
  RETURN_IF_ERROR(files.MakeDirs(options_.path));
  ASSIGN_OR_RETURN(lock_, files.Lock(PathOf("LOCK")));
  ASSIGN_OR_RETURN(std::vector<std::string> names, files.List(options_.path));
  for (const std::string& name : names) {
    if (name.ends_with(".tmp")) RETURN_IF_ERROR(files.Remove(PathOf(name)));
  }
  std::erase_if(names, [](const std::string& name) { return name.ends_with(".tmp"); });
  RETURN_IF_ERROR(ReadOrMakeManifest(names));
  RETURN_IF_ERROR(Documents::MakeFolder(files, PathOf("documents")));
  documents_ = std::make_unique<Documents>(files, PathOf("documents"));
  RETURN_IF_ERROR(OpenSegments(names));
  std::vector<std::string> problems;
  ASSIGN_OR_RETURN(labels_,
                   LabelBook::Open(files, PathOf("labels.log"), *options_.clock, problems));
  for (const std::string& problem : problems) Problem(problem);
  RETURN_IF_ERROR(ReplayLogs(names));
  return OpenLog();
}

Status Engine::ReadOrMakeManifest(const std::vector<std::string>& names) {
  base::FileSystem& files = *options_.file_system;
  if (files.Exists(PathOf("MANIFEST"))) {
    ASSIGN_OR_RETURN(manifest_, ReadManifest(files, PathOf("MANIFEST")));
    spans_dropped_ = manifest_.spans_dropped;
  } else {
    for (const std::string& name : names) {
      if (SegmentNumber(name) == 0 && LogNumber(name) == 0) continue;
      return base::DataLoss("manifest is missing beside data, restore it: " + PathOf("MANIFEST") +
                            ", " + name);
    }
    RETURN_IF_ERROR(WriteManifest(files, PathOf("MANIFEST"), manifest_));
  }
  const base::MutexLock lock(state_mutex_);
  next_number_ = manifest_.first_log;
  for (const uint64_t number : manifest_.segments)
    next_number_ = std::max(next_number_, number + 1);
  for (const std::string& name : names) {
    next_number_ = std::max({next_number_, SegmentNumber(name) + 1, LogNumber(name) + 1});
  }
  return base::OkStatus();
}

Status Engine::OpenSegments(const std::vector<std::string>& names) {
  base::FileSystem& files = *options_.file_system;
  const std::set<uint64_t> counted(manifest_.segments.begin(), manifest_.segments.end());
  for (const std::string& name : names) {
    const uint64_t number = SegmentNumber(name);
    if (number != 0 && !counted.contains(number)) RETURN_IF_ERROR(files.Remove(PathOf(name)));
  }
  auto state = std::make_shared<State>();
  for (const uint64_t number : manifest_.segments) {
    auto segment = SegmentReader::Open(files, PathOf(SegmentFileName(number)), number,
                                       &indexes_);
    if (segment.ok()) {
      state->segments.push_back(*std::move(segment));
      continue;
    }
    if (segment.status().code() == StatusCode::kUnimplemented) return segment.status();
    set_aside_.insert(number);
    Problem("set aside: " + segment.status().message());
  }
  const base::MutexLock lock(state_mutex_);
  state_ = std::move(state);
  return base::OkStatus();
}

Status Engine::ReplayLogs(const std::vector<std::string>& names) {
  std::vector<uint64_t> numbers;
  for (const std::string& name : names) {
    if (const uint64_t number = LogNumber(name); number != 0) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  while (!numbers.empty() && numbers.front() < manifest_.first_log) {
    RETURN_IF_ERROR(options_.file_system->Remove(PathOf(LogFileName(numbers.front()))));
    numbers.erase(numbers.begin());
  }
  // A log that was begun in vain (a full disk) holds nothing: the one before is then the last.
  while (!numbers.empty()) {
    const std::string path = PathOf(LogFileName(numbers.back()));
    const auto nothing = [](const LogRecord&) { return base::OkStatus(); };
    const auto tail =
        ReplayLog(*options_.file_system, path, LogKind::kSpans, numbers.back(), nothing);
    if (!tail.ok() || tail->records > 0) break;  // replaying names what is wrong
    if (tail->torn_bytes > 0)
      Problem(fmt::format("torn end cut: {}, offset {}, {} bytes", path, tail->good_bytes,
                          tail->torn_bytes));
    RETURN_IF_ERROR(options_.file_system->Remove(path));
    numbers.pop_back();
  }
  for (const uint64_t number : numbers)
    RETURN_IF_ERROR(ReplayOneLog(number, number == numbers.back()));
  return base::OkStatus();
}

Status Engine::ReplayOneLog(uint64_t number, bool last) {
  base::FileSystem& files = *options_.file_system;
  const std::string path = PathOf(LogFileName(number));
  ASSIGN_OR_RETURN(const std::string bytes, files.ReadAll(path));
  std::vector<std::string_view> batches;
  uint64_t spans = 0;
  ASSIGN_OR_RETURN(
      const LogTail tail,
      ReplayLogBytes(bytes, path, LogKind::kSpans, number, [&](const LogRecord& record) -> Status {
        if (record.type != kBatchRecord) return base::DataLoss("log record of an unknown type");
        batches.push_back(record.payload);
        spans += BatchReader::SpanCount(record.payload);
        return base::OkStatus();
      }));
  if (tail.torn_bytes > 0) {
    if (!last) {
      return base::DataLoss(fmt::format(
          "log ends in a bad record, later logs follow: {}, offset {}", path, tail.good_bytes));
    }
    Problem(fmt::format("torn end cut: {}, offset {}, {} bytes", path, tail.good_bytes,
                        tail.torn_bytes));
  }
  if (spans == 0) return files.Remove(path);
  if (tail.torn_bytes > 0) RETURN_IF_ERROR(files.Truncate(path, tail.good_bytes));
  const base::MutexLock lock(state_mutex_);
  if (tables_.empty() ||
      tables_.back().table->span_count() + spans > tables_.back().table->spans_max()) {
    tables_.push_back(
        {std::make_shared<MemTable>(std::max<uint64_t>(options_.table_spans_max, spans), blocks_), {}});
  }
  for (const std::string_view batch : batches) {
    if (!tables_.back().table->AddUntrusted(std::string(batch))) {
      return base::DataLoss(
          fmt::format("log batch is malformed: {}, offset {}", path, batch.data() - bytes.data()));
    }
  }
  tables_.back().logs.push_back(number);
  replayed_ = {number, tail.good_bytes, tail.records};
  return base::OkStatus();
}

// On a full disk, which has no room for another log, the last one is written on: what is there can
// be read, and commits are refused until there is room.
Status Engine::OpenLog() {
  const base::MutexLock lock(state_mutex_);
  if (tables_.empty())
    tables_.push_back({std::make_shared<MemTable>(options_.table_spans_max, blocks_), {}});
  const uint64_t number = next_number_++;
  const std::string path = PathOf(LogFileName(number));
  auto log = LogWriter::Create(*options_.file_system, path, LogKind::kSpans, number);
  if (log.status().code() == StatusCode::kResourceExhausted && replayed_.number != 0) {
    RETURN_IF_ERROR(options_.file_system->Remove(path));
    log = LogWriter::Continue(*options_.file_system, PathOf(LogFileName(replayed_.number)),
                              replayed_.bytes, replayed_.records);
  } else if (log.ok()) {
    tables_.back().logs.push_back(number);
  }
  if (!log.ok()) return log.status();
  log_ = *std::move(log);
  auto state = std::make_shared<State>(*state_);
  for (const LoggedTable& logged : tables_) state->tables.push_back(logged.table);
  state_ = std::move(state);
  return base::OkStatus();
}

}  // namespace awry::columnar
