// Duration by start time, one mark a trace, on a canvas: a click opens a trace, a drawn frame chooses those inside.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Hit } from '../api';
import { clock, count, day, duration, isToday, nsToMs, shortId } from '../format';
import { markName, markOf, markShort } from '../search/marks';
import type { Colouring, Mark } from '../search/marks';

const H = 212, TOP = 12, BOTTOM = 188, LEFT = 56, RIGHT = 8, NEAR_PX = 9;
const INK: Record<Mark, string> = { wrong: '--wrong', right: '--right', error: '--error', none: '--ink-3' };
const LAYERS: Mark[] = ['none', 'right', 'error', 'wrong'];

interface Point { hit: Hit; mark: Mark; ms: number; at: number; x: number; y: number }
interface Scale { x0: number; x1: number; lo: number; hi: number; width: number }
export interface Frame { fromMs: number; toMs: number; minUs: number; maxUs: number; hits: Hit[] }

/** Ticks at 1, 2, 5 of each decade; at 1, 3 or 1 alone where there are many. */
function ticks(lo: number, hi: number): number[] {
  const list: number[] = [];
  const digits = hi - lo > 3.2 ? [1] : hi - lo > 1.2 ? [1, 3] : [1, 2, 3, 5, 7];
  for (let power = Math.floor(lo) - 1; power <= Math.ceil(hi); power++) for (const digit of digits) list.push(digit * 10 ** power);
  return list.filter((v) => Math.log10(v) >= lo - 1e-9 && Math.log10(v) <= hi + 1e-9);
}

const STEPS_MS = [1, 5, 10, 50, 100, 500, 1e3, 5e3, 10e3, 30e3, 60e3, 5 * 60e3, 15 * 60e3, 30 * 60e3, 3600e3, 3 * 3600e3, 6 * 3600e3, 12 * 3600e3, 86400e3, 7 * 86400e3, 28 * 86400e3];

function timeTicks(x0: number, x1: number, most: number): number[] {
  const step = STEPS_MS.find((s) => (x1 - x0) / s <= most) ?? (x1 - x0) / 4;
  const zone = new Date(x0).getTimezoneOffset() * 60e3;
  const list: number[] = [];
  for (let at = Math.ceil((x0 - zone) / step) * step + zone; at <= x1; at += step) list.push(at);
  return list;
}

function timeText(ms: number, step: number): string {
  if (step >= 86400e3) return day(ms);
  const text = step < 1000 ? `${clock(ms)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}` : step < 60e3 ? clock(ms) : clock(ms).slice(0, 5);
  return isToday(ms) ? text : `${day(ms)} ${text}`;
}

function draw(canvas: HTMLCanvasElement, points: Point[], s: Scale, moments: { at: number; text: string }[]): void {
  const scale = devicePixelRatio || 1;
  canvas.width = s.width * scale;
  canvas.height = H * scale;
  const g = canvas.getContext('2d');
  if (!g) return;
  g.scale(scale, scale);
  const probe = document.createElement('i');
  canvas.parentElement!.append(probe);
  const colour = (name: string) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
  const ink = Object.fromEntries(LAYERS.map((m) => [m, colour(INK[m])])) as Record<Mark, string>;
  const [rule, rule2, grey, paper, black] = [colour('--rule'), colour('--rule-2'), colour('--ink-3'), colour('--paper'), colour('--ink')];
  g.font = `11px ${getComputedStyle(canvas.parentElement!).fontFamily}`;
  probe.remove();
  const y = (us: number) => BOTTOM - ((Math.log10(us) - s.lo) / (s.hi - s.lo)) * (BOTTOM - TOP);
  const x = (ms: number) => LEFT + ((ms - s.x0) / (s.x1 - s.x0)) * (s.width - LEFT - RIGHT);
  const line = (x1: number, y1: number, x2: number, y2: number, stroke: string) => { g.strokeStyle = stroke; g.beginPath(); g.moveTo(x1, y1); g.lineTo(x2, y2); g.stroke(); };
  g.lineWidth = 1;
  g.textBaseline = 'middle';
  for (const us of ticks(s.lo, s.hi)) {
    line(LEFT, Math.round(y(us)) + 0.5, s.width, Math.round(y(us)) + 0.5, rule);
    g.fillStyle = grey;
    g.fillText(duration(us).replace(/\.0+ /, ' '), 0, y(us));
  }
  line(LEFT, BOTTOM + 0.5, s.width, BOTTOM + 0.5, rule2);
  const times = timeTicks(s.x0, s.x1, Math.max(2, Math.floor((s.width - LEFT) / 110)));
  const step = times.length > 1 ? times[1]! - times[0]! : s.x1 - s.x0;
  for (const at of times) {
    line(Math.round(x(at)) + 0.5, BOTTOM, Math.round(x(at)) + 0.5, BOTTOM + 4, rule2);
    const text = timeText(at, step), half = g.measureText(text).width / 2;
    g.fillStyle = grey;
    g.fillText(text, Math.min(s.width - 2 * half, Math.max(LEFT, x(at) - half)), BOTTOM + 14);
  }
  for (const m of moments) {
    if (m.at < s.x0 || m.at > s.x1) continue;
    line(Math.round(x(m.at)) + 0.5, TOP - 8, Math.round(x(m.at)) + 0.5, BOTTOM, black);
    g.fillStyle = black;
    g.fillText(m.text, x(m.at) + 4 + g.measureText(m.text).width > s.width ? x(m.at) - 4 - g.measureText(m.text).width : x(m.at) + 4, TOP - 5);
  }
  for (const layer of LAYERS) for (const p of points) if (p.mark === layer) drawMark(g, p, ink[layer], paper);
}

function drawMark(g: CanvasRenderingContext2D, { x, y, mark }: Point, ink: string, paper: string): void {
  g.save();
  g.translate(x, y);
  g.fillStyle = g.strokeStyle = ink;
  if (mark === 'wrong') { g.rotate((20 * Math.PI) / 180); g.fillRect(-4, -4, 8, 8); }
  else if (mark === 'error') { g.lineWidth = 2; g.beginPath(); g.moveTo(-3.4, -3.4); g.lineTo(3.4, 3.4); g.moveTo(3.4, -3.4); g.lineTo(-3.4, 3.4); g.stroke(); }
  else {
    g.beginPath();
    g.arc(0, 0, mark === 'right' ? 3.5 : 2, 0, 7);
    if (mark === 'right') { g.fillStyle = paper; g.fill(); g.lineWidth = 1.6; g.stroke(); } else g.fill();
  }
  g.restore();
}

export function Scatter({ hits, colouring, moments, onOpen, onFrame }: {
  hits: Hit[]; colouring: Colouring; moments: { at: number; text: string }[]; onOpen: (hit: Hit) => void; onFrame: (frame: Frame | null) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [width, setWidth] = useState(0);
  const [theme, turnTheme] = useState(0);
  const [near, setNear] = useState<Point | null>(null);
  const [pulled, setPulled] = useState<[number, number, number, number] | null>(null);
  const from = useRef<[number, number] | null>(null);

  useEffect(() => {
    const seen = new ResizeObserver(() => { if (box.current) setWidth(box.current.clientWidth); });
    if (box.current) seen.observe(box.current);
    const redraw = () => turnTheme((n) => n + 1);
    const query = matchMedia('(prefers-color-scheme: dark)');
    query.addEventListener('change', redraw);
    const attribute = new MutationObserver(redraw);
    attribute.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => { seen.disconnect(); query.removeEventListener('change', redraw); attribute.disconnect(); };
  }, []);

  const { points, scale } = useMemo(() => {
    const list = hits.map((hit) => ({ hit, mark: markOf(hit, colouring), ms: nsToMs(hit.start_ns), at: Math.max(1, Number(hit.duration_ns) / 1e3), x: 0, y: 0 }));
    let x0 = Infinity, x1 = -Infinity, least = Infinity, most = 0;
    for (const p of list) { x0 = Math.min(x0, p.ms); x1 = Math.max(x1, p.ms); least = Math.min(least, p.at); most = Math.max(most, p.at); }
    const pad = Math.max(0.5, (x1 - x0) * 0.015);
    const s: Scale = { x0: x0 - pad, x1: x1 + pad, lo: Math.log10(least) - 0.12, hi: Math.max(Math.log10(most) + 0.12, Math.log10(least) + 0.6), width };
    for (const p of list) {
      p.x = LEFT + ((p.ms - s.x0) / (s.x1 - s.x0)) * (width - LEFT - RIGHT);
      p.y = BOTTOM - ((Math.log10(p.at) - s.lo) / (s.hi - s.lo)) * (BOTTOM - TOP);
    }
    return { points: list, scale: s };
  }, [hits, colouring, width]);
  useEffect(() => { if (canvas.current && width > 0 && points.length > 0) draw(canvas.current, points, scale, moments); }, [points, scale, theme, moments]);

  const place = (e: PointerEvent): [number, number] => { const r = canvas.current!.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top]; };
  const nearest = (x: number, y: number) => {
    let best: Point | null = null, least = NEAR_PX ** 2;
    for (const p of points) { const d = (p.x - x) ** 2 + (p.y - y) ** 2; if (d <= least) { best = p; least = d; } }
    return best;
  };
  const onMove = (e: PointerEvent) => {
    const [x, y] = place(e);
    if (from.current) { setPulled([from.current[0], from.current[1], x, y]); setNear(null); } else setNear(nearest(x, y));
  };
  const onUp = (e: PointerEvent) => {
    const start = from.current;
    from.current = null;
    if (!start) return;
    const [x, y] = place(e);
    setPulled(null);
    if (Math.abs(x - start[0]) < 5 && Math.abs(y - start[1]) < 5) {
      const point = nearest(x, y);
      if (point) onOpen(point.hit); else onFrame(null);
      return;
    }
    const [xa, xb] = [Math.min(x, start[0]), Math.max(x, start[0])], [ya, yb] = [Math.min(y, start[1]), Math.max(y, start[1])];
    const ms = (px: number) => scale.x0 + ((px - LEFT) / (width - LEFT - RIGHT)) * (scale.x1 - scale.x0);
    const us = (py: number) => 10 ** (scale.lo + ((BOTTOM - py) / (BOTTOM - TOP)) * (scale.hi - scale.lo));
    const inside = points.filter((p) => p.x >= xa && p.x <= xb && p.y >= ya && p.y <= yb).map((p) => p.hit);
    onFrame(inside.length === 0 ? null : { fromMs: ms(xa), toMs: ms(xb), minUs: us(yb), maxUs: us(ya), hits: inside });
  };
  const summary = LAYERS.map((m) => [m, points.filter((p) => p.mark === m).length] as const).filter(([, n]) => n > 0).map(([m, n]) => `${count(n)} ${markShort[m]}`).join(', ');
  return (
    <div class="scatter" ref={box}>
      <canvas ref={canvas} role="img" aria-label={`Duration by start time of ${count(points.length)} traces: ${summary}. The list below has the same traces.`}
        style={{ width: '100%', height: `${H}px`, cursor: near ? 'pointer' : 'crosshair' }} onPointerMove={onMove} onPointerLeave={() => setNear(null)}
        onPointerDown={(e) => { if (e.button === 0) { from.current = place(e); canvas.current!.setPointerCapture(e.pointerId); } }} onPointerUp={onUp} onPointerCancel={() => { from.current = null; setPulled(null); }} />
      {pulled ? <div class="pulled" style={{ left: `${Math.min(pulled[0], pulled[2])}px`, top: `${Math.min(pulled[1], pulled[3])}px`, width: `${Math.abs(pulled[2] - pulled[0])}px`, height: `${Math.abs(pulled[3] - pulled[1])}px` }} /> : null}
      {near ? (
        <div class="tip" aria-hidden="true" style={{ left: `${Math.min(near.x + 10, width - 230)}px`, top: `${near.y + 10}px` }}>
          <b>{near.hit.root.name}</b> <code>{shortId(near.hit.trace_id)}</code><br />{clock(near.ms)} · {duration(near.at)} · {markName[near.mark]}
        </div>
      ) : null}
    </div>
  );
}
