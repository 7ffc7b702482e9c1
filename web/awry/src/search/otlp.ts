// OTLP JSON as the traces that the pages show (Jaeger's JSON), in the browser: a file is looked at without being stored.
// Mapping as docs/http-api.md has it for stored traces.
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../api';

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];
const rows = (value: unknown): any[] => (Array.isArray(value) ? value : []);
/** Files have camelCase (OTLP) or the proto's snake_case names. */
const field = (object: any, camel: string, snake: string) => object?.[camel] ?? object?.[snake];

function anyValue(value: any): JaegerTag['value'] {
  if (value === null || typeof value !== 'object') return String(value ?? '');
  if ('stringValue' in value) return String(value.stringValue);
  if ('boolValue' in value) return value.boolValue === true;
  if ('intValue' in value) { const n = Number(value.intValue); return Number.isSafeInteger(n) ? n : String(value.intValue); }
  if ('doubleValue' in value) return typeof value.doubleValue === 'number' ? value.doubleValue : String(value.doubleValue);
  if ('bytesValue' in value) return String(value.bytesValue);
  if ('arrayValue' in value) return JSON.stringify(rows(value.arrayValue?.values).map(anyValue));
  if ('kvlistValue' in value) return JSON.stringify(Object.fromEntries(rows(value.kvlistValue?.values).map((kv) => [String(kv?.key), anyValue(kv?.value)])));
  return '';
}

function tag(key: string, value: JaegerTag['value']): JaegerTag {
  const type = typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? (Number.isInteger(value) ? 'int64' : 'float64') : 'string';
  return { key, type, value };
}

const tags = (attributes: unknown): JaegerTag[] => rows(attributes).map((a) => tag(String(a?.key ?? ''), anyValue(a?.value)));

/** Ids are hex in OTLP JSON; what is base64 of 8 or 16 bytes is read too. */
function hexId(id: unknown, bytes: number): string {
  const text = String(id ?? '');
  if (new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`).test(text)) return text.toLowerCase();
  try {
    const raw = atob(text);
    if (raw.length === bytes) return [...raw].map((c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch { /* no base64 either */ }
  return '';
}

/** Microseconds of a 64-bit nanosecond text. */
function micros(ns: unknown): number {
  try { return Number(BigInt(String(ns ?? 0)) / 1000n); } catch { return 0; }
}

function toSpan(span: any, scope: any, traceID: string, processID: string): JaegerSpan | null {
  const spanID = hexId(field(span, 'spanId', 'span_id'), 8);
  if (spanID === '') return null;
  const startTime = micros(field(span, 'startTimeUnixNano', 'start_time_unix_nano'));
  const end = micros(field(span, 'endTimeUnixNano', 'end_time_unix_nano'));
  const parent = hexId(field(span, 'parentSpanId', 'parent_span_id'), 8);
  const list = tags(span.attributes);
  const kind = typeof span.kind === 'number' ? KINDS[span.kind] : String(span.kind ?? '').replace('SPAN_KIND_', '').toLowerCase();
  if (kind && kind !== 'unspecified' && kind !== 'internal') list.push(tag('span.kind', kind));
  const code = span.status?.code;
  if (code === 2 || code === 'STATUS_CODE_ERROR') list.push(tag('otel.status_code', 'ERROR'), tag('error', true));
  else if (code === 1 || code === 'STATUS_CODE_OK') list.push(tag('otel.status_code', 'OK'));
  if (span.status?.message) list.push(tag('otel.status_description', String(span.status.message)));
  if (scope?.name) list.push(tag('otel.scope.name', String(scope.name)));
  if (scope?.version) list.push(tag('otel.scope.version', String(scope.version)));
  return {
    traceID, spanID, operationName: String(span.name ?? ''), startTime, duration: Math.max(0, end - startTime), processID,
    references: [
      ...(parent && parent !== '0000000000000000' ? [{ refType: 'CHILD_OF', traceID, spanID: parent }] : []),
      ...rows(span.links).map((l) => ({ refType: 'FOLLOWS_FROM', traceID: hexId(field(l, 'traceId', 'trace_id'), 16), spanID: hexId(field(l, 'spanId', 'span_id'), 8) })),
    ],
    tags: list, warnings: null,
    logs: rows(span.events).map((e) => ({
      timestamp: micros(field(e, 'timeUnixNano', 'time_unix_nano')), fields: [tag('event', String(e?.name ?? '')), ...tags(e?.attributes)],
    })),
  };
}

/** The traces of any number of OTLP exports, in the order of their first span. */
export function fromOtlp(exports: any[]): JaegerTrace[] {
  const traces = new Map<string, JaegerTrace>();
  for (const data of exports) {
    for (const resource of rows(field(data, 'resourceSpans', 'resource_spans'))) {
      const attributes = tags(resource?.resource?.attributes);
      const serviceName = String(attributes.find((a) => a.key === 'service.name')?.value ?? 'unknown_service');
      const process = { serviceName, tags: attributes.filter((a) => a.key !== 'service.name') };
      for (const scoped of rows(field(resource, 'scopeSpans', 'scope_spans') ?? resource?.instrumentationLibrarySpans)) {
        for (const raw of rows(scoped?.spans)) {
          const traceID = hexId(field(raw, 'traceId', 'trace_id'), 16);
          if (traceID === '') continue;
          const trace = traces.get(traceID) ?? { traceID, spans: [], processes: {} };
          traces.set(traceID, trace);
          const known = Object.entries(trace.processes).find(([, p]) => p.serviceName === serviceName && JSON.stringify(p.tags) === JSON.stringify(process.tags));
          const processID = known?.[0] ?? `p${Object.keys(trace.processes).length + 1}`;
          const span = toSpan(raw, scoped?.scope ?? scoped?.instrumentationLibrary, traceID, processID);
          if (!span) continue;
          trace.processes[processID] = process;
          trace.spans.push(span);
        }
      }
    }
  }
  return [...traces.values()].filter((t) => t.spans.length > 0);
}
