"""Reads back what clients say they have sent and compares. Input: lines of JSON as the clients print them
(README.md). Arguments: the base address of Awry, the file, and the address of the gRPC query service or "".
Prints one line a trace; the last line is "N passed, N failed"."""
import base64
import json
import math
import sys
import time
import urllib.error
import urllib.request

KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
STATUS = {"ok": 1, "error": 2}


def get(url):
    # A datagram is acknowledged by nobody: wait a little for what is on its way.
    for _ in range(50):
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            time.sleep(0.1)
    raise AssertionError(f"not found: {url}")


def fetch(url, spans_of, count):
    spans = []
    for _ in range(50):
        spans = spans_of(get(url))
        if len(spans) >= count:
            break
        time.sleep(0.1)
    return spans


def plain(value):
    """An AnyValue as Python sees it; integers and doubles stay apart."""
    if "stringValue" in value:
        return value["stringValue"]
    if "intValue" in value:
        return int(value["intValue"])
    if "doubleValue" in value:
        return float(value["doubleValue"])
    if "boolValue" in value:
        return value["boolValue"]
    if "bytesValue" in value:
        return base64.b64decode(value["bytesValue"])
    if "arrayValue" in value:
        return [plain(item) for item in value["arrayValue"].get("values", [])]
    if "kvlistValue" in value:
        return {item["key"]: plain(item.get("value", {})) for item in value["kvlistValue"].get("values", [])}
    return None


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return type(a) is type(b) and a == b


def text_means(text, value):
    """Does a text that an exporter made of `value` mean it? Each SDK prints in its own way."""
    if isinstance(value, bool):
        return text.lower() == str(value).lower()
    if isinstance(value, int):
        try:
            return int(text) == value
        except ValueError:
            return False
    if isinstance(value, float):
        try:
            return same(float(text.replace("Infinity", "inf")), value)
        except ValueError:
            return False
    if isinstance(value, list):
        try:
            if same(json.loads(text), value):
                return True
        except ValueError:
            pass
        return all(str(item).lower().split(".")[0] in text.lower() for item in value)
    if isinstance(value, bytes):
        return True
    return text == value


def json_text(value):
    """An array as Awry prints it for Jaeger."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def empty_as_null(value):
    """Java's exporter sends an empty string as a value without a field; what was meant is unknowable."""
    if isinstance(value, list):
        return [empty_as_null(item) for item in value]
    return None if value == "" else value


class Trace:
    """What was sent, reduced to what its protocol carries."""

    def __init__(self, sent):
        self.sent = sent
        self.protocol = sent["protocol"]
        self.otlp = self.protocol.startswith("otlp")
        self.zipkin = self.protocol.startswith("zipkin")
        self.has_kind = self.protocol != "zipkin-json-v1"  # Python's exporter writes no cs and sr
        self.problems = []
        if sent.get("emptyIsNull"):
            self.meant = lambda value: empty_as_null(plain(value))
        else:
            self.meant = plain

    def expect(self, what, got, wanted):
        if not same(got, wanted):
            self.problems.append(f"{what}: got {got!r:.200}, wanted {wanted!r:.200}")

    def name(self, name):
        return name.lower() if self.zipkin else name  # Zipkin's libraries write names in lower case

    def time(self, ns):
        return ns if self.otlp or self.protocol == "jaeger-grpc" else ns // 1000 * 1000

    def attributes(self, what, got, wanted):
        dropped = self.sent.get("dropped", [])
        for key, value in wanted.items():
            value = self.meant(value)
            if key in dropped:
                if key in got:
                    self.problems.append(f"{what} {key}: it was to be dropped")
            elif key not in got:
                if not (self.zipkin and value in ("", [])) and not (not self.otlp and value == []):
                    self.problems.append(f"{what} {key}: missing")
            elif self.otlp:
                self.expect(f"{what} {key}", got[key], value)
            elif isinstance(got[key], str) and not isinstance(value, str):
                if not text_means(got[key], value):
                    self.problems.append(f"{what} {key}: {got[key]!r:.200} does not mean {value!r:.200}")
            elif isinstance(got[key], list):  # some exporters keep arrays
                self.expect(f"{what} {key}", [str(x) for x in got[key]], [str(x) for x in value])
            else:
                self.expect(f"{what} {key}", got[key], value)
        if self.otlp and not dropped:
            for key in got:
                if key not in wanted:
                    self.problems.append(f"{what} {key}: nobody sent it")


def spans_of_blocks(blocks):
    return [(block.get("resource", {}), scope, span) for block in blocks
            for scope in block["scopeSpans"] for span in scope["spans"]]


def grpc_blocks(address, trace_id):
    """The same over api_v3.QueryService, with OpenTelemetry's generated messages, in OTLP's JSON form."""
    import grpc
    from google.protobuf import json_format
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    def as_hex(text):
        return base64.b64decode(text).hex()

    blocks = []
    with grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", -1)]) as channel:
        get_trace = channel.unary_stream("/jaeger.api_v3.QueryService/GetTrace", request_serializer=bytes,
                                         response_deserializer=TracesData.FromString)
        request = trace_id.encode()
        for chunk in get_trace(b"\x0a" + bytes([len(request)]) + request, timeout=20):
            blocks += json_format.MessageToDict(chunk, use_integers_for_enums=True).get("resourceSpans", [])
    for _, _, span in spans_of_blocks(blocks):
        span.setdefault("status", {})
        for part in [span, *span.get("links", [])]:
            for key in ("traceId", "spanId", "parentSpanId"):
                if key in part:
                    part[key] = as_hex(part[key])
    return blocks


def check_v3(trace, base):
    sent = trace.sent
    count = sent.get("count", len(sent.get("spans", [])))
    found = fetch(f"{base}/api/v3/traces/{sent['traceId']}",
                  lambda answer: spans_of_blocks(answer["result"]["resourceSpans"]), count)
    check_v3_spans(trace, found, count)


def check_v3_grpc(trace, address):
    sent = trace.sent
    count = sent.get("count", len(sent.get("spans", [])))
    check_v3_spans(trace, spans_of_blocks(grpc_blocks(address, sent["traceId"])), count)


def check_v3_spans(trace, found, count):
    sent = trace.sent
    trace.expect("v3 number of spans", len(found), count)
    by_id = {span["spanId"]: (resource, scope, span) for resource, scope, span in found}
    for wanted in sent.get("spans", []):
        what = "v3 " + wanted["name"]
        if wanted["spanId"] not in by_id:
            trace.problems.append(f"{what}: not there")
            continue
        resource, scope, span = by_id[wanted["spanId"]]
        owner = {a["key"]: plain(a["value"]) for a in resource["attributes"]}
        trace.expect(f"{what} service", owner.get("service.name"), sent["service"])
        if trace.otlp:
            for key, value in sent["resource"].items():
                trace.expect(f"{what} resource {key}", owner.get(key), plain(value))
            trace.expect(f"{what} scope", scope["scope"].get("name"), sent["scope"]["name"])
            trace.expect(f"{what} scope version", scope["scope"].get("version"), sent["scope"]["version"])
        trace.expect(f"{what} name", trace.name(span["name"]), trace.name(wanted["name"]))
        trace.expect(f"{what} parent", span.get("parentSpanId", ""), wanted["parentSpanId"])
        if trace.has_kind:
            trace.expect(f"{what} kind", span.get("kind", 0), KINDS[wanted["kind"]])
        trace.expect(f"{what} start", int(span["startTimeUnixNano"]), trace.time(wanted["startNs"]))
        if trace.otlp or trace.protocol == "jaeger-grpc":
            trace.expect(f"{what} end", int(span["endTimeUnixNano"]), wanted["endNs"])
        trace.expect(f"{what} status", span["status"].get("code", 0), STATUS.get(wanted.get("status"), 0))
        if trace.otlp:
            trace.expect(f"{what} message", span["status"].get("message", ""), wanted.get("message", ""))
        got = {a["key"]: plain(a.get("value", {})) for a in span.get("attributes", [])}
        trace.attributes(what, got, wanted.get("attributes", {}))
        check_v3_lists(trace, what, span, wanted)


def check_v3_lists(trace, what, span, wanted):
    events = span.get("events", [])
    trace.expect(f"{what} events", len(events), len(wanted.get("events", [])))
    for got, event in zip(events, wanted.get("events", [])):
        trace.expect(f"{what} event time", int(got["timeUnixNano"]), trace.time(event["timeNs"]))
        if trace.zipkin:  # exporters of Zipkin put the attributes into the text in their own ways, or leave them out
            if event["name"] not in got["name"]:
                trace.problems.append(f"{what} event: {got['name']!r}")
            continue
        attributes = {a["key"]: plain(a["value"]) for a in got.get("attributes", [])}
        name = got.get("name", "")
        if trace.protocol.startswith("jaeger") and name == "":  # Python's exporter calls the field message
            name = attributes.get("message", "")
        trace.expect(f"{what} event", name, event["name"])
        trace.attributes(f"{what} event", attributes, event["attributes"])
    if trace.zipkin:
        return
    links = span.get("links", [])
    trace.expect(f"{what} links", len(links), len(wanted.get("links", [])))
    for got, link in zip(links, wanted.get("links", [])):
        trace.expect(f"{what} link", got["traceId"] + got["spanId"], link["traceId"] + link["spanId"])
        if trace.otlp:
            trace.attributes(f"{what} link", {a["key"]: plain(a["value"]) for a in got.get("attributes", [])}, link["attributes"])


def tag_value(tag):
    kind, value = tag["type"], tag["value"]
    if kind == "int64":
        return int(value)
    if kind == "float64":
        return float(value)
    if kind == "binary":
        return base64.b64decode(value)
    return value


def check_v1(trace, base):
    sent = trace.sent
    count = sent.get("count", len(sent.get("spans", [])))
    url = f"{base}/api/traces/{sent['traceId']}"
    spans = fetch(url, lambda answer: answer["data"][0]["spans"], count)
    trace.expect("v1 number of spans", len(spans), count)
    processes = get(url)["data"][0]["processes"]
    by_id = {span["spanID"]: span for span in spans}
    for wanted in sent.get("spans", []):
        what = "v1 " + wanted["name"]
        span = by_id.get(wanted["spanId"])
        if span is None:
            trace.problems.append(f"{what}: not there")
            continue
        trace.expect(f"{what} service", processes[span["processID"]]["serviceName"], sent["service"])
        trace.expect(f"{what} name", trace.name(span["operationName"]), trace.name(wanted["name"]))
        trace.expect(f"{what} start", span["startTime"], wanted["startNs"] // 1000)
        parents = [r["spanID"] for r in span["references"] if r["refType"] == "CHILD_OF"]
        trace.expect(f"{what} parent", parents[:1], [wanted["parentSpanId"]] if wanted["parentSpanId"] else [])
        tags = {tag["key"]: tag_value(tag) for tag in span["tags"]}
        if trace.has_kind:
            trace.expect(f"{what} kind", tags.get("span.kind"), wanted["kind"])
        if wanted.get("status") == "error":
            trace.expect(f"{what} error", any(t["key"] == "error" and t["value"] is True for t in span["tags"]), True)
        for key, value in wanted.get("attributes", {}).items():
            value = trace.meant(value)
            if key in sent.get("dropped", []) or (not trace.otlp and value in ("", [])):
                continue
            if key not in tags:
                trace.problems.append(f"{what} {key}: missing")
            elif isinstance(value, list):
                if trace.otlp:
                    trace.expect(f"{what} {key}", json.loads(tags[key]), [json_text(item) for item in value])
            elif trace.otlp:
                trace.expect(f"{what} {key}", tags[key], "" if value is None else value)
            elif isinstance(tags[key], str) and not text_means(tags[key], value):
                trace.problems.append(f"{what} {key}: {tags[key]!r:.100} does not mean {value!r:.100}")
        trace.expect(f"{what} logs", len(span["logs"]), len(wanted.get("events", [])))


def main():
    base, path, grpc_address = sys.argv[1:4]
    passed = failed = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            sent = json.loads(line)
            trace = Trace(sent)
            try:
                check_v3(trace, base)
                check_v1(trace, base)
                if grpc_address:
                    check_v3_grpc(trace, grpc_address)
            except (AssertionError, KeyError, ValueError, OSError) as error:
                trace.problems.append(f"{type(error).__name__}: {error}")
            what = f"{sent['service']}: " + (f"{sent['count']} spans at once" if "count" in sent else "every type")
            if trace.problems:
                failed += 1
                print(f"{what:60} FAILED")
                for problem in trace.problems[:12]:
                    print("    " + problem)
            else:
                passed += 1
                print(f"{what:60} ok")
    print(f"{passed} passed, {failed} failed")


main()
