// Two traces side by side: which spans only one of them has, where the time went, and which values differ.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { getLabels, getTrace, getUnusual } from '../api';
import type { JaegerTrace, Label, UnusualFact } from '../api';
import { matchTraces } from '../compare/match';
import type { Match, ValueDifference } from '../compare/match';
import { figure } from '../compare/plots';
import { count, duration, moment, shortId } from '../format';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import type { Loaded } from '../load';
import { Differing } from '../parts/evidence';
import { Away, Glyph, Loading, Say, Svc } from '../parts/marks';
import { address, go, usePlace } from '../route';
import { makeTree } from '../tree';
import type { Tree } from '../tree';

type Part = 'all' | 'structure' | 'time' | 'values';
type SideName = 'a' | 'b';

const idOf = (text: string) => /^\s*0*([0-9a-f]{1,32})\s*$/i.exec(text)?.[1]?.toLowerCase() ?? '';
const none = <T,>(): Promise<T | null> => Promise.resolve(null);

export function Compare({ a, b }: { a: string; b: string }) {
  const { params } = usePlace();
  const cohort = [...new Set([...params.getAll('cohort').map(idOf), a, b])].filter(Boolean);
  const left = useLoad(() => (a ? getTrace(a) : none<JaegerTrace>()), [a]);
  const right = useLoad(() => (b ? getTrace(b) : none<JaegerTrace>()), [b]);
  const labels = useLoad(() => getLabels(), []);
  const facts = {
    a: useLoad(() => (a ? getUnusual(a) : Promise.resolve([])), [a]).data ?? [],
    b: useLoad(() => (b ? getUnusual(b) : Promise.resolve([])), [b]).data ?? [],
  };
  const link = (x: string, y: string) => `/trace/${x}...${y}${cohort.length > 0 ? `?${cohort.map((id) => `cohort=${id}`).join('&')}` : ''}`;
  const swap = () => go(link(b, a));
  useEffect(() => { document.title = 'Compare traces · Awry'; }, []);
  useKeys('Comparing two traces', [{ keys: ['x'], text: 'swap the two', run: swap }]);
  const ready = (!a || left.data) && (!b || right.data) && !left.error && !right.error;
  return (
    <main>
      <div class="pagehead"><h1>Compare two traces</h1><p>by structure, time and values</p>
        <span class="end acts"><button class="btn" onClick={swap}>Swap <kbd class="hide-s" aria-hidden="true">x</kbd></button></span></div>
      <div class="sides">
        <Side name="a" id={a} trace={left} labels={labels.data ?? []} cohort={cohort} onChange={(id) => go(link(id, b))} />
        <Side name="b" id={b} trace={right} labels={labels.data ?? []} cohort={cohort} onChange={(id) => go(link(a, id))} />
      </div>
      {[left, right].map((side, i) => (side.error ? <SideFailed key={i} name={i === 0 ? 'A' : 'B'} side={side} /> : null))}
      {!a && !b ? <Say state="Two traces" title="Name two traces" first><p class="gloss">Paste their ids above, or select two in a <a href={address('/search')}>search</a>.</p></Say>
        : ready ? <Compared a={left.data} b={right.data} facts={facts} /> : left.error || right.error ? null : <Loading />}
    </main>
  );
}

function SideFailed({ name, side }: { name: string; side: Loaded<JaegerTrace | null> }) {
  if (side.error!.status === 404) return <Say state="Not here" title={`There is no trace ${name}`} first><p class="gloss">It may have expired, or not have arrived yet. <button class="btn" onClick={side.again}>Look again</button></p></Say>;
  return <Away message={side.error!.message} at={side.at} again={side.again} />;
}

function Side({ name, id, trace, labels, cohort, onChange }: {
  name: SideName; id: string; trace: Loaded<JaegerTrace | null>; labels: Label[]; cohort: string[]; onChange: (id: string) => void;
}) {
  const [text, set] = useState(id);
  useEffect(() => set(id), [id]);
  const tree = useMemo(() => (trace.data ? makeTree(trace.data) : null), [trace.data]);
  const label = labels.find((l) => l.trace_id.replace(/^0+/, '') === id.replace(/^0+/, '') && id !== '');
  const bad = text.trim() !== '' && idOf(text) === '';
  const letter = name.toUpperCase();
  return (
    <form class="side" onSubmit={(e) => { e.preventDefault(); if (!bad) onChange(idOf(text)); }}>
      <b class={`letter ${name}`}>{letter}</b>
      <input class="field mono" aria-label={`Trace ${letter}, its id`} list={`cohort-${name}`} value={text} placeholder="trace id" spellcheck={false} autocomplete="off" aria-invalid={bad}
        onInput={(e) => set(e.currentTarget.value)} onChange={(e) => { if (!bad) onChange(idOf(e.currentTarget.value)); }} />
      <datalist id={`cohort-${name}`}>{cohort.map((c) => <option key={c} value={c} />)}</datalist>
      <span class="kv">
        {bad ? <span class="c-error">1 to 32 hex digits</span> : null}
        {tree && tree.roots[0] ? (
          <>
            <a href={address(`/trace/${id}`)}><Svc name={tree.roots[0].service} short /> {tree.roots[0].span.operationName}</a>
            <span>{moment(tree.start / 1000)}</span><span><b>{duration(tree.duration)}</b></span><span><b>{count(tree.order.length)}</b> spans</span>
            {label ? <span class={`lab c-${label.label}`}><Glyph name={label.label} />{label.actual || label.label}{label.label === 'wrong' && label.expected ? <span class="mid">not {label.expected}</span> : null}</span> : null}
          </>
        ) : null}
      </span>
    </form>
  );
}

const ROWS_FIRST = 500;

function Compared({ a, b, facts }: { a: JaegerTrace | null; b: JaegerTrace | null; facts: { a: UnusualFact[]; b: UnusualFact[] } }) {
  const trees = useMemo(() => ({ a: a ? makeTree(a) : null, b: b ? makeTree(b) : null }), [a, b]);
  const matches = useMemo(() => matchTraces(trees.a, trees.b, { a, b }), [trees]);
  const [part, setPart] = useState<Part>('all');
  const [open, setOpen] = useState<ReadonlySet<Match>>(new Set());
  const [rows, setRows] = useState(ROWS_FIRST);
  const both = matches.filter((m) => m.a && m.b);
  const onlyA = matches.filter((m) => !m.b), onlyB = matches.filter((m) => !m.a);
  const valued = both.filter((m) => m.differing.length > 0);
  const values = valued.reduce((sum, m) => sum + m.differing.length, 0);
  const change = (m: Match) => (m.b ? m.b.end - m.b.start : 0) - (m.a ? m.a.end - m.a.start : 0);
  const most = both.reduce((top, m) => Math.max(top, Math.abs(change(m))), 1);
  const list = part === 'structure' ? [...onlyA, ...onlyB] : part === 'values' ? valued
    : part === 'time' ? [...both].sort((x, y) => Math.abs(change(y)) - Math.abs(change(x))) : matches;
  const odd = useMemo(() => ({ a: marked(facts.a), b: marked(facts.b) }), [facts.a, facts.b]);
  const toggle = (m: Match) => { const next = new Set(open); if (!next.delete(m)) next.add(m); setOpen(next); };
  useEffect(() => setRows(ROWS_FIRST), [part]);
  const tab = (name: Part, text: string) => <button role="tab" aria-selected={part === name} class="tab" onClick={() => setPart(name)}>{text}</button>;
  return (
    <>
      <p class="sentence verdict"><Verdict trees={trees} both={both.length} onlyA={onlyA.length} onlyB={onlyB.length} values={values} spans={valued.length} /></p>
      <div class="tools"><div class="tabs" role="tablist" aria-label="What differs">
        {tab('all', `All ${count(matches.length)} spans`)}{tab('structure', `Structure ${count(onlyA.length + onlyB.length)}`)}{tab('time', 'Time')}{tab('values', `Values ${count(values)}`)}</div></div>
      <table class="stack pairs">
        <thead><tr><th>Span</th><th class="num"><b class="letter a">A</b></th><th class="num"><b class="letter b">B</b></th><th class="num">B − A</th><th class="hide-s"><span class="vh">difference</span></th><th class="num">Values</th></tr></thead>
        <tbody>{list.slice(0, rows).map((m) => {
          const node = (m.a ?? m.b)!;
          const delta = change(m);
          const shown = open.has(m) || (part === 'values');
          const unusual = m.a && m.b && m.differing.some((d) => odd.a.has(m.a!.span.spanID + d.key) || odd.b.has(m.b!.span.spanID + d.key));
          return [
            <tr key={(m.a?.span.spanID ?? '') + '/' + (m.b?.span.spanID ?? '')} class={m.a && m.b ? '' : 'lone'}>
              <td class="head"><span class="pname" style={{ '--d': part === 'all' ? m.depth : 0 }}><Svc name={node.service} short />{node.error ? <Glyph name="error" label="error" /> : null}
                <span class="op">{node.span.operationName}</span>{m.a && m.b ? null : <span class="chip">only in {m.a ? 'A' : 'B'}</span>}</span></td>
              <td class="num" data-l="A">{m.a ? duration(m.a.span.duration) : '–'}</td><td class="num" data-l="B">{m.b ? duration(m.b.span.duration) : '–'}</td>
              <td class="num" data-l="B − A">{m.a && m.b ? `${delta > 0 ? '+' : delta < 0 ? '−' : ''}${duration(Math.abs(delta))}` : ''}</td>
              <td class="hide-s delta">{m.a && m.b ? <svg width="100%" height="12" aria-hidden="true"><line x1="50%" x2="50%" y1="0" y2="12" stroke="var(--rule-2)" />
                <rect x={`${delta < 0 ? 50 - (Math.abs(delta) / most) * 50 : 50}%`} width={`${(Math.abs(delta) / most) * 50}%`} y="3" height="6" fill={delta > 0 ? 'var(--slow)' : 'var(--right)'} /></svg> : null}</td>
              <td class="num" data-l="Values">{m.differing.length > 0
                ? <button class="btn bare link" aria-expanded={shown} onClick={() => toggle(m)}>{unusual ? <Glyph name="unusual" label="unusual" /> : null} {count(m.differing.length)} {m.differing.length === 1 ? 'differs' : 'differ'}</button>
                : m.a && m.b ? <span class="dim">equal</span> : null}</td>
            </tr>,
            shown && m.a && m.b ? <tr class="plain pairdetail" key={`${m.a.span.spanID}/v`}><td colSpan={6}><Values match={m} odd={odd} /></td></tr> : null,
          ];
        })}</tbody>
      </table>
      {list.length === 0 ? <p class="gloss tight">{part === 'structure' ? 'Both traces have the same spans in the same places.' : 'No value differs.'}</p> : null}
      {list.length > rows ? <p class="tight"><button class="btn" onClick={() => setRows(rows + 2000)}>{count(list.length - rows)} more spans</button></p> : null}
    </>
  );
}

function Verdict({ trees, both, onlyA, onlyB, values, spans }: { trees: { a: Tree | null; b: Tree | null }; both: number; onlyA: number; onlyB: number; values: number; spans: number }) {
  if (!trees.a || !trees.b) return <>Only one trace is named: all its {count(onlyA + onlyB)} spans stand alone.</>;
  const ratio = trees.b.duration / trees.a.duration;
  const slower = ratio >= 1.05 ? `B took ${duration(trees.b.duration)}, ${ratio.toFixed(ratio < 10 ? 1 : 0)} times A’s ${duration(trees.a.duration)}.`
    : ratio <= 0.95 ? `A took ${duration(trees.a.duration)}, ${(1 / ratio).toFixed(1 / ratio < 10 ? 1 : 0)} times B’s ${duration(trees.b.duration)}.` : `Both took about ${duration(trees.a.duration)}.`;
  return (
    <>
      {onlyA + onlyB === 0 ? `All ${count(both)} spans are in both. ` : `${count(both)} spans are in both, ${count(onlyA)} only in A, ${count(onlyB)} only in B. `}
      {values === 0 ? 'No value differs. ' : `${count(values)} ${values === 1 ? 'value differs' : 'values differ'} in ${count(spans)} ${spans === 1 ? 'span' : 'spans'}. `}{slower}
    </>
  );
}

/** Of two numbers, how much the second is more or less. */
function numeric(d: ValueDifference) {
  const [a, b] = [Number(d.a), Number(d.b)];
  if (!d.a || !d.b || !Number.isFinite(a) || !Number.isFinite(b) || Math.abs(a) > 2 ** 53 || Math.abs(b) > 2 ** 53) return null;
  const by = b - a;
  return <span class="dim small nw"> {by > 0 ? '+' : '−'}{figure(Math.abs(by))}{a !== 0 ? ` (${by > 0 ? '+' : '−'}${Math.abs((by / a) * 100).toFixed(0)} %)` : ''}</span>;
}

const marked = (facts: UnusualFact[]) => new Map(facts.map((f) => [f.span_id + f.attribute, f]));

function Values({ match, odd }: { match: Match; odd: { a: Map<string, UnusualFact>; b: Map<string, UnusualFact> } }) {
  return (
    <>
      <table class="pair nohover">
        <colgroup><col class="k" /><col /><col /></colgroup>
        <thead><tr><th><span class="vh">attribute</span></th><th><b class="letter a">A</b> <code class="dim">{shortId(match.a!.span.spanID)}</code></th><th><b class="letter b">B</b> <code class="dim">{shortId(match.b!.span.spanID)}</code></th></tr></thead>
        <tbody>{match.differing.map((d) => {
          const fact = { a: odd.a.get(match.a!.span.spanID + d.key), b: odd.b.get(match.b!.span.spanID + d.key) };
          const note = (f: UnusualFact | undefined) => (f ? <div class="small c-unusual"><Glyph name="unusual" /> usually {f.usual}</div> : null);
          return (
            <tr key={d.from + d.key} class={fact.a || fact.b ? 'diff' : ''}>
              <td><code>{d.key}</code>{d.from === 'resource' ? <span class="dim small"> resource</span> : null}</td>
              <td><Differing own={d.a} other={d.b} />{note(fact.a)}</td><td><Differing own={d.b} other={d.a} right />{numeric(d)}{note(fact.b)}</td>
            </tr>
          );
        })}</tbody>
      </table>
      {match.equal > 0 ? <p class="dim small tight">{count(match.equal)} more are equal.</p> : null}
    </>
  );
}
