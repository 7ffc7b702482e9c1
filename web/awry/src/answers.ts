// The answers of Awry's own routes (docs/http-api.md), as shapes. The browser tests hold the server's real answers against them.
import { anything, big, both, either, flag, list, mapOf, maybe, nullable, number, object, oneOf, text } from './shape';
import type { Of, Shape } from './shape';

export const spanRef = object({ service: text, name: text });
export const share = object({ with: number, of: number });
export const pairRow = object({ span: spanRef, attribute: text, wrong: nullable(text), right: nullable(text) });
export const cause = object({
  rank: number, score: number, kind: text, span: spanRef, other_span: maybe(spanRef), attributes: list(text), statement: text,
  bad: share, good: share, p_value: number, examples: list(text),
  pair: maybe(object({ wrong: text, right: text, differing: list(pairRow), equal: number })),
  check: maybe(text), odds_ratio: maybe(object({ value: number, lo: number, hi: number })), since: maybe(text),
  series: maybe(list(object({ at: text, with: number, of: number }))),
  changes: maybe(list(object({ at: text, service: text, what: text }))),
  explains: maybe(list(object({ statement: text, span: spanRef, attributes: list(text) }))),
  replay: maybe(object({ flipped: number, flipped_to_expected: number, of: number, failed: maybe(number), ci: both(number, number) })),
});
export const why = object({
  traces: object({ bad: number, good: number }), causes: list(cause),
  searched: object({ facts: number, relations: number, too_weak: list(text), left_out: maybe(list(text)), notes: maybe(list(text)) }),
});
export const finding = object({
  id: text, state: oneOf('new', 'confirmed', 'fixed', 'dismissed'), since: text, until: maybe(text), cause, note: maybe(text), checks: list(text),
  guards: maybe(list(text)),
});
export const findings = object({ findings: list(finding) });
export const label = object({
  id: text, trace_id: text, span_id: maybe(text), label: oneOf('wrong', 'right'), expected: maybe(text), actual: maybe(text), source: maybe(text),
  note: maybe(text), created_at: maybe(text),
});
export const labels = object({ labels: list(label) });
export const hit = object({
  trace_id: text, root: spanRef, start_ns: big, duration_ns: big, spans: number, errors: number, labels: list(label),
  services: maybe(list(object({ name: text, spans: number, errors: number }))),
  matched: maybe(list(object({ span_id: text, service: text, name: text, select: maybe(list(object({ field: text, value: text }))) }))),
});
export const searchAnswer = object({ traces: list(hit), total: number, total_is_exact: maybe(flag), next_cursor: maybe(text) });
export const groups = object({
  groups: list(object({
    value: anything, type: text, traces: number, errors: number, p50_ms: nullable(number), p95_ms: nullable(number), wrong: number, right: number,
  })),
  total: number, other: number, missing: number, complete: flag,
});
export const attributes = object({
  attributes: list(object({ scope: text, key: text, types: list(text), count: number })), more: flag,
});
export const attributeValues = object({ values: list(object({ value: anything, type: text, count: number })), more: flag });
export const unusual = object({
  facts: list(object({ span_id: text, attribute: text, value: text, usual: text, with: number, of: number })),
});
export const invariants = object({
  invariants: list(object({ statement: text, check: text, span: spanRef, attributes: list(text), holds: number, of: number })),
});
const point = object({ at_ns: number, count: number, of: maybe(number) });
export const instrumentation = object({
  window_s: number, traces: number, spans: number, complete: flag,
  signals: list(object({
    key: maybe(text), signal: text, count: number, of: maybe(number), where: maybe(text), series: maybe(list(point)),
    services: maybe(list(object({ service: text, count: number, of: maybe(number), detail: maybe(text), traces: list(text) }))),
  })),
});
export const status = object({
  spans: number, traces: number, disk_bytes: number, memory_bytes: number, bytes_per_span: nullable(number), oldest_ns: nullable(big), newest_ns: nullable(big),
  spans_dropped: number, spans_dropped_by_retention: number, spans_refused: number, requests_refused: number, spans_per_second: number,
  traces_per_minute: number, problems: list(text),
});
const checkPoint = object({ at_ns: number, violations: number, checked: number });
export const severity = oneOf('info', 'warning', 'error');
export const check = object({
  name: text, never: maybe(text), always: maybe(text), severity, description: maybe(text), source: oneOf('file', 'api'), query: text,
  violations: number, checked: number, last_violation_ns: maybe(number), series: list(checkPoint),
});
export const checks = object({
  window_s: number, step_s: number, checks: list(check), yaml: text,
  live: object({
    running: flag, quiet_ms: number, open: number, lag_ms: number, evaluated: number, skipped: number, late: number, unsaved: number, problems: list(text),
    webhook: maybe(object({ host: text, pending: number, delivered: number, failed: number, dead: number })),
  }),
});
const caught = object({ violations: number, checked: number });
export const dryRun = object({
  checks: list(object({
    name: text, never: maybe(text), always: maybe(text), severity, query: text, checked: number, violations: number, examples: list(text),
    first_violation_ns: maybe(number), last_violation_ns: maybe(number), labelled: object({ wrong: caught, right: caught, none: caught }),
    series: list(checkPoint),
    samples: list(object({
      trace_id: text, start_ns: number, label: maybe(text), span: maybe(object({ service: text, name: text, span_id: text })),
      values: list(object({ field: text, value: text })),
    })),
  })),
  start_ns: number, end_ns: number, step_s: number, traces: number, took_ms: number, complete: flag,
});
export const violations = object({
  violations: list(object({
    id: text, check: text, severity, trace_id: text, at_ns: number, span: maybe(object({ service: text, name: text, span_id: text })),
  })),
  total: number, next_cursor: maybe(text),
});
const counted = object({ value: nullable(anything), count: number, other: maybe(flag) });
const spread = object({ count: number, min: number, p10: number, p25: number, p50: number, p75: number, p90: number, max: number, mean: number });
export const compared = object({
  a: object({ traces: number }), b: object({ traces: number }),
  attributes: list(object({
    span: spanRef, key: text, kind: oneOf('categorical', 'numeric'), a: anything, b: anything, p_value: number, q_value: number, effect: number,
  })),
  tried: number, complete: flag, notes: list(text),
});
export type Counted = Of<typeof counted>;
export type Spread = Of<typeof spread>;
export const jaegerTags = list(object({ key: text, type: text, value: anything }));
export const jaegerTraces = object({
  data: list(object({
    traceID: text, processes: mapOf(object({ serviceName: text, tags: jaegerTags })),
    spans: list(object({
      traceID: text, spanID: text, operationName: text, startTime: number, duration: number, processID: text,
      references: list(object({ refType: text, traceID: text, spanID: text })), tags: jaegerTags,
      logs: list(object({ timestamp: number, fields: jaegerTags })), warnings: nullable(list(text)),
    })),
  })),
});

const servedPoint = object({ at_ns: number, calls: number, errors: number, p50_ms: nullable(number), p95_ms: nullable(number) });
const operation = object({
  name: text, kind: text, calls: number, errors: number, rate: number, error_rate: nullable(number), p50_ms: nullable(number), p75_ms: nullable(number),
  p95_ms: nullable(number), p99_ms: nullable(number), mean_ms: nullable(number), impact: number, series: list(servedPoint),
  examples: object({ slow: list(text), error: list(text) }),
});
export const monitor = object({
  service: text, start_ns: number, end_ns: number, step_ns: number, total_of: maybe(text), operations: list(operation), series: list(servedPoint), complete: flag,
});
// Rate, errors and latency are those of `calls`: entry spans, or all spans of a service without any.
const graphNode = object({
  service: text, spans: number, calls: number, errors: number, rate: number, error_rate: nullable(number), p50_ms: nullable(number), p95_ms: nullable(number),
});
const graphEdge = object({
  parent: text, child: text, rate: number, calls: number, errors: number, error_rate: nullable(number), p50_ms: nullable(number), p95_ms: nullable(number),
});
export const graph = object({ nodes: list(graphNode), edges: list(graphEdge), window: object({ start_ns: number, end_ns: number }), complete: flag });
const driftWindow = object({
  start_ns: number, end_ns: number, count: number, categories: mapOf(number),
  confidence: nullable(object({ mean: number, p10: number, p50: number, p90: number })),
});
const driftModel = object({ service: text, span: text, version: text, windows: list(driftWindow) });
const stretch = object({ what: maybe(text), start_ns: number, end_ns: number, count: number });
const driftTest = object({
  service: text, span: text, version: text, attribute: text, kind: oneOf('categorical', 'numeric'), psi: nullable(number), js: nullable(number),
  p_value: nullable(number), e_value: nullable(number), alarm: flag, since_ns: maybe(number), baseline: stretch, now: stretch,
  bins: list(object({ label: text, baseline: number, now: number })),  // shares, 0…1
});
export const drift = object({
  models: list(driftModel), tests: list(driftTest),
  looked_at: object({
    start_ns: number, end_ns: number, step_ns: number, traces: maybe(number), sampled_of: maybe(number), models: number, tests: number, alarms: number,
    notes: list(text),
  }),
});
export const names = object({ data: nullable(list(text)) });
export const operations = object({ data: nullable(list(object({ name: text }))) });
export const explained = object({ query: text, plan: text });
export const labelled = object({ created: number, unchanged: number });
export const nothing = object({});

/** Every answer of the server that the pages read: tests hold each that a browser gets against its shape. */
export const ROUTES: { method: string; path: RegExp; shape: Shape<unknown> }[] = [
  { method: 'GET', path: /^api\/services$/, shape: names },
  { method: 'GET', path: /^api\/operations$/, shape: operations },
  { method: 'GET', path: /^api\/traces(\/[^/]+)?$/, shape: jaegerTraces },
  { method: 'POST', path: /^api\/archive\/[^/]+$/, shape: nothing },
  { method: 'POST', path: /^api\/v1\/search$/, shape: either(searchAnswer, explained) },
  { method: 'POST', path: /^api\/v1\/search\/groups$/, shape: groups },
  { method: 'GET', path: /^api\/v1\/attributes$/, shape: attributes },
  { method: 'GET', path: /^api\/v1\/attributes\/values$/, shape: attributeValues },
  { method: 'GET', path: /^api\/v1\/findings$/, shape: findings },
  { method: 'PATCH', path: /^api\/v1\/findings\/[^/]+$/, shape: finding },
  { method: 'GET', path: /^api\/v1\/labels$/, shape: labels },
  { method: 'POST', path: /^api\/v1\/labels$/, shape: labelled },
  { method: 'DELETE', path: /^api\/v1\/labels\/[^/]+$/, shape: nothing },
  { method: 'GET', path: /^api\/v1\/traces\/[^/]+\/unusual$/, shape: unusual },
  { method: 'POST', path: /^api\/v1\/why$/, shape: why },
  { method: 'POST', path: /^api\/v1\/compare$/, shape: compared },
  { method: 'GET', path: /^api\/v1\/invariants$/, shape: invariants },
  { method: 'GET', path: /^api\/v1\/checks$/, shape: checks },
  { method: 'PUT', path: /^api\/v1\/checks$/, shape: either(checks, dryRun) },
  { method: 'GET', path: /^api\/v1\/violations$/, shape: violations },
  { method: 'GET', path: /^api\/v1\/instrumentation$/, shape: instrumentation },
  { method: 'GET', path: /^api\/v1\/status$/, shape: status },
  { method: 'GET', path: /^api\/v1\/monitor$/, shape: monitor },
  { method: 'GET', path: /^api\/v1\/graph$/, shape: graph },
  { method: 'GET', path: /^api\/v1\/drift$/, shape: drift },
];

export type SpanRef = Of<typeof spanRef>;
export type Share = Of<typeof share>;
export type PairRow = Of<typeof pairRow>;
export type Cause = Of<typeof cause>;
export type Answer = Of<typeof why>;
export type Finding = Of<typeof finding>;
export type FindingState = Finding['state'];
export type Label = Of<typeof label>;
export type Hit = Of<typeof hit>;
export type SearchAnswer = Of<typeof searchAnswer>;
export type Groups = Of<typeof groups>;
export type UnusualFact = Of<typeof unusual>['facts'][number];
export type Invariant = Of<typeof invariants>['invariants'][number];
export type Instrumentation = Of<typeof instrumentation>;
export type Signal = Instrumentation['signals'][number];
export type Status = Of<typeof status>;
export type Severity = Of<typeof severity>;
export type Check = Of<typeof check>;
export type Checks = Of<typeof checks>;
export type DryRun = Of<typeof dryRun>;
export type DryCheck = DryRun['checks'][number];
export type Violations = Of<typeof violations>;
export type Violation = Violations['violations'][number];
export type Compared = Of<typeof compared>;
export type ComparedAttribute = Compared['attributes'][number];
export type MonitorAnswer = Of<typeof monitor>;
export type Operation = MonitorAnswer['operations'][number];
export type Point = MonitorAnswer['series'][number];
export type GraphAnswer = Of<typeof graph>;
export type GraphNode = GraphAnswer['nodes'][number];
export type GraphEdge = GraphAnswer['edges'][number];
export type DriftAnswer = Of<typeof drift>;
export type DriftModel = DriftAnswer['models'][number];
export type DriftWindow = DriftModel['windows'][number];
export type DriftTest = DriftAnswer['tests'][number];
export type Stretch = DriftTest['baseline'];
