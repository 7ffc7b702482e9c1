// The front page: the causes that stand, each as a sentence with its evidence.
import { useEffect, useState } from 'preact/hooks';
import { getFindings, getInstrumentation, getLabels, getStatus, patchFinding } from '../api';
import type { Cause, Finding, FindingState } from '../api';
import { bytes, clock, count, nsToMs, scientific, shortId, span, when } from '../format';
import { useLoad } from '../load';
import { Evidence, Pair, Replay, Series } from '../parts/evidence';
import { Away, Glyph, Loading, Say, Svc } from '../parts/marks';
import { Query } from '../parts/query';
import { Sentence } from '../parts/sentence';
import { address } from '../route';

const PERIOD_MS = 5000;

export function Findings({ onStanding }: { onStanding: (n: number) => void }) {
  const findings = useLoad(getFindings, [], PERIOD_MS);
  const list = findings.data ?? [];
  const standing = list.filter((f) => f.state === 'new' || f.state === 'confirmed');
  const ended = list.filter((f) => f.state === 'fixed' || f.state === 'dismissed');
  useEffect(() => onStanding(standing.length), [standing.length]);
  useEffect(() => { document.title = `${standing.length > 0 ? `${standing.length} · ` : ''}Findings · Awry`; }, [standing.length]);
  return (
    <main>
      <div class="pagehead">
        <h1>{findings.data === null ? 'Findings' : title(standing.length)}</h1>
        {standing[0] ? <p>{explains(standing[0].cause)}</p> : null}
        <span class="end dim nw">{findings.at > 0 ? when(findings.at) : ''}</span>
      </div>
      {findings.error ? <Away message={findings.error.message} at={findings.at} again={findings.again} /> : null}
      {findings.data === null && !findings.error ? <Loading /> : null}
      {standing.map((f, i) => <Standing key={f.id} finding={f} first={i === 0 && !findings.error} changed={findings.again} keys={i === 0} />)}
      {findings.data !== null && standing.length === 0 ? <Quiet ended={ended} /> : null}
      {ended.map((f) => <Ended key={f.id} finding={f} changed={findings.again} />)}
      <Instrumentation />
      <Intake />
    </main>
  );
}

const title = (n: number) => (n === 0 ? 'No cause stands' : n === 1 ? 'One cause stands' : `${n} causes stand`);

function explains(cause: Cause): string {
  const rest = cause.bad.of - cause.bad.with;
  return `It explains ${count(cause.bad.with)} of the ${count(cause.bad.of)} answers labelled wrong. ` +
    (rest === 0 ? 'None is unexplained.' : `${count(rest)} ${rest === 1 ? 'is' : 'are'} unexplained.`);
}

function Standing({ finding, first, changed, keys }: { finding: Finding; first: boolean; changed: () => void; keys: boolean }) {
  const { cause } = finding;
  const since = Date.parse(finding.since);
  return (
    <article class={`sec${first ? ' first' : ''}`}>
      <div class="rail">
        <p class="state c-wrong"><Glyph name="wrong" />{finding.state === 'confirmed' ? 'Confirmed' : 'Stands'}</p>
        <dl>
          <div><dt>Since</dt><dd><b>{when(since)}</b>, for {span(Date.now() - since)}</dd></div>
          <div><dt>Where</dt><dd><Svc name={cause.span.service} /></dd></div>
          <div><dt>Explains</dt><dd><b>{count(cause.bad.with)}</b> of {count(cause.bad.of)} wrong answers</dd></div>
        </dl>
      </div>
      <div>
        <CauseView cause={cause} />
        <Actions finding={finding} changed={changed} keys={keys} />
      </div>
    </article>
  );
}

/** The sentence and its evidence; also what "why" on a trace page shows. */
export function CauseView({ cause }: { cause: Cause }) {
  const p = scientific(cause.p_value);
  return (
    <>
      <p class="sentence"><Sentence text={cause.statement} /></p>
      <div class="split">
        <div>
          <section class="block">
            <h3>How often <span>share of traces with this fact, 95 % interval</span></h3>
            <Evidence bad={cause.bad} good={cause.good} />
            <p class="gloss tight">
              {cause.odds_ratio ? `Odds ratio ${cause.odds_ratio.value.toFixed(0)} (${cause.odds_ratio.lo.toFixed(0)}–${cause.odds_ratio.hi.toFixed(0)}); ` : ''}
              p = {p ? <>{p.mantissa} × 10<sup>{p.exponent}</sup></> : cause.p_value.toPrecision(2)} after correction for everything tried.
            </p>
          </section>
          {cause.series && cause.series.length > 1 ? <Series cause={cause} /> : null}
          {cause.replay ? <Replay replay={cause.replay} /> : null}
          {cause.explains && cause.explains.length > 0 ? (
            <section class="block">
              <h3>Explained by it <span>facts that say nothing more</span></h3>
              <ul>{cause.explains.slice(0, 4).map((e) => <li class="dim" key={e.statement}><Sentence text={e.statement} /></li>)}</ul>
              {cause.explains.length > 4 ? <p class="dim">and {cause.explains.length - 4} more.</p> : null}
            </section>
          ) : null}
        </div>
        <div>
          {cause.pair ? <Pair pair={cause.pair} /> : null}
          {cause.check ? (
            <section class="block">
              <h3>The check that would have caught it</h3>
              <Query text={cause.check} />
              <p class="tight"><a href={address(`/search?query=${encodeURIComponent(cause.check)}`)}>Find these traces</a></p>
            </section>
          ) : null}
          {cause.examples.length > 0 ? (
            <section class="block">
              <h3>Examples</h3>
              <p class="kv">{cause.examples.slice(0, 8).map((id) => <a key={id} href={address(`/trace/${id}`)}><code>{shortId(id)}</code></a>)}</p>
            </section>
          ) : null}
        </div>
      </div>
    </>
  );
}

function Actions({ finding, changed, keys }: { finding: Finding; changed: () => void; keys: boolean }) {
  const [failed, fail] = useState('');
  const [asking, ask] = useState(false);
  const [note, setNote] = useState('');
  const set = (state: FindingState, text?: string) => {
    patchFinding(finding.id, state, text).then(() => { fail(''); ask(false); changed(); }, (e: Error) => fail(e.message));
  };
  useEffect(() => {
    if (!keys) return;
    const onKey = (e: KeyboardEvent) => {
      if (e.metaKey || e.ctrlKey || e.altKey || (e.target as Element).closest?.('input,textarea,select')) return;
      if (e.key === 'c') set('confirmed');
      else if (e.key === 'x') set('fixed');
      else if (e.key === 'e') { e.preventDefault(); ask(true); }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [keys, finding.id]);
  return (
    <div class="acts block">
      {finding.state === 'new' ? <button class="btn main" onClick={() => set('confirmed')}>Confirm <kbd class="hide-s">c</kbd></button> : null}
      <button class="btn" onClick={() => set('fixed')}>Mark as fixed <kbd class="hide-s">x</kbd></button>
      {asking ? (
        <form class="acts" onSubmit={(e) => { e.preventDefault(); set('dismissed', note); }}>
          <input class="field note" aria-label="Why is this no cause?" placeholder="Why is this no cause?" value={note} autoFocus
            onInput={(e) => setNote(e.currentTarget.value)} />
          <button class="btn" type="submit">Dismiss</button>
        </form>
      ) : <button class="btn" onClick={() => ask(true)}>Dismiss… <kbd class="hide-s">e</kbd></button>}
      {failed ? <span class="c-error"><Glyph name="error" /> {failed}</span> : null}
    </div>
  );
}

function Ended({ finding, changed }: { finding: Finding; changed: () => void }) {
  const fixed = finding.state === 'fixed';
  const at = Date.parse(finding.until ?? finding.since);
  return (
    <article class="sec">
      <div class="rail"><p class="state"><Glyph name={fixed ? 'right' : 'dismissed'} />{fixed ? 'Fixed' : 'Dismissed'}</p><p>{when(at)}</p></div>
      <div>
        <p class="gloss"><Sentence text={finding.cause.statement} /></p>
        <p class="dim">
          {fixed ? `The relation holds again since ${when(at)}. ` : ''}
          {finding.note ? `Note: “${finding.note}” ` : ''}
          <button class="btn bare" onClick={() => patchFinding(finding.id, 'new').then(changed, changed)}>Bring back</button>
        </p>
      </div>
    </article>
  );
}

function Quiet({ ended }: { ended: Finding[] }) {
  const labels = useLoad(() => getLabels(), [], PERIOD_MS * 4);
  const status = useLoad(getStatus, [], PERIOD_MS * 4);
  const wrong = labels.data?.filter((l) => l.label === 'wrong').length ?? 0;
  if (status.data && Number(status.data.spans ?? 1) === 0) return <EmptyStore />;
  if (labels.data !== null && wrong === 0) {
    return (
      <Say state="No labels" title="Nothing is labelled wrong" first>
        <p class="gloss">Say “this answer is wrong” on a trace, correct a category in the dashboard, or send labels with <code>awry label</code>; one is enough to ask why.</p>
        <p class="acts block"><a class="btn main" href={address('/search')}>Find a trace</a></p>
      </Say>
    );
  }
  const last = ended.find((f) => f.state === 'fixed' && f.until);
  return (
    <Say state="All quiet" glyph="right" title="No cause found" first>
      <p class="gloss">
        {wrong > 0 ? `${count(wrong)} answers are labelled wrong; no fact separates them from the right ones after correction for everything tried. ` : ''}
        {last ? `The last finding was fixed on ${when(Date.parse(last.until!))}.` : ''}
      </p>
    </Say>
  );
}

export function EmptyStore() {
  const host = location.hostname;
  return (
    <Say state="Empty store" title="No traces yet" first>
      <p class="gloss">Point any OpenTelemetry or Jaeger client here. A trace appears within a second of its last span.</p>
      <table class="nohover block"><tbody>
        <tr><td>OTLP</td><td><code>http://{host}:4318</code>, gRPC <code>{host}:4317</code></td></tr>
        <tr><td>Jaeger</td><td><code>{host}:6831/udp</code>, <code>http://{host}:14268/api/traces</code></td></tr>
        <tr><td>From files</td><td><code>awry import trace.json.gz</code></td></tr>
      </tbody></table>
    </Say>
  );
}

interface Signal { signal: string; count: number; of?: number; where?: string; ok?: boolean }

function Instrumentation() {
  const data = useLoad(getInstrumentation, [], PERIOD_MS * 6);
  const rows: Signal[] = Array.isArray(data.data?.signals) ? data.data.signals : [];
  if (rows.length === 0) return null;
  return (
    <section class="sec first apart">
      <div class="rail"><h2>Instrumentation</h2><p>what Awry cannot see</p></div>
      <div>
        <table class="stack lead">
          <thead><tr><th>Signal</th><th class="num">Count</th><th>Where</th></tr></thead>
          <tbody>{rows.map((r) => (
            <tr key={r.signal}>
              <td class="head"><span class="lab nw"><Glyph name={r.count === 0 ? 'right' : 'unusual'} />{r.signal}</span></td>
              <td class="num">{count(r.count)}{r.of === undefined ? '' : ` of ${count(r.of)}`}</td>
              <td class="wide">{r.where ?? ''}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
    </section>
  );
}

function Intake() {
  const status = useLoad(getStatus, [], PERIOD_MS);
  const s = status.data;
  if (!s) return null;
  const oldest = nsToMs(s.oldest_ns ?? 0), newest = nsToMs(s.newest_ns ?? 0);
  return (
    <section class="sec">
      <div class="rail"><h2>Intake</h2></div>
      <div class="kv">
        <span><b>{Number(s.spans_per_second ?? 0).toFixed(1)}</b> spans/s</span>
        <span><b>{Number(s.traces_per_minute ?? 0).toFixed(1)}</b> traces/min</span>
        <span><b>{count(Number(s.spans ?? 0))}</b> spans in <b>{bytes(Number(s.disk_bytes ?? 0))}</b></span>
        {oldest > 0 ? <span>oldest trace <b>{when(oldest)}</b></span> : null}
        {newest > 0 ? <span>newest <b>{clock(newest)}</b></span> : null}
        <span><b>{count(Number(s.spans_dropped ?? 0))}</b> dropped</span>
        {(s.problems ?? []).map((p: string) => <span key={p} class="c-error"><Glyph name="error" /> {p}</span>)}
      </div>
    </section>
  );
}

