// Talks to Awry's HTTP API (docs/http-api.md). The answers' shapes and types are in answers.ts.
import type {
  Answer, Checks, Compared, DryRun, Finding, FindingState, Groups, Hit, Instrumentation, Invariant, Label, SearchAnswer, Severity, Status,
  UnusualFact, Violations,
} from './answers';
import { uploaded } from './uploads';

export type {
  Answer, Cause, Check, Checks, Compared, ComparedAttribute, DryCheck, DryRun, Finding, FindingState, Groups, Hit, Instrumentation, Invariant,
  Label, PairRow, SearchAnswer, Severity, Share, Signal, SpanRef, Status, UnusualFact, Violation, Violations,
} from './answers';

export interface JaegerTag { key: string; type: string; value: string | number | boolean }
export interface JaegerSpan {
  traceID: string; spanID: string; operationName: string; startTime: number; duration: number; processID: string;
  references: { refType: string; traceID: string; spanID: string }[]; tags: JaegerTag[];
  logs: { timestamp: number; fields: JaegerTag[] }[]; warnings: string[] | null;
}
export interface JaegerTrace {
  traceID: string; spans: JaegerSpan[]; processes: Record<string, { serviceName: string; tags: JaegerTag[] }>;
}

/** One place of a text that the server could not read: columns count bytes from 1, lines too. */
export interface Detail { column?: number; line?: number; expected?: string; found?: string; check?: string; query_column?: number }

/** What the server said when it did not do what was asked. status 0: no answer at all. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string, readonly column?: number, readonly detail?: Detail) { super(message); }
}

export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method,
      ...(signal ? { signal } : {}),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'Awry does not answer');
  }
  const text = await response.text();
  let json: any = null;
  try { json = JSON.parse(text); } catch { /* told below */ }
  if (!response.ok) {
    const message = json?.error?.message ?? json?.errors?.[0]?.msg ?? `the server answered ${response.status}`;
    const detail: Detail | undefined = json?.error?.details?.[0];
    throw new ApiError(response.status, String(message), detail?.column, detail);
  }
  if (json === null && text !== '') throw new ApiError(response.status, 'the server did not answer JSON');
  return json as T;
}

/** `?a=1&b=2` of what is not empty. */
export function queryString(values: Record<string, string | number | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined && value !== '') params.set(name, String(value));
  return params.size > 0 ? `?${params}` : '';
}

const id = encodeURIComponent;
export interface Range { start?: string; end?: string }

export const getFindings = () => call<{ findings: Finding[] }>('GET', 'api/v1/findings').then((a) => a.findings);
export const patchFinding = (finding: string, state: FindingState, note?: string) =>
  call<Finding>('PATCH', `api/v1/findings/${id(finding)}`, { state, ...(note ? { note } : {}) });
export const getStatus = () => call<Status>('GET', 'api/v1/status');
export const getInstrumentation = (windowS?: number) => call<Instrumentation>('GET', `api/v1/instrumentation${queryString({ window_s: windowS })}`);
export const getServices = () => call<{ data: string[] | null }>('GET', 'api/services').then((a) => a.data ?? []);
export const getOperations = (service: string) =>
  call<{ data: { name: string }[] | null }>('GET', `api/operations?service=${id(service)}`)
    .then((a) => [...new Set((a.data ?? []).map((o) => o.name))]);

export const search = (query: string, start?: string, end?: string, limit?: number, cursor?: string) =>
  call<SearchAnswer>('POST', 'api/v1/search', { query, ...(start ? { start } : {}), ...(end ? { end } : {}), limit, ...(cursor ? { cursor } : {}) });
export const searchGroups = (query: string, by: string, range: Range, limit = 50) =>
  call<Groups>('POST', 'api/v1/search/groups', { query, by, ...range, limit });
/** Resolves when the text is a query; an ApiError with the column otherwise. */
export const parseQuery = (query: string, signal?: AbortSignal) => call<unknown>('POST', 'api/v1/search', { query, explain: true, limit: 1 }, signal);
export interface Attribute { scope: string; key: string; types: string[]; count: number }
export const getAttributes = (prefix: string, service?: string, operation?: string, signal?: AbortSignal) =>
  call<{ attributes: Attribute[] }>('GET', `api/v1/attributes${queryString({ prefix, service, operation, limit: 60 })}`, undefined, signal)
    .then((a) => a.attributes);
export const getValues = (key: string, scope: string | undefined, prefix: string, signal?: AbortSignal) =>
  call<{ values: { value: unknown; type: string; count: number }[] }>('GET', `api/v1/attributes/values${queryString({ key, scope, prefix, limit: 40 })}`, undefined, signal)
    .then((a) => a.values);

/** A trace by id: one that a file brought, else the server's. */
export const getTrace = async (trace: string): Promise<JaegerTrace> => {
  const own = uploaded(trace);
  if (own) return own;
  return call<{ data: JaegerTrace[] }>('GET', `api/traces/${id(trace)}`).then((a) => {
    if (!a.data[0]) throw new ApiError(404, 'trace not found');
    return a.data[0];
  });
};
/** The traces of these ids that are there. */
export const getTraces = (ids: string[]) =>
  call<{ data: JaegerTrace[] | null }>('GET', `api/traces?${ids.map((each) => `traceID=${id(each)}`).join('&')}`).then((a) => a.data ?? []);

export const getLabels = (trace?: string) =>
  call<{ labels: Label[] }>('GET', `api/v1/labels${queryString({ trace_id: trace })}`).then((a) => a.labels);
export const putLabel = (label: Partial<Label> & { trace_id: string; label: 'wrong' | 'right' }) => putLabels([label]);
export const putLabels = (labels: (Partial<Label> & { trace_id: string; label: 'wrong' | 'right' })[]) =>
  call<{ created: number; unchanged: number }>('POST', 'api/v1/labels', labels);
export const deleteLabel = (label: string) => call<unknown>('DELETE', `api/v1/labels/${id(label)}`);
export const getUnusual = (trace: string) =>
  uploaded(trace) ? Promise.resolve([] as UnusualFact[])
    : call<{ facts: UnusualFact[] }>('GET', `api/v1/traces/${id(trace)}/unusual`).then((a) => a.facts);
export const askWhy = (question: { trace_id?: string; bad?: string; good?: string } & Range) => call<Answer>('POST', 'api/v1/why', question);

/** The same, telling how far it is: `done` from 0 to 1. */
export async function askWhyWatched(question: { trace_id?: string; bad?: string; good?: string } & Range, watch: (step: string, done: number) => void): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(new URL('api/v1/why', document.baseURI), {
      method: 'POST', body: JSON.stringify(question), headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
    });
  } catch { throw new ApiError(0, 'Awry does not answer'); }
  if (!response.ok || !response.body || !response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
    if (response.ok) return await response.json() as Answer;
    const error = (await response.json().catch(() => null))?.error;
    throw new ApiError(response.status, error?.message ?? `the server answered ${response.status}`, error?.details?.[0]?.column, error?.details?.[0]);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    text += value ?? '';
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const name = /^event: (.*)$/m.exec(event)?.[1], data = /^data: (.*)$/m.exec(event)?.[1];
      if (!data) continue;
      const json = JSON.parse(data);
      if (name === 'progress') watch(String(json.step), Number(json.done));
      else if (name === 'answer') return json as Answer;
      else if (name === 'error') throw new ApiError(json.error?.code === 'INVALID_ARGUMENT' ? 400 : 500, json.error?.message ?? 'the search failed', json.error?.details?.[0]?.column);
    }
    if (done) throw new ApiError(0, 'Awry does not answer');
  }
}
export const compareGroups = (question: { a: string; b: string; limit?: number } & Range) => call<Compared>('POST', 'api/v1/compare', question);
export const getInvariants = () => call<{ invariants: Invariant[] }>('GET', 'api/v1/invariants').then((a) => a.invariants);

export interface CheckText { name: string; never?: string; always?: string; severity?: Severity; description?: string }
export const getChecks = (windowS?: number) => call<Checks>('GET', `api/v1/checks${queryString({ window_s: windowS })}`);
export const putChecks = (checks: { checks: CheckText[] } | { yaml: string }) => call<Checks>('PUT', 'api/v1/checks', checks);
export const dryRun = (checks: { checks: CheckText[] } | { yaml: string }, since: string) =>
  call<DryRun>('PUT', `api/v1/checks${queryString({ dry_run: 1, since })}`, checks);
export const getViolations = (filter: { check?: string; trace_id?: string; cursor?: string; limit?: number; start?: string }) =>
  call<Violations>('GET', `api/v1/violations${queryString(filter)}`);

/** Traces as they arrive; returns what ends it. */
export function tail(query: string, on: { ready: () => void; trace: (hit: Hit) => void; skipped: (n: number) => void; end: (why: string) => void }): () => void {
  const source = new EventSource(new URL(`api/v1/tail${queryString({ query })}`, document.baseURI));
  const read = (event: Event) => { try { return JSON.parse((event as MessageEvent).data); } catch { return {}; } };
  const stop = (why: string) => { source.close(); on.end(why); };
  source.addEventListener('ready', () => on.ready());
  source.addEventListener('trace', (e) => on.trace(read(e) as Hit));
  source.addEventListener('skipped', (e) => on.skipped(Number(read(e).traces ?? 0)));
  source.addEventListener('end', (e) => stop(String(read(e).message ?? read(e).reason ?? '')));
  source.onerror = () => stop('The stream broke off: too many listen already, or the server went away.');
  return () => source.close();
}
