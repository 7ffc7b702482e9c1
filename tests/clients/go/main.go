// Sends the spans of tests/clients/README.md through one exporter of OpenTelemetry's SDK for Go, or to
// Jaeger's gRPC collector with Jaeger's own generated client, and prints what it sent, one JSON line a
// trace. Argument: the protocol. `query ADDRESS TRACE…` reads traces back through api_v2's QueryService.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jaegertracing/jaeger-idl/proto-gen/api_v2"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/zipkin"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const startNs = int64(1_700_000_000_000_000_123)

func at(ns int64) time.Time { return time.Unix(0, startNs+ns) }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func attributes() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("text", "plain"), attribute.String("unicode", "ünï 😀 \"quoted\"\n"), attribute.String("empty", ""),
		attribute.String("long", strings.Repeat("x", 20_000)),
		attribute.Int64("int.max", math.MaxInt64), attribute.Int64("int.min", math.MinInt64),
		attribute.Int64("int.53", 1<<53), attribute.Int64("int.53-1", 1<<53-1), attribute.Int64("int.zero", 0),
		attribute.Float64("double", 0.25), attribute.Float64("double.nan", math.NaN()),
		attribute.Float64("double.inf", math.Inf(1)), attribute.Float64("double.-inf", math.Inf(-1)),
		attribute.Bool("yes", true), attribute.Bool("no", false),
		attribute.StringSlice("texts", []string{"a", "", "ü"}),
		attribute.Int64Slice("ints", []int64{1, math.MinInt64, math.MaxInt64}),
		attribute.Float64Slice("doubles", []float64{0.5, -1.5}), attribute.BoolSlice("bools", []bool{true, false}),
		attribute.StringSlice("none", []string{}),
	}
}

func anyValues(list []attribute.KeyValue) map[string]any {
	out := map[string]any{}
	for _, kv := range list {
		out[string(kv.Key)] = anyValue(kv.Value.AsInterface())
	}
	return out
}

func array[T any](items []T) any {
	values := []any{}
	for _, item := range items {
		values = append(values, anyValue(item))
	}
	return map[string]any{"arrayValue": map[string]any{"values": values}}
}

func anyValue(value any) any {
	switch v := value.(type) {
	case string:
		return map[string]any{"stringValue": v}
	case bool:
		return map[string]any{"boolValue": v}
	case int64:
		return map[string]any{"intValue": strconv.FormatInt(v, 10)}
	case float64:
		switch {
		case math.IsNaN(v):
			return map[string]any{"doubleValue": "NaN"}
		case math.IsInf(v, 1):
			return map[string]any{"doubleValue": "Infinity"}
		case math.IsInf(v, -1):
			return map[string]any{"doubleValue": "-Infinity"}
		}
		return map[string]any{"doubleValue": v}
	case []string:
		return array(v)
	case []int64:
		return array(v)
	case []float64:
		return array(v)
	case []bool:
		return array(v)
	case []byte:
		return map[string]any{"bytesValue": base64.StdEncoding.EncodeToString(v)}
	}
	panic(fmt.Sprintf("%T", value))
}

func exporterFor(ctx context.Context, protocol string) (sdk.SpanExporter, error) {
	switch protocol {
	case "otlp-grpc":
		return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(os.Getenv("OTLP_GRPC")), otlptracegrpc.WithInsecure(),
			otlptracegrpc.WithCompressor("gzip"))
	case "otlp-http-proto":
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(os.Getenv("OTLP_HTTP")+"/v1/traces"))
	case "zipkin-json":
		return zipkin.New(os.Getenv("ZIPKIN") + "/api/v2/spans")
	case "jaeger-grpc":
		return &jaegerExporter{}, nil
	}
	return nil, fmt.Errorf("unknown protocol: %s", protocol)
}

func connect(address string) *grpc.ClientConn {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	check(err)
	return connection
}

func printLine(line map[string]any) {
	text, err := json.Marshal(line)
	check(err)
	fmt.Println(string(text))
}

func id(span trace.SpanContext) string { return span.SpanID().String() }

func send(protocol string) {
	ctx := context.Background()
	service := "go-" + protocol
	memory := tracetest.NewInMemoryExporter()
	owner := resource.NewSchemaless(attribute.String("service.name", service), attribute.String("deployment.environment.name", "tests"))
	limits := sdk.NewSpanLimits()
	provider := sdk.NewTracerProvider(sdk.WithResource(owner), sdk.WithRawSpanLimits(limits), sdk.WithSyncer(memory))
	tracer := provider.Tracer("clients", trace.WithInstrumentationVersion("1.2"))
	otherTrace, _ := trace.TraceIDFromHex("1234567890abcdef1234567890abcdef")
	otherSpan, _ := trace.SpanIDFromHex("1234567890abcdef")
	other := trace.NewSpanContext(trace.SpanContextConfig{TraceID: otherTrace, SpanID: otherSpan, TraceFlags: trace.FlagsSampled})
	link := []attribute.KeyValue{attribute.String("why", "retry"), attribute.Int64("n", 7)}
	event := []attribute.KeyValue{attribute.Int64("answer", 42), attribute.String("text", "ü")}

	below, root := tracer.Start(ctx, "GET /ünï", trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(attributes()...),
		trace.WithTimestamp(at(0)), trace.WithLinks(trace.Link{SpanContext: other, Attributes: link}))
	root.AddEvent("paid", trace.WithAttributes(event...), trace.WithTimestamp(at(5_000)))
	_, child := tracer.Start(below, "fails", trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(at(1_000)))
	child.SetStatus(codes.Error, "boom ü")
	child.End(trace.WithTimestamp(at(9_000)))
	root.End(trace.WithTimestamp(at(2_000_000)))
	belowMany, many := tracer.Start(ctx, "many", trace.WithTimestamp(at(0)))
	for i := int64(0); i < 999; i++ {
		_, one := tracer.Start(belowMany, fmt.Sprintf("one %d", i), trace.WithTimestamp(at(i)), trace.WithAttributes(attribute.Int64("i", i)))
		one.End(trace.WithTimestamp(at(i + 10)))
	}
	many.End(trace.WithTimestamp(at(5_000)))

	exporter, err := exporterFor(ctx, protocol)
	check(err)
	check(exporter.ExportSpans(ctx, memory.GetSpans().Snapshots()))
	check(exporter.Shutdown(ctx))
	printLine(map[string]any{
		"protocol": protocol, "service": service, "traceId": root.SpanContext().TraceID().String(),
		"scope":    map[string]any{"name": "clients", "version": "1.2"},
		"resource": anyValues([]attribute.KeyValue{attribute.String("deployment.environment.name", "tests")}),
		"spans": []any{
			map[string]any{"spanId": id(root.SpanContext()), "parentSpanId": "", "name": "GET /ünï", "kind": "server",
				"startNs": startNs, "endNs": startNs + 2_000_000, "attributes": anyValues(attributes()),
				"events": []any{map[string]any{"name": "paid", "timeNs": startNs + 5_000, "attributes": anyValues(event)}},
				"links":  []any{map[string]any{"traceId": otherTrace.String(), "spanId": otherSpan.String(), "attributes": anyValues(link)}}},
			map[string]any{"spanId": id(child.SpanContext()), "parentSpanId": id(root.SpanContext()), "name": "fails", "kind": "client",
				"startNs": startNs + 1_000, "endNs": startNs + 9_000, "status": "error", "message": "boom ü"},
		},
	})
	printLine(map[string]any{"protocol": protocol, "service": service, "traceId": many.SpanContext().TraceID().String(), "count": 1000})
}

// sampling asks the way a Jaeger client does.
func sampling() {
	client := api_v2.NewSamplingManagerClient(connect(os.Getenv("SAMPLING_GRPC")))
	answer, err := client.GetSamplingStrategy(context.Background(), &api_v2.SamplingStrategyParameters{ServiceName: "go"})
	check(err)
	if rate := answer.GetProbabilisticSampling().GetSamplingRate(); rate != 1 {
		check(fmt.Errorf("sampling rate: got %v, wanted 1", rate))
	}
}

func main() {
	switch os.Args[1] {
	case "query":
		query(os.Args[2], os.Args[3:])
	case "sampling":
		sampling()
	default:
		send(os.Args[1])
	}
}
