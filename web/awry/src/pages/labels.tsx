// Labels: what people and programs said about answers, with their traces.
import { useEffect, useMemo, useState } from 'preact/hooks';
import { deleteLabel, getLabels, putLabel } from '../api';
import type { Label } from '../api';
import { clock, count, day, isToday, shortId } from '../format';
import { useLoad } from '../load';
import { Failed } from '../parts/later';
import { Glyph, Loading, Say } from '../parts/marks';
import { address, go, usePlace } from '../route';

const ROWS_FIRST = 100;
const PERIOD_MS = 30_000;

export function Labels() {
  const { params } = usePlace();
  const labels = useLoad(() => getLabels(), [], PERIOD_MS);
  const [rows, setRows] = useState(ROWS_FIRST);
  const [gone, setGone] = useState<Label | null>(null);
  const [failed, fail] = useState('');
  const word = params.get('label') ?? '', source = params.get('source') ?? '', text = params.get('text') ?? '';
  const [typed, type] = useState(text);
  useEffect(() => { document.title = 'Labels · Awry'; }, []);
  const set = (part: Record<string, string>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(part)) { if (value) next.set(name, value); else next.delete(name); }
    go(`/labels${next.size > 0 ? `?${next}` : ''}`, true);
    setRows(ROWS_FIRST);
  };
  const all = useMemo(() => [...(labels.data ?? [])].sort((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? '')), [labels.data]);
  const list = useMemo(() => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return all.filter((l) => (word === '' || l.label === word) && (source === '' || (l.source ?? '') === source) &&
      words.every((w) => [l.trace_id, l.span_id, l.expected, l.actual, l.note, l.source].some((v) => v?.toLowerCase().includes(w))));
  }, [all, word, source, text]);
  const sources = [...new Set(all.map((l) => l.source ?? '').filter(Boolean))].sort();
  const wrong = all.filter((l) => l.label === 'wrong').length;
  const remove = (label: Label) => deleteLabel(label.id).then(() => { setGone(label); fail(''); labels.again(); }, (e: Error) => fail(e.message));
  const undo = () => {
    if (!gone) return;
    const { id: _, created_at: __, ...rest } = gone;
    putLabel(rest).then(() => { setGone(null); labels.again(); }, (e: Error) => fail(e.message));
  };
  return (
    <main>
      <div class="pagehead"><h1>{labels.data === null ? 'Labels' : all.length === 0 ? 'No labels yet' : `${count(all.length)} ${all.length === 1 ? 'label' : 'labels'}`}</h1>
        {all.length > 0 ? <p class="kv"><span class="lab"><Glyph name="wrong" />{count(wrong)} wrong</span><span class="lab"><Glyph name="right" />{count(all.length - wrong)} right</span></p> : null}
        {wrong > 0 ? <span class="end"><a class="btn" href={address(`/compare?${new URLSearchParams({ a: '{ label = wrong }', b: all.length - wrong >= 20 ? '{ label = right }' : '!{ label = wrong }' })}`)}>Why: wrong against {all.length - wrong >= 20 ? 'right' : 'the others'}</a></span> : null}</div>
      {labels.error ? <Failed error={labels.error} what="labels" at={labels.at} again={labels.again} /> : null}
      {labels.data === null && !labels.error ? <Loading /> : null}
      {labels.data !== null && all.length === 0 ? (
        <Say state="No labels" title="Nothing is labelled yet" first><p class="gloss">Say “this answer is wrong” on a trace, or send labels with <code>awry label</code>; one wrong answer is enough to ask why.</p>
          <p class="acts block"><a class="btn main" href={address('/search?lookback=all')}>Find a trace</a></p></Say>
      ) : null}
      {all.length > 0 ? (
        <>
          <Mixups labels={all} onPick={(actual) => { type(actual); set({ text: actual, label: 'wrong' }); }} />
          <form class="showbar filters" onSubmit={(e) => { e.preventDefault(); set({ text: typed.trim() }); }}>
            <label class="inline">Label <select class="field" value={word} onChange={(e) => set({ label: e.currentTarget.value })}><option value="">any</option><option value="wrong">wrong</option><option value="right">right</option></select></label>
            <label class="inline">Source <select class="field" value={source} onChange={(e) => set({ source: e.currentTarget.value })}><option value="">any</option>{sources.map((s) => <option key={s} value={s}>{s}</option>)}</select></label>
            <label class="inline">Text <input class="field" type="search" value={typed} placeholder="answer, note or trace id" onInput={(e) => type(e.currentTarget.value)} onChange={(e) => set({ text: e.currentTarget.value.trim() })} /></label>
            <span class="dim end">{count(list.length)} of {count(all.length)}</span>
          </form>
          <p class="pick" role="status" hidden={!gone && !failed}>{gone ? <><span>The label of <code>{shortId(gone.trace_id)}</code> is deleted.</span><button class="btn" onClick={undo}>Undo</button></> : null}{failed ? <span class="c-error">{failed}</span> : null}</p>
          <div class="ruled block"><table class="stack labels">
            <thead><tr><th>Label</th><th>Trace</th><th>Answered</th><th>Expected</th><th>Source</th><th>Note</th><th>When</th><th><span class="vh">delete</span></th></tr></thead>
            <tbody>{list.slice(0, rows).map((l) => {
              const ms = l.created_at ? Date.parse(l.created_at) : 0;
              return (
                <tr key={l.id}>
                  <td data-l="Label"><span class={`lab c-${l.label}`}><Glyph name={l.label} />{l.label}</span></td>
                  <td class="head"><a href={address(`/trace/${l.trace_id}${l.span_id ? `?uiFind=${l.span_id}` : ''}`)}><code>{shortId(l.trace_id)}</code></a>{l.span_id ? <span class="dim"> a span of it</span> : null}</td>
                  <td data-l="Answered">{l.actual ?? ''}</td><td data-l="Expected">{l.expected ?? ''}</td><td data-l="Source" class="mid">{l.source ?? ''}</td><td data-l="Note" class="mid">{l.note ?? ''}</td>
                  <td class="nw" data-l="When">{ms ? `${isToday(ms) ? '' : `${day(ms)} `}${clock(ms)}` : ''}</td>
                  <td class="num"><button class="btn bare link" onClick={() => void remove(l)} aria-label={`Delete the label of ${shortId(l.trace_id)}`}>Delete</button></td>
                </tr>
              );
            })}</tbody>
          </table></div>
          {list.length === 0 ? <p class="gloss tight">No label fits the filter.</p> : null}
          {list.length > rows ? <p class="tight"><button class="btn" onClick={() => setRows(rows + 500)}>{count(list.length - rows)} more</button></p> : null}
        </>
      ) : null}
    </main>
  );
}

/** What was answered instead of what, the most frequent first. */
function Mixups({ labels, onPick }: { labels: Label[]; onPick: (actual: string) => void }) {
  const counts = new Map<string, { actual: string; expected: string; n: number }>();
  for (const l of labels) {
    if (l.label !== 'wrong' || !l.actual || !l.expected) continue;
    const key = JSON.stringify([l.actual, l.expected]);
    const entry = counts.get(key) ?? { actual: l.actual, expected: l.expected, n: 0 };
    entry.n++;
    counts.set(key, entry);
  }
  const list = [...counts.values()].sort((a, b) => b.n - a.n);
  if (list.length < 2) return null;
  return (
    <section class="sec first">
      <div class="rail"><h2>Taken for another</h2><p>answered, not expected</p></div>
      <p class="kv">{list.slice(0, 12).map((m) => <button class="btn bare mix" key={m.actual + m.expected} onClick={() => onPick(m.actual)}><span class="c-wrong">{m.actual}</span> <span class="dim">not</span> {m.expected} <b>{count(m.n)}</b></button>)}
        {list.length > 12 ? <span class="dim">and {list.length - 12} other pairs</span> : null}</p>
    </section>
  );
}
