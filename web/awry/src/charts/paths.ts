// The calls through one service (and operation): what leads to it on the left, what it calls on the right, merged by hop.
import type { JaegerTrace } from '../api';
import { makeTree } from '../tree';
import type { Node } from '../tree';

export interface Stop { id: string; hop: number; service: string; operation: string; calls: number; errors: number; traces: number }
export interface Hop { from: string; to: string; calls: number; errors: number }
export interface PathGraph { stops: Stop[]; hops: Hop[]; traces: number }

const HOPS_MAX = 8;

/** Hop 0 is the focal span; callers have negative hops. `operations`: keep operations of a service apart. */
export function pathsThrough(traces: JaegerTrace[], service: string, operation: string, operations: boolean): PathGraph {
  const stops = new Map<string, Stop>(), hops = new Map<string, Hop>();
  let through = 0;
  for (const trace of traces) {
    const seen = new Set<string>();
    const focal = (node: Node) => node.service === service && (operation === '' || node.span.operationName === operation);
    // Of focal spans under each other the topmost counts, so that a service calling itself is seen on the right.
    const starts = makeTree(trace).order.filter((n) => focal(n) && !above(n, focal));
    if (starts.length > 0) through++;
    const counted = new Set<Node>();
    const stop = (node: Node, hop: number): string => {
      const shown = operations || (hop === 0 && operation !== '') ? node.span.operationName : '';
      const id = `${hop}\0${node.service}\0${shown}`;
      let entry = stops.get(id);
      if (!entry) stops.set(id, entry = { id, hop, service: node.service, operation: shown, calls: 0, errors: 0, traces: 0 });
      if (!counted.has(node)) { counted.add(node); entry.calls++; entry.errors += node.error ? 1 : 0; }
      if (!seen.has(id)) { seen.add(id); entry.traces++; }
      return id;
    };
    const joined = new Set<string>();
    const join = (from: string, to: string, by: Node) => {
      const key = `${from}\0\0${to}`;
      const once = `${key}\0${by.key}`;
      if (joined.has(once)) return;
      joined.add(once);
      const entry = hops.get(key);
      if (entry) { entry.calls++; entry.errors += by.error ? 1 : 0; }
      else hops.set(key, { from, to, calls: 1, errors: by.error ? 1 : 0 });
    };
    for (const start of starts) {
      const id = stop(start, 0);
      upwards(start, id, stop, join, operations);
      downwards(start, id, stop, join, operations);
    }
  }
  return { stops: [...stops.values()], hops: [...hops.values()], traces: through };
}

function above(node: Node, focal: (node: Node) => boolean): boolean {
  for (let up = node.parent; up; up = up.parent) if (focal(up)) return true;
  return false;
}

type StopOf = (node: Node, hop: number) => string;
type Join = (from: string, to: string, by: Node) => void;

/** Without operations, spans of one service under each other are one stop. */
function upwards(start: Node, id: string, stop: StopOf, join: Join, operations: boolean): void {
  let last = id, hop = 0, below = start;
  for (let up = start.parent; up && hop > -HOPS_MAX; up = up.parent) {
    if (!operations && up.service === below.service) { below = up; continue; }
    const next = stop(up, --hop);
    join(next, last, below);
    last = next;
    below = up;
  }
}

function downwards(start: Node, id: string, stop: StopOf, join: Join, operations: boolean): void {
  const work = start.children.map((node) => ({ node, from: id, hop: 0, service: start.service }));
  while (work.length > 0) {
    const { node, from, hop, service } = work.pop()!;
    if (!operations && node.service === service) {
      for (const child of node.children) work.push({ node: child, from, hop, service });
      continue;
    }
    if (hop >= HOPS_MAX) continue;
    const next = stop(node, hop + 1);
    join(from, next, node);
    for (const child of node.children) work.push({ node: child, from: next, hop: hop + 1, service: node.service });
  }
}
