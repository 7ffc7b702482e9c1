// The traces found, as a list or as a table that sorts by its columns.
import type { Hit } from '../api';
import { clock, count, day, duration, isToday, nsToMs, shortId } from '../format';
import { Glyph, Svc } from '../parts/marks';
import { address } from '../route';
import { monogram, slot } from '../services';
import { markName, markOf } from './marks';

export interface ListProps {
  hits: Hit[]; chosen: ReadonlySet<string>; /** Without it nothing can be chosen. */ onChoose?: (id: string) => void; cursor: string; sort: string; onSort: (by: string) => void;
  /** Spans to point out in the traces that have them. */ highlight: ReadonlyMap<string, string>;
}

const startText = (ms: number) => `${isToday(ms) ? '' : `${day(ms)} `}${clock(ms)}`;
export const traceLink = (id: string, highlight: ReadonlyMap<string, string>) =>
  address(`/trace/${id}${highlight.has(id) ? `?uiFind=${encodeURIComponent(highlight.get(id)!)}` : ''}`);

function Answer({ hit }: { hit: Hit }) {
  const label = hit.labels.find((l) => l.label === 'wrong') ?? hit.labels[0];
  if (!label) return null;
  if (label.label === 'right') return <span class="c-right">{label.actual || 'right'}</span>;
  return <><span class="c-wrong">{label.actual || 'wrong'}</span>{label.expected ? <> <span class="dim">not</span> {label.expected}</> : null}</>;
}

const Choose = ({ hit, chosen, onChoose }: { hit: Hit; chosen: boolean; onChoose: ListProps['onChoose'] }) => (!onChoose ? <span /> : (
  <label class="pickbox"><input type="checkbox" checked={chosen} onChange={() => onChoose(hit.trace_id)} aria-label={`Select ${hit.root.name} ${shortId(hit.trace_id)}`} /></label>
));

/** How many spans each service has, on one scale for the list; a bar's monogram and count stand in its words. */
function Mix({ hit, most }: { hit: Hit; most: number }) {
  if (!hit.services) return null;
  const words = hit.services.map((part) => `${monogram(part.name)} ${part.name} ${count(part.spans)}`).join(', ');
  return (
    <span class="mix" role="img" aria-label={`Spans by service: ${words}`} title={words}>
      {hit.services.map((part) => <i key={part.name} class={`s${slot(part.name)}`} style={{ width: `${(part.spans / most) * 100}%` }} />)}
    </span>
  );
}

export function List({ hits, chosen, onChoose, cursor, highlight }: ListProps) {
  const longest = hits.reduce((most, h) => Math.max(most, Number(h.duration_ns)), 1);
  const most = hits.reduce((spans, h) => Math.max(spans, h.spans), 1);
  return (
    <div class="list hits">
      <div class="hit h" aria-hidden="true"><span /><span /><span class="t">Start</span><span class="root">Trace</span><span class="one">Spans by service</span><span class="num n">Spans</span><span>Answer</span><span class="d"><span class="num">Duration</span></span></div>
      <div role="list" aria-label="Traces">
        {hits.map((hit) => {
          const mark = markOf(hit);
          return (
            <div class={`hit${chosen.has(hit.trace_id) ? ' sel' : ''}${cursor === hit.trace_id ? ' cursor' : ''}`} role="listitem" key={hit.trace_id} data-id={hit.trace_id}>
              <Choose hit={hit} chosen={chosen.has(hit.trace_id)} onChoose={onChoose} />
              <Glyph name={mark} label={markName[mark]} />
              <span class="t mid">{startText(nsToMs(hit.start_ns))}</span>
              <span class="root"><a href={traceLink(hit.trace_id, highlight)}>{hit.root.name || '(no name)'}</a> <code class="dim">{shortId(hit.trace_id)}</code></span>
              <span class="one"><Svc name={hit.root.service} /><Mix hit={hit} most={most} /></span>
              <span class="n num">{count(hit.spans)}{hit.errors > 0 ? <span class="c-error" title={`${hit.errors} spans with errors`}> ×{count(hit.errors)}</span> : null}</span>
              <span class="ans"><Answer hit={hit} /></span>
              <span class="d"><span class="num">{duration(Number(hit.duration_ns) / 1e3)}</span><i style={{ width: `${(Number(hit.duration_ns) / longest) * 100}%` }} /></span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The columns of `select(…)`, in order of appearance; at most 6. */
const selected = (hits: Hit[]) => [...new Set(hits.flatMap((h) => (h.matched ?? []).flatMap((m) => (m.select ?? []).map((s) => s.field))))].slice(0, 6);
const valuesOf = (hit: Hit, field: string) =>
  [...new Set((hit.matched ?? []).flatMap((m) => (m.select ?? []).filter((s) => s.field === field).map((s) => s.value)))].slice(0, 4).join(', ');

export function Table({ hits, chosen, onChoose, cursor, sort, onSort, highlight }: ListProps) {
  const columns = selected(hits);
  const head = (name: string, ways: [string, string], num = false) => {
    const now = ways.indexOf(sort);
    return (
      <th class={num ? 'num' : ''} aria-sort={now < 0 ? 'none' : /newest|longest|most|errors/.test(sort) ? 'descending' : 'ascending'}>
        <button class="sort" onClick={() => onSort(ways[now === 0 ? 1 : 0])}>{name}{now < 0 ? '' : /newest|longest|most|errors/.test(sort) ? ' ↓' : ' ↑'}</button></th>
    );
  };
  return (
    <div class="wide-table">
      <table class="stack hit-table">
        <thead><tr><th><span class="vh">select</span></th><th><span class="vh">label</span></th>{head('Start', ['newest', 'oldest'])}{head('Trace', ['name', 'name'])}{head('Service', ['service', 'service'])}
          {head('Spans', ['most-spans', 'least-spans'], true)}{head('Errors', ['errors', 'errors'], true)}{head('Answer', ['wrong', 'wrong'])}
          {columns.map((c) => <th key={c}><code>{c}</code></th>)}{head('Duration', ['longest', 'shortest'], true)}</tr></thead>
        <tbody>{hits.map((hit) => (
          <tr key={hit.trace_id} data-id={hit.trace_id} class={`${chosen.has(hit.trace_id) ? 'sel' : ''}${cursor === hit.trace_id ? ' cursor' : ''}`}>
            <td class="hide-s"><Choose hit={hit} chosen={chosen.has(hit.trace_id)} onChoose={onChoose} /></td>
            <td class="hide-s"><Glyph name={markOf(hit)} label={markName[markOf(hit)]} /></td>
            <td class="nw" data-l="Start">{startText(nsToMs(hit.start_ns))}</td>
            <td class="head"><a href={traceLink(hit.trace_id, highlight)}>{hit.root.name || '(no name)'}</a> <code class="dim">{shortId(hit.trace_id)}</code></td>
            <td data-l="Service"><Svc name={hit.root.service} /></td>
            <td class="num" data-l="Spans">{count(hit.spans)}</td><td class="num" data-l="Errors">{hit.errors > 0 ? <span class="c-error">{count(hit.errors)}</span> : 0}</td>
            <td data-l="Answer"><Answer hit={hit} /></td>
            {columns.map((c) => <td key={c} data-l={c}><code>{valuesOf(hit, c)}</code></td>)}
            <td class="num" data-l="Duration">{duration(Number(hit.duration_ns) / 1e3)}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}
