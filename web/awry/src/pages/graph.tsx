// Which service calls which: with rates, errors and latency; and the paths of calls through one of them.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { getOperations, getServices } from '../api';
import { getGraph, getTracesThrough } from '../charts/api';
import type { GraphAnswer, GraphEdge, GraphNode } from '../charts/api';
import { Board } from '../charts/board';
import { Lookback, Waiting, ms, rate, setParams, share, withParams } from '../charts/parts';
import { pathsThrough } from '../charts/paths';
import type { Stop } from '../charts/paths';
import { count } from '../format';
import { useLoad } from '../load';
import { Glyph, Say, Svc } from '../parts/marks';
import { address, usePlace } from '../route';
import { slot } from '../services';
import { short } from '../trace/cut';
import { SortButton, ariaSort, compare, useSort } from '../trace/sortable';

export function Graph() {
  const { params } = usePlace();
  const lookback = params.get('lookback') ?? '1h';
  const focus = params.get('service') ?? '';
  const graph = useLoad(() => getGraph(lookback), [lookback], 30_000);
  useEffect(() => { document.title = 'Services · Awry'; }, []);
  return (
    <main class="broad">
      <div class="pagehead"><h1>Services</h1>{graph.data ? <p>{count(graph.data.nodes.length)} services, {count(graph.data.edges.length)} ways of calling</p> : null}
        <span class="acts end"><Lookback value={lookback} set={(v) => setParams({ lookback: v })} /></span></div>
      <Waiting load={graph} what="a service graph" />
      {graph.data ? <Shown graph={graph.data} focus={focus} /> : null}
    </main>
  );
}

const AROUND_FROM = 60;  // more services than this: only what is around the chosen one

function Shown({ graph, focus }: { graph: GraphAnswer; focus: string }) {
  const [only, setOnly] = useState(graph.nodes.length > AROUND_FROM);
  const near = useMemo(() => new Set(graph.edges.flatMap((e) => (e.parent === focus || e.child === focus ? [e.parent, e.child] : [])).concat(focus)), [graph, focus]);
  if (graph.nodes.length === 0) return <Say state="Quiet" title="No spans arrived in this time" first><p class="gloss">Choose a longer time, or look at <a href={address('/')}>what is arriving</a>.</p></Say>;
  const known = graph.nodes.some((n) => n.service === focus);
  const nodes = only && known ? graph.nodes.filter((n) => near.has(n.service)) : graph.nodes;
  const names = new Set(nodes.map((n) => n.service));
  const edges = graph.edges.filter((e) => names.has(e.parent) && names.has(e.child));
  const boxes = nodes.map((n) => ({ id: n.service, width: 216, height: 64, dim: known && !near.has(n.service), draw: () => <ServiceBox node={n} on={n.service === focus} /> }));
  const lines = edges.map((e) => ({
    from: e.parent, to: e.child, weight: e.calls, error: e.errors > 0, dim: known && e.parent !== focus && e.child !== focus,
    label: `${count(e.calls)}${e.errors > 0 ? `, × ${count(e.errors)}` : ''}`,
  }));
  const chosen = graph.nodes.find((n) => n.service === focus);
  return (
    <>
      <Board boxes={boxes} lines={lines} label="Service graph: callers on the left. The same as tables below."
        tools={<>
          <label class="check">Look at <select class="field" value={known ? focus : ''} onChange={(e) => setParams({ service: e.currentTarget.value })}>
            <option value="">all services</option>{[...graph.nodes].sort((a, b) => (a.service < b.service ? -1 : 1)).map((n) => <option key={n.service} value={n.service}>{short(n.service)}</option>)}</select></label>
          {known ? <label class="check"><input type="checkbox" checked={only} onChange={() => setOnly(!only)} />only its neighbours</label> : null}
          <span class="dim small">A box tells calls, median to 95 % latency, and errors. Thick lines stand for many calls, <Glyph name="error" label="" /> and red for errors among them.</span>
        </>} />
      {chosen ? <Chosen node={chosen} /> : null}
      {graph.complete ? null : <p class="dim tight">Not all spans of this time were looked at.</p>}
      <Nodes nodes={graph.nodes} />
      <Edges edges={graph.edges} />
    </>
  );
}

function ServiceBox({ node, on }: { node: GraphNode; on: boolean }) {
  return (
    <button class={`node s${slot(node.service)}${on ? ' on' : ''}`} aria-pressed={on} onClick={() => setParams({ service: on ? '' : node.service })}>
      <span class="lab"><Svc name={node.service} short /><b class="one">{short(node.service)}</b></span>
      <span class="one dim small">{rate(node.rate)}, {ms(node.p50_ms)} to {ms(node.p95_ms)}</span>
      <span class={`one small ${node.errors > 0 ? 'c-error' : 'dim'}`}>{node.errors > 0 ? <Glyph name="error" /> : null} {count(node.errors)} of {count(node.calls)} with errors</span>
    </button>
  );
}

const links = (service: string) => ({
  search: address(`/search?service=${encodeURIComponent(service)}&lookback=1h`), monitor: address(`/monitor?service=${encodeURIComponent(service)}`),
  paths: address(`/deep-dependencies?service=${encodeURIComponent(service)}`),
});

function Chosen({ node }: { node: GraphNode }) {
  const to = links(node.service);
  return <p class="kv block"><Svc name={node.service} /><a href={to.monitor}>Its operations over time</a><a href={to.paths}>Paths of calls through it</a><a href={to.search}>Its traces</a></p>;
}

function Nodes({ nodes }: { nodes: GraphNode[] }) {
  const [sort, setSort] = useSort<'name' | 'spans' | 'calls' | 'rate' | 'errors' | 'p50' | 'p95'>('calls');
  const value = (n: GraphNode) => ({ name: n.service, spans: n.spans, calls: n.calls, rate: n.rate, errors: n.error_rate ?? -1, p50: n.p50_ms ?? -1, p95: n.p95_ms ?? -1 })[sort.by];
  const head = (by: typeof sort.by, name: string) => <th class={by === 'name' ? '' : 'num'} aria-sort={ariaSort(sort, by)}><SortButton sort={sort} by={by} set={setSort}>{name}</SortButton></th>;
  return (
    <section class="sec apart"><div class="rail"><h2>Services</h2><p>calls are spans of kind server or consumer; all, where there are none</p></div>
      <table class="duo stack"><thead><tr>{head('name', 'Service')}{head('spans', 'Spans')}{head('calls', 'Calls')}{head('rate', 'Rate')}{head('errors', 'Errors')}{head('p50', 'Median')}{head('p95', '95 %')}<th><span class="vh">Links</span></th></tr></thead>
        <tbody>{[...nodes].sort(compare(value, sort.down)).map((n) => (
          <tr key={n.service}><td class="head"><Svc name={n.service} /></td><td class="num" data-l="Spans">{count(n.spans)}</td><td class="num" data-l="Calls">{count(n.calls)}</td><td class="num" data-l="Rate">{rate(n.rate)}</td>
            <td class={`num${n.errors > 0 ? ' c-error' : ''}`} data-l="Errors">{count(n.errors)}, {share(n.error_rate)}</td><td class="num" data-l="Median">{ms(n.p50_ms)}</td><td class="num" data-l="95 %">{ms(n.p95_ms)}</td>
            <td class="num full"><a href={links(n.service).monitor}>monitor</a> <a href={links(n.service).paths}>paths</a></td></tr>
        ))}</tbody></table></section>
  );
}

function Edges({ edges }: { edges: GraphEdge[] }) {
  const [sort, setSort] = useSort<'name' | 'calls' | 'errors' | 'p50' | 'p95'>('calls');
  const value = (e: GraphEdge) => ({ name: `${e.parent}\0${e.child}`, calls: e.calls, errors: e.error_rate ?? -1, p50: e.p50_ms ?? -1, p95: e.p95_ms ?? -1 })[sort.by];
  const head = (by: typeof sort.by, name: string) => <th class={by === 'name' ? '' : 'num'} aria-sort={ariaSort(sort, by)}><SortButton sort={sort} by={by} set={setSort}>{name}</SortButton></th>;
  if (edges.length === 0) return null;
  return (
    <section class="sec"><div class="rail"><h2>Calls</h2><p>a span whose parent is of another service</p></div>
      <table class="duo stack"><thead><tr>{head('name', 'Caller and called')}{head('calls', 'Calls')}{head('errors', 'Errors')}{head('p50', 'Median')}{head('p95', '95 %')}</tr></thead>
        <tbody>{[...edges].sort(compare(value, sort.down)).map((e) => (
          <tr key={`${e.parent}\0${e.child}`}><td class="head"><span class="lab"><Svc name={e.parent} /> → <Svc name={e.child} /></span></td><td class="num" data-l="Calls">{count(e.calls)}</td>
            <td class={`num${e.errors > 0 ? ' c-error' : ''}`} data-l="Errors">{count(e.errors)}, {share(e.error_rate)}</td><td class="num" data-l="Median">{ms(e.p50_ms)}</td><td class="num" data-l="95 %">{ms(e.p95_ms)}</td></tr>
        ))}</tbody></table></section>
  );
}

const TRACES = 60;
const STOPS_MAX = 200;
const iso = (us: string | null) => (us && /^\d+$/.test(us) ? new Date(Number(us) / 1000).toISOString() : undefined);

/** Jaeger's path graph: `/deep-dependencies?service=&operation=`, with showOp=0 for services alone. */
export function DeepGraph() {
  const { params } = usePlace();
  const service = params.get('service') ?? '', operation = params.get('operation') ?? '';
  const showOp = params.get('showOp') !== '0';
  const start = iso(params.get('start')), end = iso(params.get('end'));
  const traces = useLoad(() => (service ? getTracesThrough(service, operation, TRACES, start, end) : Promise.resolve([])), [service, operation, start, end]);
  const graph = useMemo(() => (traces.data ? pathsThrough(traces.data, service, operation, showOp) : null), [traces.data, service, operation, showOp]);
  useEffect(() => { document.title = 'Paths of calls · Awry'; }, []);
  return (
    <main class="broad">
      <div class="pagehead"><h1>Paths of calls{service ? <> through {short(service)}{operation ? <span class="dim light"> {short(operation)}</span> : null}</> : null}</h1>
        <span class="acts end"><a href={address('/dependencies')}>All services</a></span></div>
      <Focal service={service} operation={operation} showOp={showOp} />
      {service === '' ? <Say state="Choose" title="Choose a service to see what leads to it and what it calls" first /> : <Waiting load={traces} what="paths" />}
      {service !== '' && graph ? graph.stops.length === 0
        ? <Say state="Nothing" title={`No trace goes through ${short(operation || service)}`} first><p class="gloss">It may be of an older time than what is kept, or its name has changed.</p></Say>
        : <Paths graph={graph} showOp={showOp} /> : null}
    </main>
  );
}

function Focal({ service, operation, showOp }: { service: string; operation: string; showOp: boolean }) {
  const services = useLoad(getServices, []);
  const operations = useLoad(() => (service ? getOperations(service) : Promise.resolve([])), [service]);
  const options = (list: string[], now: string) => [...new Set([...(now ? [now] : []), ...list])].sort().map((s) => <option key={s} value={s}>{short(s)}</option>);
  return (
    <div class="acts below">
      <label class="check">Service <select class="field" value={service} onChange={(e) => setParams({ service: e.currentTarget.value, operation: '' })}><option value="">choose</option>{options(services.data ?? [], service)}</select></label>
      <label class="check">Operation <select class="field" value={operation} onChange={(e) => setParams({ operation: e.currentTarget.value })}><option value="">any</option>{options(operations.data ?? [], operation)}</select></label>
      <label class="check"><input type="checkbox" checked={showOp} onChange={() => setParams({ showOp: showOp ? '0' : '1' })} />Show operations</label>
    </div>
  );
}

function Paths({ graph, showOp }: { graph: ReturnType<typeof pathsThrough>; showOp: boolean }) {
  const stops = [...graph.stops].sort((a, b) => b.calls - a.calls).slice(0, STOPS_MAX);
  const hop = useMemo(() => { const map = new Map(graph.stops.map((s) => [s.id, s.hop])); return (id: string) => map.get(id) ?? 0; }, [graph]);
  const boxes = stops.map((s) => ({ id: s.id, width: 190, height: showOp ? 64 : 50, draw: () => <StopBox stop={s} /> }));
  const lines = graph.hops.map((h) => ({ from: h.from, to: h.to, weight: h.calls, error: h.errors > 0, label: count(h.calls) }));
  const table = (title: string, list: Stop[]) => (list.length === 0 ? null : (
    <section class="sec"><div class="rail"><h2>{title}</h2></div>
      <table class="duo stack"><thead><tr><th>Service and operation</th><th class="num">Hops</th><th class="num">Calls</th><th class="num">Errors</th><th class="num">Traces</th></tr></thead>
        <tbody>{list.map((s) => <tr key={s.id}><td class="head"><span class="lab"><Svc name={s.service} /> {short(s.operation)}</span></td><td class="num" data-l="Hops">{Math.abs(s.hop)}</td><td class="num" data-l="Calls">{count(s.calls)}</td><td class="num" data-l="Errors">{count(s.errors)}</td><td class="num" data-l="Traces">{count(s.traces)} of {count(graph.traces)}</td></tr>)}</tbody></table></section>));
  return (
    <>
      <Board boxes={boxes} lines={lines} layerOf={hop} label="Paths: callers on the left, what is called on the right. The same as tables below."
        tools={<span class="dim small">From the {count(graph.traces)} newest traces through it. A click on a box puts it in the middle.{graph.stops.length > stops.length ? ` ${count(graph.stops.length - stops.length)} rare stops are left out.` : ''}</span>} />
      {table('What leads to it', graph.stops.filter((s) => s.hop < 0))}
      {table('What it calls', graph.stops.filter((s) => s.hop > 0))}
    </>
  );
}

function StopBox({ stop }: { stop: Stop }) {
  return (
    <a class={`node s${slot(stop.service)}${stop.hop === 0 ? ' on' : ''}`} href={address(withParams({ service: stop.service, operation: stop.operation }))}>
      <span class="lab"><Svc name={stop.service} short /><b class="one">{short(stop.service)}</b></span>
      {stop.operation ? <span class="one small">{short(stop.operation)}</span> : null}
      <span class={`one small ${stop.errors > 0 ? 'c-error' : 'dim'}`}>{count(stop.calls)} {stop.calls === 1 ? 'call' : 'calls'}{stop.errors > 0 ? `, ${count(stop.errors)} with errors` : ''}</span>
    </a>
  );
}
