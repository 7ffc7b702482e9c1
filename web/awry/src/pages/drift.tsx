// What models answer, over time: has the mix of answers, the confidence or an input moved, and since when.
import { useEffect, useState } from 'preact/hooks';
import { getDrift } from '../charts/api';
import type { DriftAnswer, DriftModel, DriftTest, DriftWindow, Stretch } from '../charts/api';
import { LOOKBACKS, Lookback, Waiting, setParams } from '../charts/parts';
import { TimeChart } from '../charts/timechart';
import { count, nsToMs, percent, when } from '../format';
import { useLoad } from '../load';
import { Probability } from '../parts/cause';
import { Glyph, Say, Svc } from '../parts/marks';
import { Sentence } from '../parts/sentence';
import { usePlace } from '../route';
import { short } from '../trace/cut';

export function Drift() {
  const { params } = usePlace();
  const lookback = params.get('lookback') ?? LOOKBACKS[5]![0];
  const service = params.get('service') ?? '', model = params.get('model') ?? '';
  const load = useLoad(() => getDrift(service, model, lookback), [service, model, lookback], 60_000);
  useEffect(() => { document.title = 'Drift · Awry'; }, []);
  const alarms = load.data?.tests.filter((t) => t.alarm) ?? [];
  return (
    <main>
      <div class="pagehead"><h1>{load.data === null ? 'Drift' : alarms.length === 0 ? 'Nothing has drifted' : alarms.length === 1 ? 'One thing has drifted' : `${alarms.length} things have drifted`}</h1>
        {load.data ? <p>{lookedAt(load.data)}</p> : null}
        <span class="acts end"><Chooser answer={load.data} service={service} model={model} /><Lookback value={lookback} set={(v) => setParams({ lookback: v })} /></span></div>
      <Waiting load={load} what="drift" />
      {load.data ? <Shown answer={load.data} alarms={alarms} /> : null}
    </main>
  );
}

function lookedAt({ models, looked_at: at }: DriftAnswer): string {
  const predictions = models.reduce((sum, m) => sum + m.windows.reduce((n, w) => n + w.count, 0), 0);
  const sampled = at.sampled_of !== undefined && at.sampled_of > 1 ? `, one in ${count(at.sampled_of)} looked at` : '';
  return `${count(predictions)} predictions of ${count(models.length)} ${models.length === 1 ? 'model' : 'models'}, ${count(at.tests)} tests${sampled}`;
}

function Chooser({ answer, service, model }: { answer: DriftAnswer | null; service: string; model: string }) {
  const list = [...new Set([model, ...(answer?.models.map((m) => m.version) ?? [])])].filter(Boolean).sort();
  const services = [...new Set([service, ...(answer?.models.map((m) => m.service) ?? [])])].filter(Boolean).sort();
  const pick = (name: string, value: string, values: string[], all: string) => (values.length < 2 && value === '' ? null : (
    <label class="check">{name} <select class="field" value={value} onChange={(e) => setParams({ [name.toLowerCase()]: e.currentTarget.value })}><option value="">{all}</option>{values.map((v) => <option key={v} value={v}>{short(v)}</option>)}</select></label>));
  return <>{pick('Service', service, services, 'all services')}{pick('Model', model, list, 'all versions')}</>;
}

const ALARMS_FIRST = 3;

function Shown({ answer, alarms }: { answer: DriftAnswer; alarms: DriftTest[] }) {
  const { notes } = answer.looked_at;
  const quiet = answer.tests.filter((t) => !t.alarm);
  return (
    <>
      {answer.models.length === 0 ? (
        <Say state="No models" title="No prediction was seen in this time" first>
          <p class="gloss">A prediction is a span with <code>prediction.category</code>; its <code>prediction.confidence</code>, <code>model.version</code> and <code>features.…</code> are looked at with it.</p>
        </Say>) : null}
      {alarms.slice(0, ALARMS_FIRST).map((t, i) => <Alarm key={i} test={t} first={i === 0} />)}
      {alarms.length > ALARMS_FIRST ? <Tests title="Drifted, too" gloss="open one to see its values" tests={alarms.slice(ALARMS_FIRST)} /> : null}
      {notes.length > 0 ? <section class="sec"><div class="rail"><h2>Notes</h2></div><ul>{notes.map((n) => <li key={n} class="gloss"><Sentence text={n} /></li>)}</ul></section> : null}
      {answer.models.map((m) => <Model key={`${m.service}\0${m.span}\0${m.version}`} model={m} />)}
      {quiet.length > 0 ? <Tests title="Steady" gloss="tested, and not told apart from before" tests={quiet} /> : null}
    </>
  );
}

const p = (value: number | null) => (value === null ? '–' : <Probability p={value} />);

function Alarm({ test, first }: { test: DriftTest; first: boolean }) {
  const moved = [...test.bins].sort((a, b) => Math.abs(b.now - b.baseline) - Math.abs(a.now - a.baseline))[0];
  return (
    <article class={`sec${first ? ' first' : ''}`}>
      <div class="rail"><h2 class="state c-unusual"><Glyph name="unusual" />Drifted</h2>
        <dl>{test.since_ns ? <div><dt>Since</dt><dd><b>{when(nsToMs(test.since_ns))}</b></dd></div> : null}<div><dt>Where</dt><dd><Svc name={test.service} /></dd></div><div><dt>Version</dt><dd><code>{short(test.version) || 'none'}</code></dd></div></dl></div>
      <div>
        <p class="sentence"><code>{test.attribute}</code> of <code>{test.span}</code> is not what it was{moved ? <>: <code>{short(moved.label)}</code> in {times(moved.now, test.now)} of {count(test.now.count)}, before in {times(moved.baseline, test.baseline)} of {count(test.baseline.count)}</> : null}.</p>
        <p class="gloss">{test.baseline.what ? `Compared with ${test.baseline.what}. ` : ''}Population stability {test.psi?.toFixed(2) ?? '–'}, Jensen–Shannon {test.js?.toFixed(3) ?? '–'}; p = {p(test.p_value)} over all windows and features tried.</p>
        <Bins test={test} />
      </div>
    </article>
  );
}

/** How many of a stretch a share is. */
const times = (part: number, of: Stretch) => count(Math.round(part * of.count));
const figure = (part: number, of: Stretch) => `${times(part, of)}, ${(part * 100).toFixed(1)} %`;
const BINS_FIRST = 12;

/** Before (ring) and now (square) of each value, on one axis from 0. */
function Bins({ test }: { test: DriftTest }) {
  const [all, showAll] = useState(false);
  const sorted = test.kind === 'categorical' ? [...test.bins].sort((a, b) => Math.max(b.now, b.baseline) - Math.max(a.now, a.baseline)) : test.bins;
  const list = all ? sorted : sorted.slice(0, BINS_FIRST);
  const most = Math.max(0.05, ...test.bins.map((b) => Math.max(b.baseline, b.now)));
  const axis = Math.min(1, Math.ceil(most * 20) / 20);
  return (
    <section class="block"><h3>{test.kind === 'categorical' ? 'Values' : 'Ranges'} <span>share before (ring) and now (square), 0–{(axis * 100).toFixed(0)} %</span></h3>
      <table class="stack bins nohover"><thead><tr><th>{test.attribute}</th><th class="num">Before</th><th class="num">Now</th><th><span class="vh">plot</span></th></tr></thead>
        <tbody>{list.map((b) => {
          const { baseline: then, now } = b;
          const x = (v: number) => `${(v / axis) * 100}%`;
          return (
            <tr key={b.label}><td class="head"><code>{short(b.label)}</code></td><td class="num" data-l="before">{figure(then, test.baseline)}</td><td class="num" data-l="now">{figure(now, test.now)}</td>
              <td class="plotcell"><svg width="100%" height="18" aria-hidden="true"><line x1="0" x2="100%" y1="9" y2="9" stroke="var(--rule)" /><line x1={x(then)} x2={x(now)} y1="9" y2="9" stroke="var(--ink-2)" stroke-width="1.5" />
                <circle cx={x(then)} cy="9" r="4" fill="var(--paper)" stroke="var(--ink-2)" stroke-width="1.6" /><svg x={x(now)} y="9" overflow="visible"><rect x="-4" y="-4" width="8" height="8" fill={test.alarm ? 'var(--unusual)' : 'var(--ink)'} /></svg></svg></td></tr>
          );
        })}</tbody></table>
      {sorted.length > list.length ? <button class="link" onClick={() => showAll(true)}>{count(sorted.length - list.length)} more</button> : null}
    </section>
  );
}

const CATEGORIES_FIRST = 12;

/** Without the empty windows before the first prediction and after the last. */
function between(windows: DriftWindow[]): DriftWindow[] {
  const full = windows.flatMap((w, i) => (w.count > 0 ? [i] : []));
  return full.length === 0 ? [] : windows.slice(full[0], full[full.length - 1]! + 1);
}

function Model({ model }: { model: DriftModel }) {
  const [all, showAll] = useState(false);
  const windows = between(model.windows);
  const totals = new Map<string, number>();
  for (const w of windows) for (const [name, n] of Object.entries(w.categories)) totals.set(name, (totals.get(name) ?? 0) + n);
  const names = [...totals].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const sum = windows.reduce((n, w) => n + w.count, 0);
  const shareOf = (name: string) => windows.map((w) => (w.count > 0 ? (w.categories[name] ?? 0) / w.count : null));
  const most = Math.max(0.01, ...names.flatMap((n) => shareOf(n).map((v) => v ?? 0)));
  const at = windows.map((w) => nsToMs(w.start_ns));
  const shown = all ? names : names.slice(0, CATEGORIES_FIRST);
  return (
    <section class="sec"><div class="rail"><h2><Svc name={model.service} /></h2><p>{short(model.span)}</p><p>version <b>{short(model.version) || 'none'}</b></p><p><b>{count(sum)}</b> predictions</p></div>
      <div>
        <h3>Answers <span class="dim light">share of predictions in each window, 0–{(most * 100).toFixed(0)} %, {at.length > 0 ? `${when(at[0]!)} to ${when(nsToMs(windows[windows.length - 1]!.end_ns))}` : ''}</span></h3>
        <table class="stack bins nohover"><thead><tr><th>Answer</th><th class="num">All</th><th class="num">Last window</th><th><span class="vh">over time</span></th></tr></thead>
          <tbody>{shown.map((name) => {
            const last = windows[windows.length - 1];
            return (
              <tr key={name}><td class="head"><code>{short(name)}</code></td><td class="num" data-l="all">{count(totals.get(name)!)}, {percent(totals.get(name)!, sum)}</td><td class="num" data-l="last">{last ? <>{count(last.categories[name] ?? 0)}, {percent(last.categories[name] ?? 0, last.count)}</> : '–'}</td>
                <td class="plotcell"><Bars values={shareOf(name)} most={most} /></td></tr>);
          })}</tbody></table>
        {names.length > shown.length ? <button class="link" onClick={() => showAll(true)}>{count(names.length - shown.length)} more answers</button> : null}
        {windows.some((w) => w.confidence) ? <div class="charts one-wide"><TimeChart title="Confidence" at={at} most={1} show={(v) => (Math.abs(v) < 1e6 ? v.toFixed(2) : v.toExponential(2))} series={[
          { name: 'median', look: 'main', values: windows.map((w) => w.confidence?.p50 ?? null) }, { name: '90 %', look: 'second', values: windows.map((w) => w.confidence?.p90 ?? null) }, { name: '10 %', look: 'third', values: windows.map((w) => w.confidence?.p10 ?? null) }]} /></div> : null}
      </div></section>
  );
}

function Bars({ values, most }: { values: (number | null)[]; most: number }) {
  const width = 100 / Math.max(1, values.length);
  return (
    <svg width="100%" height="22" aria-hidden="true"><line x1="0" x2="100%" y1="21.5" y2="21.5" stroke="var(--rule)" />
      {values.map((v, i) => (v === null ? null : <rect key={i} x={`${i * width}%`} width={`${width * 0.86}%`} y={21 - (v / most) * 20} height={(v / most) * 20} fill="var(--ink-3)" />))}</svg>
  );
}

function Tests({ title, gloss, tests }: { title: string; gloss: string; tests: DriftTest[] }) {
  const [open, setOpen] = useState(-1);
  const [all, showAll] = useState(false);
  const list = [...tests].sort((a, b) => (a.p_value ?? 1) - (b.p_value ?? 1) || (b.psi ?? 0) - (a.psi ?? 0));
  return (
    <section class="sec"><div class="rail"><h2>{title}</h2><p>{gloss}</p></div>
      <div><table class="duo stack"><thead><tr><th>What</th><th>Where</th><th class="num hide-s">Before</th><th class="num hide-s">Now</th><th class="num">Stability</th><th class="num hide-s">Jensen–Shannon</th><th class="num">p</th></tr></thead>
        <tbody>{list.slice(0, all ? list.length : 20).map((t, i) => [
          <tr key={i}><td class="head"><button class="link" aria-expanded={open === i} onClick={() => setOpen(open === i ? -1 : i)}><code>{short(t.attribute)}</code></button></td><td class="full" data-l="where"><span class="lab"><Svc name={t.service} short /> {short(t.span)} <span class="dim">{short(t.version)}</span></span></td>
            <td class="num hide-s" data-l="before">{count(t.baseline.count)}</td><td class="num hide-s" data-l="now">{count(t.now.count)}</td><td class="num" data-l="stability">{t.psi?.toFixed(3) ?? '–'}</td><td class="num hide-s" data-l="Jensen–Shannon">{t.js?.toFixed(4) ?? '–'}</td><td class="num" data-l="p">{p(t.p_value)}</td></tr>,
          open === i ? <tr class="plain" key={`${i}d`}><td colSpan={7} class="wide"><Bins test={t} /></td></tr> : null,
        ])}</tbody></table>
        {list.length > 20 && !all ? <button class="link" onClick={() => showAll(true)}>{count(list.length - 20)} more tests</button> : null}</div></section>
  );
}
