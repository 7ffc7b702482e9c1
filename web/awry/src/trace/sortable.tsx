// Headers of a table that sort it.
import { useState } from 'preact/hooks';

export interface Sort<K extends string> { by: K; down: boolean }

export function useSort<K extends string>(by: K, down = true): [Sort<K>, (by: K) => void] {
  const [sort, set] = useState<Sort<K>>({ by, down });
  return [sort, (next) => set((old) => ({ by: next, down: old.by === next ? !old.down : next !== 'name' && next !== 'service' && next !== 'start' }))];
}

export function compare<T>(value: (item: T) => number | string, down: boolean): (a: T, b: T) => number {
  return (a, b) => {
    const x = value(a), y = value(b);
    const way = x < y ? -1 : x > y ? 1 : 0;
    return down ? -way : way;
  };
}

export const ariaSort = <K extends string>(sort: Sort<K>, by: K) => (sort.by === by ? (sort.down ? 'descending' as const : 'ascending' as const) : 'none' as const);

export function SortButton<K extends string>({ sort, by, set, children }: { sort: Sort<K>; by: K; set: (by: K) => void; children: string }) {
  return <button class="sortby" onClick={() => set(by)}>{children}<span aria-hidden="true">{sort.by === by ? (sort.down ? ' ↓' : ' ↑') : ''}</span></button>;
}
