// Figures per group of spans: by service, by operation, or by an attribute's value.
import type { JaegerTrace } from '../api';
import { tag } from '../tree';
import type { Node, Tree } from '../tree';

export interface Figures { count: number; errors: number; total: number; avg: number; min: number; max: number; self: number; selfAvg: number; share: number }
export interface Group extends Figures { name: string; service: string | null; under: Group[]; longest: Node }

export type By = 'service' | 'operation' | `.${string}`;

/** `share` is the group's part of all self time. Spans without the attribute stand under "none". */
export function statistics(nodes: Node[], trace: JaegerTrace, by: By, then: By | null): Group[] {
  let whole = 0;
  for (const node of nodes) whole += node.self;
  const groups = gather(nodes, trace, by, whole);
  return groups.map(({ group, members }) => ({ ...group, under: then ? gather(members, trace, then, whole).map((g) => g.group) : [] }));
}

function gather(nodes: Node[], trace: JaegerTrace, by: By, whole: number): { group: Group; members: Node[] }[] {
  const members = new Map<string, Node[]>();
  for (const node of nodes) {
    const key = keyOf(node, trace, by);
    const list = members.get(key);
    if (list) list.push(node);
    else members.set(key, [node]);
  }
  return [...members.values()].map((list) => ({ members: list, group: figures(list, trace, by, whole) }));
}

function keyOf(node: Node, trace: JaegerTrace, by: By): string {
  if (by === 'service') return node.service;
  if (by === 'operation') return `${node.service}\0${node.span.operationName}`;
  const key = by.slice(1);
  const value = tag(node.span, key) ?? trace.processes[node.span.processID]?.tags.find((t) => t.key === key)?.value;
  return value === undefined ? '' : `=${String(value).slice(0, 200)}`;
}

function figures(list: Node[], trace: JaegerTrace, by: By, whole: number): Group {
  const first = list[0]!;
  const group: Group = {
    name: by === 'service' ? first.service : by === 'operation' ? first.span.operationName : keyOf(first, trace, by).slice(1) || 'none',
    service: by === 'service' || by === 'operation' ? first.service : null,
    count: list.length, errors: 0, total: 0, avg: 0, min: Infinity, max: 0, self: 0, selfAvg: 0, share: 0, under: [], longest: first,
  };
  for (const node of list) {
    const lasts = node.end - node.start;
    group.errors += node.error ? 1 : 0;
    group.total += lasts;
    group.self += node.self;
    group.min = Math.min(group.min, lasts);
    if (lasts > group.max) { group.max = lasts; group.longest = node; }
  }
  group.avg = group.total / list.length;
  group.selfAvg = group.self / list.length;
  group.share = whole > 0 ? group.self / whole : 0;
  return group;
}

/** Keys by which spans of the trace can be told apart, the most frequent first. */
export function attributeKeys(tree: Tree, most: number): string[] {
  const counts = new Map<string, number>();
  for (const node of tree.order) for (const t of node.span.tags) counts.set(t.key, (counts.get(t.key) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, most).map(([key]) => key);
}
