// One trace: what is unusual in it, its spans in several views, and "this answer is wrong".
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { getLabels, getUnusual } from '../api';
import type { JaegerTrace, Label, UnusualFact } from '../api';
import { count, duration, moment } from '../format';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { Away, Loading, Say, Svc } from '../parts/marks';
import type { Target } from '../parts/windowed';
import { address, go, here } from '../route';
import { fetchTrace, isTooLarge, jsonLinks, archive, hasArchive } from '../trace/api';
import { short } from '../trace/cut';
import { findSpans, linkedSpan } from '../trace/find';
import { FlameView } from '../trace/flame';
import { GraphView } from '../trace/graphview';
import { Minimap } from '../trace/minimap';
import { ALL } from '../trace/range';
import type { Range } from '../trace/range';
import { LogsView, SpanTable } from '../trace/spantable';
import { StatisticsView } from '../trace/statistics';
import { Broken, Summary } from '../trace/summary';
import { readFilter, writeFilter } from '../trace/svcfilter';
import { Timeline } from '../trace/timeline';
import { TooLargeState } from '../trace/toolarge';
import { Expected, Verdict } from '../trace/verdict';
import { Why, useWhy } from '../trace/why';
import { makeTree, tag } from '../tree';
import type { Node, Tree } from '../tree';
import { uploaded } from '../uploads';

export function TracePage({ id }: { id: string }) {
  const [size, setSize] = useState(0);
  const trace = useLoad(() => fetchTrace(id, setSize), [id]);
  useEffect(() => { document.title = `Trace ${id.slice(0, 8)} · Awry`; }, [id]);
  if (!trace.data) {
    return (
      <main><div class="pagehead"><h1>Trace <code>{id}</code></h1></div>
        {trace.error === null ? <>{size > 5000 ? <p class="gloss">Fetching {count(size)} spans.</p> : null}<Loading /></>
          : trace.error.status === 404
            ? <Say state="Not here" title="There is no such trace" first><p class="gloss">It may have expired, or not have arrived yet. <button class="btn" onClick={trace.again}>Look again</button> <a class="btn" href={address('/search')}>Search</a></p></Say>
            : <Away message={trace.error.message} at={trace.at} again={trace.again} />}
      </main>
    );
  }
  if (isTooLarge(trace.data)) return <TooLargeState id={id} summary={trace.data} />;
  if (!trace.data.spans?.length) return <main><Say state="Empty" title="This trace has no spans" first /></main>;
  return <View trace={trace.data} />;
}

const VIEWS = [['', 'Timeline'], ['flame', 'Flame'], ['graph', 'Graph'], ['statistics', 'Statistics'], ['table', 'Table'], ['logs', 'Logs']] as const;
type ViewName = (typeof VIEWS)[number][0];

/** Changes a parameter of the address in place. */
function setParam(name: string, value: string | null): void {
  const { path, params } = here();
  if ((params.get(name) ?? '') === (value ?? '')) return;
  if (value) params.set(name, value);
  else params.delete(name);
  go(`${path}${params.size > 0 ? `?${params}` : ''}`, true);
}

function View({ trace }: { trace: JaegerTrace }) {
  const tree = useMemo(() => makeTree(trace), [trace]);
  // The server knows nothing of a trace that was opened from a file.
  const local = uploaded(trace.traceID) !== undefined;
  const labels = useLoad(() => (local ? Promise.resolve([]) : getLabels(trace.traceID)), [trace.traceID]);
  const unusual = useLoad(() => (local ? Promise.resolve([]) : getUnusual(trace.traceID)), [trace.traceID]);
  const why = useWhy(trace.traceID);
  const { params } = here();
  const embed = params.has('uiEmbed');
  const hides = (name: string) => embed && params.get(name) === '1';
  const [slim, setSlim] = useState(hides('uiTimelineCollapseTitle'));
  const [expecting, setExpecting] = useState(false);
  const list = labels.data ?? [];
  const facts = unusual.data ?? [];
  return (
    <main class="trace">
      <Head tree={tree} trace={trace} local={local} labels={list} changed={labels.again} ask={why.ask} slim={slim} setSlim={setSlim} asked={() => setExpecting(true)} />
      {slim ? null : <Facts tree={tree} trace={trace} />}
      {expecting ? <Expected traceId={trace.traceID} labels={list} changed={labels.again} answered={answered(tree)} close={() => setExpecting(false)} /> : null}
      {slim || hides('uiTimelineHideSummary') ? null
        : <Summary tree={tree} labels={list} facts={facts} looked={unusual.data !== null} failed={unusual.error?.message ?? ''} edit={() => setExpecting(true)} />}
      {slim || local ? null : <Broken traceId={trace.traceID} />}
      <Why {...why} />
      <Spans trace={trace} tree={tree} labels={list} facts={facts} changed={labels.again} minimap={!slim && !hides('uiTimelineHideMinimap')} />
    </main>
  );
}

/** What the trace answered, where it says so the way a predictor does. */
function answered(tree: Tree): string {
  for (const key of ['prediction.category', 'result.category']) {
    for (const node of tree.order) {
      const value = tag(node.span, key);
      if (typeof value === 'string') return value;
    }
  }
  return '';
}

function Head({ tree, trace, local, labels, changed, ask, slim, setSlim, asked }: {
  tree: Tree; trace: JaegerTrace; local: boolean; labels: Label[]; changed: () => void; ask: () => void; slim: boolean; setSlim: (slim: boolean) => void; asked: () => void;
}) {
  const root = tree.roots[0]!;
  return (
    <div class={`pagehead${slim ? ' slim' : ''}`}>
      <h1>{root.orphan ? <span class="dim light">under a span that never arrived: </span> : null}{short(root.span.operationName)} <span class="dim light">{short(root.service)}</span></h1>
      <span class="acts end">
        {local ? <span class="mid">Opened from a file; the server does not have it</span> : <>
          <Verdict traceId={trace.traceID} labels={labels} changed={changed} asked={asked} />
          <button class="btn" onClick={ask}>Why</button></>}
        <a class="btn bare" href={address(`/trace/${trace.traceID}...`)}>Compare</a>
        {local ? null : <More id={trace.traceID} />}
        <button class="btn bare" aria-expanded={!slim} onClick={() => setSlim(!slim)}>{slim ? 'Show more' : 'Show less'}</button>
      </span>
    </div>
  );
}

function More({ id }: { id: string }) {
  const [archives, setArchives] = useState(false);
  const [said, say] = useState('');
  return (
    <details class="more-menu" onToggle={(e) => { if (e.currentTarget.open) void hasArchive(id).then(setArchives); }}>
      <summary class="btn bare">Download</summary>
      <ul>
        {jsonLinks(id).map((l) => <li key={l.name}><a href={l.href} target="_blank" rel="noopener">{l.name}</a> <a href={l.href} download={l.file} aria-label={`save ${l.name}`}>save</a></li>)}
        {archives ? <li><button class="link" onClick={() => archive(id).then(() => say('archived'), (e: Error) => say(e.message))}>Archive</button> <span role="status">{said}</span></li> : null}
      </ul>
    </details>
  );
}

function Facts({ tree, trace }: { tree: Tree; trace: JaegerTrace }) {
  const orphans = tree.order.filter((n) => n.orphan).length, twins = tree.order.filter((n) => n.twin).length;
  const skewed = tree.order.filter((n) => n.span.warnings?.some((w) => w.includes('clock skew') || w.includes('timestamps were adjusted'))).length;
  const roots = tree.roots.length - orphans;
  return (
    <div class="kv below">
      <span>trace <b><code>{trace.traceID}</code></b></span><span>start <b>{moment(tree.start / 1000)}</b></span>
      <span>duration <b>{duration(tree.duration)}</b></span><span><b>{count(tree.order.length)}</b> spans, depth <b>{count(tree.depth)}</b></span>
      <span><b>{count(tree.services.length)}</b> {tree.services.length === 1 ? 'service' : 'services'}</span><span class={tree.errors > 0 ? 'c-error' : ''}><b class={tree.errors > 0 ? 'c-error' : ''}>{count(tree.errors)}</b> {tree.errors === 1 ? 'error' : 'errors'}</span>
      {roots > 1 ? <span class="c-slow"><b class="c-slow">{count(roots)}</b> roots</span> : roots === 0 ? <span class="c-slow">the root span never arrived</span> : null}
      {orphans > 0 ? <span class="c-slow"><b class="c-slow">{count(orphans)}</b> {orphans === 1 ? 'span' : 'spans'} without the parent named</span> : null}
      {twins > 0 ? <span class="c-slow"><b class="c-slow">{count(twins)}</b> {twins === 1 ? 'span shares' : 'spans share'} an id</span> : null}
      {skewed > 0 ? <span class="c-slow"><b class="c-slow">{count(skewed)}</b> {skewed === 1 ? 'span has' : 'spans have'} a skewed clock</span> : null}
    </div>
  );
}

const FIND_WAITS_FROM = 5_000;  // in larger traces the box waits until one stops typing

/** The views, and what they share: the find box, hidden services, the part of the time that is shown. */
function Spans({ trace, tree, labels, facts, changed, minimap }: { trace: JaegerTrace; tree: Tree; labels: Label[]; facts: UnusualFact[]; changed: () => void; minimap: boolean }) {
  const { params } = here();
  const asked = params.get('uiFind') ?? '';
  const linked = useMemo(() => linkedSpan(tree, asked), [tree, asked]);
  const view = (VIEWS.some(([name]) => name === params.get('view')) ? params.get('view') ?? '' : '') as ViewName;
  const [find, setFind] = useState(linked ? '' : asked);
  const [sought, setSought] = useState(find);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => keepRoot(tree, readFilter(tree.services, params.get('svcFilter') ?? '')));
  const [range, setRange] = useState<Range>(ALL);
  const [showPath, setShowPath] = useState(true);
  const [showFacts, setShowFacts] = useState(true);
  const [jump, setJump] = useState<Target | null>(null);
  const [opened, setOpened] = useState<Node | undefined>(undefined);
  const box = useRef<HTMLInputElement>(null);
  const found = useMemo(() => findSpans(tree, trace, sought), [tree, trace, sought]);
  const hits = useMemo(() => (found ? tree.order.filter((n) => found.has(n)) : []), [found]);
  const nodes = useMemo(() => tree.order.filter((n) => !hidden.has(n.service) && (found === null || found.has(n))), [tree, hidden, found]);
  const marks = useMemo(() => facts.map((f) => tree.byKey.get(f.span_id)?.start).filter((x) => x !== undefined), [facts, tree]);

  const point = (node: Node, open: boolean) => {
    setJump((old) => ({ key: node.key, turn: (old?.turn ?? 0) + 1, near: true }));
    if (open) setOpened(node);
  };
  const show = (node: Node) => { setParam('view', null); point(node, true); };
  // A link to a span opens it; one that names an operation opens the first of that name.
  useEffect(() => {
    const node = linked ?? (asked === '' ? undefined : tree.order.find((n) => n.span.operationName === asked) ?? [...(findSpans(tree, trace, asked) ?? [])][0]);
    if (node) setTimeout(() => point(node, node === linked || node.span.operationName === asked));
  }, [linked]);
  useEffect(() => {
    if (find === sought) return;
    const timer = setTimeout(() => { setSought(find); setParam('uiFind', find.trim() || null); }, tree.order.length > FIND_WAITS_FROM ? 250 : 60);
    return () => clearTimeout(timer);
  }, [find]);
  const hide = (next: ReadonlySet<string>) => { setHidden(next); setParam('svcFilter', writeFilter(tree.services, next)); };
  const at = hits.findIndex((n) => n.key === jump?.key);
  const step = (by: number) => { const node = hits[(at + by + hits.length) % hits.length]; if (node) point(node, false); };
  useKeys('Trace', [
    { keys: ['ctrl+b'], text: 'find box', run: () => box.current?.focus() },
    { keys: ['Escape'], text: 'clear the find box', run: () => { setFind(''); setJump(null); box.current?.blur(); } },
    { keys: ['s'], text: 'scroll down', run: () => scrollBy(0, innerHeight / 2) },
    { keys: ['w'], text: 'scroll up', run: () => scrollBy(0, -innerHeight / 2) },
  ]);
  return (
    <>
      {minimap ? <Minimap tree={tree} range={range} setRange={setRange} marks={marks} /> : null}
      <div class="tools">
        <nav class="tabs" aria-label="Views">{VIEWS.map(([name, title]) => (
          <a key={name} href={viewAddress(name)} {...(view === name ? { 'aria-current': 'page' as const } : {})} onClick={(e) => { if (e.ctrlKey || e.metaKey || e.shiftKey) return; e.preventDefault(); setParam('view', name); }}>{title}</a>))}</nav>
        <span class="acts end">
          {view === '' ? <>
            <label class="check"><input type="checkbox" checked={showPath} onChange={() => setShowPath(!showPath)} />Critical path</label>
            <label class="check"><input type="checkbox" checked={showFacts} onChange={() => setShowFacts(!showFacts)} />Unusual</label>
          </> : null}
          <input class="field find" ref={box} type="search" placeholder="Find in trace" aria-label="Find in trace" value={find} onInput={(e) => setFind(e.currentTarget.value)}
            onKeyDown={(e) => { if (e.key === 'Enter' && hits.length > 0) step(e.shiftKey ? -1 : 1); }} />
          {found ? <span class="acts nw" role="status"><span class="dim">{at >= 0 ? `${count(at + 1)} of ${count(found.size)}` : `${count(found.size)} found`}</span>
            <button class="btn" aria-label="previous found" disabled={hits.length === 0} onClick={() => step(-1)}>↑</button><button class="btn" aria-label="next found" disabled={hits.length === 0} onClick={() => step(1)}>↓</button></span> : null}
        </span>
      </div>
      <Services tree={tree} hidden={hidden} hide={hide} />
      {view === '' ? <Timeline trace={trace} tree={tree} labels={labels} facts={facts} changed={changed} found={found} hidden={hidden} range={range} setRange={setRange}
        jumpTo={jump} opened={opened} showPath={showPath} showFacts={showFacts} />
        : view === 'flame' ? <FlameView tree={tree} hidden={hidden} found={found} show={show} />
        : view === 'graph' ? <GraphView tree={tree} hidden={hidden} found={found} show={show} />
        : view === 'statistics' ? <StatisticsView tree={tree} trace={trace} nodes={nodes} show={show} />
        : view === 'table' ? <SpanTable nodes={nodes} show={show} />
        : <LogsView tree={tree} nodes={nodes} show={show} />}
    </>
  );
}

function viewAddress(name: ViewName): string {
  const { path, params } = here();
  if (name) params.set('view', name);
  else params.delete('view');
  return address(`${path}${params.size > 0 ? `?${params}` : ''}`);
}

/** The service of the only root stays, as its spans are above all others. */
function keepRoot(tree: Tree, hidden: ReadonlySet<string>): ReadonlySet<string> {
  const tops = new Set(tree.roots.map((n) => n.service));
  if ([...tops].some((s) => !hidden.has(s))) return hidden;
  return tops.size === 1 ? new Set([...hidden].filter((s) => !tops.has(s))) : new Set();
}

const SERVICES_FIRST = 24;

/** The legend; a click hides or shows a service, with what is under its spans. */
function Services({ tree, hidden, hide }: { tree: Tree; hidden: ReadonlySet<string>; hide: (hidden: ReadonlySet<string>) => void }) {
  const [all, showAll] = useState(false);
  const toggle = (service: string) => {
    const next = new Set(hidden);
    if (!next.delete(service)) next.add(service);
    hide(keepRoot(tree, next));
  };
  const list = all ? tree.services : tree.services.slice(0, SERVICES_FIRST);
  const isRoot = (service: string) => tree.roots.every((n) => n.service === service);
  return (
    <div class="legend small" role="group" aria-label="Services shown">
      {list.map((s) => (
        <button key={s} class="link plainer" aria-pressed={!hidden.has(s)} disabled={isRoot(s)} title={isRoot(s) ? 'the service of the root span' : hidden.has(s) ? 'show' : 'hide, with what is under its spans'} onClick={() => toggle(s)}><Svc name={s} /></button>
      ))}
      {tree.services.length > list.length ? <button class="link" onClick={() => showAll(true)}>{count(tree.services.length - list.length)} more</button> : null}
      {hidden.size > 0 ? <button class="link" onClick={() => hide(new Set())}>show all services</button> : null}
    </div>
  );
}
