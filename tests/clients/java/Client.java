// Sends the spans of tests/clients/README.md through one exporter of OpenTelemetry's SDK for Java and
// prints what it sent, one JSON line a trace. Argument: the protocol.
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.*;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.zipkin.ZipkinSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

public class Client {
  static final long START = 1_700_000_000_000_000_123L;

  static class Memory implements SpanProcessor {
    final List<SpanData> spans = new ArrayList<>();
    public void onStart(Context context, ReadWriteSpan span) {}
    public boolean isStartRequired() { return false; }
    public void onEnd(ReadableSpan span) { spans.add(span.toSpanData()); }
    public boolean isEndRequired() { return true; }
  }

  static SpanExporter exporterFor(String protocol) {
    switch (protocol) {
      case "otlp-grpc":
        return OtlpGrpcSpanExporter.builder().setEndpoint("http://" + System.getenv("OTLP_GRPC")).setCompression("gzip").build();
      case "otlp-http-proto":
        return OtlpHttpSpanExporter.builder().setEndpoint(System.getenv("OTLP_HTTP") + "/v1/traces").build();
      case "zipkin-json":
        return ZipkinSpanExporter.builder().setEndpoint(System.getenv("ZIPKIN") + "/api/v2/spans").build();
      default:
        throw new IllegalArgumentException("unknown protocol: " + protocol);
    }
  }

  static String text(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c == '\n') out.append("\\n");
      else out.append(c);
    }
    return out.append('"').toString();
  }

  static String anyValue(Object value) {
    if (value instanceof String) return "{\"stringValue\":" + text((String) value) + "}";
    if (value instanceof Boolean) return "{\"boolValue\":" + value + "}";
    if (value instanceof Long) return "{\"intValue\":\"" + value + "\"}";
    if (value instanceof Double) {
      double d = (Double) value;
      return "{\"doubleValue\":" + (Double.isNaN(d) || Double.isInfinite(d) ? "\"" + d + "\"" : "" + d) + "}";
    }
    List<String> items = new ArrayList<>();
    for (Object item : (List<?>) value) items.add(anyValue(item));
    return "{\"arrayValue\":{\"values\":[" + String.join(",", items) + "]}}";
  }

  static String anyValues(Attributes attributes) {
    List<String> out = new ArrayList<>();
    attributes.forEach((key, value) -> out.add(text(key.getKey()) + ":" + anyValue(value)));
    return "{" + String.join(",", out) + "}";
  }

  public static void main(String[] arguments) throws Exception {
    String protocol = arguments[0];
    String service = "java-" + protocol;
    Attributes attributes = Attributes.builder()
        .put("text", "plain").put("unicode", "ünï 😀 \"quoted\"\n").put("empty", "").put("long", "x".repeat(20_000))
        .put("int.max", Long.MAX_VALUE).put("int.min", Long.MIN_VALUE).put("int.53", 1L << 53).put("int.53-1", (1L << 53) - 1).put("int.zero", 0L)
        .put("double", 0.25).put("double.nan", Double.NaN).put("double.inf", Double.POSITIVE_INFINITY).put("double.-inf", Double.NEGATIVE_INFINITY)
        .put("yes", true).put("no", false)
        .put("texts", "a", "", "ü").put("ints", 1L, Long.MIN_VALUE, Long.MAX_VALUE).put("doubles", 0.5, -1.5).put("bools", true, false)
        .put(AttributeKey.stringArrayKey("none"), List.of())
        .build();
    Attributes link = Attributes.builder().put("why", "retry").put("n", 7).build();
    Attributes event = Attributes.builder().put("answer", 42).put("text", "ü").build();
    Memory memory = new Memory();
    SdkTracerProvider provider = SdkTracerProvider.builder().addSpanProcessor(memory)
        .setResource(Resource.create(Attributes.builder().put("service.name", service).put("deployment.environment.name", "tests").build())).build();
    Tracer tracer = provider.tracerBuilder("clients").setInstrumentationVersion("1.2").build();
    SpanContext other = SpanContext.create("1234567890abcdef1234567890abcdef", "1234567890abcdef", TraceFlags.getSampled(), TraceState.getDefault());

    Span root = tracer.spanBuilder("GET /ünï").setSpanKind(SpanKind.SERVER).setAllAttributes(attributes).addLink(other, link)
        .setStartTimestamp(START, TimeUnit.NANOSECONDS).setNoParent().startSpan();
    root.addEvent("paid", event, START + 5_000, TimeUnit.NANOSECONDS);
    Span child = tracer.spanBuilder("fails").setSpanKind(SpanKind.CLIENT).setParent(Context.root().with(root))
        .setStartTimestamp(START + 1_000, TimeUnit.NANOSECONDS).startSpan();
    child.setStatus(StatusCode.ERROR, "boom ü");
    child.end(START + 9_000, TimeUnit.NANOSECONDS);
    root.end(START + 2_000_000, TimeUnit.NANOSECONDS);
    Span many = tracer.spanBuilder("many").setStartTimestamp(START, TimeUnit.NANOSECONDS).setNoParent().startSpan();
    for (long i = 0; i < 999; ++i) {
      tracer.spanBuilder("one " + i).setParent(Context.root().with(many)).setAttribute("i", i)
          .setStartTimestamp(START + i, TimeUnit.NANOSECONDS).startSpan().end(START + i + 10, TimeUnit.NANOSECONDS);
    }
    many.end(START + 5_000, TimeUnit.NANOSECONDS);

    SpanExporter exporter = exporterFor(protocol);
    CompletableResultCode result = exporter.export(memory.spans).join(30, TimeUnit.SECONDS);
    exporter.shutdown().join(5, TimeUnit.SECONDS);
    if (!result.isSuccess()) {
      System.err.println("the exporter failed");
      System.exit(1);
    }
    String head = "{\"protocol\":\"" + protocol + "\",\"service\":\"" + service + "\",\"traceId\":\"";
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.println(head + root.getSpanContext().getTraceId()
        + "\",\"emptyIsNull\":" + protocol.startsWith("otlp") + ",\"scope\":{\"name\":\"clients\",\"version\":\"1.2\"},\"resource\":{\"deployment.environment.name\":{\"stringValue\":\"tests\"}},\"spans\":["
        + "{\"spanId\":\"" + root.getSpanContext().getSpanId() + "\",\"parentSpanId\":\"\",\"name\":\"GET /ünï\",\"kind\":\"server\",\"startNs\":" + START
        + ",\"endNs\":" + (START + 2_000_000) + ",\"attributes\":" + anyValues(attributes)
        + ",\"events\":[{\"name\":\"paid\",\"timeNs\":" + (START + 5_000) + ",\"attributes\":" + anyValues(event) + "}]"
        + ",\"links\":[{\"traceId\":\"" + other.getTraceId() + "\",\"spanId\":\"" + other.getSpanId() + "\",\"attributes\":" + anyValues(link) + "}]},"
        + "{\"spanId\":\"" + child.getSpanContext().getSpanId() + "\",\"parentSpanId\":\"" + root.getSpanContext().getSpanId()
        + "\",\"name\":\"fails\",\"kind\":\"client\",\"startNs\":" + (START + 1_000) + ",\"endNs\":" + (START + 9_000)
        + ",\"status\":\"error\",\"message\":\"boom ü\"}]}");
    out.println(head + many.getSpanContext().getTraceId() + "\",\"count\":1000}");
    System.exit(0);
  }
}
