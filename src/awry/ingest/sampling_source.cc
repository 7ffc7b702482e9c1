#include "awry/ingest/sampling_source.h"

#include <utility>
#include <vector>

#include "base/log.h"

namespace awry::ingest {

base::Result<std::unique_ptr<SamplingSource>> SamplingSource::Open(base::FileSystem& files,
                                                                   const std::string& path) {
  std::unique_ptr<SamplingSource> source(new SamplingSource(files, path));
  if (!path.empty()) RETURN_IF_ERROR(source->Refresh());
  return source;
}

// The text decides, not the time of change: the file is small, and an editor may write it twice
// within a tick of the clock.
base::Status SamplingSource::Refresh() {
  auto text = files_.ReadAll(path_);
  if (!text.ok()) return text.status().WithContext("cannot read the sampling file " + path_);
  {
    const base::MutexLock lock(mutex_);
    if (*text == text_) return base::OkStatus();
  }
  std::vector<std::string> warnings;
  auto parsed = SamplingStrategies::Parse(*text, warnings);
  const base::MutexLock lock(mutex_);
  text_ = *std::move(text);
  if (!parsed.ok()) return parsed.status().WithContext(path_);
  strategies_ = *std::move(parsed);
  trouble_.clear();
  for (const std::string& warning : warnings)
    base::LogWarning("sampling file: {}: {}", path_, warning);
  return base::OkStatus();
}

SamplingStrategy SamplingSource::For(std::string_view service) {
  base::Status status;
  if (!path_.empty()) status = Refresh();
  std::string news;
  SamplingStrategy strategy;
  {
    const base::MutexLock lock(mutex_);
    strategy = strategies_.For(service);
    if (!status.ok() && trouble_ != status.message()) news = trouble_ = status.message();
  }
  if (!news.empty()) base::LogWarning("the last good sampling file holds: {}", news);
  return strategy;
}

}  // namespace awry::ingest
