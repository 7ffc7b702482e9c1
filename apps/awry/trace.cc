// awry trace: one trace as a tree with its times.
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "awry/query/tag_search.h"
#include "backend.h"
#include "codec/json.h"
#include "commands.h"
#include "terminal.h"

namespace awry::app {
namespace {

struct Node {
  codec::JsonValue span;
  std::vector<size_t> children;
};

std::string TextOf(codec::JsonValue value) {
  if (const auto text = value.AsString()) return std::string(*text);
  if (const auto truth = value.AsBool()) return *truth ? "true" : "false";
  return std::string(value.NumberText());
}

std::string_view IdOf(codec::JsonValue span) { return span.Find("spanID").AsString().value_or(""); }

// The nodes, and the indexes of those without a parent here.
std::vector<size_t> Link(codec::JsonValue trace, std::vector<Node>& nodes) {
  std::map<std::string_view, size_t> by_id;
  for (const codec::JsonValue span : trace.Find("spans").items()) {
    by_id.emplace(IdOf(span), nodes.size());
    nodes.push_back({span, {}});
  }
  std::vector<size_t> roots;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const codec::JsonValue reference = nodes[i].span.Find("references").At(0);
    const bool child =
        reference.Find("refType").AsString() == "CHILD_OF" &&
        reference.Find("traceID").AsString() == nodes[i].span.Find("traceID").AsString();
    const auto parent =
        child ? by_id.find(reference.Find("spanID").AsString().value_or("")) : by_id.end();
    if (parent == by_id.end() || parent->second == i) {
      roots.push_back(i);
    } else {
      nodes[parent->second].children.push_back(i);
    }
  }
  return roots;
}

void PrintSpan(codec::JsonValue trace, const Node& node, size_t depth, int64_t first_us) {
  const std::string indent(depth * 2, ' ');
  const codec::JsonValue process =
      trace.Find("processes").Find(node.span.Find("processID").AsString().value_or(""));
  fmt::print("{:>10} {:>10}  {}{}: {}\n",
             "+" + query::DurationToText(
                       (node.span.Find("startTime").AsInt64().value_or(0) - first_us) * 1'000),
             query::DurationToText(node.span.Find("duration").AsInt64().value_or(0) * 1'000),
             indent, Visible(process.Find("serviceName").AsString().value_or("")),
             Visible(node.span.Find("operationName").AsString().value_or("")));
  for (const codec::JsonValue tag : node.span.Find("tags").items()) {
    fmt::print("{:23}{}  {} = {}\n", "", indent, Visible(tag.Find("key").AsString().value_or("")),
               Visible(TextOf(tag.Find("value"))));
  }
  for (const codec::JsonValue warning : node.span.Find("warnings").items()) {
    fmt::print("{:23}{}  warning: {}\n", "", indent, Visible(warning.AsString().value_or("")));
  }
}

void PrintTree(codec::JsonValue trace) {
  std::vector<Node> nodes;
  const std::vector<size_t> roots = Link(trace, nodes);
  int64_t first_us = nodes.empty() ? 0 : nodes[0].span.Find("startTime").AsInt64().value_or(0);
  for (const Node& node : nodes)
    first_us = std::min(first_us, node.span.Find("startTime").AsInt64().value_or(0));
  std::vector<std::pair<size_t, size_t>> open;  // index, depth; a stack
  for (auto root = roots.rbegin(); root != roots.rend(); ++root) open.emplace_back(*root, 0);
  while (!open.empty()) {
    const auto [index, depth] = open.back();
    open.pop_back();
    PrintSpan(trace, nodes[index], depth, first_us);
    for (auto child = nodes[index].children.rbegin(); child != nodes[index].children.rend();
         ++child)
      open.emplace_back(*child, depth + 1);
  }
}

}  // namespace

int RunTrace(const TraceOptions& options) {
  auto backend = Backend::Open(options.place, {});
  if (!backend.ok()) return Fail(backend.status());
  const auto answer = (*backend)->Get("/api/traces/" + net::UrlEncode(options.trace_id));
  if (!answer.ok()) return Fail(answer.status().WithContext(options.trace_id));
  if (options.json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  const auto document = codec::JsonDocument::Parse(*answer);
  if (!document.ok()) return Fail(document.status());
  PrintTree(document->root().Find("data").At(0));
  const auto labels =
      (*backend)->Get("/api/v1/labels?trace_id=" + net::UrlEncode(options.trace_id));
  const auto parsed = labels.ok() ? codec::JsonDocument::Parse(*labels) : labels.status();
  if (!parsed.ok()) return Fail(parsed.status());
  for (const codec::JsonValue label : parsed->root().Find("labels").items()) {
    fmt::print("labelled {}", label.Find("label").AsString().value_or(""));
    if (const auto expected = label.Find("expected").AsString())
      fmt::print(", expected {}", Visible(*expected));
    if (const auto source = label.Find("source").AsString())
      fmt::print(", by {}", Visible(*source));
    fmt::print("\n");
  }
  return 0;
}

}  // namespace awry::app
