#include "awry/ingest/jaeger_udp_receiver.h"

#include <gtest/gtest.h>

#include "awry/ingest/fake_store.h"
#include "codec/base64.h"
#include "net/udp.h"

namespace awry::ingest {
namespace {

// Made by the Python client that is generated from Jaeger's IDL.
std::string CompactDatagram() {
  return *codec::HexDecode(
      "82810009656d697442617463681c1c180373766300191c16909cb0d080c181820216011604160218026f70250216"
      "8080a0faa0ccd705"
      "1614194c18016215043100180164150227000000000000e03f0018016c15064609001801781508580200ff000000"
      "00");
}
std::string BinaryDatagram() {
  return *codec::HexDecode(
      "8001000400000009656d69744261746368000000000c00010c00010b000100000003737663000f00020c00000001"
      "0a00010102030405"
      "0607080a0002ffffffffffffffff0a000300000000000000020a000400000000000000010b0005000000026f7008"
      "0007000000010a00"
      "080005af3107a400000a0009000000000000000a0f000a0c000000040b0001000000016208000200000002020005"
      "01000b0001000000"
      "0164080002000000010400043fe0000000000000000b0001000000016c080002000000030a0006ffffffffffffff"
      "fb000b0001000000"
      "0178080002000000040b00070000000200ff00000000");
}

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
