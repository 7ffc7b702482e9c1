// Sends the spans of tests/clients/README.md through one exporter of OpenTelemetry's SDK for Node and
// prints what it sent, one JSON line a trace. Argument: the protocol.
import { context, SpanKind, SpanStatusCode, trace, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtoExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { ZipkinExporter } from "@opentelemetry/exporter-zipkin";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

const protocol = process.argv[2];
const service = `node-${protocol}`;
const startS = 1_700_000_000;
const at = (ns) => [startS, ns];
const ns = (n) => BigInt(startS) * 1_000_000_000n + BigInt(n);

// JavaScript has one type of number: whole ones travel as integers.
function anyValue(value) {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return { intValue: BigInt(value).toString() };
  if (Number.isNaN(value)) return { doubleValue: "NaN" };
  if (!Number.isFinite(value)) return { doubleValue: value > 0 ? "Infinity" : "-Infinity" };
  return { doubleValue: value };
}
const anyValues = (attributes) => Object.fromEntries(Object.entries(attributes).map(([k, v]) => [k, anyValue(v)]));

const attributes = {
  text: "plain", unicode: 'ünï 😀 "quoted"\n', empty: "", long: "x".repeat(20_000),
  "int.53-1": 2 ** 53 - 1, "int.-53": -(2 ** 53), "int.zero": 0, "int.small": -7,
  double: 0.25, "double.tiny": 5e-324, "double.nan": NaN, yes: true, no: false,
  texts: ["a", "", "ü"], ints: [1, -2, 3], doubles: [0.5, -1.5], bools: [true, false], none: [],
};
const event = { answer: 42, text: "ü" };
const link = { why: "retry", n: 7 };

const memory = new InMemorySpanExporter();
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": service, "deployment.environment.name": "tests" }),
  spanProcessors: [new SimpleSpanProcessor(memory)],
});
const tracer = provider.getTracer("clients", "1.2");
const other = { traceId: "1234567890abcdef1234567890abcdef", spanId: "1234567890abcdef", traceFlags: TraceFlags.SAMPLED };
const below = (span) => trace.setSpan(context.active(), span);

const root = tracer.startSpan("GET /ünï", { kind: SpanKind.SERVER, attributes, startTime: at(123_000), links: [{ context: other, attributes: link }] });
root.addEvent("paid", event, at(128_000));
const child = tracer.startSpan("fails", { kind: SpanKind.CLIENT, startTime: at(124_000) }, below(root));
child.setStatus({ code: SpanStatusCode.ERROR, message: "boom ü" });
child.end(at(132_000));
root.end(at(2_123_000));
const many = tracer.startSpan("many", { startTime: at(0) });
for (let i = 0; i < 999; ++i)
  tracer.startSpan(`one ${i}`, { startTime: at(i * 1000), attributes: { i } }, below(many)).end(at(i * 1000 + 10_000));
many.end(at(5_000_000));

const exporter = {
  "otlp-grpc": () => new GrpcExporter({ url: `http://${process.env.OTLP_GRPC}` }),
  "otlp-http-json": () => new JsonExporter({ url: `${process.env.OTLP_HTTP}/v1/traces` }),
  "otlp-http-proto": () => new ProtoExporter({ url: `${process.env.OTLP_HTTP}/v1/traces`, compression: "gzip" }),
  "zipkin-json": () => new ZipkinExporter({ url: `${process.env.ZIPKIN}/api/v2/spans` }),
}[protocol]();
const result = await new Promise((done) => exporter.export(memory.getFinishedSpans(), done));
await exporter.shutdown();
if (result.code !== 0) throw result.error ?? new Error("the exporter failed");

const ids = (span) => ({ spanId: span.spanContext().spanId, parentSpanId: span.parentSpanContext?.spanId ?? "" });
// JSON has no NaN: the SDK writes null, and Awry keeps the span without that value.
const dropped = protocol === "otlp-http-json" ? ["double.nan"] : [];
const print = (line) =>
  console.log(JSON.stringify(line, (_, value) => (typeof value === "bigint" ? `${value}` : value)).replace(/"(startNs|endNs|timeNs)":"(\d+)"/g, '"$1":$2'));
print({
  protocol, service, dropped, traceId: root.spanContext().traceId, scope: { name: "clients", version: "1.2" },
  resource: anyValues({ "deployment.environment.name": "tests" }),
  spans: [
    { ...ids(root), name: "GET /ünï", kind: "server", startNs: ns(123_000), endNs: ns(2_123_000), attributes: anyValues(attributes),
      events: [{ name: "paid", timeNs: ns(128_000), attributes: anyValues(event) }],
      links: [{ traceId: other.traceId, spanId: other.spanId, attributes: anyValues(link) }] },
    { ...ids(child), name: "fails", kind: "client", startNs: ns(124_000), endNs: ns(132_000), status: "error", message: "boom ü" },
  ],
});
print({ protocol, service, traceId: many.spanContext().traceId, count: 1000 });
