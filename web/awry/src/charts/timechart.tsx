// A small chart of values over time: axis from 0, gaps where nothing is known, the figures of a moment on pointing at it.
import { useState } from 'preact/hooks';
import { clock, day, isToday } from '../format';

export interface Series { name: string; look: 'main' | 'second' | 'third' | 'error'; values: (number | null)[] }

/** A round number at or above. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((m) => m * unit).find((m) => m >= value * (1 - 1e-9))!;
}

/** From the top; what is far outside the frame stays just outside, so that no number is beyond what SVG takes. */
const fromTop = (value: number, most: number, height: number) => Math.min(2 * height, Math.max(-height, height - (value / most) * height)).toFixed(2);

/** Pieces of a line, broken where a value is missing; shares of width and height. */
export function linePath(values: (number | null)[], most: number, width: number, height: number): string {
  let path = '', pen = false;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  values.forEach((value, i) => {
    if (!known(value)) { pen = false; return; }
    const x = (i * step).toFixed(2), y = fromTop(value!, most, height);
    path += pen ? `L${x} ${y}` : `M${x} ${y}`;
    pen = true;
  });
  return path;
}

const known = (value: number | null | undefined) => value !== null && value !== undefined && Number.isFinite(value);

/** The points that have no neighbour, as lines without length: round ends make dots of them. */
export function dotPath(values: (number | null)[], most: number, width: number, height: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values.map((value, i) => (known(value) && !known(values[i - 1]) && !known(values[i + 1])
    ? `M${(i * step).toFixed(2)} ${fromTop(value!, most, height)}h.01` : '')).join('');
}

const WIDTH = 600, HEIGHT = 100;
const stamp = (ms: number) => (isToday(ms) ? clock(ms) : `${day(ms)} ${clock(ms).slice(0, 5)}`);

export function TimeChart({ title, at, series, show, most }: { title: string; at: number[]; series: Series[]; show: (value: number) => string; most?: number }) {
  const [over, setOver] = useState<number | null>(null);
  const peak = roundUp(most ?? Math.max(0, ...series.flatMap((s) => s.values.map((v) => v ?? 0))));
  const x = (i: number) => (at.length > 1 ? (i / (at.length - 1)) * 100 : 0);
  const latest = (s: Series) => s.values.reduce<number | null>((last, v) => v ?? last, null);
  return (
    <figure class="chart">
      <figcaption><h3>{title}</h3><span class="dim">{over === null ? 'latest' : stamp(at[over]!)}</span>
        {series.map((s) => {
          const value = over === null ? latest(s) : s.values[over] ?? null;
          return <span key={s.name} class="nw"><svg width="18" height="8" aria-hidden="true"><line x1="1" x2="17" y1="4" y2="4" class={`ln ${s.look}`} /></svg> {s.name} <b>{value === null ? '–' : show(value)}</b></span>;
        })}</figcaption>
      <div class="plot" role="img" aria-label={`${title} over time: ${series.map((s) => { const v = latest(s); return `${s.name} lately ${v === null ? 'unknown' : show(v)}, at most ${show(Math.max(0, ...s.values.map((n) => n ?? 0)))}`; }).join('; ')}`}
        onPointerMove={(e) => { const box = e.currentTarget.getBoundingClientRect(); setOver(Math.max(0, Math.min(at.length - 1, Math.round(((e.clientX - box.left) / Math.max(1, box.width)) * (at.length - 1))))); }}
        onPointerLeave={() => setOver(null)}>
        <svg width="100%" height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {[0.5, 1].map((y) => <line key={y} x1="0" x2={WIDTH} y1={HEIGHT - y * HEIGHT} y2={HEIGHT - y * HEIGHT} class="grid" />)}
          {series.map((s) => <g key={s.name}><path d={linePath(s.values, peak, WIDTH, HEIGHT)} class={`ln ${s.look}`} /><path d={dotPath(s.values, peak, WIDTH, HEIGHT)} class={`ln dot ${s.look}`} /></g>)}
          <line x1="0" x2={WIDTH} y1={HEIGHT} y2={HEIGHT} class="base" />
          {over !== null ? <line x1={(x(over) / 100) * WIDTH} x2={(x(over) / 100) * WIDTH} y1="0" y2={HEIGHT} class="cursor" /> : null}
        </svg>
        <span class="y1">{show(peak)}</span><span class="y2">{show(peak / 2)}</span>
      </div>
      <div class="times"><span>{at.length > 0 ? stamp(at[0]!) : ''}</span><span>{at.length > 1 ? stamp(at[at.length - 1]!) : ''}</span></div>
    </figure>
  );
}

/** Bars in a line of text. */
export function Spark({ values, errors, label }: { values: number[]; errors?: number[]; label: string }) {
  const most = Math.max(1, ...values);
  const width = 96 / Math.max(1, values.length);
  return (
    <svg class="spark" width="96" height="18" role="img" aria-label={label}>
      {values.map((v, i) => (v > 0 ? <rect key={i} x={i * width} y={18 - Math.max(1, (v / most) * 18)} width={Math.max(0.8, width - 0.4)} height={Math.max(1, (v / most) * 18)} fill="var(--ink-3)" /> : null))}
      {(errors ?? []).map((v, i) => (v > 0 ? <rect key={`e${i}`} x={i * width} y={18 - Math.max(1.5, (v / most) * 18)} width={Math.max(0.8, width - 0.4)} height={Math.max(1.5, (v / most) * 18)} fill="var(--error)" /> : null))}
    </svg>
  );
}
