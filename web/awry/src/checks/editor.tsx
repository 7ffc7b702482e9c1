// Writes one check, or all of them as YAML; tries it on the past before it runs live.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, dryRun, putChecks } from '../api';
import type { Checks, DryCheck, DryRun, Severity } from '../api';
import type { CheckText } from '../api';
import { clock, count, day, isToday, shortId, when } from '../format';
import { Histogram } from '../parts/bars';
import { severityColour } from '../parts/health';
import { Glyph, Say } from '../parts/marks';
import { QueryField } from '../parts/queryfield';
import { address } from '../route';

export interface Draft { name: string; kind: 'never' | 'always'; rule: string; severity: Severity; description: string; from?: string; old?: string }

export const textOf = (d: Draft): CheckText => ({
  name: d.name.trim(), [d.kind]: d.rule.trim(), severity: d.severity, ...(d.description.trim() ? { description: d.description.trim() } : {}),
});

/** The checks that PUT replaces (those of the API), with this one added or changed. */
export function withDraft(checks: Checks, draft: Draft): CheckText[] {
  const kept = checks.checks.filter((c) => c.source === 'api' && c.name !== draft.old && c.name !== draft.name.trim());
  return [...kept.map(plain), textOf(draft)];
}

export const plain = (c: Checks['checks'][number]): CheckText => ({
  name: c.name, ...(c.never !== undefined ? { never: c.never } : { always: c.always ?? '' }), severity: c.severity, ...(c.description ? { description: c.description } : {}),
});

const SINCE: [string, string][] = [['1h', '1 hour'], ['24h', '1 day'], ['168h', '7 days'], ['720h', '30 days']];

export function Editor({ checks, draft, onChange, onDone, readOnly }: {
  checks: Checks; draft: Draft; onChange: (d: Draft) => void; onDone: (saved: Checks | null) => void; readOnly: boolean;
}) {
  const [failed, fail] = useState<ApiError | null>(null);
  const [since, setSince] = useState('168h');
  const [tried, setTried] = useState<{ of: string; run: DryRun | 'asking' | ApiError } | null>(null);
  const [busy, setBusy] = useState(false);
  const text = JSON.stringify([draft.kind, draft.rule, since]);
  const turn = useRef(0);
  const attempt = () => {
    const mine = ++turn.current;
    setTried({ of: text, run: 'asking' });
    fail(null);
    dryRun({ checks: [{ ...textOf(draft), name: draft.name.trim() || 'new-check' }] }, since).then(
      (run) => { if (mine === turn.current) setTried({ of: text, run }); },
      (e: ApiError) => { if (mine === turn.current) setTried({ of: text, run: e }); });
  };
  // What a finding or a right trace proposes is tried at once.
  useEffect(() => { if (draft.from && draft.rule) attempt(); }, [draft.from]);
  const save = () => {
    setBusy(true);
    putChecks({ checks: withDraft(checks, draft) }).then((answer) => { setBusy(false); onDone(answer); }, (e: ApiError) => { setBusy(false); fail(e); });
  };
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const nameless = !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(draft.name.trim());
  return (
    <div class="editor">
      <form class="check-form" onSubmit={(e) => { e.preventDefault(); if (!readOnly && !nameless && draft.rule.trim() !== '') save(); }}>
        <div><label for="c-name">Name</label>
          <input class="field mono" id="c-name" value={draft.name} placeholder="context-is-the-users-own" disabled={readOnly} spellcheck={false} autocomplete="off"
            aria-invalid={draft.name !== '' && nameless} onInput={(e) => set({ name: e.currentTarget.value })} />
          {draft.name !== '' && nameless ? <p class="c-error small">Letters, digits, dots, dashes and underscores.</p> : null}</div>
        <div><label for="c-rule">Rule</label>
          <div class="rule">
            <select class="field" aria-label="Kind of rule" value={draft.kind} disabled={readOnly} onChange={(e) => set({ kind: e.currentTarget.value as Draft['kind'] })}>
              <option value="never">never</option><option value="always">always</option></select>
            <QueryField id="c-rule" value={draft.rule} rows={4} placeholder={'{ name = "fetch_user_context" && span.patterns.user_id != span.user_id }'} onInput={(rule) => set({ rule })} onSubmit={attempt} describedBy="c-help" />
          </div>
          <p class="dim small" id="c-help">{draft.kind === 'never' ? 'No trace may have a span that matches.' : 'Every span to which it applies must match.'} <kbd>Tab</kbd> completes keys and values, <kbd>Enter</kbd> tries it.</p></div>
        <div class="two">
          <div><label for="c-severity">Severity</label>
            <select class="field" id="c-severity" value={draft.severity} disabled={readOnly} onChange={(e) => set({ severity: e.currentTarget.value as Severity })}>
              <option value="error">error</option><option value="warning">warning</option><option value="info">info</option></select></div>
          <div><label for="c-since">Dry run over</label>
            <select class="field" id="c-since" value={since} onChange={(e) => setSince(e.currentTarget.value)}>{SINCE.map(([v, name]) => <option key={v} value={v}>{name}</option>)}</select></div>
        </div>
        <div><label for="c-description">Description</label>
          <textarea class="field" id="c-description" rows={2} value={draft.description} disabled={readOnly} maxLength={2000} onInput={(e) => set({ description: e.currentTarget.value })} /></div>
        <div class="acts">
          {readOnly ? <span class="dim">This check is of a file (<code>--checks</code>): change it there.</span>
            : <button class="btn main" type="submit" disabled={nameless || draft.rule.trim() === '' || busy}>Save and run live</button>}
          <button class="btn" type="button" disabled={draft.rule.trim() === ''} onClick={attempt}>Dry run</button>
          <button class="btn bare" type="button" onClick={() => onDone(null)}>{readOnly ? 'Close' : 'Discard'}</button>
        </div>
        {failed ? <p class="c-error" role="alert"><Glyph name="error" /> {failed.message}</p> : null}
      </form>
      <div class="dry" aria-live="polite">{tried === null ? <p class="dim">A dry run shows which past traces the check would have caught; it stores nothing.</p> : <Tried run={tried.run} stale={tried.of !== text} since={SINCE.find(([v]) => v === since)?.[1] ?? since} />}</div>
    </div>
  );
}

function Tried({ run, stale, since }: { run: DryRun | 'asking' | ApiError; stale: boolean; since: string }) {
  if (run === 'asking') return <p class="dim">Reading the traces of the last {since}.</p>;
  if (run instanceof ApiError) return <Say state="No dry run" glyph="error" title={run.status === 404 || run.status === 405 ? 'This server does not serve dry runs' : 'The check cannot be tried'}><p class="c-error">{run.message}</p></Say>;
  const check = run.checks[0];
  if (!check) return null;
  return <div class={stale ? 'stale' : ''}>{stale ? <p class="dim">Of the rule as it was; run it again.</p> : null}<DryView run={run} check={check} /></div>;
}

function DryView({ run, check }: { run: DryRun; check: DryCheck }) {
  const { wrong, right, none } = check.labelled;
  const fields = [...new Set(check.samples.flatMap((s) => s.values.map((v) => v.field)))].slice(0, 3);
  const hours = (run.end_ns - run.start_ns) / 3600e9;
  return (
    <>
      <h2>Dry run over {hours >= 48 ? `${Math.round(hours / 24)} days` : `${Math.round(hours)} h`}: {count(check.violations)} of {count(check.checked)} traces violate it</h2>
      <p class="gloss">
        {check.first_violation_ns ? `First at ${when(check.first_violation_ns / 1e6)}. ` : 'It never was violated. '}
        {wrong.checked > 0 ? `It catches ${count(wrong.violations)} of ${count(wrong.checked)} traces labelled wrong` : ''}
        {wrong.checked > 0 && right.checked > 0 ? ` and also ${count(right.violations)} of ${count(right.checked)} labelled right` : ''}
        {wrong.checked > 0 ? `; ${count(none.violations)} have no label.` : ''}
      </p>
      {check.violations > 0 ? <Histogram points={check.series.map((p) => ({ at_ms: p.at_ns / 1e6, value: p.violations }))} stepMs={run.step_s * 1000} colour={severityColour[check.severity]} name="Violations over time" /> : null}
      {check.samples.length > 0 ? (
        <table class="stack block">
          <thead><tr><th>Trace</th><th>Start</th>{fields.map((f) => <th key={f}>{f}</th>)}<th>Label</th></tr></thead>
          <tbody>{check.samples.map((s) => {
            const ms = s.start_ns / 1e6;
            return (
              <tr key={s.trace_id}>
                <td class="head"><a href={address(`/trace/${s.trace_id}${s.span ? `?uiFind=${s.span.span_id}` : ''}`)}><code>{shortId(s.trace_id)}</code></a></td>
                <td class="nw" data-l="Start">{isToday(ms) ? '' : `${day(ms)} `}{clock(ms)}</td>
                {fields.map((f) => <td key={f} data-l={f}><code>{s.values.find((v) => v.field === f)?.value ?? ''}</code></td>)}
                <td data-l="Label"><span class="lab"><Glyph name={s.label === 'wrong' ? 'wrong' : s.label === 'right' ? 'right' : 'none'} />{s.label ?? 'none'}</span></td>
              </tr>
            );
          })}</tbody>
        </table>
      ) : null}
      <p class="dim tight">
        {check.violations > 0 ? `${count(check.samples.length)} of ${count(check.violations)} shown. ` : ''}
        {check.query ? <a href={address(`/search?lookback=all&query=${encodeURIComponent(check.query)}`)}>Search them</a> : null}
        {' · '}{count(run.traces)} traces read in {(run.took_ms / 1000).toFixed(1)} s{run.complete ? '' : '; there are more, only the newest were read'}
      </p>
    </>
  );
}

/** All checks of the API as one text. */
export function YamlEditor({ checks, onDone }: { checks: Checks; onDone: (saved: Checks | null) => void }) {
  const [text, set] = useState(checks.yaml || 'checks:\n');
  const [failed, fail] = useState<ApiError | null>(null);
  const line = failed?.detail?.line;
  const save = () => putChecks({ yaml: text }).then(onDone, (e: ApiError) => fail(e));
  return (
    <form class="block" onSubmit={(e) => { e.preventDefault(); void save(); }}>
      <label for="c-yaml">Checks as YAML; those of a file are not among them</label>
      <textarea class="field mono yaml-text" id="c-yaml" rows={Math.min(30, Math.max(10, text.split('\n').length + 1))} value={text} spellcheck={false} aria-invalid={failed !== null}
        onInput={(e) => { set(e.currentTarget.value); fail(null); }} />
      {failed ? <div role="alert">{line ? <div class="code"><span class="k">{line} </span><mark class="err">{text.split('\n')[line - 1] || ' '}</mark></div> : null}<p class="c-error tight">{failed.message}</p></div> : null}
      <div class="acts block"><button class="btn main" type="submit">Save and run live</button><button class="btn bare" type="button" onClick={() => onDone(null)}>Discard</button></div>
    </form>
  );
}
