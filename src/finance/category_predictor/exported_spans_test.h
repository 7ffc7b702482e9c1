// Collects the spans that the SDK exports, for tests.
#pragma once

#include <awry/sdk/sdk.h>
#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "finance/category_predictor/features.h"

namespace finance::category_predictor {

// A span as it was exported.
struct SeenSpan {
  std::string name;
  std::string id;
  std::string parent;
  std::map<std::string, FeatureValue> attributes;
  std::map<std::string, std::string> texts;  // owns what `attributes` shows
  std::vector<std::string> events;
  uint64_t status = 0;
};

// Reads protobuf fields: calls `take(number, integer, bytes)`.
template <typename Take>
void ForEachField(std::string_view in, const Take& take) {
  size_t at = 0;
  const auto varint = [&] {
    uint64_t value = 0;
    for (int shift = 0; at < in.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in[at++]);
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < in.size()) {
    const uint64_t tag = varint();
    uint64_t integer = 0;
    std::string_view bytes;
    if ((tag & 7) == 0) integer = varint();
    const size_t fixed = (tag & 7) == 1 ? 8 : (tag & 7) == 5 ? 4 : 0;
    if ((tag & 7) == 2 || fixed > 0) {
      const size_t size = fixed > 0 ? fixed : varint();
      bytes = in.substr(at, size);
      at += size;
      for (size_t i = 0; i < fixed; ++i)
        integer |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    take(tag >> 3, integer, bytes);
  }
}

inline void ReadAttribute(std::string_view in, SeenSpan& span) {
  std::string key;
  ForEachField(in, [&](uint64_t field, uint64_t, std::string_view bytes) {
    if (field == 1) key = bytes;
    if (field != 2) return;
    ForEachField(bytes, [&](uint64_t kind, uint64_t integer, std::string_view text) {
      if (kind == 1) {
        span.texts[key] = text;
        span.attributes[key] = std::string_view(span.texts[key]);
      } else if (kind == 4) {
        span.attributes[key] = std::bit_cast<double>(integer);
      } else {
        span.attributes[key] = static_cast<int64_t>(integer);
      }
    });
  });
}

inline SeenSpan ReadSpan(std::string_view in) {
  SeenSpan span;
  ForEachField(in, [&](uint64_t field, uint64_t, std::string_view bytes) {
    if (field == 2) span.id = bytes;
    if (field == 4) span.parent = bytes;
    if (field == 5) span.name = bytes;
    if (field == 9) ReadAttribute(bytes, span);
    if (field == 11) {
      ForEachField(bytes, [&](uint64_t f, uint64_t, std::string_view b) {
        if (f == 2) span.events.emplace_back(b);
      });
    }
    if (field == 15) {
      ForEachField(bytes, [&](uint64_t f, uint64_t integer, std::string_view) {
        if (f == 3) span.status = integer;
      });
    }
  });
  return span;
}

// Collects what the SDK exports.
class Exported {
 public:
  Exported() {
    awry::sdk::Options options;
    options.exporter = awry::sdk::Options::Exporter::kCallback;
    options.on_export = [this](std::string_view request, size_t) {
      const std::lock_guard lock(mutex_);
      ForEachField(request, [&](uint64_t, uint64_t, std::string_view resource_spans) {
        ForEachField(resource_spans, [&](uint64_t a, uint64_t, std::string_view scope_spans) {
          if (a != 2) return;
          ForEachField(scope_spans, [&](uint64_t b, uint64_t, std::string_view span) {
            if (b == 2) requests_.push_back(std::string(span));
          });
        });
      });
      return true;
    };
    awry::sdk::setup_tracing("category-predictor-test", options);
  }
  ~Exported() { awry::sdk::shutdown(); }

  // The spans so far, by name; call once nothing runs.
  std::multimap<std::string, std::shared_ptr<SeenSpan>> Take() {
    EXPECT_TRUE(awry::sdk::force_flush());
    const std::lock_guard lock(mutex_);
    std::multimap<std::string, std::shared_ptr<SeenSpan>> out;
    for (const std::string& bytes : requests_) {
      // Read again into its place: the attributes' views point into the span itself.
      auto span = std::make_shared<SeenSpan>(ReadSpan(bytes));
      for (auto& [key, text] : span->texts) span->attributes[key] = std::string_view(text);
      out.emplace(span->name, span);
    }
    requests_.clear();
    return out;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> requests_;
};

}  // namespace finance::category_predictor
