// Differences between two groups, drawn on one axis: shares of a value, spreads of a number.
import type { Share } from '../api';
import type { Spread } from '../answers';
import { percent, wilson } from '../format';

const GRID = [0, 25, 50, 75, 100];

export function ShareAxis() {
  return (
    <svg width="100%" height="14" aria-hidden="true">{GRID.map((x) => (
      <text key={x} x={`${x}%`} y="9" text-anchor={x === 0 ? 'start' : x === 100 ? 'end' : 'middle'}>{x === 100 ? '100 %' : x}</text>))}</svg>
  );
}

/** From ring (b) to tilted square (a) on 0–100 %; the thin line is a's 95 % interval. */
export function SharePlot({ a, b }: { a: Share; b: Share }) {
  const x = (s: Share) => (s.of > 0 ? (s.with / s.of) * 100 : 0);
  const [lo, hi] = wilson(a.with, a.of);
  return (
    <svg width="100%" height="20" role="img" aria-label={`A ${percent(a.with, a.of)}, B ${percent(b.with, b.of)}`}>
      {GRID.map((g) => <line key={g} x1={`${g}%`} x2={`${g}%`} y1="0" y2="20" stroke="var(--rule)" />)}
      <line x1={`${Math.min(x(a), x(b))}%`} x2={`${Math.max(x(a), x(b))}%`} y1="10" y2="10" stroke="var(--ink-2)" stroke-width="2" />
      <line x1={`${lo * 100}%`} x2={`${hi * 100}%`} y1="16" y2="16" stroke="var(--wrong)" />
      <circle cx={`${x(b)}%`} cy="10" r="4.2" fill="var(--paper)" stroke="var(--right)" stroke-width="1.8" />
      <svg x={`${x(a)}%`} y="10" overflow="visible"><rect x="-4.5" y="-4.5" width="9" height="9" transform="rotate(20)" fill="var(--wrong)" /></svg>
    </svg>
  );
}

/** p10–p90 thin, p25–p75 thick, the median a tick; a above, b below, on one scale. */
export function SpreadPlot({ a, b }: { a: Spread; b: Spread }) {
  const lo = Math.min(a.p10, b.p10), hi = Math.max(a.p90, b.p90, lo + 1e-12);
  const x = (v: number) => `${2 + ((v - lo) / (hi - lo)) * 96}%`;
  const row = (s: Spread, y: number, colour: string) => (
    <g stroke={`var(--${colour})`}>
      <line x1={x(s.p10)} x2={x(s.p90)} y1={y} y2={y} />
      <line x1={x(s.p25)} x2={x(s.p75)} y1={y} y2={y} stroke-width="5" opacity=".55" />
      <line x1={x(s.p50)} x2={x(s.p50)} y1={y - 4} y2={y + 4} stroke-width="2" stroke="var(--ink)" />
    </g>
  );
  return (
    <svg width="100%" height="24" role="img" aria-label={`A: median ${figure(a.p50)}, 80 % within ${figure(a.p10)} to ${figure(a.p90)}; B: median ${figure(b.p50)}, 80 % within ${figure(b.p10)} to ${figure(b.p90)}`}>
      {row(a, 6, 'wrong')}{row(b, 18, 'right')}
    </svg>
  );
}

/** A number in at most 5 digits. */
export const figure = (n: number) => (Number.isInteger(n) ? n.toLocaleString('en-US') : Number(n.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 }));
