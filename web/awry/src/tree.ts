// The spans of a trace as a tree in display order, and its critical path. Times in microseconds from
// the trace's start.
import type { JaegerSpan, JaegerTrace } from './api';

export interface Node {
  span: JaegerSpan; service: string; depth: number; start: number; end: number; children: Node[];
  error: boolean; orphan: boolean;
}
export interface Tree { roots: Node[]; order: Node[]; start: number; duration: number; depth: number; services: string[] }

const parentOf = (span: JaegerSpan) =>
  span.references.find((r) => r.refType === 'CHILD_OF' && r.traceID === span.traceID)?.spanID ?? null;

export const tag = (span: JaegerSpan, key: string) => span.tags.find((t) => t.key === key)?.value;

export function makeTree(trace: JaegerTrace): Tree {
  const start = Math.min(...trace.spans.map((s) => s.startTime));
  const nodes = new Map<string, Node>();
  const all: Node[] = trace.spans.map((span) => {
    const node: Node = {
      span, service: trace.processes[span.processID]?.serviceName ?? '?', depth: 0, start: span.startTime - start,
      end: span.startTime - start + span.duration, children: [], error: tag(span, 'error') === true, orphan: false,
    };
    if (!nodes.has(span.spanID)) nodes.set(span.spanID, node);
    return node;
  });
  const roots: Node[] = [];
  const parents = new Map<Node, Node>();
  for (const node of all) {
    const id = parentOf(node.span);
    const parent = id === null ? undefined : nodes.get(id);
    if (parent && parent !== node) {
      parent.children.push(node);
      parents.set(node, parent);
    } else {
      node.orphan = id !== null;
      roots.push(node);
    }
  }
  cutRings(all, roots, parents);
  const byStart = (a: Node, b: Node) => a.start - b.start || a.end - b.end;
  const order: Node[] = [];
  let depth = 0;
  // Without recursion: a trace may be a chain of 100,000 spans.
  const stack = roots.sort(byStart).slice().reverse();
  while (stack.length > 0) {
    const node = stack.pop()!;
    order.push(node);
    depth = Math.max(depth, node.depth + 1);
    node.children.sort(byStart);
    for (let i = node.children.length - 1; i >= 0; i--) {
      node.children[i]!.depth = node.depth + 1;
      stack.push(node.children[i]!);
    }
  }
  const end = all.reduce((most, n) => Math.max(most, n.end), 0);
  return { roots, order, start, duration: Math.max(1, end), depth, services: [...new Set(order.map((n) => n.service))] };
}

/** Hostile spans may be each other's parents: what no root reaches is cut loose, one span a ring. */
function cutRings(all: Node[], roots: Node[], parents: Map<Node, Node>): void {
  const reached = new Set<Node>();
  const reach = (from: Node) => {
    const stack = [from];
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (reached.has(node)) continue;
      reached.add(node);
      stack.push(...node.children);
    }
  };
  roots.forEach(reach);
  for (const node of all) {
    if (reached.has(node)) continue;
    const siblings = parents.get(node)!.children;
    siblings.splice(siblings.indexOf(node), 1);
    node.orphan = true;
    roots.push(node);
    reach(node);
  }
}

/** Pieces [from, to] of each span on the critical path: walking back from the end, the child that ended last. */
export function criticalPath(root: Node): Map<Node, [number, number][]> {
  const path = new Map<Node, [number, number][]>();
  const add = (node: Node, from: number, to: number) => {
    if (to <= from) return;
    const pieces = path.get(node);
    if (pieces) pieces.push([from, to]);
    else path.set(node, [[from, to]]);
  };
  const work: { node: Node; until: number }[] = [{ node: root, until: root.end }];
  while (work.length > 0) {
    const { node, until } = work.pop()!;
    let at = Math.min(until, node.end);
    for (const child of [...node.children].sort((a, b) => b.end - a.end)) {
      if (child.end > at || child.end <= node.start || child.start >= at) continue;
      add(node, child.end, at);
      work.push({ node: child, until: child.end });
      at = Math.max(child.start, node.start);
    }
    add(node, node.start, at);
  }
  return path;
}
