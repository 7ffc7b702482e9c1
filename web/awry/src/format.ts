// Numbers and times as the pages show them.

export const count = (n: number) => n.toLocaleString('en-US');

/** "92.3 %"; whole numbers without the digit. */
export function percent(part: number, of: number): string {
  if (of === 0) return '–';
  const p = (part / of) * 100;
  return `${p.toFixed(p === 100 || p === 0 ? 0 : 1)} %`;
}

/** A duration given in microseconds: "187.4 ms", "3.2 s", "41 µs". */
export function duration(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1e6) return `${(us / 1e3).toFixed(us < 1e4 ? 2 : 1)} ms`;
  if (us < 60e6) return `${(us / 1e6).toFixed(2)} s`;
  return `${Math.floor(us / 60e6)} min ${Math.round((us % 60e6) / 1e6)} s`;
}

export const nsToMs = (ns: number | string) => Number(ns) / 1e6;

const two = (n: number) => String(n).padStart(2, '0');
export const clock = (ms: number) => {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
};
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
export const day = (ms: number) => `${new Date(ms).getDate()} ${months[new Date(ms).getMonth()]}`;
export const isToday = (ms: number) => new Date(ms).toDateString() === new Date().toDateString();
/** "14:05" today, else "9 Oct 16:20". */
export const when = (ms: number) => (isToday(ms) ? '' : `${day(ms)} `) + clock(ms).slice(0, 5);
export const moment = (ms: number) => `${day(ms)} ${clock(ms)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;

/** "5 h 12 min", "3 days". */
export function span(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60e3));
  if (minutes < 1) return 'less than a minute';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} days`;
}

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (n >= 1000 && i < units.length - 1) { n /= 1000; i++; }
  return `${n.toFixed(i === 0 || n >= 100 ? 0 : 1)} ${units[i]}`;
}

/** Wilson score interval of a share, 95 %. */
export function wilson(part: number, of: number): [number, number] {
  if (of === 0) return [0, 1];
  const z = 1.959964, p = part / of, d = 1 + (z * z) / of;
  const mid = (p + (z * z) / (2 * of)) / d;
  const half = (z * Math.sqrt((p * (1 - p)) / of + (z * z) / (4 * of * of))) / d;
  return [Math.max(0, mid - half), Math.min(1, mid + half)];
}

/** A p-value as mantissa and exponent, for "5 × 10⁻⁴⁵". */
export function scientific(p: number): { mantissa: string; exponent: number } | null {
  if (p <= 0 || p >= 0.001) return null;
  const exponent = Math.floor(Math.log10(p));
  return { mantissa: (p / 10 ** exponent).toFixed(0), exponent };
}

/** Where two values begin and stop to differ, from both ends: [common head, a's middle, b's middle, common tail]. */
export function difference(a: string, b: string): [string, string, string, string] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return [a.slice(0, head), a.slice(head, a.length - tail), b.slice(head, b.length - tail), a.slice(a.length - tail)];
}

/** A long id: its first eight digits, without leading zeros of a 64-bit one. */
export const shortId = (id: string) => id.replace(/^0+(?=.)/, '').padStart(8, '0').slice(0, 8);
