// Spans of one call path (service and operation, all the way up) merged into one: what the flame graph and the graph show.
import type { Node, Tree } from '../tree';

export interface Path {
  service: string; name: string; depth: number; parent: Path | null; children: Path[];
  count: number; errors: number;
  total: number;   // their durations, added up
  self: number;    // the part of it that no child covers
  value: number;   // self and everything under it: children that run at once count each
  first: Node;
  longest: Node;
}

/** Parents before children. */
export function mergePaths(tree: Tree, hidden: ReadonlySet<string> = new Set()): Path[] {
  const all: Path[] = [];
  const pathOf = new Map<Node, Path>();
  const known = new Map<Path | null, Map<string, Path>>();
  const { order } = tree;
  for (let i = 0; i < order.length;) {
    const node = order[i]!;
    if (hidden.has(node.service)) { i += node.below + 1; continue; }
    i++;
    const parent = node.parent ? pathOf.get(node.parent) ?? null : null;
    let under = known.get(parent);
    if (!under) known.set(parent, under = new Map());
    const key = `${node.service}\0${node.span.operationName}`;
    let path = under.get(key);
    if (!path) {
      path = {
        service: node.service, name: node.span.operationName, depth: parent ? parent.depth + 1 : 0, parent, children: [],
        count: 0, errors: 0, total: 0, self: 0, value: 0, first: node, longest: node,
      };
      under.set(key, path);
      parent?.children.push(path);
      all.push(path);
    }
    const lasts = node.end - node.start;
    path.count++;
    path.errors += node.error ? 1 : 0;
    path.total += lasts;
    path.self += node.self;
    if (lasts > path.longest.end - path.longest.start) path.longest = node;
    pathOf.set(node, path);
  }
  for (let i = all.length - 1; i >= 0; i--) {
    const path = all[i]!;
    path.value += path.self;
    if (path.parent) path.parent.value += path.value;
  }
  return all;
}

export interface Flame { path: Path; left: number; width: number; row: number }

const NARROWEST = 1 / 2000;
const ROWS_MAX = 120;

/** Rectangles of the flame graph as shares of its width: what is above `focus` on the full width, then it and what is under it. */
export function flames(paths: Path[], focus: Path | null): { flames: Flame[]; rows: number; left_out: number } {
  const list: Flame[] = [];
  let leftOut = 0, rows = 0;
  const above: Path[] = [];
  for (let up = focus?.parent ?? null; up; up = up.parent) above.push(up);
  above.reverse().forEach((path) => list.push({ path, left: 0, width: 1, row: path.depth }));
  const tops = focus ? [focus] : paths.filter((p) => p.parent === null);
  const whole = tops.reduce((sum, p) => sum + p.value, 0) || 1;
  const stack: Flame[] = [];
  const lay = (siblings: Path[], left: number) => {
    for (const path of [...siblings].sort((a, b) => b.value - a.value)) {
      const width = path.value / whole;
      if (width >= NARROWEST && path.depth - (focus?.depth ?? 0) < ROWS_MAX) stack.push({ path, left, width, row: path.depth });
      else leftOut += 1;
      left += width;
    }
  };
  lay(tops, 0);
  while (stack.length > 0) {
    const flame = stack.pop()!;
    list.push(flame);
    rows = Math.max(rows, flame.row + 1);
    lay(flame.path.children, flame.left);
  }
  return { flames: list, rows: Math.max(rows, above.length), left_out: leftOut };
}
