// "This answer is wrong": labels a trace or one of its spans there and then, with what was expected.
import { useEffect, useRef, useState } from 'preact/hooks';
import { deleteLabel, putLabel } from '../api';
import type { Label } from '../api';
import { useKeys } from '../keys';
import { Glyph } from '../parts/marks';

const SOURCE = 'awry-ui';
type Verdicts = 'wrong' | 'right';

const own = (labels: Label[], spanId: string) => labels.filter((l) => l.source === SOURCE && (l.span_id ?? '') === spanId);

interface Subject { traceId: string; spanId?: string; labels: Label[]; changed: () => void }

/** Puts our label in place of the one we had; null takes it away. */
async function replace({ traceId, spanId, labels }: Subject, next: Partial<Label> & { label: Verdicts } | null): Promise<void> {
  for (const label of own(labels, spanId ?? '')) await deleteLabel(label.id);
  if (next) await putLabel({ trace_id: traceId, ...(spanId ? { span_id: spanId } : {}), source: SOURCE, ...next });
}

export function Verdict(subject: Subject & { asked: () => void }) {
  const { labels, changed } = subject;
  const whole = labels.filter((l) => !l.span_id);
  const mine = own(labels, '')[0] ?? whole[whole.length - 1];
  const [failed, fail] = useState('');
  const set = (label: Verdicts) => {
    const undo = own(labels, '').some((l) => l.label === label);
    replace(subject, undo ? null : { label }).then(() => { fail(''); changed(); if (!undo && label === 'wrong') subject.asked(); }, (e: Error) => fail(e.message));
  };
  useKeys('Label', [{ keys: ['l'], text: 'this answer is wrong', run: () => set('wrong') }]);
  const button = (label: Verdicts) => (
    <button class={`btn ${label[0]}`} aria-pressed={mine?.label === label} onClick={() => set(label)}><Glyph name={label} />{label}</button>
  );
  return <><span class="mid">This answer is</span><span class="seg">{button('wrong')}{button('right')}</span>{failed ? <span class="c-error" role="alert"><Glyph name="error" /> {failed}</span> : null}</>;
}

/** What it answered and what it should have: optional, and part of our label. */
export function Expected(subject: Subject & { answered: string; close: () => void }) {
  const mine = own(subject.labels, '').find((l) => l.label === 'wrong');
  const [form, setForm] = useState({ actual: subject.answered, expected: '', note: '' });
  const [failed, fail] = useState('');
  const touched = useRef(false);  // a label that arrives while one types takes nothing away
  useEffect(() => { if (mine && !touched.current) setForm({ actual: mine.actual ?? subject.answered, expected: mine.expected ?? '', note: mine.note ?? '' }); }, [mine?.id]);
  if (!mine) return null;
  const save = () => replace(subject, { label: 'wrong', ...Object.fromEntries(Object.entries(form).filter(([, v]) => v.trim() !== '')) })
    .then(() => { subject.changed(); subject.close(); }, (e: Error) => fail(e.message));
  const field = (name: 'actual' | 'expected' | 'note', text: string) => (
    <label>{text}<input class="field" value={form[name]} maxLength={1000} onInput={(e) => { const { value } = e.currentTarget; touched.current = true; setForm((before) => ({ ...before, [name]: value })); }} autoFocus={name === 'expected'} /></label>
  );
  return (
    <form class="expected" onSubmit={(e) => { e.preventDefault(); void save(); }}>
      {field('actual', 'It answered')}{field('expected', 'Right would have been')}{field('note', 'Note')}
      <span class="acts"><button class="btn main" type="submit">Save</button><button class="btn" type="button" onClick={subject.close}>Not now</button></span>
      {failed ? <p class="c-error" role="alert"><Glyph name="error" /> {failed}</p> : null}
    </form>
  );
}

export function LabelSpan(subject: Subject & { spanId: string }) {
  const mine = own(subject.labels, subject.spanId)[0];
  const [failed, fail] = useState('');
  const set = (label: Verdicts) => replace(subject, mine?.label === label ? null : { label }).then(() => { fail(''); subject.changed(); }, (e: Error) => fail(e.message));
  const button = (label: Verdicts) => (
    <button class="link" aria-pressed={mine?.label === label} onClick={() => void set(label)}><Glyph name={label} /> {mine?.label === label ? `labelled ${label}, undo` : `this span is ${label}`}</button>
  );
  return <>{button('wrong')}{button('right')}{failed ? <span class="c-error">{failed}</span> : null}</>;
}
