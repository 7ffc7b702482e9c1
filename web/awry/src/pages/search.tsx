// Search: Jaeger's form and the query language, duration by time, and the traces as list, table or groups.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { getFindings, getLabels, getStatus, getTraces, putLabels, search } from '../api';
import type { Hit, SearchAnswer } from '../api';
import { config } from '../config';
import { clock, count, duration, when } from '../format';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { EmptyStore } from '../parts/empty';
import { Failed } from '../parts/later';
import { Glyph, Loading, Say } from '../parts/marks';
import { Query } from '../parts/query';
import { BadText } from '../parts/queryfield';
import { Scatter } from '../parts/scatter';
import type { Frame } from '../parts/scatter';
import { and, formOf, linkOf, queryOf, windowOf } from '../querytext';
import type { Form } from '../querytext';
import { address, go, usePlace } from '../route';
import { FileError, hitOf, readTraces, save } from '../search/files';
import { SearchForm } from '../search/form';
import { GroupTable } from '../search/groups';
import { List, Table, traceLink } from '../search/list';
import { markOf, markShort, sorted, SORTS } from '../search/marks';
import type { Colouring, Mark } from '../search/marks';
import { Tail } from '../search/tail';
import { addUploaded, allUploaded } from '../uploads';

/** How the answer is shown: kept in the link beside the form. */
interface Shown { sort: string; view: string; by: string; colour: Colouring }
const shownOf = (params: URLSearchParams): Shown => ({
  sort: params.get('sort') ?? 'newest', view: params.get('view') ?? 'list', by: params.get('by') ?? '', colour: params.get('colour') === 'error' ? 'error' : 'label',
});
const moreOf = (s: Shown): Record<string, string> =>
  ({ sort: s.sort === 'newest' ? '' : s.sort, view: s.view === 'list' ? '' : s.view, by: s.by, colour: s.colour === 'label' ? '' : s.colour });

/** `span=s1 s2@trace`: the spans to point out, by trace. */
function highlightsOf(params: URLSearchParams): Map<string, string> {
  const map = new Map<string, string>();
  for (const text of params.getAll('span')) {
    const [spans, trace] = text.split('@');
    if (spans && trace && /^[0-9a-f]{1,32}$/i.test(trace)) map.set(trace.toLowerCase().padStart(32, '0'), spans.trim());
  }
  return map;
}

/** Traces named in the link, not searched for. */
async function chosenTraces(ids: string[]): Promise<SearchAnswer> {
  const [traces, labels] = await Promise.all([getTraces(ids), getLabels()]);
  const hits = traces.map(hitOf).map((h) => ({ ...h, labels: labels.filter((l) => l.trace_id === h.trace_id) }));
  return { traces: hits, total: hits.length };
}

export function Search() {
  const { params } = usePlace();
  const asked = formOf(params);
  const shown = shownOf(params);
  const named = params.getAll('traceID').flatMap((t) => t.split(',')).filter((t) => /^[0-9a-f]{1,32}$/i.test(t));
  const highlight = highlightsOf(params);
  const ids = [...new Set([...named.map((t) => t.toLowerCase().padStart(32, '0')), ...highlight.keys()])];
  const fromFile = params.get('from') === 'file';
  const [tailing, tailTo] = useState(false);
  const limit = Math.min(config().maxLimit, Math.max(1, Math.floor(Number(asked.limit)) || 20));
  const query = queryOf(asked);
  const key = JSON.stringify([asked, ids, fromFile]);
  const range = useMemo(() => windowOf(asked), [key]);
  const result = useLoad<SearchAnswer>(() => (
    fromFile ? Promise.resolve({ traces: allUploaded().map(hitOf), total: allUploaded().length })
      : ids.length > 0 ? chosenTraces(ids) : search(query, range.start, range.end, limit)), [key]);
  const change = (part: Partial<Shown>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(moreOf({ ...shown, ...part }))) { if (value) next.set(name, value); else next.delete(name); }
    go(`/search?${next}`, true);
  };
  useEffect(() => { document.title = 'Search · Awry'; }, []);
  useEffect(() => tailTo(false), [key]);
  return (
    <main class={params.get('uiSearchHideGraph') === '1' ? 'no-graph' : ''}>
      <div class="pagehead"><h1>{tailing ? 'Live tail' : heading(result.data, fromFile)}</h1>
        <p>{tailing ? '' : subheading(result.data, ids.length > 0, fromFile)}</p>
        {result.data && !tailing ? <Legend hits={result.data.traces} colouring={shown.colour} /> : null}</div>
      <div class="cols">
        <div>
          <SearchForm asked={asked} more={moreOf({ ...shown })} tailing={tailing} onTail={() => tailTo(!tailing)} />
          <Upload />
        </div>
        <div class="results">
          {tailing ? <Tail query={query} onStop={() => tailTo(false)} />
            : result.error && result.error.status === 400 ? (
              <Say state="Bad query" glyph="error" title="This query does not parse" first><BadText text={query} bad={result.error} /></Say>)
            : result.error ? <Failed error={result.error} what="search" at={result.at} again={result.again} />
            : result.data === null ? <Loading />
            : result.data.traces.length === 0 ? <Nothing query={query} form={asked} ids={ids} fromFile={fromFile} />
            : <Results answer={result.data} query={query} asked={asked} range={range} limit={limit} shown={shown} change={change} changed={result.again}
                highlight={highlight} searched={ids.length === 0 && !fromFile} hideGraph={params.get('uiSearchHideGraph') === '1'} />}
        </div>
      </div>
    </main>
  );
}

const heading = (a: SearchAnswer | null, fromFile: boolean) =>
  (!a ? 'Search' : `${count(a.traces.length)} ${a.traces.length === 1 ? 'trace' : 'traces'}${fromFile ? ' from files' : ''}`);
function subheading(a: SearchAnswer | null, chosen: boolean, fromFile: boolean): string {
  if (!a) return '';
  if (fromFile) return 'kept in this tab only, not stored';
  if (chosen) return 'chosen by the link';
  return `of ${a.total_is_exact === false ? 'at least ' : ''}${count(a.total)} that match, newest first`;
}

function Legend({ hits, colouring }: { hits: Hit[]; colouring: Colouring }) {
  const marks: Mark[] = ['wrong', 'right', 'error', 'none'];
  return <span class="end kv">{marks.map((m) => [m, hits.filter((h) => markOf(h, colouring) === m).length] as const).filter(([, n]) => n > 0)
    .map(([m, n]) => <span class="lab" key={m}><Glyph name={m} />{m === 'none' && colouring === 'error' ? 'no error' : markShort[m]} {count(n)}</span>)}</span>;
}

function Nothing({ query, form, ids, fromFile }: { query: string; form: Form; ids: string[]; fromFile: boolean }) {
  const status = useLoad(getStatus, []);
  if (fromFile) return <Say state="Nothing" title="No file is open" first><p class="gloss">What a file brought is kept until the tab is loaded anew. Open it again on the left.</p></Say>;
  if (ids.length > 0) return <Say state="Not here" title="None of these traces is here" first><p class="gloss">They may have expired. {ids.map((id) => <code key={id}>{id} </code>)}</p></Say>;
  if (status.data && status.data.spans === 0) return <EmptyStore />;
  return (
    <Say state="Nothing" title="No trace matches" first>
      <Query text={query} />
      <p class="gloss tight">Try a longer lookback, or leave a condition out.</p>
      {form.lookback !== 'all' ? <p class="acts block"><a class="btn main" href={address(linkOf({ ...form, lookback: 'all' }))}>Search all time</a></p> : null}
    </Say>
  );
}

const ROWS_FIRST = 200;

function Results({ answer, query, asked, range, limit, shown, change, changed, highlight, searched, hideGraph }: {
  answer: SearchAnswer; query: string; asked: Form; range: { start?: string; end?: string }; limit: number; shown: Shown;
  change: (part: Partial<Shown>) => void; changed: () => void; highlight: ReadonlyMap<string, string>; searched: boolean; hideGraph: boolean;
}) {
  const [extra, setExtra] = useState<{ hits: Hit[]; cursor?: string } | null>(null);
  const [frame, setFrame] = useState<Frame | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState('');
  const [rows, setRows] = useState(ROWS_FIRST);
  const [told, tell] = useState('');
  const findings = useLoad(getFindings, []);
  useEffect(() => { setExtra(null); setFrame(null); setRows(ROWS_FIRST); }, [answer]);
  const moments = useMemo(() => (findings.data ?? []).filter((f) => f.state === 'new' || f.state === 'confirmed').slice(0, 3)
    .map((f) => ({ at: Date.parse(f.since), text: `${clock(Date.parse(f.since)).slice(0, 5)} finding begins` })), [findings.data]);
  const all = useMemo(() => [...answer.traces, ...(extra?.hits ?? [])], [answer, extra]);
  const list = useMemo(() => sorted(frame ? frame.hits : all, shown.sort), [all, frame, shown.sort]);
  const next = extra ? extra.cursor : answer.next_cursor;
  const choose = (id: string) => { const set = new Set(chosen); if (!set.delete(id)) set.add(id); setChosen(set); };
  const more = () => search(query, range.start, range.end, limit, next).then(
    (a) => { setExtra({ hits: [...(extra?.hits ?? []), ...a.traces], ...(a.next_cursor ? { cursor: a.next_cursor } : {}) }); setRows((n) => n + a.traces.length); },
    (e: Error) => tell(e.message));
  const pair = [...chosen];
  const compare = () => go(`/trace/${pair[0]}...${pair[1]}?${pair.map((id) => `cohort=${id}`).join('&')}`);
  const label = (word: 'wrong' | 'right') => putLabels(pair.map((trace_id) => ({ trace_id, label: word, source: 'awry-ui' }))).then(
    () => { tell(`${count(pair.length)} labelled ${word}`); setChosen(new Set()); changed(); }, (e: Error) => tell(e.message));
  const download = async () => {
    const ids = pair.length > 0 ? pair : list.map((h) => h.trace_id);
    tell(`Fetching ${count(ids.length)} traces`);
    try {
      const own = allUploaded().filter((t) => ids.includes(t.traceID));
      const data = [...own];
      const asking = searched || own.length === 0 ? ids : [];
      for (let i = 0; i < asking.length; i += 50) data.push(...await getTraces(asking.slice(i, i + 50)));
      save(`traces-${data.length}.json`, { data });
      tell('');
    } catch (e) { tell((e as Error).message); }
  };
  const step = (by: number) => {
    const at = list.findIndex((h) => h.trace_id === cursor);
    const to = list[Math.min(list.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
    if (!to) return;
    setCursor(to.trace_id);
    requestAnimationFrame(() => document.querySelector(`[data-id="${to.trace_id}"]`)?.scrollIntoView({ block: 'nearest' }));
  };
  useKeys('In the list', [
    { keys: ['j'], text: 'next trace', run: () => step(1) }, { keys: ['k'], text: 'previous trace', run: () => step(-1) },
    { keys: ['Enter'], text: 'open it', run: () => { if (cursor === '') return false; go(traceLink(cursor, highlight).slice(address('').length)); return undefined; } },
    { keys: [' '], text: 'select it', run: () => { if (cursor === '') return false; choose(cursor); return undefined; } },
    { keys: ['c'], text: 'compare the two selected', run: () => { if (chosen.size !== 2) return false; compare(); return undefined; } },
    { keys: ['Escape'], text: 'select none', run: () => { setChosen(new Set()); setFrame(null); setCursor(''); } },
  ]);
  const wrongs = all.filter((h) => h.labels.some((l) => l.label === 'wrong')).length;
  const whyGroups = (a: string, b: string, within: { start?: string; end?: string }) => go(`/compare?${new URLSearchParams({ a, b, ...within })}`);
  const props = { hits: list.slice(0, rows), chosen, onChoose: choose, cursor, sort: shown.sort, onSort: (sort: string) => change({ sort }), highlight };
  return (
    <>
      {hideGraph || shown.by ? null : <><h2 class="vh">Duration by time</h2><Scatter hits={all} colouring={shown.colour} moments={moments} onOpen={(h) => go(traceLink(h.trace_id, highlight).slice(address('').length))} onFrame={setFrame} /></>}
      <div class="showbar">
        <span class="seg" role="group" aria-label="Show as">
          {['list', 'table'].map((v) => <button key={v} class="btn" aria-pressed={shown.view === v && !shown.by} onClick={() => change({ view: v, by: '' })}>{v === 'list' ? 'List' : 'Table'}</button>)}
        </span>
        <label class="inline">Sort <select class="field" value={shown.sort} onChange={(e) => change({ sort: e.currentTarget.value })}>
          {SORTS.map(([v, name]) => <option key={v} value={v}>{name}</option>)}
          {SORTS.some(([v]) => v === shown.sort) ? null : <option value={shown.sort}>{shown.sort}</option>}</select></label>
        <label class="inline">Colour <select class="field" value={shown.colour} onChange={(e) => change({ colour: e.currentTarget.value as Colouring })}>
          <option value="label">by label</option><option value="error">by error</option></select></label>
        {searched ? <GroupBy now={shown.by} change={(by) => change({ by })} /> : null}
        <span class="end acts">
          {searched && wrongs > 0 ? <button class="btn" onClick={() => whyGroups(and(query, '{ label = wrong }'), and(query, '{ label = right }'), range)}>Why: wrong against right</button> : null}
          <button class="btn bare" onClick={() => void download()}>Download{pair.length > 0 ? ` ${pair.length}` : ''}</button>
        </span>
      </div>
      {chosen.size > 0 || frame || told ? (
        <div class="pick" role="status">
          {chosen.size > 0 ? (
            <>
              <b>{count(chosen.size)} selected</b>
              <button class="btn main" disabled={chosen.size !== 2} onClick={compare}>Compare the two <kbd class="hide-s" aria-hidden="true">c</kbd></button>
              {searched ? <span class="seg"><button class="btn w" onClick={() => label('wrong')}><Glyph name="wrong" />wrong</button><button class="btn r" onClick={() => label('right')}><Glyph name="right" />right</button></span> : null}
              <button class="btn bare" onClick={() => setChosen(new Set())}>Select none</button>
            </>
          ) : null}
          {frame ? (
            <>
              <b>{count(frame.hits.length)} in the frame</b><span class="dim">{when(frame.fromMs)}–{when(frame.toMs)}, {duration(frame.minUs)}–{duration(frame.maxUs)}</span>
              {searched ? <button class="btn" onClick={() => whyGroups(
                and(query, `{ trace:duration >= ${Math.round(frame.minUs)}us && trace:duration <= ${Math.round(frame.maxUs)}us }`),
                and(query, `{ trace:duration < ${Math.round(frame.minUs)}us || trace:duration > ${Math.round(frame.maxUs)}us }`),
                { start: new Date(frame.fromMs).toISOString(), end: new Date(frame.toMs).toISOString() })}>Why: these against the others then</button> : null}
              {searched ? <a class="btn bare" href={address(linkOf({ ...asked, lookback: 'custom', start: String(Math.round(frame.fromMs * 1000)), end: String(Math.round(frame.toMs * 1000)) }, moreOf(shown)))}>Search this time</a> : null}
              <button class="btn bare" onClick={() => setFrame(null)}>Show all</button>
            </>
          ) : null}
          {told ? <span class="mid">{told}</span> : null}
        </div>
      ) : null}
      {shown.by && searched ? <GroupTable query={query} by={shown.by} range={range} link={(q) => linkOf({ ...asked, query: q, service: '', operation: '', tags: '', minDuration: '', maxDuration: '', label: '' }, moreOf({ ...shown, by: '' }))} />
        : shown.view === 'table' ? <Table {...props} /> : <List {...props} />}
      {shown.by ? null : (
        <p class="dim tight acts">
          {list.length > rows ? <button class="btn" onClick={() => setRows(rows + ROWS_FIRST)}>Show {count(Math.min(ROWS_FIRST, list.length - rows))} more</button>
            : next && !frame && searched ? <button class="btn" onClick={() => void more()}>Find older ones</button> : null}
          <span>{count(Math.min(rows, list.length))} of {count(list.length)} shown.</span>
        </p>
      )}
    </>
  );
}

const GROUPINGS = ['name', 'resource.service.name', 'status', 'kind', 'trace:rootName'];

function GroupBy({ now, change }: { now: string; change: (by: string) => void }) {
  const [text, set] = useState(now);
  useEffect(() => set(now), [now]);
  return (
    <form class="inline" onSubmit={(e) => { e.preventDefault(); change(text.trim()); }}>
      <label class="inline" for="group-by">Group by</label>
      <input class="field" id="group-by" list="groupings" value={text} placeholder="nothing" spellcheck={false} autocomplete="off"
        onInput={(e) => set(e.currentTarget.value)} onChange={(e) => change(e.currentTarget.value.trim())} />
      <datalist id="groupings">{GROUPINGS.map((g) => <option key={g} value={g} />)}</datalist>
    </form>
  );
}

const FILE_BYTES_MAX = 256e6;

/** Opens files; also those dropped on the page. */
function Upload() {
  const [failed, fail] = useState('');
  const box = useRef<HTMLInputElement>(null);
  const take = async (files: Iterable<File>) => {
    fail('');
    try {
      for (const file of files) {
        if (file.size > FILE_BYTES_MAX) throw new FileError(`${file.name} is larger than 256 MB: use awry import`);
        try { addUploaded(readTraces(await file.text())); } catch (e) { throw e instanceof FileError ? new FileError(`${file.name}: ${e.message}`) : e; }
      }
      go(`/search?from=file&files=${allUploaded().length}`);
    } catch (e) { fail((e as Error).message); }
    if (box.current) box.current.value = '';
  };
  useEffect(() => {
    const over = (e: DragEvent) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); };
    const drop = (e: DragEvent) => { if (e.dataTransfer?.files.length) { e.preventDefault(); void take([...e.dataTransfer.files]); } };
    addEventListener('dragover', over);
    addEventListener('drop', drop);
    return () => { removeEventListener('dragover', over); removeEventListener('drop', drop); };
  }, []);
  return (
    <div class="upload">
      <input class="vh" type="file" id="f-file" accept=".json,.jsonl,application/json" multiple ref={box} onChange={(e) => void take([...(e.currentTarget.files ?? [])])} />
      <label for="f-file" class="link">Open a JSON file</label>
      <p class="dim small">Jaeger or OTLP, .json or .jsonl; shown without storing.</p>
      {failed ? <p class="c-error small" role="alert">{failed}</p> : null}
    </div>
  );
}
