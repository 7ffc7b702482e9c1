// What the drawings share: the width they get, and a scale with round steps. Floats may round here: a
// drawing is no sum.
import { useEffect, useRef, useState } from 'preact/hooks';

// The next of 1, 2, 5 × 10ⁿ that makes at most four steps.
export function niceStep(highest: number): number {
  const rough = Math.max(highest, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough)!;
}

export interface Scale {
  ticks: number[]; // from the lowest to the highest, zero among them
  at: (value: number) => number; // the height in the drawing
}

// Zero is always on it: a bar that does not begin at zero lies.
export function scaleOf(low: number, high: number, top: number, bottom: number): Scale {
  const from = Math.min(low, 0);
  const to = Math.max(high, 0);
  const step = niceStep(to - from);
  const first = Math.floor(from / step);
  const last = Math.max(Math.ceil(to / step), first + 1);
  const ticks = Array.from({ length: last - first + 1 }, (_unused, i) => (first + i) * step);
  return { ticks, at: (value) => bottom - ((value - first * step) / ((last - first) * step)) * (bottom - top) };
}

export function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry!.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}

// Moves labels down until none lies on another; keeps their order. `gap` is the least distance.
export function spread(heights: readonly number[], gap: number, bottom: number): number[] {
  const order = heights.map((_y, i) => i).sort((a, b) => heights[a]! - heights[b]!);
  const placed = [...heights];
  let next = -Infinity;
  for (const i of order) {
    placed[i] = Math.max(placed[i]!, next);
    next = placed[i]! + gap;
  }
  // What was pushed out at the foot is pushed back up.
  let limit = bottom;
  for (const i of [...order].reverse()) {
    placed[i] = Math.min(placed[i]!, limit);
    limit = placed[i]! - gap;
  }
  return placed;
}
