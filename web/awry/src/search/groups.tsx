// The traces found, by the values of a field: how many, how slow, how many wrong. Two groups can be compared.
import { useState } from 'preact/hooks';
import { searchGroups } from '../api';
import type { Groups } from '../api';
import { count, duration, percent } from '../format';
import { useLoad } from '../load';
import { BadText } from '../parts/queryfield';
import { Failed } from '../parts/later';
import { Glyph, Loading, Say } from '../parts/marks';
import { and, quote } from '../querytext';
import { address, go } from '../route';

type Row = Groups['groups'][number];

/** The condition that a trace of this group meets. */
function conditionOf(by: string, row: Row): string {
  const value = row.type === 'string' || typeof row.value === 'string' ? quote(String(row.value)) : String(row.value);
  return `{ ${by} = ${by === 'status' || by === 'kind' || by === 'label' ? String(row.value) : value} }`;
}

export function GroupTable({ query, by, range, link }: { query: string; by: string; range: { start?: string; end?: string }; link: (query: string) => string }) {
  const groups = useLoad(() => searchGroups(query, by, range, 200), [query, by, JSON.stringify(range).replace(/\d\.\d+Z/g, '')]);
  const [chosen, choose] = useState<number[]>([]);
  if (groups.error) {
    return groups.error.status === 400
      ? <Say state="Bad field" glyph="error" title={`The traces cannot be grouped by ${by}`} first><BadText text={by} bad={{ message: groups.error.message }} /></Say>
      : <Failed error={groups.error} what="groups" at={groups.at} again={groups.again} />;
  }
  if (!groups.data) return <Loading />;
  const { groups: rows, total, other, missing, complete } = groups.data;
  const pick = (i: number) => choose(chosen.includes(i) ? chosen.filter((c) => c !== i) : [...chosen.slice(-1), i]);
  const compare = () => {
    const [a, b] = chosen.map((i) => and(query, conditionOf(by, rows[i]!)));
    go(`/compare?${new URLSearchParams({ a: a!, b: b!, ...range })}`);
  };
  const most = Math.max(1, ...rows.map((r) => r.traces));
  return (
    <>
      <div class="pick" role="status">
        <b>{count(rows.length)} groups</b><span class="dim">of {count(total)} traces{other > 0 ? `, ${count(other)} of them in smaller groups` : ''}{missing > 0 ? `; ${count(missing)} traces have none` : ''}{complete ? '' : '; of the newest traces'}</span>
        <button class="btn" disabled={chosen.length !== 2} onClick={compare}>Why do two differ</button>
      </div>
      <table class="stack groups-table">
        <thead><tr><th><span class="vh">select</span></th><th><code>{by}</code></th><th class="num">Traces</th><th class="hide-s"><span class="vh">share</span></th><th class="num">Errors</th><th class="num"><Glyph name="wrong" /> Wrong</th><th class="num"><Glyph name="right" /> Right</th><th class="num">Median</th><th class="num">p95</th></tr></thead>
        <tbody>{rows.map((r, i) => (
          <tr key={String(r.value)} class={chosen.includes(i) ? 'sel' : ''}>
            <td class="hide-s"><label class="pickbox"><input type="checkbox" checked={chosen.includes(i)} onChange={() => pick(i)} aria-label={`Select ${String(r.value)}`} /></label></td>
            <td class="head"><a href={address(link(and(query, conditionOf(by, r))))}><code>{String(r.value) === '' ? '(empty)' : String(r.value)}</code></a></td>
            <td class="num" data-l="Traces">{count(r.traces)}</td>
            <td class="hide-s share"><i style={{ width: `${(r.traces / most) * 100}%` }} /></td>
            <td class="num" data-l="Errors">{r.errors > 0 ? <span class="c-error">{count(r.errors)}</span> : 0}</td>
            <td class="num" data-l="Wrong">{count(r.wrong)}{r.wrong + r.right > 0 ? <span class="dim"> {percent(r.wrong, r.wrong + r.right)}</span> : null}</td>
            <td class="num" data-l="Right">{count(r.right)}</td>
            <td class="num" data-l="Median">{r.p50_ms === null ? '–' : duration(r.p50_ms * 1e3)}</td><td class="num" data-l="p95">{r.p95_ms === null ? '–' : duration(r.p95_ms * 1e3)}</td>
          </tr>
        ))}</tbody>
      </table>
      {rows.length === 0 ? <p class="dim tight">No trace of the answer has <code>{by}</code>.</p> : null}
    </>
  );
}
