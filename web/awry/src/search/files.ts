// Reads traces from the text of a file: Jaeger's JSON (an answer of its API, a list, one trace), OTLP JSON, or a line of either each.
import type { Hit, JaegerSpan, JaegerTrace } from '../api';
import { fromOtlp } from './otlp';

export class FileError extends Error {}

const isOtlp = (value: any) => value !== null && typeof value === 'object' && ('resourceSpans' in value || 'resource_spans' in value);
const isTrace = (value: any) => value !== null && typeof value === 'object' && typeof value.traceID === 'string' && Array.isArray(value.spans);

/** All values of the text: one document, or one a line. */
function values(text: string): unknown[] {
  try { return [JSON.parse(text)]; } catch (error) {
    const lines = text.split('\n');
    if (lines.filter((l) => l.trim() !== '').length < 2) throw new FileError(`this is no JSON: ${(error as Error).message}`);
    return lines.flatMap((line, i) => {
      if (line.trim() === '') return [];
      try { return [JSON.parse(line)]; } catch { throw new FileError(`line ${i + 1} is no JSON`); }
    });
  }
}

const tagList = (value: unknown) => (Array.isArray(value) ? value : []).filter((t) => t !== null && typeof t === 'object' && typeof t.key === 'string')
  .map((t) => ({ key: t.key, type: String(t.type ?? 'string'), value: typeof t.value === 'object' ? JSON.stringify(t.value) : t.value ?? '' }));

/** A span as the pages expect it, whatever a hand-made file leaves out; null when it has no id. */
function cleanSpan(s: any, traceID: string): JaegerSpan | null {
  if (s === null || typeof s !== 'object' || typeof s.spanID !== 'string') return null;
  const references = Array.isArray(s.references) ? s.references.filter((r: any) => typeof r?.spanID === 'string') : [];
  if (references.length === 0 && typeof s.parentSpanID === 'string' && s.parentSpanID !== '') references.push({ refType: 'CHILD_OF', traceID, spanID: s.parentSpanID });
  return {
    traceID, spanID: s.spanID, operationName: String(s.operationName ?? ''), startTime: Number(s.startTime) || 0, duration: Math.max(0, Number(s.duration) || 0),
    processID: String(s.processID ?? 'p1'),
    references: references.map((r: any) => ({ refType: String(r.refType ?? 'CHILD_OF'), traceID: String(r.traceID ?? traceID), spanID: r.spanID })),
    tags: tagList(s.tags), warnings: Array.isArray(s.warnings) ? s.warnings.map(String) : null,
    logs: (Array.isArray(s.logs) ? s.logs : []).map((l: any) => ({ timestamp: Number(l?.timestamp) || 0, fields: tagList(l?.fields) })),
  };
}

function cleanTrace(t: any): JaegerTrace {
  const processes: JaegerTrace['processes'] = {};
  for (const [id, p] of Object.entries((t.processes ?? {}) as Record<string, any>)) processes[id] = { serviceName: String(p?.serviceName ?? '?'), tags: tagList(p?.tags) };
  const spans = (t.spans as unknown[]).flatMap((s) => cleanSpan(s, t.traceID) ?? []);
  for (const s of spans) processes[s.processID] ??= { serviceName: String((t.spans.find((x: any) => x?.spanID === s.spanID) as any)?.process?.serviceName ?? '?'), tags: [] };
  return { traceID: t.traceID, spans, processes };
}

export function readTraces(text: string): JaegerTrace[] {
  const all = values(text).flatMap((v: any) => (Array.isArray(v) ? v : v !== null && typeof v === 'object' && Array.isArray(v.data) ? v.data : [v]));
  const otlp = all.filter(isOtlp);
  const traces = [...all.filter(isTrace).map(cleanTrace), ...fromOtlp(otlp)].filter((t) => t.spans.length > 0 && /^[0-9a-f]{1,32}$/i.test(t.traceID));
  if (traces.length === 0) throw new FileError('there is no trace in it: expected Jaeger JSON ("data": [{"traceID", "spans"}]) or OTLP JSON ("resourceSpans")');
  return traces;
}

/** A trace as search lists it. */
export function hitOf(trace: JaegerTrace): Hit {
  const ids = new Set(trace.spans.map((s) => s.spanID));
  const root = trace.spans.find((s) => !s.references.some((r) => r.refType === 'CHILD_OF' && ids.has(r.spanID))) ?? trace.spans[0]!;
  let start = Infinity, end = 0, errors = 0;
  for (const s of trace.spans) {
    start = Math.min(start, s.startTime);
    end = Math.max(end, s.startTime + s.duration);
    if (s.tags.some((t) => t.key === 'error' && (t.value === true || t.value === 'true'))) errors++;
  }
  return {
    trace_id: trace.traceID, root: { service: trace.processes[root.processID]?.serviceName ?? '?', name: root.operationName },
    start_ns: String(BigInt(Math.round(start)) * 1000n), duration_ns: Math.round((end - start) * 1000), spans: trace.spans.length, errors, labels: [],
  };
}

/** Gives the browser a file to save. */
export function save(name: string, contents: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(contents)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
