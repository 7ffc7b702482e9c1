// Draws only the rows that are in view, so that a trace of 100,000 spans scrolls smoothly. Rows have a
// known height unless they say that they are measured.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

export interface WindowRow { key: string; height: number; measured?: boolean; draw: () => ComponentChildren }

const ALL_BELOW = 300;  // so few rows are simply all drawn
const MARGIN_PX = 600;

export function Windowed({ rows, target }: { rows: WindowRow[]; target?: string }) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<[number, number]>([0, 2000]);
  const [sizes, setSizes] = useState<Record<string, number>>({});
  const tops = useMemo(() => {
    const list = new Float64Array(rows.length + 1);
    rows.forEach((row, i) => { list[i + 1] = list[i]! + (row.measured ? sizes[row.key] ?? row.height : row.height); });
    return list;
  }, [rows, sizes]);
  useEffect(() => {
    let frame = 0;
    const update = () => {
      frame = 0;
      const top = box.current?.getBoundingClientRect().top ?? 0;
      setView([-top - MARGIN_PX, -top + innerHeight + MARGIN_PX]);
    };
    const ask = () => { if (frame === 0) frame = requestAnimationFrame(update); };
    update();
    addEventListener('scroll', ask, { passive: true });
    addEventListener('resize', ask);
    return () => { removeEventListener('scroll', ask); removeEventListener('resize', ask); cancelAnimationFrame(frame); };
  }, []);
  useEffect(() => {
    if (!target || !box.current) return;
    const at = rows.findIndex((row) => row.key === target);
    if (at >= 0) scrollTo({ top: box.current.getBoundingClientRect().top + scrollY + tops[at]! - 160 });
  }, [target]);
  if (rows.length <= ALL_BELOW) return <div ref={box}>{rows.map((row) => <div key={row.key}>{row.draw()}</div>)}</div>;
  let from = lowerBound(tops, view[0]), to = lowerBound(tops, view[1]);
  from = Math.max(0, from - 1);
  to = Math.min(rows.length, to + 1);
  return (
    <div ref={box} style={{ height: `${tops[rows.length]}px`, position: 'relative' }}>
      {rows.slice(from, to).map((row, i) => (
        <div key={row.key} style={{ position: 'absolute', left: 0, right: 0, top: `${tops[from + i]}px` }}>
          {row.measured ? <Measured onSize={(h) => { if (sizes[row.key] !== h) setSizes((s) => ({ ...s, [row.key]: h })); }}>{row.draw()}</Measured> : row.draw()}
        </div>
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
  useLayoutEffect(() => {
    const seen = new ResizeObserver(() => { if (box.current) onSize(box.current.offsetHeight); });
    if (box.current) seen.observe(box.current);
    return () => seen.disconnect();
  }, []);
  return <div ref={box}>{children}</div>;
}
