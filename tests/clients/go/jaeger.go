// Jaeger's api_v2 through its own generated client: spans out to the collector, traces back from the
// query service.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/jaegertracing/jaeger-idl/model/v1"
	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
)

type jaegerExporter struct{}

func (*jaegerExporter) Shutdown(context.Context) error { return nil }

func (*jaegerExporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	batch := model.Batch{}
	for _, span := range spans {
		batch.Spans = append(batch.Spans, toJaeger(span))
		batch.Process = model.NewProcess(serviceOf(span), []model.KeyValue{model.String("deployment.environment.name", "tests")})
	}
	connection := connect(os.Getenv("JAEGER_GRPC"))
	defer connection.Close()
	_, err := api_v2.NewCollectorServiceClient(connection).PostSpans(ctx, &api_v2.PostSpansRequest{Batch: batch})
	return err
}

func serviceOf(span sdk.ReadOnlySpan) string {
	value, _ := span.Resource().Set().Value("service.name")
	return value.AsString()
}

func ids(c trace.SpanContext) (model.TraceID, model.SpanID) {
	var traceID model.TraceID
	raw := c.TraceID()
	check(traceID.Unmarshal(raw[:]))
	var spanID model.SpanID
	rawSpan := c.SpanID()
	check(spanID.Unmarshal(rawSpan[:]))
	return traceID, spanID
}

func toTags(list []attribute.KeyValue) (out []model.KeyValue) {
	for _, kv := range list {
		key := string(kv.Key)
		switch v := kv.Value.AsInterface().(type) {
		case string:
			out = append(out, model.String(key, v))
		case bool:
			out = append(out, model.Bool(key, v))
		case int64:
			out = append(out, model.Int64(key, v))
		case float64:
			out = append(out, model.Float64(key, v))
		default:
			out = append(out, model.String(key, kv.Value.Emit()))
		}
	}
	return out
}

func toJaeger(span sdk.ReadOnlySpan) *model.Span {
	out := &model.Span{OperationName: span.Name(), StartTime: span.StartTime(), Duration: span.EndTime().Sub(span.StartTime()), Flags: 1}
	out.TraceID, out.SpanID = ids(span.SpanContext())
	if span.Parent().IsValid() {
		traceID, spanID := ids(span.Parent())
		out.References = append(out.References, model.NewChildOfRef(traceID, spanID))
	}
	for _, link := range span.Links() {
		traceID, spanID := ids(link.SpanContext)
		out.References = append(out.References, model.NewFollowsFromRef(traceID, spanID))
	}
	out.Tags = toTags(span.Attributes())
	if kind := span.SpanKind(); kind != trace.SpanKindInternal {
		out.Tags = append(out.Tags, model.String("span.kind", kind.String()))
	}
	if span.Status().Code == codes.Error {
		out.Tags = append(out.Tags, model.Bool("error", true), model.String("otel.status_description", span.Status().Description))
	}
	for _, event := range span.Events() {
		fields := append([]model.KeyValue{model.String("event", event.Name)}, toTags(event.Attributes)...)
		out.Logs = append(out.Logs, model.Log{Timestamp: event.Time, Fields: fields})
	}
	return out
}

// gogoCodec uses the methods that gogo generates: gRPC's own codec does not know Jaeger's types of ids.
type gogoCodec struct{}

func (gogoCodec) Name() string { return "proto" }

func (gogoCodec) Marshal(v any) ([]byte, error) {
	return v.(interface{ Marshal() ([]byte, error) }).Marshal()
}

func (gogoCodec) Unmarshal(data []byte, v any) error {
	return v.(interface{ Unmarshal([]byte) error }).Unmarshal(data)
}

// query prints for each trace how many spans came, and fails unless every span has its process.
func query(address string, traces []string) {
	client := api_v2.NewQueryServiceClient(connect(address))
	for _, text := range traces {
		id, err := model.TraceIDFromString(text)
		check(err)
		stream, err := client.GetTrace(context.Background(), &api_v2.GetTraceRequest{TraceID: id}, grpc.ForceCodec(gogoCodec{}))
		check(err)
		count := 0
		for {
			chunk, err := stream.Recv()
			if err == io.EOF {
				break
			}
			check(err)
			for _, span := range chunk.Spans {
				if span.Process == nil || span.Process.ServiceName == "" || span.TraceID != id {
					check(fmt.Errorf("a span without its process or of another trace: %v", span))
				}
				count++
			}
		}
		fmt.Println(text, count)
	}
}
