// Where a month's money went, as ribbons of one height scale: sources on the left, one bar in the
// middle, categories on the right. Both sides come to the same, so that no ribbon is cut.
import { sum, type Minor } from '../money';

export interface Part {
  id: string;
  minor: Minor; // above zero
}

export interface Band extends Part {
  y: number; // of the node
  height: number;
  middle: number; // where its ribbon meets the bar in the middle
}

export interface Sankey {
  sources: Band[];
  targets: Band[];
  total: Minor;
  bar: { y: number; height: number };
  height: number;
}

export const SMALLER = 'smaller'; // the parts under two hundredths, together
export const KEPT = 'kept'; // what came in and stayed
export const SAVED_BEFORE = 'saved'; // what went out and had not come in

const GAP = 14; // between two nodes, so that a label of 12 px fits beside the smallest one

// Parts under 2 % of the whole become one, when there are at least two.
export function gather(parts: readonly Part[], whole: Minor): { shown: Part[]; small: Part[] } {
  const small = parts.filter((part) => part.minor * 50n < whole);
  if (small.length < 2) return { shown: [...parts], small: [] };
  return { shown: parts.filter((part) => !small.includes(part)), small };
}

export function sankeyOf(income: readonly Part[], spending: readonly Part[], height: number): Sankey | null {
  const into = sum(income.map((part) => part.minor));
  const out = sum(spending.map((part) => part.minor));
  const total = into > out ? into : out;
  if (total <= 0n) return null;
  const { shown, small } = gather(spending, total);
  const targets = [...shown];
  if (small.length > 0) targets.push({ id: SMALLER, minor: sum(small.map((part) => part.minor)) });
  if (into > out) targets.push({ id: KEPT, minor: into - out });
  const sources = [...income];
  if (out > into) sources.push({ id: SAVED_BEFORE, minor: out - into });
  const most = Math.max(targets.length, sources.length) - 1;
  const unit = Math.max(height - most * GAP, height / 3) / Number(total);
  const bar = { height: Number(total) * unit, y: 0 };
  const tall = bar.height + most * GAP;
  bar.y = (tall - bar.height) / 2;
  const place = (parts: readonly Part[]): Band[] => {
    let y = (tall - bar.height - (parts.length - 1) * GAP) / 2;
    let middle = bar.y;
    return parts.map((part) => {
      const size = Number(part.minor) * unit;
      const band = { ...part, y, height: size, middle };
      y += size + GAP;
      middle += size;
      return band;
    });
  };
  return { sources: place(sources), targets: place(targets), total, bar, height: tall };
}

// The outline of a ribbon from (x1, y1) to (x2, y2).
export function ribbon(x1: number, y1: number, x2: number, y2: number, size: number): string {
  const bend = (x1 + x2) / 2;
  const at = (n: number) => n.toFixed(1);
  return `M${at(x1)} ${at(y1)}C${at(bend)} ${at(y1)} ${at(bend)} ${at(y2)} ${at(x2)} ${at(y2)}v${at(size)}`
    + `C${at(bend)} ${at(y2 + size)} ${at(bend)} ${at(y1 + size)} ${at(x1)} ${at(y1 + size)}z`;
}
