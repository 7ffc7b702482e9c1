// The part of a trace's time that is shown, as shares of its duration, and dragging over a strip to choose it.
import { useRef, useState } from 'preact/hooks';
import type { HTMLAttributes } from 'preact';

export type Range = readonly [number, number];
export const ALL: Range = [0, 1];
const NARROWEST = 1e-6;

/** Keeps the range inside the trace and its width above nothing. */
export function fit(from: number, to: number): Range {
  const width = Math.min(1, Math.max(NARROWEST, to - from));
  const left = Math.min(1 - width, Math.max(0, from));
  return [left, left + width];
}

/** Moves by a share of what is shown. */
export const pan = ([from, to]: Range, by: number): Range => fit(from + by * (to - from), to + by * (to - from));

/** Above 0: closer. */
export const zoom = ([from, to]: Range, by: number): Range => fit(from + by * (to - from), to - by * (to - from));

/** Left and width in percent of the lane; null when out of view. */
export function place([from, to]: Range, start: number, end: number, duration: number): { left: number; width: number } | null {
  const left = Math.max(0, (start / duration - from) / (to - from));
  const right = Math.min(1, (end / duration - from) / (to - from));
  return right < 0 || left > 1 ? null : { left: left * 100, width: Math.max(0, right - left) * 100 };
}

const CLICK_PX = 4;

/** Handlers for a strip; `drag` is what is being chosen, as shares of the strip. */
export function useBrush(done: (from: number, to: number) => void) {
  const [drag, set] = useState<[number, number] | null>(null);
  const at = useRef(0);
  const share = (e: PointerEvent) => {
    const box = (e.currentTarget as Element).getBoundingClientRect();
    return Math.min(1, Math.max(0, (e.clientX - box.left) / Math.max(1, box.width)));
  };
  const handlers: HTMLAttributes<HTMLDivElement> = {
    onPointerDown: (e) => {
      if (e.button !== 0 || (e.target as Element).closest('button,[role=separator]')) return;
      e.currentTarget.setPointerCapture(e.pointerId);
      at.current = e.clientX;
      const x = share(e);
      set([x, x]);
    },
    onPointerMove: (e) => { if (drag) set([drag[0], share(e)]); },
    onPointerUp: (e) => {
      if (drag && Math.abs(e.clientX - at.current) > CLICK_PX) done(Math.min(drag[0], share(e)), Math.max(drag[0], share(e)));
      set(null);
    },
    onPointerCancel: () => set(null),
  };
  return { drag, handlers };
}
