// DELETE /ledger?erase=1: nothing of the user is written to another service once it is answered.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "finance/transaction_processor/running_service_test.h"

namespace finance::transaction_processor {
namespace {

constexpr char kRow[] = R"({"id":"t1","user_id":"user123","account":"acc","date":"2026-01-05","amount_minor":-350,"currency":"EUR","description":"COFFEE"})";
constexpr char kErase[] = "/ledger?user_id=user123&erase=1";

void MakeAccount(Running& service) {
  service.Json("PUT", "/accounts/acc", R"({"user_id":"user123","name":"A","kind":"checking","currency":"EUR"})");
}

TEST(Erasure, IsAnsweredOnceTheJobsThatHaveReadARowAreThrough) {
  Peer peer;
  Running service(peer);
  MakeAccount(service);
  peer.Hold("/statistics");
  service.Json("POST", "/transactions", kRow, 201);
  peer.Calls("PUT /statistics", 1);  // it hangs there
  std::atomic<bool> released = false;
  std::jthread erasing([&] {
    EXPECT_EQ(service.Send("DELETE", kErase).status, 200);
    EXPECT_TRUE(released.load()) << "a job still writes";
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (service.Send("GET", "/transactions/t1").status != 404) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(service.Send("GET", "/transactions/t1").status, 404);
  released = true;
  peer.Release();
}

TEST(Erasure, WaitsForRowsThatAreStillToBeTakenAwayElsewhere) {
  Peer peer;
  Running service(peer);
  MakeAccount(service);
  service.Json("POST", "/transactions?wait=processed", kRow, 201);
  peer.Fail("/statistics", 503);
  service.Json("DELETE", "/ledger?user_id=user123");
  peer.Calls("DELETE /statistics", 1);
  EXPECT_EQ(service.Send("DELETE", kErase).status, 503);
  EXPECT_EQ(service.Send("DELETE", "/ledger?user_id=user12&erase=1").status, 200) << "another user's";
  peer.Fail("", 0);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (service.Send("DELETE", kErase).status != 200) ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  const size_t before = peer.Calls("DELETE /spending", 1).size();
  EXPECT_EQ(service.Send("DELETE", kErase).status, 200);
  EXPECT_EQ(peer.Calls("DELETE /spending", 1).size(), before);
}

}  // namespace
}  // namespace finance::transaction_processor
