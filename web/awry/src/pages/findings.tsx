// The front page: the causes that stand, each as a sentence with its evidence; then checks, instrumentation, intake.
import { useEffect, useRef, useState } from 'preact/hooks';
import { getChecks, getFindings, getLabels, getStatus, patchFinding } from '../api';
import type { Cause, Finding, FindingState } from '../api';
import { count, span, when } from '../format';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { CauseView } from '../parts/cause';
import { EmptyStore } from '../parts/empty';
import { ChecksPart, InstrumentationPart, IntakePart } from '../parts/health';
import { Away, Glyph, Loading, Say, Svc } from '../parts/marks';
import { Sentence } from '../parts/sentence';
import { address, go } from '../route';

export { CauseView } from '../parts/cause';
export { EmptyStore } from '../parts/empty';

const PERIOD_MS = 5000;
const stands = (f: Finding) => f.state === 'new' || f.state === 'confirmed';

export function Findings({ onStanding }: { onStanding: (n: number) => void }) {
  const findings = useLoad(getFindings, [], PERIOD_MS);
  const list = findings.data ?? [];
  const standing = list.filter(stands);
  const ended = list.filter((f) => !stands(f));
  useEffect(() => { if (findings.data) onStanding(standing.length); }, [findings.data, standing.length]);
  useEffect(() => { document.title = `${standing.length > 0 ? `${standing.length} · ` : ''}Findings · Awry`; }, [standing.length]);
  return (
    <main>
      <div class="pagehead">
        <h1>{findings.data === null ? 'Findings' : title(standing.length)}</h1>
        {standing[0] ? <p>{explains(standing[0].cause, standing.length)}</p> : null}
        <span class="end dim nw">{findings.at > 0 ? `as of ${new Date(findings.at).toLocaleTimeString('en-GB')}` : ''}</span>
      </div>
      {findings.error ? <Away message={findings.error.message} at={findings.at} again={findings.again} /> : null}
      {findings.data === null && !findings.error ? <Loading /> : null}
      {standing.map((f, i) => <Standing key={f.id} finding={f} first={i === 0 && !findings.error} changed={findings.again} keys={i === 0} />)}
      {findings.data !== null && standing.length === 0 ? <Quiet ended={ended} /> : null}
      <Ends list={ended} changed={findings.again} />
      <ChecksPart />
      <InstrumentationPart />
      <IntakePart everyMs={PERIOD_MS} />
    </main>
  );
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];
const title = (n: number) => (n === 1 ? 'One cause stands' : n === 0 ? 'No cause stands' : `${NUMBERS[n] ?? n} causes stand`);

function explains(cause: Cause, causes: number): string {
  const rest = cause.bad.of - cause.bad.with;
  return `${causes === 1 ? 'It' : 'The first'} explains ${count(cause.bad.with)} of the ${count(cause.bad.of)} answers labelled wrong. ` +
    (rest === 0 ? 'None is unexplained.' : `${count(rest)} ${rest === 1 ? 'is' : 'are'} unexplained${causes === 1 ? '' : ' by it'}.`);
}

function Standing({ finding, first, changed, keys }: { finding: Finding; first: boolean; changed: () => void; keys: boolean }) {
  const { cause } = finding;
  const since = Date.parse(finding.since);
  const guards = finding.guards ?? finding.checks;
  return (
    <article class={`sec${first ? ' first' : ''}`} id={`finding-${finding.id}`}>
      <div class="rail">
        <p class="state c-wrong"><Glyph name="wrong" />{finding.state === 'confirmed' ? 'Confirmed' : 'Stands'}</p>
        <dl>
          <div><dt>Since</dt><dd><b>{when(since)}</b>, for {span(Date.now() - since)}</dd></div>
          <div><dt>Where</dt><dd><Svc name={cause.span.service} /></dd></div>
          <div><dt>Explains</dt><dd><b>{count(cause.bad.with)}</b> of {count(cause.bad.of)} wrong answers</dd></div>
          {guards.length > 0 ? <div><dt>Guarded by</dt><dd>{guards.map((g) => <a key={g} href={address(`/checks?check=${encodeURIComponent(g)}`)}><code>{g}</code></a>)}</dd></div> : null}
          {finding.note ? <div><dt>Note</dt><dd>{finding.note}</dd></div> : null}
        </dl>
      </div>
      <div>
        <CauseView cause={cause} actions={<Actions finding={finding} changed={changed} keys={keys} />} />
      </div>
    </article>
  );
}

function Actions({ finding, changed, keys }: { finding: Finding; changed: () => void; keys: boolean }) {
  const [failed, fail] = useState('');
  const [asking, ask] = useState(false);
  const [note, setNote] = useState('');
  const noteBox = useRef<HTMLInputElement>(null);
  const set = (state: FindingState, text?: string) => {
    patchFinding(finding.id, state, text).then(() => { fail(''); ask(false); changed(); }, (e: Error) => fail(e.message));
  };
  useEffect(() => { if (asking) noteBox.current?.focus(); }, [asking]);
  const guarded = (finding.guards ?? []).length > 0 || !finding.cause.check;
  const makeCheck = () => go(`/checks?finding=${encodeURIComponent(finding.id)}`);
  useKeys(keys ? 'On the first finding' : '', !keys ? [] : [
    ...(guarded ? [] : [{ keys: ['m'], text: 'make it a check', run: makeCheck }]),
    ...(finding.state === 'new' ? [{ keys: ['c'], text: 'confirm', run: () => set('confirmed') }] : []),
    { keys: ['x'], text: 'mark as fixed', run: () => set('fixed') },
    { keys: ['e'], text: 'dismiss, with a note', run: () => ask(true) },
  ]);
  const key = (name: string) => (keys ? <kbd class="hide-s" aria-hidden="true">{name}</kbd> : null);
  return (
    <div class="acts block">
      {guarded ? null : <button class="btn main" onClick={makeCheck}>Make it a check {key('m')}</button>}
      {finding.state === 'new' ? <button class={`btn${guarded ? ' main' : ''}`} onClick={() => set('confirmed')}>Confirm {key('c')}</button> : null}
      <button class="btn" onClick={() => set('fixed')}>Mark as fixed {key('x')}</button>
      {asking ? (
        <form class="acts" onSubmit={(e) => { e.preventDefault(); set('dismissed', note); }}
          onKeyDown={(e) => { if (e.key === 'Escape') ask(false); }}>
          <input class="field note" ref={noteBox} aria-label="Why is this no cause?" placeholder="Why is this no cause?" value={note} maxLength={2000}
            onInput={(e) => setNote(e.currentTarget.value)} />
          <button class="btn" type="submit">Dismiss</button><button class="btn bare" type="button" onClick={() => ask(false)}>Keep it</button>
        </form>
      ) : <button class="btn" onClick={() => ask(true)}>Dismiss… {key('e')}</button>}
      {failed ? <span class="c-error" role="alert"><Glyph name="error" /> {failed}</span> : null}
    </div>
  );
}

const ENDED_FIRST = 5;

function Ends({ list, changed }: { list: Finding[]; changed: () => void }) {
  const [all, show] = useState(false);
  const rest = list.length - ENDED_FIRST;
  return (
    <>
      {(all ? list : list.slice(0, ENDED_FIRST)).map((f) => <Ended key={f.id} finding={f} changed={changed} />)}
      {!all && rest > 0 ? <section class="sec"><div class="rail" /><p><button class="btn" onClick={() => show(true)}>{count(rest)} older</button></p></section> : null}
    </>
  );
}

function Ended({ finding, changed }: { finding: Finding; changed: () => void }) {
  const [failed, fail] = useState('');
  const [open, show] = useState(false);
  const fixed = finding.state === 'fixed';
  const at = Date.parse(finding.until ?? finding.since);
  return (
    <article class="sec">
      <div class="rail"><p class="state"><Glyph name={fixed ? 'right' : 'dismissed'} />{fixed ? 'Fixed' : 'Dismissed'}</p><p>{when(at)}</p></div>
      <div>
        {open ? <CauseView cause={finding.cause} /> : <p class="gloss"><Sentence text={finding.cause.statement} /></p>}
        <p class="dim acts">
          <span>{fixed ? `The relation holds again since ${when(at)}. ` : ''}{finding.note ? `Note: “${finding.note}”` : ''}</span>
          <button class="btn bare link" aria-expanded={open} onClick={() => show(!open)}>{open ? 'Close' : 'Open'}</button>
          <button class="btn bare link" onClick={() => patchFinding(finding.id, 'new').then(changed, (e: Error) => fail(e.message))}>Bring back</button>
          {failed ? <span class="c-error" role="alert">{failed}</span> : null}
        </p>
      </div>
    </article>
  );
}

function Quiet({ ended }: { ended: Finding[] }) {
  const labels = useLoad(() => getLabels(), [], PERIOD_MS * 4);
  const status = useLoad(getStatus, [], PERIOD_MS * 4);
  const checks = useLoad(() => getChecks(), []);
  const wrong = labels.data?.filter((l) => l.label === 'wrong').length ?? 0;
  if (status.data && status.data.spans === 0) return <EmptyStore />;
  if (labels.data !== null && wrong === 0 && ended.length === 0) {
    return (
      <Say state="No labels" title="Nothing is labelled wrong" first>
        <p class="gloss">{status.data ? `${count(status.data.traces)} traces, none labelled wrong. ` : ''}Say “this answer is wrong” on a trace, or send labels with <code>awry label</code>; one is enough to ask why.</p>
        <p class="acts block"><a class="btn main" href={address('/search?lookback=all')}>Find a trace</a></p>
      </Say>
    );
  }
  if (labels.data === null) return null;
  const last = ended.find((f) => f.state === 'fixed' && f.until);
  const held = checks.data?.checks.filter((c) => c.violations === 0).length ?? 0;
  return (
    <Say state={wrong > 0 ? 'No cause' : 'All quiet'} glyph="right" title={wrong > 0 ? 'No cause found' : 'No cause stands'} first>
      <p class="gloss">
        {wrong > 0 ? `${count(wrong)} answers are labelled wrong; no standing fact separates them from the right ones after correction for everything tried. ` : ''}
        {held > 0 ? `${count(held)} ${held === 1 ? 'check holds' : 'checks hold'}. ` : ''}
        {last ? `The last finding was fixed on ${when(Date.parse(last.until!))}.` : ''}
      </p>
      {wrong > 0 ? <p class="acts block"><a class="btn" href={address(`/compare?a=${encodeURIComponent('{ label = wrong }')}&b=${encodeURIComponent('!{ label = wrong }')}`)}>See what was tried</a></p> : null}
    </Say>
  );
}
