// What the trace page alone asks of the server: how large a trace is before it is fetched, the archive, and
// "why" with its progress.
import { ApiError, getTrace, search } from '../api';
import type { Answer, Hit, JaegerTrace } from '../api';
import { address } from '../route';
import { uploaded } from '../uploads';

/** A tab holds this many spans well; of larger traces a summary is shown. */
export const SPANS_MAX = 300_000;

/** `hit` is missing when not even the server can hold the trace at once. */
export interface TooLarge { hit: Hit | null; failing: Matched[] }
export interface Matched { span_id: string; service: string; name: string }

export const isTooLarge = (t: JaegerTrace | TooLarge): t is TooLarge => 'failing' in t;

const quoted = (id: string) => `"${id.padStart(32, '0')}"`;
// The server's memory, or its time for one question, does not do for this trace: neither would fetching it whole.
const EXHAUSTED = [429, 504];

/** The trace, or its summary when it has more spans than a tab can hold. */
export async function fetchTrace(id: string, size: (spans: number) => void): Promise<JaegerTrace | TooLarge> {
  const local = uploaded(id);
  if (local) return local;
  let hit: Hit | undefined;
  try {
    hit = (await search(`{ trace:id = ${quoted(id)} }`, undefined, undefined, 1)).traces[0];
  } catch (error) {
    if (error instanceof ApiError && EXHAUSTED.includes(error.status)) return { hit: null, failing: [] };
  }
  if (hit) size(hit.spans);
  if (!hit || hit.spans <= SPANS_MAX) return getTrace(id);
  const failing = await search(`{ trace:id = ${quoted(id)} && status = error }`, undefined, undefined, 1)
    .then((a) => (a.traces[0] as { matched?: Matched[] } | undefined)?.matched ?? [], () => []);
  return { hit, failing };
}

export interface Step { step: string; done: number }

/** Asks why; `progress` hears each step. Ends when `stop` is aborted. */
export async function streamWhy(traceId: string, progress: (step: Step) => void, stop: AbortSignal): Promise<Answer> {
  const response = await fetch(new URL('api/v1/why', document.baseURI), {
    method: 'POST', body: JSON.stringify({ trace_id: traceId }), signal: stop,
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
  }).catch((e: Error) => { throw new ApiError(0, stop.aborted ? 'stopped' : `Awry does not answer: ${e.message}`); });
  if (!response.ok || !response.body) {
    const text = await response.text();
    let message = `the server answered ${response.status}`;
    try { message = (JSON.parse(text) as { error: { message: string } }).error.message; } catch { /* as above */ }
    throw new ApiError(response.status, message);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new ApiError(0, 'the answer broke off');
    const events = (rest + value).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      const name = /^event: (.*)$/m.exec(event)?.[1];
      const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? 'null');
      if (name === 'progress') progress(data as Step);
      else if (name === 'answer') return data as Answer;
      else if (name === 'error') throw new ApiError(500, data?.error?.message ?? 'no answer');
    }
  }
}

/** Does this server keep an archive? Its configuration says so; else it refuses a GET there as the wrong method, an unknown route as not found. */
export async function hasArchive(id: string): Promise<boolean> {
  const told = (globalThis as { getJaegerBackendCapabilities?: () => { archiveStorage?: boolean } | null }).getJaegerBackendCapabilities?.()?.archiveStorage;
  return told ?? fetch(new URL(`api/archive/${id}`, document.baseURI)).then((r) => r.status === 405, () => false);
}

export async function archive(id: string): Promise<void> {
  const response = await fetch(new URL(`api/archive/${id}`, document.baseURI), { method: 'POST' });
  if (!response.ok) throw new ApiError(response.status, response.status === 404 ? 'this server keeps no archive' : `the server answered ${response.status}`);
}

export const jsonLinks = (id: string) => [
  { name: 'Jaeger JSON', href: address(`/api/traces/${id}?prettyPrint=true`), file: `${id}.json` },
  { name: 'Jaeger JSON, as received', href: address(`/api/traces/${id}?raw=true&prettyPrint=true`), file: `${id}-raw.json` },
  { name: 'OTLP JSON', href: address(`/api/v3/traces/${id}`), file: `${id}-otlp.json` },
];
