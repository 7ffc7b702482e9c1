#include "awry/check/check_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "awry/check/check_yaml.h"
#include "base/file.h"
#include "base/log.h"

namespace awry::check {

using base::Result;
using base::Status;

namespace {

constexpr char kDocument[] = "checks";

const Check* FindByName(const std::vector<PlacedCheck>& checks, const std::string& name) {
  const auto found = std::ranges::find_if(
      checks, [&](const PlacedCheck& placed) { return placed.check.name == name; });
  return found == checks.end() ? nullptr : &found->check;
}

std::vector<Check> Unplaced(const std::vector<PlacedCheck>& checks) {
  std::vector<Check> out;
  for (const PlacedCheck& placed : checks) out.push_back(placed.check);
  return out;
}

Result<std::string> ReadText(const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, base::RealFileSystem().OpenForRead(path));
  if (file->size_bytes() > kYamlBytesMax) {
    return base::ResourceExhausted(
        fmt::format("file is too long: {} bytes, at most {}", file->size_bytes(), kYamlBytesMax));
  }
  std::string text;
  RETURN_IF_ERROR(file->Read(0, static_cast<size_t>(file->size_bytes()), text));
  return text;
}

}  // namespace

Result<std::unique_ptr<CheckBook>> CheckBook::Open(store::TraceStore& store, std::string file) {
  std::unique_ptr<CheckBook> book(new CheckBook(store, std::move(file)));
  base::MutexLock lock(book->changing_);
  std::vector<PlacedCheck> of_file, of_api;
  if (!book->file_.empty()) {
    ASSIGN_OR_RETURN(of_file, book->ReadFile());
    RETURN_IF_ERROR(RuleSet::Make(of_file).status().WithContext("--checks " + book->file_));
  }
  auto yaml = store.GetDocument(kDocument);
  if (yaml.ok()) {
    auto read = ReadYaml(*yaml);
    if (!read.ok()) return base::DataLoss("document of checks cannot be read: " + read.status().message());
    of_api = *std::move(read);
  } else if (yaml.status().code() != base::StatusCode::kNotFound) {
    return yaml.status();
  }
  RETURN_IF_ERROR(book->Combine(std::move(of_file), std::move(of_api), yaml.ok() ? *yaml : "", nullptr));
  return book;
}

Result<std::vector<PlacedCheck>> CheckBook::ReadFile() {
  auto text = ReadText(file_);
  if (!text.ok()) return text.status().WithContext("--checks " + file_);
  file_text_ = *text;
  auto checks = ReadYaml(*text);
  if (!checks.ok()) return checks.status().WithContext("--checks " + file_);
  return checks;
}

std::shared_ptr<const InForce> CheckBook::in_force() const {
  base::MutexLock lock(mutex_);
  return in_force_;
}

Status CheckBook::Combine(std::vector<PlacedCheck> of_file, std::vector<PlacedCheck> of_api,
                          std::string yaml, Problem* problem) {
  auto next = std::make_shared<InForce>();
  std::vector<PlacedCheck> all = of_file;
  for (const PlacedCheck& placed : of_api) {
    const Check* named = FindByName(of_file, placed.check.name);
    if (named == nullptr) {
      all.push_back(placed);
    } else if (*named != placed.check) {
      next->problems.push_back(fmt::format(
          "check '{}' is in {} too, and different there: the file's is in force", placed.check.name, file_));
    }
  }
  ASSIGN_OR_RETURN(next->rules, RuleSet::Make(all, problem));
  if (!file_problem_.empty()) next->problems.push_back(file_problem_);
  next->from_file = of_file.size();
  next->yaml = std::move(yaml);
  of_file_ = std::move(of_file);
  of_api_ = std::move(of_api);
  base::MutexLock lock(mutex_);
  next->version = in_force_ == nullptr ? 1 : in_force_->version + 1;
  in_force_ = std::move(next);
  return base::OkStatus();
}

Status CheckBook::Replace(const std::vector<PlacedCheck>& checks, const std::string& yaml,
                          Problem* problem) {
  // Names, limits and queries first: what follows compares names.
  RETURN_IF_ERROR(RuleSet::Make(checks, problem).status());
  base::MutexLock lock(changing_);
  std::vector<PlacedCheck> of_api;
  for (const PlacedCheck& placed : checks) {
    const Check* named = FindByName(of_file_, placed.check.name);
    if (named == nullptr) {
      of_api.push_back(placed);
    } else if (*named != placed.check) {
      if (problem != nullptr)
        *problem = {.line = placed.line, .column = placed.column, .check = placed.check.name};
      return base::AlreadyExists(fmt::format(
          "check '{}' belongs to the file that awry was started with: change it there", placed.check.name));
    }
  }
  std::vector<PlacedCheck> all = of_file_;
  all.insert(all.end(), of_api.begin(), of_api.end());
  RETURN_IF_ERROR(RuleSet::Make(all, problem).status());
  const std::string text = yaml.empty() ? WriteYaml(Unplaced(of_api)) : yaml;
  RETURN_IF_ERROR(store_.PutDocument(kDocument, text));
  return Combine(of_file_, std::move(of_api), text, problem);
}

void CheckBook::ReloadFile() {
  if (file_.empty()) return;
  base::MutexLock lock(changing_);
  const std::string before = file_text_;
  const std::string problem_before = file_problem_;
  auto checks = ReadFile();
  if (checks.ok() && file_text_ == before && problem_before.empty()) return;
  Status status = checks.status();
  if (checks.ok()) {
    file_problem_.clear();
    status = Combine(*std::move(checks), of_api_, in_force()->yaml, nullptr).WithContext("--checks " + file_);
    if (status.ok()) {
      base::LogInfo("checks were read again: {} of the file", of_file_.size());
      return;
    }
  }
  file_problem_ = problem_before;
  if (status.message() == problem_before) return;
  file_problem_ = status.message();
  base::LogWarning("checks of the file are not in force, the former ones stay: {}", file_problem_);
  (void)Combine(of_file_, of_api_, in_force()->yaml, nullptr);
}

}  // namespace awry::check
