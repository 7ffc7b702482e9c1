// Small plots of counts over time: a sparkline for a table's cell, a histogram with a time axis.
import { clock, count, day, isToday } from '../format';

export interface BarPoint { at_ms: number; value: number; of?: number }

/** 86 × 16 px; one bar a point, the tallest as high as the cell. */
export function Spark({ points, colour, name }: { points: BarPoint[]; colour: string; name: string }) {
  const most = Math.max(1, ...points.map((p) => p.value));
  const step = 86 / Math.max(1, points.length);
  const total = points.reduce((sum, p) => sum + p.value, 0);
  return (
    <svg class="spark" width="86" height="16" role="img" aria-label={`${name}: ${count(total)} in ${points.length} intervals, at most ${count(most)}`}>
      <line x1="0" x2="86" y1="15.5" y2="15.5" stroke="var(--rule-2)" />
      {points.map((p, i) => (p.value > 0 ? (
        <rect key={p.at_ms} x={i * step} y={15 - Math.max(2, (p.value / most) * 13)} width={Math.max(1.4, step - 0.8)} height={Math.max(2, (p.value / most) * 13)} fill={`var(--${colour})`} />
      ) : null))}
    </svg>
  );
}

const stamp = (ms: number, withDay: boolean) => (withDay ? `${day(ms)} ${clock(ms).slice(0, 5)}` : clock(ms).slice(0, 5));

/** Bars over a time axis, full width. */
export function Histogram({ points, stepMs, colour, name }: { points: BarPoint[]; stepMs: number; colour: string; name: string }) {
  if (points.length === 0) return null;
  const most = Math.max(1, ...points.map((p) => p.value));
  const width = 100 / points.length;
  const start = points[0]!.at_ms, end = points[points.length - 1]!.at_ms + stepMs;
  const withDay = !isToday(start) || end - start > 86400e3;
  const total = points.reduce((sum, p) => sum + p.value, 0);
  return (
    <svg width="100%" height="72" role="img" aria-label={`${name}: ${count(total)} in all, at most ${count(most)} in one interval`}>
      {points.map((p, i) => (p.value > 0 ? (
        <rect key={p.at_ms} x={`${i * width}%`} width={`${width * 0.85}%`} y={52 - Math.max(1, (p.value / most) * 38)} height={Math.max(1, (p.value / most) * 38)} fill={`var(--${colour})`} />
      ) : null))}
      <line x1="0" x2="100%" y1="52.5" y2="52.5" stroke="var(--rule-2)" />
      <text x="0" y="67">{stamp(start, withDay)}</text>
      <text x="50%" y="67" text-anchor="middle" class="hide-s">{stamp((start + end) / 2, withDay)}</text>
      <text x="100%" y="67" text-anchor="end">{stamp(end, withDay)}</text>
      <text x="100%" y="8" text-anchor="end">{most > 1 ? `most ${count(most)}` : ''}</text>
    </svg>
  );
}
