#include "finance/delivery/letter.h"

#include <fmt/format.h>

namespace finance::delivery {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::string TextOf(const Letter& letter) {
  std::string out;
  for (const Section& section : letter.sections) {
    if (!out.empty()) out += '\n';
    if (!section.heading.empty()) out += section.heading + "\n";
    for (const Line& line : section.lines) {
      out += (section.heading.empty() ? "" : "  ") + line.text + (line.value.empty() ? "" : ": " + line.value) + "\n";
    }
  }
  return out;
}

// Mail programs read styles of elements only.
std::string HtmlOf(const Letter& letter, Language language) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>"
      "<body style=\"font-family:sans-serif;font-size:15px;line-height:1.5;color:#1d2430\">\n<h1 style=\"font-size:18px\">{}</h1>\n",
      TagOf(language), Escaped(letter.subject), Escaped(letter.subject));
  for (const Section& section : letter.sections) {
    if (!section.heading.empty()) out += "<h2 style=\"font-size:15px;margin:18px 0 4px\">" + Escaped(section.heading) + "</h2>\n";
    out += "<table role=\"presentation\" style=\"border-collapse:collapse\">\n";
    for (const Line& line : section.lines) {
      out += "<tr><td style=\"padding:2px 24px 2px 0\">" + Escaped(line.text) + "</td><td style=\"padding:2px 0\">" + Escaped(line.value) + "</td></tr>\n";
    }
    out += "</table>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace finance::delivery
