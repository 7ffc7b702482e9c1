// Monitor, service graph, drift and paths of calls, as docs/http-api.md has them; at_ns and the like are Unix nanoseconds.
import { ApiError, search } from '../api';
import type { JaegerTrace } from '../api';

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

export interface Point { at_ns: number; calls: number; errors: number; p50_ms: number | null; p95_ms: number | null }
export interface Operation {
  name: string; kind: string; calls: number; errors: number; rate: number; error_rate: number | null;
  p50_ms: number | null; p75_ms: number | null; p95_ms: number | null; p99_ms: number | null; mean_ms: number | null; impact: number;
  series: Point[]; examples: { slow: string[]; error: string[] };
}
export interface MonitorAnswer {
  service: string; start_ns: number; end_ns: number; step_ns: number; total_of?: string; operations: Operation[]; series: Point[]; complete: boolean;
}

const POINTS = 60;

export const getMonitor = (service: string, kind: string, timeframeMs: number) =>
  get<MonitorAnswer>('api/v1/monitor', { service, kind, start: `${Math.round(timeframeMs / 1000)}s`, step: `${Math.max(1, Math.round(timeframeMs / 1000 / POINTS))}s` });

/** Rate, errors and latency are those of `calls`: entry spans, or all spans of a service without any. */
export interface GraphNode { service: string; spans: number; calls: number; errors: number; rate: number; error_rate: number | null; p50_ms: number | null; p95_ms: number | null }
export interface GraphEdge { parent: string; child: string; rate: number; calls: number; errors: number; error_rate: number | null; p50_ms: number | null; p95_ms: number | null }
export interface GraphAnswer { nodes: GraphNode[]; edges: GraphEdge[]; window: { start_ns: number; end_ns: number }; complete: boolean }

export const getGraph = (lookback: string) => get<GraphAnswer>('api/v1/graph', { start: lookback });

export interface DriftWindow {
  start_ns: number; end_ns: number; count: number; categories: Record<string, number>;
  confidence: { mean: number; p10: number; p50: number; p90: number } | null;
}
export interface DriftModel { service: string; span: string; version: string; windows: DriftWindow[] }
export interface Stretch { what?: string; start_ns: number; end_ns: number; count: number }
export interface DriftTest {
  service: string; span: string; version: string; attribute: string; kind: 'categorical' | 'numeric';
  psi: number | null; js: number | null; p_value: number | null; e_value: number | null; alarm: boolean; since_ns?: number;
  baseline: Stretch; now: Stretch; bins: { label: string; baseline: number; now: number }[];  // shares, 0…1
}
export interface DriftAnswer {
  models: DriftModel[]; tests: DriftTest[];
  looked_at: { start_ns: number; end_ns: number; step_ns: number; traces?: number; sampled_of?: number; models: number; tests: number; alarms: number; notes: string[] };
}

export const getDrift = (service: string, model: string, lookback: string) => get<DriftAnswer>('api/v1/drift', { service, model, start: lookback });

/** The newest traces that have a span of the service (and operation), whole. */
export async function getTracesThrough(service: string, operation: string, limit: number, start?: string, end?: string): Promise<JaegerTrace[]> {
  const quote = (text: string) => `"${text.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
  const query = `{ resource.service.name = ${quote(service)}${operation ? ` && name = ${quote(operation)}` : ''} }`;
  const ids = (await search(query, start, end, limit)).traces.filter((t) => t.spans <= SPANS_EACH).map((t) => t.trace_id);
  return ids.length === 0 ? [] : (await get<{ data: JaegerTrace[] }>('api/traces', { traceID: ids })).data;
}

const SPANS_EACH = 5_000;
