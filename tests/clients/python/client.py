"""Sends the spans of tests/clients/README.md through one exporter of OpenTelemetry's SDK for Python and
prints what it sent, one JSON line a trace. Argument: the protocol."""
import base64
import json
import math
import os
import sys

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, set_span_in_context

NS = 1_700_000_000_000_000_123


def any_value(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        if math.isnan(value):
            return {"doubleValue": "NaN"}
        return {"doubleValue": ("-" if value < 0 else "") + "Infinity" if math.isinf(value) else value}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, (list, tuple)):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"stringValue": value}


def any_values(attributes):
    return {key: any_value(value) for key, value in attributes.items()}


ATTRIBUTES = {
    "text": "plain", "unicode": "ünï \U0001f600 \"quoted\"\n", "empty": "", "long": "x" * 20_000,
    "int.max": 2**63 - 1, "int.min": -(2**63), "int.53": 2**53, "int.53-1": 2**53 - 1, "int.zero": 0,
    "double": 0.25, "double.nan": math.nan, "double.inf": math.inf, "double.-inf": -math.inf,
    "yes": True, "no": False,
    "texts": ["a", "", "ü"], "ints": [1, -(2**63), 2**63 - 1], "doubles": [0.5, -1.5], "bools": [True, False],
    "none": [],
}


def exporter_for(protocol):
    env = os.environ
    if protocol == "otlp-grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        return OTLPSpanExporter(endpoint="http://" + env["OTLP_GRPC"], insecure=True)
    if protocol == "otlp-http-proto":
        from opentelemetry.exporter.otlp.proto.http import Compression
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        return OTLPSpanExporter(endpoint=env["OTLP_HTTP"] + "/v1/traces", compression=Compression.Gzip)
    if protocol == "zipkin-json":
        from opentelemetry.exporter.zipkin.json import ZipkinExporter
        return ZipkinExporter(endpoint=env["ZIPKIN"] + "/api/v2/spans", max_tag_value_length=100_000)
    if protocol == "zipkin-json-v1":
        from opentelemetry.exporter.zipkin.encoder import Protocol
        from opentelemetry.exporter.zipkin.json import ZipkinExporter
        return ZipkinExporter(version=Protocol.V1, endpoint=env["ZIPKIN"] + "/api/v1/spans", max_tag_value_length=100_000)
    if protocol == "zipkin-proto":
        from opentelemetry.exporter.zipkin.proto.http import ZipkinExporter
        return ZipkinExporter(endpoint=env["ZIPKIN"] + "/api/v2/spans", max_tag_value_length=100_000)
    from opentelemetry.exporter.jaeger.thrift import JaegerExporter
    if protocol == "jaeger-compact":
        host, port = env["JAEGER_COMPACT"].split(":")
        return JaegerExporter(agent_host_name=host, agent_port=int(port), udp_split_oversized_batches=True)
    return JaegerExporter(collector_endpoint=env["JAEGER_HTTP"] + "?format=jaeger.thrift")


def main():
    protocol = sys.argv[1]
    service = "python-" + protocol
    attributes = dict(ATTRIBUTES)
    if protocol.startswith("otlp"):
        attributes["bytes"] = b"\x00\xff\x80"
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": service, "deployment.environment.name": "tests"}))
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("clients", "1.2")
    other = SpanContext(0x1234567890ABCDEF1234567890ABCDEF, 0x1234567890ABCDEF, False, TraceFlags(1))
    link = {"why": "retry", "n": 7}
    event = {"answer": 42, "text": "ü"}

    root = tracer.start_span("GET /ünï", kind=SpanKind.SERVER, attributes=attributes, start_time=NS, links=[Link(other, link)])
    root.add_event("paid", event, timestamp=NS + 5_000)
    child = tracer.start_span("fails", context=set_span_in_context(root), kind=SpanKind.CLIENT, start_time=NS + 1_000)
    child.set_status(Status(StatusCode.ERROR, "boom ü"))
    child.end(NS + 9_000)
    root.end(NS + 2_000_000)

    def ids(span):
        return {"spanId": format(span.context.span_id, "016x"),
                "parentSpanId": format(span.parent.span_id, "016x") if span.parent else ""}

    sent = [{
        "protocol": protocol, "service": service, "traceId": format(root.context.trace_id, "032x"),
        "scope": {"name": "clients", "version": "1.2"},
        "resource": any_values({"deployment.environment.name": "tests"}),
        "spans": [
            {**ids(root), "name": "GET /ünï", "kind": "server", "startNs": NS, "endNs": NS + 2_000_000,
             "attributes": any_values(attributes),
             "events": [{"name": "paid", "timeNs": NS + 5_000, "attributes": any_values(event)}],
             "links": [{"traceId": format(other.trace_id, "032x"), "spanId": format(other.span_id, "016x"),
                        "attributes": any_values(link)}]},
            {**ids(child), "name": "fails", "kind": "client", "startNs": NS + 1_000, "endNs": NS + 9_000,
             "status": "error", "message": "boom ü"}]}]
    many = tracer.start_span("many", start_time=NS)
    context = set_span_in_context(many)
    for i in range(999):
        tracer.start_span(f"one {i}", context=context, start_time=NS + i, attributes={"i": i}).end(NS + i + 10)
    many.end(NS + 5_000)
    sent.append({"protocol": protocol, "service": service, "traceId": format(many.context.trace_id, "032x"), "count": 1000})
    exporter = exporter_for(protocol)
    result = exporter.export(memory.get_finished_spans())
    exporter.shutdown()
    if result is not None and result.name != "SUCCESS":
        sys.exit(f"the exporter says {result.name}")
    for line in sent:
        print(json.dumps(line, ensure_ascii=False))


main()
