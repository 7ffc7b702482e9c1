// The query server under gRPC's own client, with stubs made from the published .proto files.
// Ours come first: Abseil, which gRPC includes, defines GUARDED_BY as well.
#include "awry/api/query_grpc_served_test.h"
#include "wire/otlp_proto.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <set>

#include "jaeger/api_v2/query.grpc.pb.h"
#include "jaeger/api_v3/query_service.grpc.pb.h"

namespace awry::api {
namespace {

namespace v2 = jaeger::api_v2;
namespace v3 = jaeger::api_v3;
namespace otlp = opentelemetry::proto::trace::v1;
using grpc::StatusCode;
using query::Attr;
using query::MakeTrace;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr size_t kClientMessageBytesMax = 4 << 20;  // what gRPC's clients take by default

std::string IdBytes(uint64_t low) {
  std::string out;
  trace::AppendBytes(trace::TraceId{0, low}, out);
  return out;
}

// All messages of a stream, and how it ended.
template <typename Message, typename Reader>
std::vector<Message> ReadAll(Reader reader, grpc::Status& status) {
  std::vector<Message> out;
  Message message;
  while (reader->Read(&message)) {
    EXPECT_LT(message.ByteSizeLong(), kClientMessageBytesMax);
    out.push_back(message);
  }
  status = reader->Finish();
  return out;
}

std::vector<v2::Span> SpansV2(const std::vector<v2::SpansResponseChunk>& chunks) {
  std::vector<v2::Span> out;
  for (const auto& chunk : chunks)
    out.insert(out.end(), chunk.spans().begin(), chunk.spans().end());
  return out;
}

std::vector<otlp::Span> SpansV3(const std::vector<otlp::TracesData>& messages) {
  std::vector<otlp::Span> out;
  for (const auto& message : messages) {
    for (const auto& resource : message.resource_spans()) {
      for (const auto& scope : resource.scope_spans())
        out.insert(out.end(), scope.spans().begin(), scope.spans().end());
    }
  }
  return out;
}

std::vector<v2::Span> GetTraceV2(Served& served, const std::string& id, grpc::Status& status) {
  const auto stub = v2::QueryService::NewStub(served.channel);
  grpc::ClientContext context;
  v2::GetTraceRequest request;
  request.set_trace_id(id);
  return SpansV2(ReadAll<v2::SpansResponseChunk>(stub->GetTrace(&context, request), status));
}

std::vector<otlp::Span> GetTraceV3(Served& served, const std::string& id, grpc::Status& status) {
  const auto stub = v3::QueryService::NewStub(served.channel);
  grpc::ClientContext context;
  v3::GetTraceRequest request;
  request.set_trace_id(id);
  return SpansV3(ReadAll<otlp::TracesData>(stub->GetTrace(&context, request), status));
}

v3::TraceQueryParameters WholeDay() {
  v3::TraceQueryParameters query;
  query.mutable_start_time_min()->set_seconds(kStartNs / 1'000'000'000 - 3'600);
  query.mutable_start_time_max()->set_seconds(kStartNs / 1'000'000'000 + 3'600);
  return query;
}

std::vector<otlp::Span> FindV3(Served& served, const v3::TraceQueryParameters& query,
                               grpc::Status& status) {
  const auto stub = v3::QueryService::NewStub(served.channel);
  grpc::ClientContext context;
  v3::FindTracesRequest request;
  *request.mutable_query() = query;
  return SpansV3(ReadAll<otlp::TracesData>(stub->FindTraces(&context, request), status));
}

TEST(QueryGrpc, ReadsATraceThroughBothGenerations) {
  Served served;
  FillTwoTraces(served.http);
  grpc::Status status;
  const auto old_spans = GetTraceV2(served, IdBytes(0xa), status);
  EXPECT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(old_spans.size(), 2u);
  EXPECT_EQ(old_spans[0].trace_id(), IdBytes(0xa));
  EXPECT_EQ(old_spans[0].span_id(), std::string("\0\0\0\0\0\0\0\1", 8));
  EXPECT_EQ(old_spans[0].operation_name(), "GET /");
  EXPECT_EQ(old_spans[0].process().service_name(), "web");
  EXPECT_EQ(old_spans[0].start_time().seconds(), kStartNs / 1'000'000'000);
  EXPECT_EQ(old_spans[0].start_time().nanos(), 1'000);
  EXPECT_EQ(old_spans[0].duration().nanos(), 5'000'000);
  ASSERT_EQ(old_spans[0].tags_size(), 3);
  EXPECT_EQ(old_spans[0].tags(0).key(), "code");
  EXPECT_EQ(old_spans[0].tags(0).v_type(), v2::INT64);
  EXPECT_EQ(old_spans[0].tags(0).v_int64(), 500);
  EXPECT_EQ(old_spans[0].tags(2).key(), "span.kind");
  EXPECT_EQ(old_spans[0].tags(2).v_str(), "server");
  ASSERT_EQ(old_spans[1].references_size(), 1);
  EXPECT_EQ(old_spans[1].references(0).ref_type(), v2::CHILD_OF);
  EXPECT_EQ(old_spans[1].references(0).span_id(), std::string("\0\0\0\0\0\0\0\1", 8));
  EXPECT_EQ(old_spans[1].duration().nanos(), 1'000'007) << "nanoseconds are kept";

  for (const char* id : {"a", "0000000000000000000000000000000A"}) {
    const auto spans = GetTraceV3(served, id, status);
    EXPECT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(spans.size(), 2u);
    EXPECT_EQ(spans[0].trace_id(), IdBytes(0xa));
    EXPECT_EQ(spans[0].name(), "GET /");
    EXPECT_EQ(spans[0].start_time_unix_nano(), static_cast<uint64_t>(kStartNs + 1'000));
    EXPECT_EQ(spans[1].parent_span_id(), spans[0].span_id());
    EXPECT_EQ(spans[1].status().code(), otlp::Status::STATUS_CODE_ERROR);
  }
}

TEST(QueryGrpc, StreamsALargeTraceInMessagesThatClientsTake) {
  constexpr uint64_t kSpans = 20'000;
  Served served;
  std::vector<query::SpanSpec> specs;
  for (uint64_t i = 1; i <= kSpans; ++i) {
    specs.push_back({.id = i,
                     .parent = i / 2,
                     .service = "s" + std::to_string(i % 7),
                     .attributes = {Attr("text", std::string(300, 'x').c_str())},
                     .start_ns = static_cast<int64_t>(i)});
  }
  served.http.Add(MakeTrace(0xc, std::move(specs)));
  grpc::Status status;
  std::set<std::string> ids;
  for (const v2::Span& span : GetTraceV2(served, IdBytes(0xc), status)) ids.insert(span.span_id());
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(ids.size(), kSpans);
  ids.clear();
  for (const otlp::Span& span : GetTraceV3(served, "c", status)) ids.insert(span.span_id());
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(ids.size(), kSpans);
}

TEST(QueryGrpc, SaysWhatIsWrongInGrpcsCodes) {
  Served served;
  FillTwoTraces(served.http);
  grpc::Status status;
  (void)GetTraceV2(served, IdBytes(0xdead), status);
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "trace not found");
  (void)GetTraceV3(served, "dead", status);
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  for (const std::string& id :
       {std::string(), std::string("abc"), std::string(16, '\0'), std::string(17, 'x')}) {
    (void)GetTraceV2(served, id, status);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  }
  for (const char* id : {"", "xyz", "0", "123456789012345678901234567890123"}) {
    (void)GetTraceV3(served, id, status);
    EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT) << id;
  }
  grpc::ClientContext old_context, new_context;
  (void)ReadAll<v2::SpansResponseChunk>(
      v2::QueryService::NewStub(served.channel)->FindTraces(&old_context, {}), status);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "missing query");
  (void)ReadAll<otlp::TracesData>(
      v3::QueryService::NewStub(served.channel)->FindTraces(&new_context, {}), status);
  EXPECT_EQ(status.error_message(), "missing query");
  v3::TraceQueryParameters query = WholeDay();
  query.clear_start_time_max();
  (void)FindV3(served, query, status);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("query.startTimeMax"));
  query = WholeDay();
  query.set_search_depth(-1);
  (void)FindV3(served, query, status);
  EXPECT_THAT(status.error_message(), HasSubstr("query.searchDepth"));
}

TEST(QueryGrpc, FindsTracesByWhatOneSpanSatisfies) {
  Served served;
  FillTwoTraces(served.http);
  const auto stub = v2::QueryService::NewStub(served.channel);
  const auto find_v2 = [&](const v2::TraceQueryParameters& query) {
    grpc::ClientContext context;
    grpc::Status status;
    v2::FindTracesRequest request;
    *request.mutable_query() = query;
    const auto spans =
        SpansV2(ReadAll<v2::SpansResponseChunk>(stub->FindTraces(&context, request), status));
    EXPECT_TRUE(status.ok()) << status.error_message();
    return spans.size();
  };
  v2::TraceQueryParameters old_query;
  old_query.set_service_name("web");
  EXPECT_EQ(find_v2(old_query), 3u) << "two traces, no times needed";
  (*old_query.mutable_tags())["user"] = "u1";
  old_query.mutable_start_time_min()->set_seconds(-62'135'596'800);  // Go's zero time: none
  old_query.mutable_duration_min();
  EXPECT_EQ(find_v2(old_query), 2u);
  old_query.mutable_duration_min()->set_seconds(1);
  EXPECT_EQ(find_v2(old_query), 0u);

  grpc::Status status;
  v3::TraceQueryParameters query = WholeDay();
  (*query.mutable_attributes())["code"] = "500";
  EXPECT_EQ(FindV3(served, query, status).size(), 2u);
  query.clear_attributes();
  query.set_search_depth(1);
  const auto newest = FindV3(served, query, status);
  ASSERT_EQ(newest.size(), 1u);
  EXPECT_EQ(newest[0].name(), "POST /");
}

TEST(QueryGrpc, TakesAStructuredFilter) {
  Served served;
  FillTwoTraces(served.http);
  v3::TraceQueryParameters query = WholeDay();
  auto* filter = query.mutable_filter();
  filter->set_op("gt");
  filter->add_args()->mutable_attr()->set_key("code");
  filter->add_args()->mutable_scalar()->set_value("499");
  grpc::Status status;
  EXPECT_EQ(FindV3(served, query, status).size(), 2u);
  EXPECT_TRUE(status.ok()) << status.error_message();
  filter->set_op("lt");
  EXPECT_EQ(FindV3(served, query, status).size(), 0u);
  EXPECT_TRUE(status.ok()) << "nothing found is no error over gRPC";
  filter->set_op("almost");
  (void)FindV3(served, query, status);
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("unknown filter operator 'almost'"));
  filter->set_op("gt");
  query.set_service_name("web");
  (void)FindV3(served, query, status);
  EXPECT_THAT(status.error_message(), HasSubstr("query.filter: it cannot be given with"));
}

TEST(QueryGrpc, ListsSummariesServicesOperationsAndDependencies) {
  Served served;
  FillTwoTraces(served.http);
  const auto stub = v3::QueryService::NewStub(served.channel);
  grpc::Status status;
  {
    grpc::ClientContext context;
    v3::FindTraceSummariesRequest request;
    *request.mutable_query() = WholeDay();
    const auto messages = ReadAll<v3::FindTraceSummariesResponse>(
        stub->FindTraceSummaries(&context, request), status);
    ASSERT_EQ(messages.size(), 1u);
    ASSERT_EQ(messages[0].summaries_size(), 2);
    const v3::TraceSummary& summary = messages[0].summaries(1);
    EXPECT_EQ(summary.trace_id(), "0000000000000000000000000000000a");
    EXPECT_EQ(summary.root_service_name(), "web");
    EXPECT_EQ(summary.root_operation_name(), "GET /");
    EXPECT_EQ(summary.min_start_time_unix_nano(), static_cast<uint64_t>(kStartNs + 1'000));
    EXPECT_EQ(summary.max_end_time_unix_nano(), static_cast<uint64_t>(kStartNs + 5'001'000));
    EXPECT_EQ(summary.span_count(), 2);
    EXPECT_EQ(summary.error_span_count(), 1);
    ASSERT_EQ(summary.services_size(), 2);
    EXPECT_EQ(summary.services(0).name(), "db");
    EXPECT_EQ(summary.services(0).error_span_count(), 1);
  }
  grpc::ClientContext services_context, operations_context, dependencies_context;
  v3::GetServicesResponse services;
  EXPECT_TRUE(stub->GetServices(&services_context, {}, &services).ok());
  EXPECT_THAT(services.services(), ElementsAre("db", "web"));
  v3::GetOperationsRequest of_web;
  of_web.set_service("web");
  of_web.set_span_kind("server");
  v3::GetOperationsResponse operations;
  EXPECT_TRUE(stub->GetOperations(&operations_context, of_web, &operations).ok());
  ASSERT_EQ(operations.operations_size(), 1);
  EXPECT_EQ(operations.operations(0).name(), "GET /");
  EXPECT_EQ(operations.operations(0).span_kind(), "server");
  v3::GetDependenciesRequest day;
  *day.mutable_start_time() = WholeDay().start_time_min();
  *day.mutable_end_time() = WholeDay().start_time_max();
  v3::DependenciesResponse links;
  EXPECT_TRUE(stub->GetDependencies(&dependencies_context, day, &links).ok());
  ASSERT_EQ(links.dependencies_size(), 1);
  EXPECT_EQ(links.dependencies(0).parent(), "web");
  EXPECT_EQ(links.dependencies(0).child(), "db");
  EXPECT_EQ(links.dependencies(0).call_count(), 1u);

  const auto old_stub = v2::QueryService::NewStub(served.channel);
  grpc::ClientContext old_context, old_links_context;
  v2::GetOperationsRequest of_web_v2;
  of_web_v2.set_service("web");
  v2::GetOperationsResponse old_operations;
  EXPECT_TRUE(old_stub->GetOperations(&old_context, of_web_v2, &old_operations).ok());
  EXPECT_THAT(old_operations.operationnames(), ElementsAre("GET /", "POST /"));
  EXPECT_EQ(old_operations.operations_size(), 2);
  v2::GetDependenciesResponse old_links;
  EXPECT_TRUE(old_stub->GetDependencies(&old_links_context, {}, &old_links).ok());
  EXPECT_EQ(old_links.dependencies_size(), 1);
}

TEST(QueryGrpc, ArchivesATraceAndReadsItWhenTheStoreHasItNoMore) {
  Served served;
  FillTwoTraces(served.http);
  const auto stub = v2::QueryService::NewStub(served.channel);
  const auto archive = [&](const std::string& id) {
    grpc::ClientContext context;
    v2::ArchiveTraceRequest request;
    request.set_trace_id(id);
    v2::ArchiveTraceResponse response;
    return stub->ArchiveTrace(&context, request, &response);
  };
  EXPECT_TRUE(archive(IdBytes(0xa)).ok());
  EXPECT_TRUE(archive(IdBytes(0xa)).ok()) << "again changes nothing";
  const auto kept = served.archive().GetTrace({0, 0xa});
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->spans.size(), 2u);
  EXPECT_EQ(archive(IdBytes(0xdead)).error_code(), StatusCode::NOT_FOUND);
  // As if retention had dropped it from the store.
  const auto batch = served.archive().NewBatch();
  trace::Replay(query::MakeSpan({0, 0xe}, {.id = 5}), *batch);
  ASSERT_TRUE(batch->Commit().ok());
  grpc::Status status;
  EXPECT_EQ(GetTraceV3(served, "e", status).size(), 1u);
  EXPECT_EQ(GetTraceV2(served, IdBytes(0xe), status).size(), 1u);
  EXPECT_TRUE(archive(IdBytes(0xe)).ok());
}

}  // namespace
}  // namespace awry::api
