// Two groups of traces against each other: the cause that tells them apart, and every attribute whose values differ, tested.
import { useEffect, useState } from 'preact/hooks';
import { askWhyWatched, compareGroups } from '../api';
import type { Answer, Cause, Compared, ComparedAttribute } from '../api';
import type { Counted, Spread } from '../answers';
import { figure, ShareAxis, SharePlot, SpreadPlot } from '../compare/plots';
import { count, percent } from '../format';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { CauseView, Probability } from '../parts/cause';
import { Failed, Missing } from '../parts/later';
import { Glyph, Loading, Say } from '../parts/marks';
import type { GlyphName } from '../parts/marks';
import { QueryField, BadText } from '../parts/queryfield';
import { Sentence } from '../parts/sentence';
import { lookbackMs } from '../querytext';
import { address, go, usePlace } from '../route';

const WRONG = '{ label = wrong }', RIGHT = '{ label = right }';
const STARTS: [string, string, string][] = [
  ['Wrong against right', WRONG, RIGHT], ['Errors against the others', '{ status = error }', '!{ status = error }'],
  ['Wrong against all others', WRONG, '!{ label = wrong }'],
];
const LOOKBACKS: [string, string][] = [['all', 'All time'], ['15m', 'Last 15 minutes'], ['1h', 'Last hour'], ['6h', 'Last 6 hours'], ['24h', 'Last day'], ['7d', 'Last week'], ['4w', 'Last 4 weeks']];

const glyphOf = (query: string, side: 'a' | 'b'): GlyphName => (/label\s*=\s*wrong/.test(query) && !query.includes('!{') ? 'wrong' : /label\s*=\s*right/.test(query) ? 'right' : side === 'a' ? 'wrong' : 'right');
const nameOf = (query: string, side: 'a' | 'b') => (query.trim() === WRONG ? 'wrong' : query.trim() === RIGHT ? 'right' : query.trim() === '!{ label = wrong }' ? 'others' : side === 'a' ? 'group A' : 'group B');

export function Groups() {
  const { params } = usePlace();
  const a = params.get('a') ?? params.get('bad') ?? '', b = params.get('b') ?? params.get('good') ?? '';
  const [form, set] = useState({ a, b });
  useEffect(() => set({ a, b }), [a, b]);
  useEffect(() => { document.title = 'Compare groups · Awry'; }, []);
  const lookback = params.get('lookback') ?? (params.get('start') ? 'custom' : 'all');
  const ms = lookbackMs(lookback);
  const range: { start?: string; end?: string } = ms !== null ? { start: new Date(Date.now() - ms).toISOString() }
    : { ...(params.get('start') ? { start: params.get('start')! } : {}), ...(params.get('end') ? { end: params.get('end')! } : {}) };
  const link = (x: string, y: string, back = lookback) => `/compare?${new URLSearchParams({
    a: x, b: y, ...(back === 'custom' ? range : back === 'all' ? {} : { lookback: back }) })}`;
  const swap = () => go(link(b, a));
  useKeys('Comparing groups', [{ keys: ['x'], text: 'swap the two', run: () => { if (!a || !b) return false; swap(); return undefined; } }]);
  const key = JSON.stringify([a, b, lookback, params.get('start'), params.get('end')]);
  const asked = a !== '' && b !== '';
  const [going, progress] = useState({ step: '', done: 0 });
  const why = useLoad<Answer | null>(() => (asked ? askWhyWatched({ bad: a, good: b, ...range }, (step, done) => progress({ step, done })) : Promise.resolve(null)), [key]);
  const values = useLoad<Compared | null>(() => (asked ? compareGroups({ a, b, limit: 300, ...range }) : Promise.resolve(null)), [key]);
  const bad = [why.error, values.error].find((e) => e?.status === 400 && e.column !== undefined) ?? null;
  const empty = why.error?.status === 400 && why.error.message.includes('matches no trace') ? (why.error.message.includes(a.trim()) ? 'first' : 'second') : null;
  const sizes = { a: values.data?.a.traces ?? why.data?.traces.bad, b: values.data?.b.traces ?? why.data?.traces.good };
  return (
    <main>
      <div class="pagehead">
        <h1>{asked && sizes.a !== undefined ? `${count(sizes.a)} ${nameOf(a, 'a')} against ${count(sizes.b ?? 0)} ${nameOf(b, 'b')}` : 'Compare two groups'}</h1>
        <span class="end acts">
          <label class="inline">Within <select class="field" value={lookback} onChange={(e) => go(link(a, b, e.currentTarget.value))}>
            {LOOKBACKS.map(([v, name]) => <option key={v} value={v}>{name}</option>)}{LOOKBACKS.some(([v]) => v === lookback) ? null : <option value={lookback}>From the link</option>}</select></label>
          <button class="btn" onClick={swap} disabled={!asked}>Swap</button>
          <a class="btn bare" href={address('/trace/...')}>Compare two traces</a></span>
      </div>
      <form class="groups" onSubmit={(e) => { e.preventDefault(); go(link(form.a, form.b)); }}>
        {(['a', 'b'] as const).map((side) => [
          <label class="lab" for={`q-${side}`} key={`${side}l`}><Glyph name={glyphOf(side === 'a' ? a : b, side)} />{nameOf(side === 'a' ? a : b, side)}</label>,
          <QueryField key={`${side}q`} id={`q-${side}`} rows={1} value={form[side]} placeholder={side === 'a' ? WRONG : RIGHT}
            onInput={(text) => set((f) => ({ ...f, [side]: text }))} onSubmit={() => go(link(side === 'a' ? form.a : form.a, form.b))} />,
          <span class="nw" key={`${side}s`}>{asked && sizes[side] !== undefined ? <a href={address(`/search?${new URLSearchParams({ query: side === 'a' ? a : b, lookback: lookback === 'custom' ? 'all' : lookback })}`)}>{count(sizes[side]!)} traces</a> : ''}</span>,
        ])}
        <span /><span class="acts"><button class="btn main" type="submit">Compare</button>
          {STARTS.map(([text, x, y]) => <button type="button" class="btn bare link" key={text} onClick={() => go(link(x, y))}>{text}</button>)}</span><span />
      </form>
      {!asked ? <Say state="Two queries" title="What tells two groups apart?" first><p class="gloss">The first query finds the traces that went wrong, the second those that did not. Every attribute and relation of theirs is tested.</p></Say>
        : bad ? <Say state="Bad query" glyph="error" title="A query does not parse" first><BadText text={values.error?.message.startsWith('b') ? b : a} bad={bad} /></Say>
        : empty ? <Say state="Nothing" title={`No trace is in the ${empty} group`} first><p class="gloss">Try a longer time, or another query.</p></Say>
        : <><Causes why={why} going={going} few={(sizes.b ?? 20) < 20 && a !== '' ? address(link(a, `!${a.startsWith('{') ? a : `{ ${a} }`}`)) : null} /><Values values={values} a={a} b={b} /></>}
    </main>
  );
}

function Causes({ why, going, few }: { why: ReturnType<typeof useLoad<Answer | null>>; going: { step: string; done: number }; few: string | null }) {
  const [open, show] = useState<number | null>(0);
  if (why.error) return <Failed error={why.error} what="the search for causes" at={why.at} again={why.again} />;
  if (!why.data) {
    return (
      <Say state="Searching" busy title="Comparing the two groups" first>
        <div class="prog" role="progressbar" aria-label="Search for causes" aria-valuenow={Math.round(going.done * 100)}><i style={{ width: `${going.done * 100}%` }} /></div>
        <p class="gloss">{going.step ? `${going.step[0]!.toUpperCase()}${going.step.slice(1)}. ` : ''}Relations between attributes come last.</p></Say>
    );
  }
  const { causes, searched, traces } = why.data;
  const real = causes.filter((c) => c.kind !== 'context');
  const context = causes.filter((c) => c.kind === 'context');
  if (traces.bad === 0 || traces.good === 0) return <Say state="Nothing" title={`No trace is in ${traces.bad === 0 ? 'the first' : 'the second'} group`} first><p class="gloss">Try a longer time, or another query.</p></Say>;
  const tried = `${count(searched.facts)} facts and ${count(searched.relations)} relations tested`;
  return (
    <>
      <section class="sec first">
        <div class="rail"><p class="state">{real.length > 0 ? <Glyph name="wrong" /> : <Glyph name="none" />}{real.length === 0 ? 'No cause' : real.length === 1 ? 'One cause' : `${real.length} causes`}</p><p>{tried}</p></div>
        <div>
          {real.length === 0 ? <><p class="sentence">No fact separates the groups after correction for everything tried.</p></>
            : <p class="sentence"><Sentence text={real[0]!.statement} /></p>}
          {(searched.notes ?? []).map((n) => <p class="gloss" key={n}>{n}</p>)}
          {real.length === 0 && few ? <p class="acts tight"><a class="btn" href={few}>Against all others</a></p> : null}
        </div>
      </section>
      {real.length > 0 || searched.too_weak.length > 0 ? (
        <table class="db stack">
          <thead><tr><th class="rk">#</th><th>Fact</th><th class="num"><Glyph name="wrong" /> A</th><th class="num"><Glyph name="right" /> B</th><th class="plot"><ShareAxis /></th><th class="num">Odds ratio (95 %)</th><th class="num">p, corrected</th></tr></thead>
          <tbody>
            {real.length > 0 ? <Group name={real.length === 1 ? 'Cause' : 'Causes'} note="each survives conditioning on everything else" /> : null}
            {real.map((c, i) => <CauseRow key={c.statement} cause={c} rank={i + 1} open={open === i} toggle={() => show(open === i ? null : i)} />)}
            {context.length > 0 ? <Group name="Context" note="begins with it; no cause by itself" /> : null}
            {context.map((c, i) => <CauseRow key={c.statement} cause={c} rank={real.length + i + 1} open={false} toggle={() => undefined} />)}
            {searched.too_weak.length > 0 ? <Group name="Too weak to name" note="after correction for everything tried" /> : null}
            {searched.too_weak.slice(0, 8).map((t) => <tr key={t}><td class="rk hide-s" /><td class="head" colSpan={6}><span class="mid"><Sentence text={t} /></span></td></tr>)}
          </tbody>
        </table>
      ) : null}
      {real.length > 0 ? <p class="dim tight"><CopyMarkdown causes={real} why={why.data} /></p> : null}
    </>
  );
}

const Group = ({ name, note }: { name: string; note: string }) => <tr class="grp plain"><td class="hide-s" /><td colSpan={6}>{name} <span class="dim light">{note}</span></td></tr>;

function CauseRow({ cause, rank, open, toggle }: { cause: Cause; rank: number; open: boolean; toggle: () => void }) {
  return (
    <>
      <tr>
        <td class="rk hide-s">{rank}</td>
        <td class="head"><span class="dim">{cause.span.service} · {cause.span.name}</span><br /><button class="fact-name" aria-expanded={open} onClick={toggle}>{cause.attributes.map((x, i) => <code key={x + i}>{i > 0 ? ', ' : ''}{x}</code>)}</button></td>
        <td class="num" data-l="A">{count(cause.bad.with)} of {count(cause.bad.of)}</td><td class="num" data-l="B">{count(cause.good.with)} of {count(cause.good.of)}</td>
        <td class="plot wide"><SharePlot a={cause.bad} b={cause.good} /></td>
        <td class="num" data-l="odds ratio (95 %)">{cause.odds_ratio ? <span class="v">{cause.odds_ratio.value.toFixed(0)} <span class="dim">({cause.odds_ratio.lo.toFixed(0)}–{cause.odds_ratio.hi.toFixed(0)})</span></span> : '–'}</td>
        <td class="num" data-l="p, corrected"><span class="v"><Probability p={cause.p_value} /></span></td>
      </tr>
      {open ? <tr class="plain"><td class="hide-s" /><td colSpan={6} class="opened"><CauseView cause={cause} /></td></tr> : null}
    </>
  );
}

function CopyMarkdown({ causes, why }: { causes: Cause[]; why: Answer }) {
  const [done, set] = useState(false);
  const text = () => [`${why.traces.bad} against ${why.traces.good} traces; ${why.searched.facts} facts and ${why.searched.relations} relations tested.`, '',
    '| # | fact | A | B | p, corrected |', '| --- | --- | --- | --- | --- |',
    ...causes.map((c, i) => `| ${i + 1} | ${c.statement.replace(/\|/g, '\\|')} | ${c.bad.with} of ${c.bad.of} | ${c.good.with} of ${c.good.of} | ${c.p_value.toPrecision(2)} |`)].join('\n');
  return <button class="btn bare link" onClick={() => void navigator.clipboard?.writeText(text()).then(() => set(true))}>{done ? 'Copied' : 'Copy as Markdown'}</button>;
}

const SIGNIFICANT = 0.05;

function Values({ values, a, b }: { values: ReturnType<typeof useLoad<Compared | null>>; a: string; b: string }) {
  const [all, show] = useState(false);
  if (values.error) return values.error.status === 404 || values.error.status === 405 ? <Missing what="the comparison of values" /> : <Failed error={values.error} what="the comparison of values" at={values.at} again={values.again} />;
  if (!values.data) return <Loading />;
  const { attributes, tried, complete, notes } = values.data;
  const real = attributes.filter((x) => x.q_value <= SIGNIFICANT);
  const list = all ? attributes : real;
  return (
    <section aria-labelledby="h-values">
      <div class="pagehead lower"><h2 id="h-values" class="h1">{real.length === 0 ? 'No attribute differs' : `${count(real.length)} ${real.length === 1 ? 'attribute differs' : 'attributes differ'}`}</h2>
        <p>of {count(tried)} tested one by one, q ≤ {SIGNIFICANT} (Benjamini–Yekutieli){complete ? '' : '; of the newest 20,000 traces a side'}</p></div>
      {list.length > 0 ? (
        <table class="db stack values">
          <thead><tr><th>Attribute</th><th>Value</th><th class="num"><Glyph name={glyphOf(a, 'a')} /> A</th><th class="num"><Glyph name={glyphOf(b, 'b')} /> B</th><th class="plot"><span class="vh">plot</span></th><th class="num">Effect</th><th class="num">q</th></tr></thead>
          <tbody>{list.map((x) => <AttributeRow key={x.span.service + x.span.name + x.key} x={x} sizes={{ a: values.data!.a.traces, b: values.data!.b.traces }} />)}</tbody>
        </table>
      ) : null}
      {notes.map((n) => <p class="dim tight" key={n}>{n}</p>)}
      {!all && attributes.length > real.length ? <p class="tight"><button class="btn" onClick={() => show(true)}>Show {count(attributes.length - real.length)} that do not differ</button></p> : null}
    </section>
  );
}

const VALUES_MAX = 3;

function AttributeRow({ x, sizes }: { x: ComparedAttribute; sizes: { a: number; b: number } }) {
  const head = <td class="head"><span class="dim">{x.span.service} · {x.span.name}</span><br /><code>{x.key}</code></td>;
  const tail = [<td class="num" data-l="effect" key="e">{x.effect.toFixed(2)}</td>, <td class="num" data-l="q" key="q"><span class="v"><Probability p={x.q_value} /></span></td>];
  if (x.kind === 'numeric') {
    const [a, b] = [x.a as Spread, x.b as Spread];
    return <tr>{head}<td class="dim" data-l="median of">{count(a.count)} and {count(b.count)}</td><td class="num" data-l="A"><code>{figure(a.p50)}</code></td><td class="num" data-l="B"><code>{figure(b.p50)}</code></td>
      <td class="plot wide"><SpreadPlot a={a} b={b} /></td>{tail}</tr>;
  }
  const rows = differing(x.a as Counted[], x.b as Counted[], sizes);
  return (
    <tr>{head}
      <td data-l="value"><ul>{rows.map((r) => <li key={r.name} class="one22"><code class={r.plain ? '' : 'dim'}>{r.name}</code></li>)}</ul></td>
      <td class="num" data-l="A"><ul>{rows.map((r) => <li key={r.name}>{percent(r.a.with, r.a.of)}</li>)}</ul></td>
      <td class="num" data-l="B"><ul>{rows.map((r) => <li key={r.name}>{percent(r.b.with, r.b.of)}</li>)}</ul></td>
      <td class="plot wide"><ul>{rows.map((r) => <li key={r.name}><SharePlot a={r.a} b={r.b} /></li>)}</ul></td>{tail}</tr>
  );
}

/** The values whose shares differ most. */
function differing(a: Counted[], b: Counted[], sizes: { a: number; b: number }) {
  const name = (c: Counted) => (c.other ? String(c.value) : c.value === null ? 'missing' : String(c.value));
  const total = (list: Counted[], size: number) => Math.max(size, list.reduce((sum, c) => sum + c.count, 0), 1);
  const of = { a: total(a, sizes.a), b: total(b, sizes.b) };
  const names = new Map<string, boolean>();
  for (const c of [...a, ...b]) names.set(name(c), c.value !== null && !c.other);
  return [...names].map(([text, plain]) => {
    const share = (list: Counted[], all: number) => ({ with: list.find((c) => name(c) === text)?.count ?? 0, of: all });
    return { name: text, plain, a: share(a, of.a), b: share(b, of.b) };
  }).sort((x, y) => Math.abs(y.a.with / y.a.of - y.b.with / y.b.of) - Math.abs(x.a.with / x.a.of - x.b.with / x.b.of)).slice(0, VALUES_MAX);
}
