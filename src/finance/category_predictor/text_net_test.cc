#include "finance/category_predictor/text_net.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "finance/category_predictor/text_net_trainer.h"

namespace finance::category_predictor {
namespace {

std::vector<TextGram> GramsOf(std::string_view text) {
  std::vector<TextGram> grams;
  AppendTextGrams(text, 1U << 17, grams);
  return grams;
}

size_t Best(const TextNet& net, std::string_view text, const NetContext& context) {
  NetPass pass;
  pass.vector = PoolVectors(net, GramsOf(text));
  RunNet(net, context, pass);
  return static_cast<size_t>(std::max_element(pass.logits.begin(), pass.logits.end()) - pass.logits.begin());
}

float Cosine(const TextVector& a, const TextVector& b) {
  float product = 0;
  float of_a = 0;
  float of_b = 0;
  for (size_t d = 0; d < kNetWidth; ++d) {
    product += a[d] * b[d];
    of_a += a[d] * a[d];
    of_b += b[d] * b[d];
  }
  return product / std::sqrt(of_a * of_b);
}

TEST(TextNet, SeesTextAmountAndSharesTogether) {
  TextNet net;
  TextNetTrainer trainer(net, {}, 1);
  const auto corner = GramsOf("corner");
  std::array<float, kClasses> cook{};
  cook[3] = 2;
  std::array<float, kClasses> diner{};
  diner[4] = 2;
  for (int i = 0; i < 200; ++i) {
    trainer.Step(corner, {.amount_bin = 3, .share_logits = cook.data()}, 3, 1);
    trainer.Step(corner, {.amount_bin = 3, .share_logits = diner.data()}, 4, 1);
    trainer.Step(corner, {.amount_bin = 9, .share_logits = diner.data()}, 9, 1);
    trainer.Step(GramsOf("petrol"), {.amount_bin = 3, .share_logits = cook.data()}, 10, 1);
  }
  EXPECT_EQ(Best(net, "corner", {.amount_bin = 3, .share_logits = cook.data()}), 3u);
  EXPECT_EQ(Best(net, "corner", {.amount_bin = 3, .share_logits = diner.data()}), 4u);
  EXPECT_EQ(Best(net, "corner", {.amount_bin = 9, .share_logits = diner.data()}), 9u);
  EXPECT_EQ(Best(net, "petrol", {.amount_bin = 3, .share_logits = cook.data()}), 10u);
}

TEST(TextNet, NamesOfOneClassLieSideBySide) {
  TextNet net;
  TextNetTrainer trainer(net, {}, 1);
  for (int i = 0; i < 100; ++i) {
    trainer.Step(GramsOf("pizza house"), {}, 4, 1);
    trainer.Step(GramsOf("burger inn"), {}, 4, 1);
    trainer.Step(GramsOf("petrol station"), {}, 9, 1);
  }
  const TextVector pizza = PoolVectors(net, GramsOf("pizza house"));
  EXPECT_GT(Cosine(pizza, PoolVectors(net, GramsOf("burger inn"))),
            Cosine(pizza, PoolVectors(net, GramsOf("petrol station"))) + 0.3F);
}

TEST(TextNet, AWeightOfNothingMovesNothing) {
  TextNet net;
  TextNetTrainer trainer(net, {}, 1);
  const std::vector<float> vectors = net.vectors;
  const auto bias = net.bias;
  trainer.Step(GramsOf("corner"), {.amount_bin = 3}, 3, 0);
  EXPECT_EQ(net.vectors, vectors);
  EXPECT_EQ(net.bias, bias);
}

TEST(TextNet, AnEmptyTextIsJudgedByTheRest) {
  TextNet net;
  TextNetTrainer trainer(net, {}, 1);
  for (int i = 0; i < 50; ++i) trainer.Step({}, {.amount_bin = 30}, 0, 1);
  EXPECT_EQ(Best(net, "", {.amount_bin = 30}), 0u);
}

}  // namespace
}  // namespace finance::category_predictor
