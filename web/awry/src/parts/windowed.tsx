// Draws only the rows that are in view, so that a list of 100,000 scrolls smoothly with the page. Rows have a
// known height unless they say that they are measured.
import type { ComponentChildren, HTMLAttributes } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

export interface WindowRow { key: string; height: number; measured?: boolean }

/** Scrolls to the row of this key when `turn` changes; `near`: only if it is out of view. */
export interface Target { key: string; turn: number; near?: boolean }

const ALL_BELOW = 300;  // so few rows are simply all drawn
const BLOCK_PX = 200;   // drawn anew when this much has scrolled by
const MARGIN_PX = 400;
const TOP_PX = 120;     // where a row that was scrolled to comes to stand

export function Windowed<R extends WindowRow>({ rows, draw, target, box: props }: {
  rows: R[]; draw: (row: R) => ComponentChildren; target?: Target; box?: HTMLAttributes<HTMLDivElement>;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [block, setBlock] = useState(0);
  const sizes = useRef(new Map<string, number>());
  const [measured, setMeasured] = useState(0);
  const tops = useMemo(() => {
    const list = new Float64Array(rows.length + 1);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      list[i + 1] = list[i]! + (row.measured ? sizes.current.get(row.key) ?? row.height : row.height);
    }
    return list;
  }, [rows, measured]);
  // A row that stays in view is the same node as before, which Preact then leaves alone.
  const drawn = useRef<{ draw: unknown; nodes: Map<R, ComponentChildren> }>({ draw: null, nodes: new Map() });
  if (drawn.current.draw !== draw) drawn.current = { draw, nodes: new Map() };
  const few = rows.length <= ALL_BELOW;
  useEffect(() => {
    let frame = 0;
    const update = () => {
      frame = 0;
      const top = box.current?.getBoundingClientRect().top ?? 0;
      setBlock(Math.floor(-top / BLOCK_PX));
    };
    const ask = () => { if (frame === 0) frame = requestAnimationFrame(update); };
    update();
    addEventListener('scroll', ask, { passive: true });
    const resized = new ResizeObserver(ask);
    resized.observe(document.body);
    return () => { removeEventListener('scroll', ask); resized.disconnect(); cancelAnimationFrame(frame); };
  }, [few]);
  useLayoutEffect(() => {
    if (!target?.key || !box.current) return;
    const at = rows.findIndex((row) => row.key === target.key);
    if (at < 0) return;
    const rect = few ? box.current.children[at]?.getBoundingClientRect() : undefined;
    const top = rect ? rect.top : box.current.getBoundingClientRect().top + tops[at]!;
    if (target.near && top > TOP_PX && top < innerHeight - TOP_PX) return;
    scrollBy({ top: target.near && top >= innerHeight - TOP_PX ? top - innerHeight + TOP_PX * 2 : top - TOP_PX, behavior: 'instant' });
  }, [target?.key, target?.turn]);
  if (few) return <div {...props} ref={box}>{rows.map((row) => <div key={row.key} role="presentation">{draw(row)}</div>)}</div>;
  const from = Math.max(0, lowerBound(tops, block * BLOCK_PX - MARGIN_PX) - 1);
  const to = Math.min(rows.length, lowerBound(tops, (block + 1) * BLOCK_PX + innerHeight + MARGIN_PX) + 1);
  const resize = (key: string, height: number) => {
    if (sizes.current.get(key) === height) return;
    sizes.current.set(key, height);
    setMeasured((n) => n + 1);
  };
  const kept = new Map<R, ComponentChildren>();
  for (const row of rows.slice(from, to)) {
    kept.set(row, drawn.current.nodes.get(row) ?? (row.measured ? <Measured onSize={(h) => resize(row.key, h)}>{draw(row)}</Measured> : draw(row)));
  }
  drawn.current.nodes = kept;
  return (
    <div {...props} ref={box} style={{ height: `${tops[rows.length]}px`, position: 'relative' }}>
      {rows.slice(from, to).map((row, i) => (
        <div key={row.key} role="presentation" class="windowrow" style={{ top: `${tops[from + i]}px` }}>{kept.get(row)}</div>
      ))}
    </div>
  );
}

function lowerBound(tops: Float64Array, y: number): number {
  let lo = 0, hi = tops.length - 1;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (tops[mid]! < y) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

function Measured({ children, onSize }: { children: ComponentChildren; onSize: (height: number) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const now = useRef(onSize);
  now.current = onSize;
  useLayoutEffect(() => {
    const seen = new ResizeObserver(() => { if (box.current) now.current(box.current.offsetHeight); });
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  return <div ref={box} role="presentation">{children}</div>;
}
