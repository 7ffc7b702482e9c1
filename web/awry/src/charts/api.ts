// Monitor, service graph, drift and paths of calls, as docs/http-api.md has them; at_ns and the like are Unix nanoseconds.
import { ApiError, search } from '../api';
import type { JaegerTrace } from '../api';
import type { DriftAnswer, GraphAnswer, MonitorAnswer } from '../answers';

export type { DriftAnswer, DriftModel, DriftTest, DriftWindow, GraphAnswer, GraphEdge, GraphNode, MonitorAnswer, Operation, Point, Stretch } from '../answers';

async function get<T>(path: string, params: Record<string, string | string[] | undefined>): Promise<T> {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(params)) for (const one of [value ?? []].flat()) if (one !== '') url.searchParams.append(name, one);
  const response = await fetch(url).catch(() => { throw new ApiError(0, 'Awry does not answer'); });
  const text = await response.text();
  let json: { error?: { message?: string } } | null = null;
  try { json = JSON.parse(text); } catch { /* told below */ }
  if (!response.ok) throw new ApiError(response.status, json?.error?.message ?? `the server answered ${response.status}`);
  if (json === null) throw new ApiError(response.status, 'the server did not answer JSON');
  return json as T;
}

const POINTS = 60;

export const getMonitor = (service: string, kind: string, timeframeMs: number) =>
  get<MonitorAnswer>('api/v1/monitor', { service, kind, start: `${Math.round(timeframeMs / 1000)}s`, step: `${Math.max(1, Math.round(timeframeMs / 1000 / POINTS))}s` });

export const getGraph = (lookback: string) => get<GraphAnswer>('api/v1/graph', { start: lookback });

export const getDrift = (service: string, model: string, lookback: string) => get<DriftAnswer>('api/v1/drift', { service, model, start: lookback });

/** The newest traces that have a span of the service (and operation), whole. */
export async function getTracesThrough(service: string, operation: string, limit: number, start?: string, end?: string): Promise<JaegerTrace[]> {
  const quote = (text: string) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
  const query = `{ resource.service.name = ${quote(service)}${operation ? ` && name = ${quote(operation)}` : ''} }`;
  const ids = (await search(query, start, end, limit)).traces.filter((t) => t.spans <= SPANS_EACH).map((t) => t.trace_id);
  return ids.length === 0 ? [] : (await get<{ data: JaegerTrace[] }>('api/traces', { traceID: ids })).data;
}

const SPANS_EACH = 5_000;
