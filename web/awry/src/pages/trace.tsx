// One trace: what is unusual in it, the timeline with span details, and "this answer is wrong".
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { askWhy, deleteLabel, getLabels, getTrace, getUnusual, putLabel } from '../api';
import type { Answer, JaegerTrace, Label, UnusualFact } from '../api';
import { count, duration, moment, when } from '../format';
import { useLoad } from '../load';
import { Away, Glyph, Loading, Say, Svc } from '../parts/marks';
import { Sentence } from '../parts/sentence';
import { SpanDetail, text } from '../parts/spandetail';
import { Windowed } from '../parts/windowed';
import type { WindowRow } from '../parts/windowed';
import { address, here } from '../route';
import { slot } from '../services';
import { criticalPath, makeTree } from '../tree';
import type { Node, Tree } from '../tree';
import { CauseView } from './findings';

export function TracePage({ id }: { id: string }) {
  const trace = useLoad(() => getTrace(id), [id]);
  const labels = useLoad(() => getLabels(id), [id]);
  const unusual = useLoad(() => getUnusual(id), [id]);
  useEffect(() => { document.title = `Trace ${id.slice(0, 8)} · Awry`; }, [id]);
  if (trace.error) {
    return (
      <main><div class="pagehead"><h1>Trace <code>{id}</code></h1></div>
        {trace.error.status === 404
          ? <Say state="Not here" title="There is no such trace" first><p class="gloss">It may have expired, or not have arrived yet. <button class="btn" onClick={trace.again}>Look again</button> <a class="btn" href={address('/search')}>Search</a></p></Say>
          : <Away message={trace.error.message} at={trace.at} again={trace.again} />}
      </main>
    );
  }
  if (!trace.data) return <main><div class="pagehead"><h1>Trace <code>{id}</code></h1></div><Loading /></main>;
  return <View trace={trace.data} labels={labels.data ?? []} facts={unusual.data ?? []} looked={unusual.data !== null} changed={labels.again} />;
}

function View({ trace, labels, facts, looked, changed }: {
  trace: JaegerTrace; labels: Label[]; facts: UnusualFact[]; looked: boolean; changed: () => void;
}) {
  const tree = useMemo(() => makeTree(trace), [trace]);
  const [answer, setAnswer] = useState<Answer | string | null>(null);
  const root = tree.roots[0]!;
  const errors = tree.order.filter((n) => n.error).length;
  const why = () => { setAnswer('asking'); askWhy({ trace_id: trace.traceID }).then(setAnswer, (e: Error) => setAnswer(e.message)); };
  return (
    <main>
      <div class="pagehead">
        <h1>{root.span.operationName} <span class="dim light">{root.service}</span></h1>
        <span class="acts end"><Verdict traceId={trace.traceID} labels={labels} changed={changed} />
          <button class="btn" onClick={why}>Why</button>
          <a class="btn bare" href={address(`/api/traces/${trace.traceID}?raw=true&prettyPrint=true`)} download={`${trace.traceID}.json`}>Download</a></span>
      </div>
      <div class="kv below">
        <span>trace <b><code>{trace.traceID}</code></b></span><span>start <b>{moment(tree.start / 1000)}</b></span>
        <span>duration <b>{duration(tree.duration)}</b></span><span><b>{count(tree.order.length)}</b> spans, depth <b>{tree.depth}</b></span>
        <span><b>{tree.services.length}</b> services</span><span><b>{errors}</b> errors</span>
      </div>
      <Summary tree={tree} labels={labels} facts={facts} looked={looked} />
      {answer === 'asking' ? <Say state="Searching" busy title="Comparing with like traces" /> : null}
      {typeof answer === 'string' && answer !== 'asking' ? <Say state="No answer" glyph="error" title={answer} /> : null}
      {answer !== null && typeof answer !== 'string' ? <Why answer={answer} /> : null}
      <Minimap tree={tree} />
      <Timeline trace={trace} tree={tree} labels={labels} facts={facts} />
    </main>
  );
}

function Verdict({ traceId, labels, changed }: { traceId: string; labels: Label[]; changed: () => void }) {
  const [failed, fail] = useState('');
  const mine = labels.find((l) => l.source === 'awry-ui') ?? labels[labels.length - 1];
  const set = (label: 'wrong' | 'right') => {
    const own = labels.filter((l) => l.source === 'awry-ui');
    const undo = own.some((l) => l.label === label);
    Promise.all(own.map((l) => deleteLabel(l.id)))
      .then(() => (undo ? null : putLabel({ trace_id: traceId, label, source: 'awry-ui' })))
      .then(() => { fail(''); changed(); }, (e: Error) => fail(e.message));
  };
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.key === 'l' && !e.metaKey && !e.ctrlKey && !(e.target as Element).closest?.('input,textarea,select')) set('wrong');
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
  const button = (label: 'wrong' | 'right') => (
    <button class={`btn ${label[0]}`} aria-pressed={mine?.label === label} onClick={() => set(label)}><Glyph name={label} />{label}</button>
  );
  return <><span class="mid">This answer is</span><span class="seg">{button('wrong')}{button('right')}</span>{failed ? <span class="c-error">{failed}</span> : null}</>;
}

function Summary({ tree, labels, facts, looked }: { tree: Tree; labels: Label[]; facts: UnusualFact[]; looked: boolean }) {
  const label = labels.find((l) => l.label === 'wrong') ?? labels[0];
  if (!label && facts.length === 0) return null;
  const byId = new Map(tree.order.map((n) => [n.span.spanID, n]));
  const failing = tree.order.some((n) => n.error);
  return (
    <section class="sec first">
      <div class="rail">{label
        ? <><p class={`state ${label.label === 'wrong' ? 'c-wrong' : 'c-right'}`}><Glyph name={label.label} />Labelled {label.label}</p>
          <p>{label.created_at ? when(Date.parse(label.created_at)) : ''}{label.source ? ` from ${label.source}` : ''}</p></>
        : <p class="state c-unusual"><Glyph name="unusual" />Unusual</p>}</div>
      <div>
        <p>
          {label?.label === 'wrong' && label.actual ? <>Answered <b class="c-wrong">{label.actual}</b>{label.expected ? <>, expected <b class="c-right">{label.expected}</b></> : null}. </> : null}
          {failing ? '' : 'Nothing failed: no span has an error. '}
          {!looked ? 'Looking for what is unusual.' : facts.length === 0 ? 'No fact of it is unusual.' : `${count(facts.length)} ${facts.length === 1 ? 'fact is' : 'facts are'} unusual.`}
        </p>
        <ul class="facts tight">{facts.slice(0, 6).map((f) => {
          const node = byId.get(f.span_id);
          return (
            <li key={f.span_id + f.attribute}>
              <span class="nw">{node ? <Svc name={node.service} short /> : null} <a href={`?uiFind=${f.span_id}`}>{node?.span.operationName ?? f.span_id}</a></span>
              <span><code>{f.attribute}</code> <code>{f.value}</code> usually <code>{f.usual}</code></span>
              <span class="dim">{f.of > 0 ? `${count(f.with)} of ${count(f.of)}` : ''}</span>
            </li>
          );
        })}</ul>
      </div>
    </section>
  );
}

function Why({ answer }: { answer: Answer }) {
  const cause = answer.causes.find((c) => c.kind !== 'context');
  if (!cause) {
    return (
      <Say state="No cause" glyph="right" title="No cause found">
        <p class="gloss">{count(answer.traces.bad)} wrong and {count(answer.traces.good)} other traces were compared in {count(answer.searched.facts)} facts and {count(answer.searched.relations)} relations.</p>
        <ul>{answer.searched.too_weak.slice(0, 5).map((t) => <li class="dim" key={t}><Sentence text={t} /></li>)}</ul>
      </Say>
    );
  }
  return <section class="sec"><div class="rail"><p class="state c-wrong"><Glyph name="wrong" />Why</p></div><div><CauseView cause={cause} /></div></section>;
}

const MINIMAP_ROWS = 600;

function Minimap({ tree }: { tree: Tree }) {
  const nodes = tree.order.length <= MINIMAP_ROWS ? tree.order
    : Array.from({ length: MINIMAP_ROWS }, (_, i) => tree.order[Math.floor((i * tree.order.length) / MINIMAP_ROWS)]!);
  const step = 60 / Math.max(nodes.length, 12);
  return (
    <svg width="100%" height="72" role="img" aria-label="Minimap of the trace" class="minimap">
      <rect width="100%" height="64" fill="var(--sunk)" />
      {nodes.map((n, i) => (
        <rect key={i} x={`${(n.start / tree.duration) * 100}%`} y={2 + i * step} width={`${Math.max(0.2, ((n.end - n.start) / tree.duration) * 100)}%`}
          height={Math.max(1, Math.min(2, step))} fill={`var(--s${slot(n.service)})`} />
      ))}
    </svg>
  );
}

const quiet = (e: KeyboardEvent) => e.metaKey || e.altKey || (e.target as Element).closest?.('input,textarea,select') !== null;

function Timeline({ trace, tree, labels, facts }: { trace: JaegerTrace; tree: Tree; labels: Label[]; facts: UnusualFact[] }) {
  const { params } = here();
  const asked = params.get('uiFind') ?? '';
  const linked = useMemo(() => findNode(tree, asked), [tree, asked]);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(linked ? [linked.span.spanID] : []));
  const [find, setFind] = useState(linked ? '' : asked);
  const [showPath, setShowPath] = useState(true);
  const [showFacts, setShowFacts] = useState(true);
  const [focus, setFocus] = useState(linked?.span.spanID ?? '');
  const findBox = useRef<HTMLInputElement>(null);
  const path = useMemo(() => (tree.order.length <= 20_000 ? criticalPath(tree.roots[0]!) : new Map<Node, [number, number][]>()), [tree]);
  const factsOf = useMemo(() => {
    const map = new Map<string, UnusualFact[]>();
    for (const f of facts) map.set(f.span_id, [...(map.get(f.span_id) ?? []), f]);
    return map;
  }, [facts]);
  const wrongSpans = new Set(labels.filter((l) => l.label === 'wrong').map((l) => l.span_id ?? ''));
  const visible = useMemo(() => visibleNodes(tree, closed), [tree, closed]);
  const matches = useMemo(() => (find.trim() === '' ? null : new Set(tree.order.filter((n) => meets(n, trace, find)))), [tree, find]);

  const toggle = (set: ReadonlySet<string>, id: string) => { const next = new Set(set); if (!next.delete(id)) next.add(id); return next; };
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.ctrlKey && e.key === 'b') { e.preventDefault(); findBox.current?.focus(); return; }
      if (quiet(e) || e.ctrlKey) return;
      const at = visible.findIndex((n) => n.span.spanID === focus);
      const to = (i: number) => { const n = visible[i]; if (n) { setFocus(n.span.spanID); e.preventDefault(); } };
      const marked = (step: number) => {
        for (let i = at + step; i >= 0 && i < visible.length; i += step) if (factsOf.has(visible[i]!.span.spanID)) { to(i); return; }
      };
      if (e.key === 'f' || e.key === 'j') to(at + 1);
      else if (e.key === 'b' || e.key === 'k') to(at - 1);
      else if (e.key === 'n') marked(1);
      else if (e.key === 'N') marked(-1);
      else if (e.key === 's') scrollBy(0, 200);
      else if (e.key === 'w') scrollBy(0, -200);
      else if (e.key === ']') setClosed(new Set(tree.order.filter((n) => n.children.length > 0).map((n) => n.span.spanID)));
      else if (e.key === '[') setClosed(new Set());
      else if (e.key === 'Enter' && focus) setOpen(toggle(open, focus));
      else if (e.key === 'Escape') { setFind(''); setFocus(''); }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  const rows: WindowRow[] = [];
  for (const node of visible) {
    const id = node.span.spanID;
    const own = factsOf.get(id) ?? [];
    rows.push({
      key: id, height: 26, draw: () => (
        <Row node={node} tree={tree} closed={closed.has(id)} open={open.has(id)} faded={matches !== null && !matches.has(node)} focused={focus === id}
          wrong={wrongSpans.has(id)} crit={showPath ? path.get(node) ?? [] : []}
          onToggle={() => setClosed(toggle(closed, id))} onOpen={() => { setFocus(id); setOpen(toggle(open, id)); }} />),
    });
    if (open.has(id)) rows.push({ key: `${id}/d`, height: 240, measured: true, draw: () => <SpanDetail node={node} trace={trace} facts={own} start={tree.start} /> });
    else if (showFacts) for (const f of own) rows.push({ key: `${id}/${f.attribute}`, height: 22, measured: true, draw: () => <FactRow fact={f} depth={node.depth} /> });
  }
  return (
    <>
      <div class="tools">
        <b>Timeline</b>
        <span class="acts end">
          <label class="check"><input type="checkbox" checked={showPath} onChange={() => setShowPath(!showPath)} />Critical path</label>
          <label class="check"><input type="checkbox" checked={showFacts} onChange={() => setShowFacts(!showFacts)} />Unusual</label>
          <input class="field find" ref={findBox} placeholder="Find in trace" aria-label="Find in trace" value={find} onInput={(e) => setFind(e.currentTarget.value)} />
          {matches ? <span class="dim nw">{count(matches.size)} found</span> : null}
        </span>
      </div>
      <div class="kv small below">{tree.services.map((s) => <Svc name={s} key={s} />)}</div>
      <div class="tl">
        <div class="r head"><div>Service and operation</div>
          <svg width="100%" height="24" aria-hidden="true">{[0, 0.25, 0.5, 0.75].map((x) => <text key={x} x={`${x * 100}%`} y="16" dx="4">{duration(x * tree.duration)}</text>)}
            <text x="100%" y="16" text-anchor="end" class="hide-s">{duration(tree.duration)}</text></svg></div>
        <Windowed rows={rows} target={focus || linked?.span.spanID} />
      </div>
    </>
  );
}

/** The span a deep link names: by id, else the only one of that name. */
function findNode(tree: Tree, asked: string): Node | undefined {
  if (asked === '') return undefined;
  return tree.order.find((n) => n.span.spanID === asked.toLowerCase().padStart(16, '0')) ?? tree.order.find((n) => n.span.operationName === asked);
}

function visibleNodes(tree: Tree, closed: ReadonlySet<string>): Node[] {
  const list: Node[] = [];
  let under = Infinity;
  for (const node of tree.order) {
    if (node.depth > under) continue;
    under = closed.has(node.span.spanID) ? node.depth : Infinity;
    list.push(node);
  }
  return list;
}

/** As Jaeger's find box: words are OR-ed, quotes group; name, service, key=value, span id. */
function meets(node: Node, trace: JaegerTrace, find: string): boolean {
  const words = [...find.matchAll(/"([^"]*)"|(\S+)/g)].map((m) => (m[1] ?? m[2]!).toLowerCase());
  const tags = [...node.span.tags, ...(trace.processes[node.span.processID]?.tags ?? [])];
  return words.some((w) => node.span.operationName.toLowerCase().includes(w) || node.service.toLowerCase().includes(w) || node.span.spanID === w ||
    tags.some((t) => `${t.key}=${text(t.value)}`.toLowerCase().includes(w)));
}

function Row({ node, tree, closed, open, faded, focused, wrong, crit, onToggle, onOpen }: {
  node: Node; tree: Tree; closed: boolean; open: boolean; faded: boolean; focused: boolean; wrong: boolean; crit: [number, number][];
  onToggle: () => void; onOpen: () => void;
}) {
  const left = (node.start / tree.duration) * 100, width = ((node.end - node.start) / tree.duration) * 100;
  const fits = left + width < 88;
  return (
    <div class={`r row${open ? ' open' : ''}${wrong ? ' lbl-wrong' : ''}${faded ? ' faded' : ''}${focused ? ' focused' : ''}`} style={{ '--d': node.depth }}>
      <div class="name">
        {node.children.length > 0 ? <button class="tog" aria-label={closed ? 'expand' : 'collapse'} onClick={onToggle}>{closed ? '▸' : '▾'}</button> : <span class="tog" />}
        <Svc name={node.service} short />
        {node.error ? <Glyph name="error" label="error" /> : null}
        <button class="op" title={node.span.operationName} aria-expanded={open} onClick={onOpen}>{node.span.operationName}</button>
        {wrong ? <span class="chip c-wrong count"><Glyph name="wrong" /><span class="hide-s">wrong</span></span> : null}
        {closed ? <span class="dim small count">+{count(descendants(node))}</span> : null}
      </div>
      <div class={`lane s${slot(node.service)}`} onClick={onOpen}>
        <span class="bar" style={{ left: `${left}%`, width: `${width}%` }} />
        {crit.map(([from, to]) => <span class="crit" key={from} style={{ left: `${(from / tree.duration) * 100}%`, width: `${((to - from) / tree.duration) * 100}%` }} />)}
        {fits || left > 12 ? <span class={fits ? 'dur' : 'dur l'} style={{ left: `${fits ? left + width : left}%` }}>{duration(node.span.duration)}</span> : null}
      </div>
    </div>
  );
}

function descendants(node: Node): number {
  let n = 0;
  const stack = [...node.children];
  while (stack.length > 0) { const next = stack.pop()!; n++; stack.push(...next.children); }
  return n;
}

function FactRow({ fact, depth }: { fact: UnusualFact; depth: number }) {
  return (
    <div class="r fact" style={{ '--d': depth }}>
      <div class="name"><Glyph name="unusual" label="unusual" /><code>{fact.attribute}</code></div>
      <div class="val"><code>{fact.value}</code> <span class="u">usually</span> <code>{fact.usual}</code>{fact.of > 0 ? <span class="u"> in {count(fact.with)} of {count(fact.of)}</span> : null}</div>
    </div>
  );
}
