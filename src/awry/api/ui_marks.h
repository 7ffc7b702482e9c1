// index.html as it is served: base path and configuration written into it, and the content security
// policy that lets its own inline scripts run and no others (wire-contract 10).
#pragma once

#include <string>
#include <string_view>

namespace awry::api {

struct UiOptions {
  std::string base_path;  // "" or "/jaeger"
  std::string config;     // JSON object for JAEGER_CONFIG; "" leaves the page's default
  std::string version;
  bool archive = false;  // whether traces can be archived
  // A build of Jaeger's own pages: they write styles inline and lay graphs out in WebAssembly.
  bool stock = false;
};

// Replaces the base element's href and the marks that Jaeger replaces, where they are.
void WriteMarks(const UiOptions& options, std::string& html);

// The value of Content-Security-Policy for `html` and all that it loads: everything from here,
// inline scripts by their hashes.
std::string PolicyOf(std::string_view html, const UiOptions& options);

}  // namespace awry::api
