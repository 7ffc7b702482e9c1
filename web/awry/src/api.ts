// Talks to Awry's HTTP API (docs/http-api.md). Times are Unix nanoseconds as numbers of milliseconds
// here: a double keeps microseconds until the year 2255.

export interface SpanRef { service: string; name: string }
export interface Share { with: number; of: number }
export interface PairRow {
  span: SpanRef; attribute: string; wrong: string | null; right: string | null;
}
export interface Cause {
  rank: number; score: number; kind: string; span: SpanRef; other_span?: SpanRef; attributes: string[];
  statement: string; bad: Share; good: Share; p_value: number; examples: string[];
  pair?: { wrong: string; right: string; differing: PairRow[]; equal: number };
  check?: string; odds_ratio?: { value: number; lo: number; hi: number }; since?: string;
  series?: { at: string; with: number; of: number }[];
  changes?: { at: string; service: string; what: string }[];
  explains?: { statement: string; span: SpanRef; attributes: string[] }[];
  replay?: { flipped: number; flipped_to_expected: number; of: number; failed?: number; ci: [number, number] };
}
export interface Answer {
  traces: { bad: number; good: number }; causes: Cause[];
  searched: { facts: number; relations: number; too_weak: string[]; left_out?: string[]; notes?: string[] };
}
export type FindingState = 'new' | 'confirmed' | 'fixed' | 'dismissed';
export interface Finding {
  id: string; state: FindingState; since: string; until?: string; cause: Cause; note?: string; checks: string[];
}
export interface Label {
  id: string; trace_id: string; span_id?: string; label: 'wrong' | 'right'; expected?: string; actual?: string;
  source?: string; note?: string; created_at?: string;
}
export interface Hit {
  trace_id: string; root: SpanRef; start_ns: number | string; duration_ns: number | string; spans: number;
  errors: number; labels: Label[];
}
export interface UnusualFact {
  span_id: string; attribute: string; value: string; usual: string; with: number; of: number;
}
export interface JaegerTag { key: string; type: string; value: string | number | boolean }
export interface JaegerSpan {
  traceID: string; spanID: string; operationName: string; startTime: number; duration: number; processID: string;
  references: { refType: string; traceID: string; spanID: string }[]; tags: JaegerTag[];
  logs: { timestamp: number; fields: JaegerTag[] }[]; warnings: string[] | null;
}
export interface JaegerTrace {
  traceID: string; spans: JaegerSpan[]; processes: Record<string, { serviceName: string; tags: JaegerTag[] }>;
}

/** What the server said when it did not do what was asked. status 0: no answer at all. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly column?: number) { super(message); }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  } catch {
    throw new ApiError(0, 'Awry does not answer');
  }
  const text = await response.text();
  let json: any = null;
  try { json = JSON.parse(text); } catch { /* told below */ }
  if (!response.ok) {
    const message = json?.error?.message ?? json?.errors?.[0]?.msg ?? `the server answered ${response.status}`;
    const detail = json?.error?.details?.find?.((d: any) => typeof d?.column === 'number');
    throw new ApiError(response.status, message, detail?.column);
  }
  if (json === null && text !== '') throw new ApiError(response.status, 'the server did not answer JSON');
  return json as T;
}

export const getFindings = () => call<{ findings: Finding[] }>('GET', 'api/v1/findings').then((a) => a.findings);
export const patchFinding = (id: string, state: FindingState, note?: string) =>
  call<Finding>('PATCH', `api/v1/findings/${encodeURIComponent(id)}`, { state, ...(note ? { note } : {}) });
export const getStatus = () => call<any>('GET', 'api/v1/status');
export const getInstrumentation = () => call<any>('GET', 'api/v1/instrumentation');
export const getServices = () => call<{ data: string[] | null }>('GET', 'api/services').then((a) => a.data ?? []);
export const getOperations = (service: string) =>
  call<{ data: { name: string }[] | null }>('GET', `api/operations?service=${encodeURIComponent(service)}`)
    .then((a) => [...new Set((a.data ?? []).map((o) => o.name))]);
export interface SearchAnswer { traces: Hit[]; total: number; next_cursor?: string }
export const search = (query: string, start?: string, end?: string, limit?: number) =>
  call<SearchAnswer>('POST', 'api/v1/search', { query, ...(start ? { start } : {}), ...(end ? { end } : {}), limit });
export const getTrace = (id: string) =>
  call<{ data: JaegerTrace[] }>('GET', `api/traces/${encodeURIComponent(id)}`).then((a) => a.data[0]!);
export const getLabels = (id?: string) =>
  call<{ labels: Label[] }>('GET', `api/v1/labels${id ? `?trace_id=${encodeURIComponent(id)}` : ''}`).then((a) => a.labels);
export const putLabel = (label: Partial<Label> & { trace_id: string; label: 'wrong' | 'right' }) =>
  call<{ created: number; unchanged: number }>('POST', 'api/v1/labels', [label]);
export const deleteLabel = (id: string) => call<unknown>('DELETE', `api/v1/labels/${encodeURIComponent(id)}`);
export const getUnusual = (id: string) =>
  call<{ facts: UnusualFact[] }>('GET', `api/v1/traces/${encodeURIComponent(id)}/unusual`).then((a) => a.facts);
export const askWhy = (question: { trace_id?: string }) => call<Answer>('POST', 'api/v1/why', question);
