// Reads the public data of Nezha (FSE 2023, IntelligentDDS/Nezha): minutes of traces and logs of two
// systems, with one fault injected at a time. Layout below its root:
//   construct_data/DATE/{trace/HH_MM_trace.csv,log/HH_MM_log.csv}   without a fault
//   rca_data/DATE/DATE-fault_list.json, rca_data/DATE/{trace,log}/… with one
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "trace/span.h"

namespace awry::made {

struct NezhaFault {
  std::string date;     // "2023-01-29"
  std::string minute;   // "08_43": of the injection
  std::string service;  // that it was injected into
  std::string kind;     // "return", "exception", "network_delay", "cpu_contention", "cpu_consumed"
};

// "ts-contacts-service-866bd68c97-xcqfx" → "ts-contacts-service".
std::string ServiceOfPod(std::string_view pod);
// The place in the code that wrote a log line; else the line without what differs from one to the next: ids, numbers, values.
std::string LogTemplate(std::string_view line);
// "08_59" → "09_00".
std::string NextMinute(std::string_view minute);

// Faults of a day. kNotFound, kInvalidArgument.
base::Result<std::vector<NezhaFault>> ReadNezhaFaults(const std::string& root, const std::string& date);
// Traces of one minute below `folder` (…/DATE); their log lines stand as events of their spans, when wanted and
// the log file is there. kNotFound without the trace file; kInvalidArgument names file and line.
base::Result<std::vector<trace::Trace>> ReadNezhaMinute(const std::string& folder, const std::string& minute, bool with_logs = true);
bool NezhaMinuteHasLogs(const std::string& folder, const std::string& minute);
// Minutes that have traces, in order.
std::vector<std::string> NezhaMinutes(const std::string& folder);

}  // namespace awry::made
