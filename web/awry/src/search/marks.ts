// What a trace of a list is marked with, and the orders that a list can have.
import type { Hit } from '../api';
import type { GlyphName } from '../parts/marks';

export type Mark = 'wrong' | 'right' | 'error' | 'none';
export type Colouring = 'label' | 'error';

export const isWrong = (hit: Hit) => hit.labels.some((l) => l.label === 'wrong');

export function markOf(hit: Hit, by: Colouring = 'label'): Mark {
  if (by === 'error') return hit.errors > 0 ? 'error' : 'none';
  return isWrong(hit) ? 'wrong' : hit.labels.some((l) => l.label === 'right') ? 'right' : hit.errors > 0 ? 'error' : 'none';
}

export const markName: Record<Mark, string> = { wrong: 'labelled wrong', right: 'labelled right', error: 'has errors', none: 'no label' };
export const markShort: Record<Mark, string> = { wrong: 'wrong', right: 'right', error: 'error', none: 'no label' };
export const glyphOf = (mark: Mark): GlyphName => mark;

export const SORTS: [string, string][] = [['newest', 'Newest first'], ['oldest', 'Oldest first'], ['longest', 'Longest first'], ['shortest', 'Shortest first'],
  ['most-spans', 'Most spans'], ['least-spans', 'Fewest spans'], ['errors', 'Most errors'], ['wrong', 'Wrong first']];

const start = (h: Hit) => BigInt(h.start_ns);
const later = (a: Hit, b: Hit) => (start(a) === start(b) ? 0 : start(a) < start(b) ? 1 : -1);
const orders: Record<string, (a: Hit, b: Hit) => number> = {
  newest: later, oldest: (a, b) => later(b, a),
  longest: (a, b) => Number(b.duration_ns) - Number(a.duration_ns), shortest: (a, b) => Number(a.duration_ns) - Number(b.duration_ns),
  'most-spans': (a, b) => b.spans - a.spans, 'least-spans': (a, b) => a.spans - b.spans,
  errors: (a, b) => b.errors - a.errors, wrong: (a, b) => Number(isWrong(b)) - Number(isWrong(a)) || later(a, b),
  service: (a, b) => a.root.service.localeCompare(b.root.service), name: (a, b) => a.root.name.localeCompare(b.root.name),
};

export const sorted = (hits: Hit[], by: string): Hit[] => [...hits].sort(orders[by] ?? later);
