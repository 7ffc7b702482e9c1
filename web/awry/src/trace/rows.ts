// Which spans of a trace have a row: collapsing, and hiding services as Jaeger does.
import type { Node, Tree } from '../tree';

export type Closed = ReadonlySet<string>;

/** What the service filter takes away under one span. */
export interface Pruned { spans: number; errors: number }

export interface Visible { nodes: Node[]; pruned: Map<Node, Pruned> }

/** In display order; a span of a hidden service goes with everything under it. */
export function visibleNodes(tree: Tree, closed: Closed, hidden: ReadonlySet<string>): Visible {
  const nodes: Node[] = [];
  const pruned = new Map<Node, Pruned>();
  const { order } = tree;
  for (let i = 0; i < order.length;) {
    const node = order[i]!;
    if (hidden.has(node.service)) {
      if (node.parent) note(pruned, node.parent, order, i);
      i += node.below + 1;
      continue;
    }
    nodes.push(node);
    i += closed.has(node.key) ? node.below + 1 : 1;
  }
  return { nodes, pruned };
}

function note(pruned: Map<Node, Pruned>, parent: Node, order: Node[], from: number): void {
  const entry = pruned.get(parent) ?? { spans: 0, errors: 0 };
  const end = from + order[from]!.below + 1;
  entry.spans += end - from;
  for (let i = from; i < end; i++) entry.errors += order[i]!.error ? 1 : 0;
  pruned.set(parent, entry);
}

export const collapseAll = (tree: Tree): Closed => new Set(tree.order.filter((n) => n.children.length > 0).map((n) => n.key));

/** Closes the deepest open level of each branch. */
export function collapseOne(tree: Tree, closed: Closed): Closed {
  const next = new Set(closed);
  const { order } = tree;
  for (const node of order) {
    if (node.children.length === 0 || closed.has(node.key)) continue;
    if (node.children.every((c) => c.children.length === 0 || closed.has(c.key))) next.add(node.key);
  }
  return next;
}

/** Opens the topmost closed span of each branch. */
export function expandOne(tree: Tree, closed: Closed): Closed {
  const next = new Set(closed);
  const { order } = tree;
  for (let i = 0; i < order.length;) {
    const node = order[i]!;
    if (next.delete(node.key)) i += node.below + 1;
    else i++;
  }
  return next;
}

/** So that `node` has a row: everything above it open. */
export function reveal(closed: Closed, node: Node): Closed {
  let next: Set<string> | null = null;
  for (let up = node.parent; up; up = up.parent) {
    if (closed.has(up.key)) (next ??= new Set(closed)).delete(up.key);
  }
  return next ?? closed;
}
