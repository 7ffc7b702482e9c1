// The spans of a trace as a tree in display order, and its critical path. Times in microseconds from
// the trace's start.
import type { JaegerSpan, JaegerTrace } from './api';

export interface Node {
  span: JaegerSpan;
  key: string;      // the span's id, with a number behind it when several spans have that id
  index: number;    // place in display order
  service: string;
  depth: number;
  start: number;
  end: number;
  self: number;     // time that no child covers
  parent: Node | null;
  children: Node[];
  below: number;    // spans under this one
  error: boolean;
  orphan: boolean;  // names a parent that is not in the trace, or one of a ring
  twin: boolean;    // another span came first with this id
}
export interface Tree {
  roots: Node[]; order: Node[]; start: number; duration: number; depth: number; services: string[]; errors: number;
  byKey: Map<string, Node>;
}

const parentOf = (span: JaegerSpan) =>
  span.references.find((r) => r.refType === 'CHILD_OF' && r.traceID === span.traceID)?.spanID ?? null;

export const tag = (span: JaegerSpan, key: string) => span.tags.find((t) => t.key === key)?.value;

const finite = (n: unknown) => (Number.isFinite(Number(n)) ? Number(n) : 0);

export function makeTree(trace: JaegerTrace): Tree {
  let start = Infinity;
  for (const span of trace.spans) start = Math.min(start, finite(span.startTime));
  if (start === Infinity) start = 0;
  const nodes = new Map<string, Node>();
  const all: Node[] = trace.spans.map((span, i) => {
    const from = finite(span.startTime) - start;
    const twin = nodes.has(span.spanID);
    const node: Node = {
      span, key: twin ? `${span.spanID}#${i}` : span.spanID, index: 0, service: trace.processes[span.processID]?.serviceName ?? '?', depth: 0,
      start: from, end: from + Math.max(0, finite(span.duration)), self: 0, parent: null, children: [], below: 0,
      error: isError(tag(span, 'error')), orphan: false, twin,
    };
    nodes.set(node.key, node);
    return node;
  });
  const roots: Node[] = [];
  for (const node of all) {
    const id = parentOf(node.span);
    const parent = id === null ? undefined : nodes.get(id);
    if (parent && parent !== node) {
      parent.children.push(node);
      node.parent = parent;
    } else {
      node.orphan = id !== null;
      roots.push(node);
    }
  }
  cutRings(all, roots);
  const order = inOrder(roots);
  const tree: Tree = { roots, order, start, duration: 1, depth: 0, services: [], errors: 0, byKey: nodes };
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    node.self = selfTime(node);
    if (node.parent) node.parent.below += node.below + 1;
  }
  for (const node of order) {
    tree.duration = Math.max(tree.duration, node.end);
    tree.depth = Math.max(tree.depth, node.depth + 1);
    tree.errors += node.error ? 1 : 0;
  }
  tree.services = [...new Set(order.map((n) => n.service))];
  return tree;
}

const isError = (value: unknown) => value === true || value === 'true';

/** Sorts children by start and lays the nodes out depth first. Without recursion: a trace may be a chain of 100,000 spans. */
function inOrder(roots: Node[]): Node[] {
  const byStart = (a: Node, b: Node) => a.start - b.start || b.end - a.end;
  const order: Node[] = [];
  // What has a parent elsewhere comes after the roots that have none.
  const stack = roots.sort((a, b) => Number(a.orphan) - Number(b.orphan) || byStart(a, b)).slice().reverse();
  while (stack.length > 0) {
    const node = stack.pop()!;
    node.index = order.push(node) - 1;
    node.children.sort(byStart);
    for (let i = node.children.length - 1; i >= 0; i--) {
      node.children[i]!.depth = node.depth + 1;
      stack.push(node.children[i]!);
    }
  }
  return order;
}

/** Duration less what the children cover; children are sorted by start. */
function selfTime(node: Node): number {
  let at = node.start;
  let free = 0;
  for (const child of node.children) {
    if (child.start >= node.end) break;
    if (child.start > at) free += child.start - at;
    at = Math.max(at, Math.min(child.end, node.end));
  }
  return free + Math.max(0, node.end - at);
}

/** Hostile spans may be each other's parents: what no root reaches is cut loose, one span a ring. */
function cutRings(all: Node[], roots: Node[]): void {
  const reached = new Set<Node>();
  const reach = (from: Node) => {
    const stack = [from];
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (reached.has(node)) continue;
      reached.add(node);
      for (const child of node.children) stack.push(child);
    }
  };
  roots.forEach(reach);
  for (const node of all) {
    if (reached.has(node)) continue;
    const siblings = node.parent!.children;
    siblings.splice(siblings.indexOf(node), 1);
    node.parent = null;
    node.orphan = true;
    roots.push(node);
    reach(node);
  }
}

/**
 * Pieces [from, to] of each span on the critical path: walking back from the end, the child that ended last, and before
 * that one's start the next. A child counts only as far as its parent lasts.
 */
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
    const limit = Math.min(until, node.end);
    let at = limit;
    for (const child of [...node.children].sort((a, b) => b.end - a.end)) {
      const end = Math.min(child.end, limit);
      if (child.start >= limit || end <= node.start || end > at) continue;
      add(node, end, at);
      work.push({ node: child, until: end });
      at = Math.max(child.start, node.start);
    }
    add(node, node.start, at);
  }
  return path;
}
