// Which span of one trace stands for which of another: from the roots down, the n-th child of a service and name for the n-th.
import type { JaegerSpan, JaegerTrace } from '../api';
import type { Node, Tree } from '../tree';

export interface ValueDifference { key: string; a: string | null; b: string | null; from: 'span' | 'resource' }
export interface Match { a?: Node; b?: Node; depth: number; differing: ValueDifference[]; equal: number }

const keyOf = (node: Node) => JSON.stringify([node.service, node.span.operationName, node.span.tags.find((t) => t.key === 'span.kind')?.value ?? '']);

/** Pairs two lists of siblings: the first's order, what only the second has after the sibling before it. */
function pair(a: Node[], b: Node[]): { a?: Node; b?: Node }[] {
  const waiting = new Map<string, Node[]>();
  for (const node of b) { const key = keyOf(node); waiting.set(key, [...(waiting.get(key) ?? []), node]); }
  const taken = new Map<Node, Node>();
  for (const node of a) { const other = waiting.get(keyOf(node))?.shift(); if (other) taken.set(other, node); }
  const partner = new Map([...taken].map(([other, own]) => [own, other]));
  const list: { a?: Node; b?: Node }[] = [];
  const placed = new Set<Node>();
  let at = 0;
  for (const node of b) {
    const own = taken.get(node);
    if (!own) { list.push({ b: node }); continue; }
    // What stands before the partner in the first trace comes first, unless it was placed already.
    while (at < a.length && !placed.has(own)) {
      const next = a[at++]!;
      if (placed.has(next)) continue;
      placed.add(next);
      list.push({ a: next, ...(partner.has(next) ? { b: partner.get(next)! } : {}) });
    }
  }
  for (; at < a.length; at++) if (!placed.has(a[at]!)) list.push({ a: a[at]!, ...(partner.has(a[at]!) ? { b: partner.get(a[at]!)! } : {}) });
  return list;
}

const valuesOf = (span: JaegerSpan) => new Map(span.tags.map((t) => [t.key, String(t.value)]));

function differences(a: Map<string, string>, b: Map<string, string>, from: 'span' | 'resource'): { differing: ValueDifference[]; equal: number } {
  const differing: ValueDifference[] = [];
  let equal = 0;
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const left = a.get(key) ?? null, right = b.get(key) ?? null;
    if (left === right) equal++;
    else differing.push({ key, a: left, b: right, from });
  }
  return { differing, equal };
}

/** All spans of both, parents before children; without recursion, for traces of any depth. */
export function matchTraces(a: Tree | null, b: Tree | null, traces: { a: JaegerTrace | null; b: JaegerTrace | null }): Match[] {
  const resource = (trace: JaegerTrace | null, node: Node) =>
    new Map((trace?.processes[node.span.processID]?.tags ?? []).map((t) => [t.key, String(t.value)]));
  const list: Match[] = [];
  const seen = new Set<string>();  // a process is compared once, at its first span
  const stack = pair(a?.roots ?? [], b?.roots ?? []).map((p) => ({ ...p, depth: 0 })).reverse();
  while (stack.length > 0) {
    const at = stack.pop()!;
    const match: Match = { ...at, differing: [], equal: 0 };
    if (at.a && at.b) {
      const own = differences(valuesOf(at.a.span), valuesOf(at.b.span), 'span');
      match.differing.push(...own.differing);
      match.equal = own.equal;
      const process = `${at.a.span.processID}/${at.b.span.processID}`;
      if (!seen.has(process)) {
        seen.add(process);
        const other = differences(resource(traces.a, at.a), resource(traces.b, at.b), 'resource');
        match.differing.push(...other.differing);
        match.equal += other.equal;
      }
    }
    list.push(match);
    const children = pair(at.a?.children ?? [], at.b?.children ?? []);
    for (let i = children.length - 1; i >= 0; i--) stack.push({ ...children[i]!, depth: at.depth + 1 });
  }
  return list;
}
