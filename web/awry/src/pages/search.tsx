// Search: Jaeger's form and the query language, a scatter plot of duration by time, and the list.
import { useEffect, useState } from 'preact/hooks';
import { getOperations, getServices, getStatus, search } from '../api';
import type { Hit } from '../api';
import { clock, count, day, duration, isToday, nsToMs, shortId } from '../format';
import { useLoad } from '../load';
import { Away, Glyph, Loading, Say, Svc } from '../parts/marks';
import { Query } from '../parts/query';
import { formOf, linkOf, lookbackMs, queryOf } from '../querytext';
import type { Form } from '../querytext';
import { address, go, usePlace } from '../route';
import { EmptyStore } from './findings';

const LOOKBACKS: [string, string][] = [['5m', 'Last 5 minutes'], ['15m', 'Last 15 minutes'], ['1h', 'Last hour'], ['6h', 'Last 6 hours'],
  ['24h', 'Last day'], ['2d', 'Last 2 days'], ['7d', 'Last week'], ['all', 'All time'], ['custom', 'From the link']];
const LIMIT_MAX = 1500;

function windowOf(form: Form, params: URLSearchParams): { start?: string; end?: string } {
  const iso = (us: string | null) => (us && /^\d+$/.test(us) ? new Date(Number(us) / 1000).toISOString() : undefined);
  if (form.lookback === 'custom') return { start: iso(params.get('start')), end: iso(params.get('end')) };
  const ms = lookbackMs(form.lookback);
  return ms === null ? {} : { start: new Date(Date.now() - ms).toISOString() };
}

export function Search() {
  const { params } = usePlace();
  const asked = formOf(params);
  const query = queryOf(asked);
  const limit = Math.min(LIMIT_MAX, Math.max(1, Number(asked.limit) || 20));
  const result = useLoad(() => {
    const range = windowOf(asked, params);
    return search(query, range.start, range.end, limit);
  }, [params.toString()]);
  useEffect(() => { document.title = 'Search · Awry'; }, []);
  return (
    <main>
      <div class="pagehead"><h1>Search</h1>
        <p>{result.data ? `${count(result.data.traces.length)} of ${count(result.data.total)} traces, newest first` : ''}</p></div>
      <div class="cols">
        <SearchForm asked={asked} />
        <div class="results">
          {result.error && result.error.status === 400 ? <BadQuery query={query} message={result.error.message} column={result.error.column} />
            : result.error ? <Away message={result.error.message} at={result.at} again={result.again} /> : null}
          {result.data === null && !result.error ? <Loading /> : null}
          {result.data && result.data.traces.length === 0 ? <Nothing query={query} /> : null}
          {result.data && result.data.traces.length > 0 ? <><Scatter hits={result.data.traces} /><List hits={result.data.traces} /></> : null}
        </div>
      </div>
    </main>
  );
}

function SearchForm({ asked }: { asked: Form }) {
  const [form, set] = useState(asked);
  const key = JSON.stringify(asked);
  useEffect(() => set(asked), [key]);
  const services = useLoad(getServices, []);
  const operations = useLoad(() => (form.service ? getOperations(form.service) : Promise.resolve([])), [form.service]);
  const change = (name: keyof Form) => (e: { currentTarget: { value: string } }) => set({ ...form, [name]: e.currentTarget.value });
  const submit = (e: Event) => { e.preventDefault(); go(linkOf(form)); };
  const text = (name: keyof Form, label: string, placeholder = '') => (
    <div class="fold"><label for={`f-${name}`}>{label}</label>
      <input class="field" id={`f-${name}`} value={form[name]} placeholder={placeholder} onInput={change(name)} /></div>
  );
  return (
    <form class="form" onSubmit={submit}>
      <div><label for="f-service">Service</label>
        <select class="field" id="f-service" value={form.service} onChange={change('service')}>
          <option value="">any</option>
          {[...new Set([...(services.data ?? []), form.service])].filter(Boolean).map((s) => <option key={s} value={s}>{s}</option>)}
        </select></div>
      <div class="fold"><label for="f-operation">Operation</label>
        <select class="field" id="f-operation" value={form.operation} onChange={change('operation')}>
          <option value="">any</option>
          {[...new Set([...(operations.data ?? []), form.operation])].filter(Boolean).map((o) => <option key={o} value={o}>{o}</option>)}
        </select></div>
      {text('tags', 'Tags, k=v as in Jaeger', 'user_id=user123')}
      <div><label for="f-query">Query</label>
        <textarea class="field mono" id="f-query" rows={3} value={form.query} placeholder={'{ name = "fetch_user_context" }'} onInput={change('query')}
          onKeyDown={(e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) submit(e); }} /></div>
      <div class="two fold">
        <div><label for="f-lookback">Lookback</label>
          <select class="field" id="f-lookback" value={form.lookback} onChange={change('lookback')}>
            {LOOKBACKS.filter(([v]) => v !== 'custom' || form.lookback === 'custom').map(([v, name]) => <option key={v} value={v}>{name}</option>)}
            {LOOKBACKS.some(([v]) => v === form.lookback) ? null : <option value={form.lookback}>{form.lookback}</option>}
          </select></div>
        {text('limit', 'Limit')}{text('minDuration', 'Min duration', '1.2s, 100ms')}{text('maxDuration', 'Max duration', 'none')}
      </div>
      <div class="acts"><button class="btn main" type="submit">Find traces</button>
        <input class="vh" type="checkbox" id="more" /><label class="btn more" for="more">More fields</label></div>
    </form>
  );
}

function BadQuery({ query, message, column }: { query: string; message: string; column?: number }) {
  const at = column === undefined ? query.length : Math.max(0, column - 1);
  return (
    <Say state="Bad query" glyph="error" title="This query does not parse" first>
      <div class="code">{query.slice(0, at)}<mark class="err">{query.slice(at, at + 1) || ' '}</mark>{query.slice(at + 1)}</div>
      <p class="gloss tight">{message}</p>
    </Say>
  );
}

function Nothing({ query }: { query: string }) {
  const status = useLoad(getStatus, []);
  if (status.data && Number(status.data.spans ?? 1) === 0) return <EmptyStore />;
  return (
    <Say state="Nothing" title="No trace matches" first>
      <Query text={query} />
      <p class="gloss tight">Try a longer lookback, or leave a condition out.</p>
    </Say>
  );
}

type Mark = 'wrong' | 'right' | 'error' | 'none';
const markOf = (hit: Hit): Mark =>
  hit.labels.some((l) => l.label === 'wrong') ? 'wrong' : hit.labels.some((l) => l.label === 'right') ? 'right' : hit.errors > 0 ? 'error' : 'none';
const markName: Record<Mark, string> = { wrong: 'labelled wrong', right: 'labelled right', error: 'has errors', none: 'not labelled' };

function Scatter({ hits }: { hits: Hit[] }) {
  const H = 200, TOP = 8, BOTTOM = 188;
  const xs = hits.map((h) => nsToMs(h.start_ns));
  const ys = hits.map((h) => Math.max(0.001, Number(h.duration_ns) / 1e6));
  const x0 = Math.min(...xs), x1 = Math.max(...xs, x0 + 1);
  const lo = Math.floor(Math.log10(Math.min(...ys))), hi = Math.max(lo + 1, Math.ceil(Math.log10(Math.max(...ys))));
  const y = (ms: number) => BOTTOM - ((Math.log10(ms) - lo) / (hi - lo)) * (BOTTOM - TOP);
  const decades = Array.from({ length: hi - lo + 1 }, (_, i) => 10 ** (lo + i));
  const colour: Record<Mark, string> = { wrong: 'var(--wrong)', right: 'var(--right)', error: 'var(--error)', none: 'var(--ink-3)' };
  return (
    <>
      <h2 class="vh">Duration by time</h2>
      <div class="scat">
        <svg width="100%" height={H + 18} aria-hidden="true">{decades.map((d) => <text key={d} x="0" y={y(d) + 4}>{duration(d * 1000)}</text>)}</svg>
        <svg width="100%" height={H + 18} role="img" aria-label="Duration by start time, coloured by label">
          {decades.map((d) => <line key={d} x1="0" x2="100%" y1={y(d)} y2={y(d)} stroke={d === decades[0] ? 'var(--rule-2)' : 'var(--rule)'} />)}
          {hits.map((hit, i) => {
            const mark = markOf(hit);
            const x = `${1 + ((xs[i]! - x0) / (x1 - x0)) * 98}%`;
            return (
              <a key={hit.trace_id} href={address(`/trace/${hit.trace_id}`)} aria-label={`${hit.root.name} ${shortId(hit.trace_id)}, ${markName[mark]}`}>
                <svg x={x} y={y(ys[i]!)}>{mark === 'wrong' ? <rect x="-4" y="-4" width="8" height="8" transform="rotate(20)" fill={colour.wrong} />
                  : mark === 'error' ? <path d="M-3.4-3.4 3.4 3.4M3.4-3.4-3.4 3.4" stroke={colour.error} stroke-width="2" />
                  : mark === 'right' ? <circle r="3.5" fill="var(--paper)" stroke={colour.right} stroke-width="1.6" />
                  : <circle r="2.2" fill={colour.none} />}</svg>
              </a>
            );
          })}
          <text x="0" y={H + 4}>{isToday(x0) ? clock(x0) : `${day(x0)} ${clock(x0)}`}</text>
          <text x="100%" y={H + 4} text-anchor="end">{isToday(x1) ? clock(x1) : `${day(x1)} ${clock(x1)}`}</text>
        </svg>
      </div>
    </>
  );
}

function List({ hits }: { hits: Hit[] }) {
  const longest = Math.max(...hits.map((h) => Number(h.duration_ns)), 1);
  return (
    <div class="list hits" role="list">
      <div class="hit h"><span /><span class="t">Start</span><span class="root">Trace</span><span>Service</span><span class="num n">Spans</span><span>Answer</span><span class="d"><span class="num">Duration</span></span></div>
      {hits.map((hit) => {
        const mark = markOf(hit);
        const label = hit.labels.find((l) => l.label === 'wrong') ?? hit.labels[0];
        const start = nsToMs(hit.start_ns);
        return (
          <div class="hit" role="listitem" key={hit.trace_id}>
            <Glyph name={mark} label={markName[mark]} />
            <span class="t mid">{isToday(start) ? '' : `${day(start)} `}{clock(start)}</span>
            <span class="root"><a href={address(`/trace/${hit.trace_id}`)}>{hit.root.name}</a> <code class="dim">{shortId(hit.trace_id)}</code></span>
            <span class="one"><Svc name={hit.root.service} /></span>
            <span class="n num">{count(hit.spans)}{hit.errors > 0 ? <span class="c-error"> × {count(hit.errors)}</span> : null}</span>
            <span class="ans">{label?.label === 'wrong' ? <><span class="c-wrong">{label.actual || 'wrong'}</span>{label.expected ? <> <span class="dim">not</span> {label.expected}</> : null}</> : label ? <span class="c-right">{label.actual || 'right'}</span> : null}</span>
            <span class="d"><span class="num">{duration(Number(hit.duration_ns) / 1e3)}</span><i style={{ width: `${(Number(hit.duration_ns) / longest) * 100}%` }} /></span>
          </div>
        );
      })}
    </div>
  );
}
