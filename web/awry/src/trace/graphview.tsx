// The trace as a graph: call paths merged, from left to right.
import { useMemo } from 'preact/hooks';
import { Board } from '../charts/board';
import { count, duration, percent } from '../format';
import { Glyph, Svc } from '../parts/marks';
import { slot } from '../services';
import type { Node, Tree } from '../tree';
import { short } from './cut';
import { mergePaths } from './paths';
import type { Path } from './paths';

const BOXES_MAX = 250;

export function GraphView({ tree, hidden, found, show }: { tree: Tree; hidden: ReadonlySet<string>; found: Set<Node> | null; show: (node: Node) => void }) {
  const all = useMemo(() => mergePaths(tree, hidden), [tree, hidden]);
  const kept = useMemo(() => weightiest(all), [all]);
  const ids = useMemo(() => new Map(kept.map((p, i) => [p, String(i)])), [kept]);
  const matching = useMemo(() => (found ? new Set([...found].map((n) => `${n.service}\0${n.span.operationName}`)) : null), [found]);
  const whole = all.reduce((sum, p) => sum + p.self, 0);
  const boxes = kept.map((p) => ({
    id: ids.get(p)!, width: 208, height: 64, dim: matching !== null && !matching.has(`${p.service}\0${p.name}`),
    draw: () => <PathBox path={p} whole={whole} show={show} />,
  }));
  const lines = kept.filter((p) => p.parent).map((p) => ({ from: ids.get(p.parent!)!, to: ids.get(p)!, weight: p.count, error: p.errors > 0 }));
  return (
    <Board boxes={boxes} lines={lines} label="Graph of the trace: call paths from left to right"
      tools={<span class="dim small">Spans of one call path are one box; thick lines stand for many spans.{kept.length < all.length ? ` Shown are the ${count(kept.length)} of ${count(all.length)} paths that take most time.` : ''}</span>} />
  );
}

function PathBox({ path, whole, show }: { path: Path; whole: number; show: (node: Node) => void }) {
  const share = whole > 0 ? path.self / whole : 0;
  return (
    <button class={`node s${slot(path.service)}`} onClick={() => show(path.longest)} title="its longest span">
      <span class="lab one">{path.errors > 0 ? <Glyph name="error" label={`${path.errors} with errors`} /> : null}<Svc name={path.service} short /><b class="one">{short(path.name)}</b></span>
      <span class="one dim small">{path.count > 1 ? `${count(path.count)} × ` : ''}{duration(path.total / path.count)}{path.count > 1 ? ` = ${duration(path.total)}` : ''}</span>
      <span class="one dim small">self {duration(path.self)}, {percent(path.self, whole)}</span>
      <svg class="share" width="100%" height="3" aria-hidden="true"><rect width={`${share * 100}%`} height="3" fill="var(--ink)" /></svg>
    </button>
  );
}

/** The paths with most time, each with those above it. */
function weightiest(all: Path[]): Path[] {
  if (all.length <= BOXES_MAX) return all;
  const kept = new Set<Path>();
  for (const path of [...all].sort((a, b) => b.value - a.value)) {
    const chain: Path[] = [];
    for (let up: Path | null = path; up && !kept.has(up) && kept.size + chain.length <= BOXES_MAX; up = up.parent) chain.push(up);
    if (kept.size + chain.length > BOXES_MAX) break;
    chain.forEach((p) => kept.add(p));
  }
  return all.filter((p) => kept.has(p));
}
