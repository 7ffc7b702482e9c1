#include "awry/api/ui_marks.h"

#include <openssl/evp.h>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace awry::api {
namespace {

void Replace(std::string_view mark, const std::string& with, std::string& html) {
  if (const size_t at = html.find(mark); at != std::string::npos)
    html.replace(at, mark.size(), with);
}

// JSON as it may stand in a script: nothing in it ends the element.
std::string ForScript(std::string_view json) {
  std::string out;
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string VersionJson(const std::string& version) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("gitCommit").String("").Key("gitVersion").String(version);
  json.Key("buildDate").String("").EndObject();
  return ForScript(out);
}

std::string CapabilitiesJson(const UiOptions& options, bool whole) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("archiveStorage").Bool(options.archive).Key("metricsStorage").Bool(true);
  if (whole) json.Key("searchWithoutServiceName").Bool(true).Key("aiAssistant").Bool(false);
  json.EndObject();
  return out;
}

std::string Sha256Base64(std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  CHECK(EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr) == 1);
  return codec::Base64Encode({reinterpret_cast<const char*>(digest), length});
}

// The sources of every inline script, as ` 'sha256-…'`.
std::string InlineScripts(std::string_view html) {
  std::string out;
  size_t at = 0;
  while ((at = html.find("<script", at)) != std::string_view::npos) {
    const size_t tag_end = html.find('>', at);
    const size_t end = html.find("</script>", at);
    if (tag_end == std::string_view::npos || end == std::string_view::npos) break;
    const std::string_view tag = html.substr(at, tag_end - at);
    if (tag.find(" src=") == std::string_view::npos && tag_end < end)
      out += " 'sha256-" + Sha256Base64(html.substr(tag_end + 1, end - tag_end - 1)) + "'";
    at = end;
  }
  return out;
}

}  // namespace

void WriteMarks(const UiOptions& options, std::string& html) {
  Replace("<base href=\"/\"", "<base href=\"" + options.base_path + "/\"", html);
  if (!options.config.empty()) {
    Replace("JAEGER_CONFIG = DEFAULT_CONFIG;", "JAEGER_CONFIG = " + ForScript(options.config) + ";",
            html);
  }
  Replace("JAEGER_VERSION = DEFAULT_VERSION;",
          "JAEGER_VERSION = " + VersionJson(options.version) + ";", html);
  Replace("JAEGER_STORAGE_CAPABILITIES = DEFAULT_STORAGE_CAPABILITIES;",
          "JAEGER_STORAGE_CAPABILITIES = " + CapabilitiesJson(options, false) + ";", html);
  Replace("JAEGER_BACKEND_CAPABILITIES = DEFAULT_BACKEND_CAPABILITIES;",
          "JAEGER_BACKEND_CAPABILITIES = " + CapabilitiesJson(options, true) + ";", html);
}

std::string PolicyOf(std::string_view html, const UiOptions& options) {
  const std::string style = options.stock ? "'self' 'unsafe-inline'" : "'self'";
  const std::string font = options.stock ? "'self' data:" : "'self'";
  const std::string script = options.stock ? "'self' 'wasm-unsafe-eval'" : "'self'";
  return "default-src 'none'; script-src " + script + InlineScripts(html) + "; style-src " + style +
         "; img-src 'self' data:; font-src " + font +
         "; connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";
}

}  // namespace awry::api
