// What the pages of charts share: choosing the time, states, figures that may be unknown.
import { count, duration } from '../format';
import { Failed } from '../parts/later';
import { Loading, Say } from '../parts/marks';
import type { Loaded } from '../load';
import { go, here } from '../route';

export const LOOKBACKS: [string, string][] = [['15m', 'last 15 minutes'], ['1h', 'last hour'], ['6h', 'last 6 hours'], ['24h', 'last day'], ['48h', 'last 2 days'], ['168h', 'last week'], ['720h', 'last 30 days']];

export const ms = (value: number | null) => (value === null ? '–' : duration(value * 1000));
export const share = (value: number | null) => (value === null ? '–' : value === 0 ? '0 %' : value < 0.0005 ? '< 0.1 %' : `${(value * 100).toFixed(1)} %`);
/** Calls a second, or a minute or hour where they are rare. */
export function rate(perSecond: number): string {
  const [value, unit] = perSecond >= 1 || perSecond === 0 ? [perSecond, 's'] : perSecond >= 1 / 60 ? [perSecond * 60, 'min'] : [perSecond * 3600, 'h'];
  return `${value === 0 ? '0' : value < 10 ? value.toFixed(value < 1 ? 2 : 1) : count(Math.round(value))}/${unit}`;
}

/** The address with some parameters changed; an empty value takes one away. */
export function withParams(changes: Record<string, string>): string {
  const { path, params } = here();
  for (const [name, value] of Object.entries(changes)) {
    if (value) params.set(name, value);
    else params.delete(name);
  }
  return `${path}${params.size > 0 ? `?${params}` : ''}`;
}

export const setParams = (changes: Record<string, string>) => go(withParams(changes), true);

export function Lookback({ value, set }: { value: string; set: (value: string) => void }) {
  const known = LOOKBACKS.some(([v]) => v === value);
  return (
    <label class="check">Time <select class="field" value={value} onChange={(e) => set(e.currentTarget.value)}>
      {known ? null : <option value={value}>last {value}</option>}
      {LOOKBACKS.map(([v, name]) => <option key={v} value={v}>{name}</option>)}
    </select></label>
  );
}

/** Nothing yet, or failed; null when there is something to show. */
export function Waiting<T>({ load, what }: { load: Loaded<T>; what: string }) {
  if (load.error?.status === 504 && load.data === null) {
    return <Say state="Too much" title="There are too many spans in this time" first><p class="gloss">{load.error.message}. Choose a shorter time, or <button class="btn" onClick={load.again}>ask again</button></p></Say>;
  }
  if (load.error) return <Failed error={load.error} what={what} at={load.at} again={load.again} />;
  return load.data === null ? <Loading /> : null;
}
