#include "awry/ingest/jaeger_udp_receiver.h"

#include <gtest/gtest.h>

#include "awry/ingest/fake_store.h"
#include "awry/ingest/jaeger_vectors.h"
#include "net/udp.h"

namespace awry::ingest {
namespace {

std::unique_ptr<net::UdpSender> SenderTo(const JaegerUdpReceiver& receiver) {
  return *net::UdpSender::Create("127.0.0.1", receiver.port());
}

TEST(JaegerUdp, KeepsSpansOfBothEncodings) {
  for (const JaegerEncoding encoding : {JaegerEncoding::kCompact, JaegerEncoding::kBinary}) {
    const bool compact = encoding == JaegerEncoding::kCompact;
    FakeStore store;
    IngestStats stats;
    auto receiver = StartJaegerUdp(store, {.encoding = encoding, .stats = &stats});
    ASSERT_TRUE(receiver.ok()) << receiver.status().ToString();
    ASSERT_TRUE(SenderTo(**receiver)->Send(compact ? CompactDatagram() : BinaryDatagram()).ok());
    ASSERT_TRUE(store.WaitForSpans(1));
    const trace::Span span = store.spans()[0];
    EXPECT_EQ(span.trace_id, (trace::TraceId{UINT64_MAX, 0x0102030405060708}));
    EXPECT_EQ(span.resource->service, "svc");
    EXPECT_EQ(span.start_ns, 1'600'000'000'000'000'000);
    EXPECT_EQ(span.attributes.size(), 4u);
    (*receiver)->Stop();
    EXPECT_EQ(stats.spans(compact ? Protocol::kJaegerCompact : Protocol::kJaegerBinary), 1u);
  }
}

TEST(JaegerUdp, ABadDatagramIsCountedAndHarmsNoOther) {
  FakeStore store;
  IngestStats stats;
  auto receiver = StartJaegerUdp(store, {.stats = &stats});
  ASSERT_TRUE(receiver.ok());
  const auto sender = SenderTo(**receiver);
  ASSERT_TRUE(sender->Send(CompactDatagram().substr(0, 60)).ok());
  ASSERT_TRUE(sender->Send("garbage").ok());
  ASSERT_TRUE(sender->Send(CompactDatagram()).ok());
  ASSERT_TRUE(store.WaitForSpans(1));
  (*receiver)->Stop();
  EXPECT_EQ(stats.refused(Protocol::kJaegerCompact, Refusal::kMalformed), 2u);
  EXPECT_EQ(store.spans().size(), 1u) << "nothing of a datagram that breaks off is kept";
}

TEST(JaegerUdp, DatagramsThatComeTogetherShareACommit) {
  FakeStore store;
  auto receiver =
      StartJaegerUdp(store, {.batch_datagrams_max = 10, .batch_wait = std::chrono::seconds(30)});
  ASSERT_TRUE(receiver.ok());
  const auto sender = SenderTo(**receiver);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(sender->Send(CompactDatagram()).ok());
  ASSERT_TRUE(store.WaitForSpans(10));
  EXPECT_EQ(store.commits(), 1u);
}

TEST(JaegerUdp, StoppingCommitsWhatIsQueued) {
  FakeStore store;
  IngestStats stats;
  auto receiver =
      StartJaegerUdp(store, {.batch_wait = std::chrono::milliseconds(1), .stats = &stats});
  ASSERT_TRUE(receiver.ok());
  ASSERT_TRUE(SenderTo(**receiver)->Send(CompactDatagram()).ok());
  ASSERT_TRUE(store.WaitForSpans(1));
  (*receiver)->Stop();
  (*receiver)->Stop();
  EXPECT_EQ(stats.requests(Protocol::kJaegerCompact), 1u);
}

TEST(JaegerUdp, WhatTheStoreRefusesIsCounted) {
  FakeStore store;
  store.FailWith(base::ResourceExhausted("full"));
  IngestStats stats;
  auto receiver = StartJaegerUdp(store, {.stats = &stats});
  ASSERT_TRUE(receiver.ok());
  ASSERT_TRUE(SenderTo(**receiver)->Send(CompactDatagram()).ok());
  ASSERT_TRUE(store.WaitForCommits(1));
  (*receiver)->Stop();
  EXPECT_EQ(stats.refused(Protocol::kJaegerCompact, Refusal::kOverload), 1u);
  EXPECT_NE(stats.ToPrometheus().find(
                "awry_ingest_refused_total{protocol=\"jaeger_compact\",reason=\"overload\"} 1"),
            std::string::npos);
}

}  // namespace
}  // namespace awry::ingest
