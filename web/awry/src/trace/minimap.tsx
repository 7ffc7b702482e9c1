// The whole trace in a strip: drag to zoom into a part; what is unusual stands as a line.
import { useMemo } from 'preact/hooks';
import { duration } from '../format';
import { slot } from '../services';
import type { Node, Tree } from '../tree';
import { ALL, useBrush } from './range';
import type { Range } from './range';

const ROWS = 600;
const HEIGHT = 64;

export function Minimap({ tree, range, setRange, marks }: { tree: Tree; range: Range; setRange: (range: Range) => void; marks: number[] }) {
  const { drag, handlers } = useBrush((from, to) => setRange([from, to]));
  const bars = useMemo(() => {
    const nodes = thinned(tree.order);
    const step = (HEIGHT - 4) / Math.max(nodes.length, 12);
    return nodes.map((n, i) => (
      <rect key={i} x={`${(n.start / tree.duration) * 100}%`} y={2 + i * step} width={`${Math.max(0.15, ((n.end - n.start) / tree.duration) * 100)}%`}
        height={Math.max(1, Math.min(2, step))} fill={`var(--s${slot(n.service)})`} />
    ));
  }, [tree]);
  const zoomed = range[0] > 0 || range[1] < 1;
  const percent = (x: number) => `${x * 100}%`;
  return (
    <div class="minimap">
      <div class="strip" {...handlers} onDblClick={() => setRange(ALL)} title="Drag to look at a part">
        <svg width="100%" height={HEIGHT} role="img" aria-label={`Minimap of the trace${zoomed ? `; shown is ${duration(range[0] * tree.duration)} to ${duration(range[1] * tree.duration)}` : ''}`}>
          <rect width="100%" height={HEIGHT} fill="var(--sunk)" />
          {bars}
          {marks.map((at) => <line key={at} x1={percent(at / tree.duration)} x2={percent(at / tree.duration)} y1="0" y2={HEIGHT} stroke="var(--unusual)" stroke-width="1.5" />)}
          {zoomed ? <>
            <rect class="veil" x="0" width={percent(range[0])} height={HEIGHT} /><rect class="veil" x={percent(range[1])} width={percent(1 - range[1])} height={HEIGHT} />
            <line class="edge" x1={percent(range[0])} x2={percent(range[0])} y1="0" y2={HEIGHT} /><line class="edge" x1={percent(range[1])} x2={percent(range[1])} y1="0" y2={HEIGHT} />
          </> : null}
          {drag ? <rect class="drag" x={percent(Math.min(...drag))} width={percent(Math.abs(drag[1] - drag[0]))} height={HEIGHT} /> : null}
          <rect x=".05%" width="99.9%" height={HEIGHT} fill="none" stroke="var(--rule-2)" />
        </svg>
      </div>
      <svg width="100%" height="14" aria-hidden="true">
        {[0.25, 0.5, 0.75].map((x) => <text key={x} x={percent(x)} y="12" text-anchor="middle">{duration(x * tree.duration)}</text>)}
        <text x="0" y="12">0</text><text x="100%" y="12" text-anchor="end">{duration(tree.duration)}</text>
      </svg>
    </div>
  );
}

/** So many that a strip can show: of each stretch of rows the longest span. */
function thinned(order: Node[]): Node[] {
  if (order.length <= ROWS) return order;
  return Array.from({ length: ROWS }, (_, i) => {
    const from = Math.floor((i * order.length) / ROWS), to = Math.floor(((i + 1) * order.length) / ROWS);
    let longest = order[from]!;
    for (let k = from + 1; k < to; k++) if (order[k]!.end - order[k]!.start > longest.end - longest.start) longest = order[k]!;
    return longest;
  });
}
