// Checks: the rules that run on every trace, their violations, an editor with a dry run, and rules that right traces propose.
import { useEffect, useRef, useState } from 'preact/hooks';
import { getChecks, getFindings, getInvariants, getViolations, putChecks } from '../api';
import type { Check, Checks as ChecksAnswer, Finding, Invariant, Violation } from '../api';
import { Editor, plain, YamlEditor } from '../checks/editor';
import type { Draft } from '../checks/editor';
import { clock, count, day, isToday, percent, shortId, span, when } from '../format';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { Spark } from '../parts/bars';
import { Rule, severityColour, severityGlyph } from '../parts/health';
import { Failed } from '../parts/later';
import { Glyph, Loading, Say, Svc } from '../parts/marks';
import { Code } from '../parts/query';
import { Sentence } from '../parts/sentence';
import { address, go, usePlace } from '../route';

const PERIOD_MS = 10_000;
const NUMBERS = ['None', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];
const empty: Draft = { name: '', kind: 'never', rule: '', severity: 'error', description: '' };

/** A name from what the rule is about: "patterns.user_id differs" → patterns-user-id. */
export const nameFrom = (words: string[]) => words.join('-').toLowerCase().replace(/^@/, '').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60) || 'new-check';

const draftOfFinding = (f: Finding): Draft => ({
  ...empty, name: nameFrom([f.cause.span.name, ...f.cause.attributes.slice(0, 2)]), rule: f.cause.check ?? '', from: `finding/${f.id}`,
  description: f.cause.statement.replace(/`/g, '').slice(0, 300),
});
const draftOfInvariant = (i: Invariant): Draft => ({
  ...empty, name: nameFrom([i.span.name, ...new Set(i.attributes)]), rule: i.check, from: `invariant/${i.check}`, description: i.statement.replace(/`/g, ''),
});
const draftOfCheck = (c: Check): Draft => ({
  name: c.name, old: c.name, kind: c.always !== undefined ? 'always' : 'never', rule: c.never ?? c.always ?? '', severity: c.severity, description: c.description ?? '',
});

export function Checks() {
  const { params } = usePlace();
  const checks = useLoad(() => getChecks(), [], PERIOD_MS);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [yaml, editYaml] = useState(false);
  const [told, tell] = useState('');
  const editor = useRef<HTMLDivElement>(null);
  const named = params.get('check') ?? '', finding = params.get('finding') ?? '', proposing = params.get('propose') === '1', fresh = params.get('new') === '1';
  const chosen = checks.data?.checks.find((c) => c.name === named);
  useEffect(() => { document.title = 'Checks · Awry'; }, []);
  useEffect(() => {
    if (fresh) setDraft({ ...empty, rule: params.get('never') ?? params.get('always') ?? '', kind: params.has('always') ? 'always' : 'never', name: params.get('name') ?? '' });
    else if (finding) getFindings().then((list) => { const f = list.find((each) => each.id === finding); if (f) setDraft(draftOfFinding(f)); else tell('The finding of this link is no longer here.'); }, () => undefined);
    else setDraft(null);
    editYaml(false);
  }, [fresh, finding, named]);
  useEffect(() => { if (draft?.from || draft?.old || fresh) editor.current?.scrollIntoView({ block: 'nearest' }); }, [draft?.from, draft?.old, fresh]);
  const done = (saved: ChecksAnswer | null) => {
    setDraft(null);
    editYaml(false);
    if (saved) { tell('Saved; it runs on every trace from now on.'); checks.again(); }
    go(named && !saved ? `/checks?check=${encodeURIComponent(named)}` : '/checks', true);
  };
  const remove = (check: Check) => {
    if (!checks.data) return;
    const before = checks.data.checks.filter((c) => c.source === 'api').map(plain);
    putChecks({ checks: before.filter((c) => c.name !== check.name) }).then(() => { tell(`${check.name} is gone.`); go('/checks', true); checks.again(); }, (e: Error) => tell(e.message));
  };
  useKeys('Checks', [{ keys: ['N'], text: 'new check', run: () => go('/checks?new=1') }]);
  if (checks.error && !checks.data) {
    return <main><div class="pagehead"><h1>Checks</h1></div><Failed error={checks.error} what="checks" at={checks.at} again={checks.again} /></main>;
  }
  if (!checks.data) return <main><div class="pagehead"><h1>Checks</h1></div><Loading /></main>;
  const list = checks.data.checks;
  const violated = list.filter((c) => c.violations > 0).length;
  return (
    <main>
      <div class="pagehead">
        <h1>{list.length === 0 ? 'No checks yet' : violated === 0 ? `${list.length === 1 ? 'The check holds' : `All ${count(list.length)} checks hold`}` : `${NUMBERS[violated] ?? violated} of ${(NUMBERS[list.length] ?? String(list.length)).toLowerCase()} ${list.length === 1 ? 'check is' : 'checks are'} violated`}</h1>
        <p>{list.length > 0 ? `over the last 24 hours; each runs on every trace, ${(checks.data.live.quiet_ms / 1000).toFixed(0)} s after its last span` : ''}</p>
        <span class="end acts"><a class="btn" href={address('/checks?new=1')}>New check</a><a class="btn" href={address('/checks?propose=1')}>Propose from right traces</a>
          <button class="btn bare" onClick={() => { editYaml(!yaml); setDraft(null); }} aria-expanded={yaml}>YAML</button></span>
      </div>
      {checks.error ? <Failed error={checks.error} what="checks" at={checks.at} again={checks.again} /> : null}
      {list.length > 0 ? <CheckTable list={list} chosen={named} /> : (
        <Say state="No checks" title="A check is a rule that every trace must keep" first>
          <p class="gloss"><Code text={'never { name = "fetch_user_context" && span.patterns.user_id != span.user_id }'} /></p>
          <p class="gloss tight">Write one, take one from a finding, or let Awry propose what always held in the traces so far.</p></Say>
      )}
      <Live live={checks.data.live} />
      <p class="dim tight" role="status">{told}</p>
      {yaml ? <YamlEditor checks={checks.data} onDone={done} /> : null}
      {draft ? (
        <div ref={editor}>
          <div class="pagehead lower"><h2 class="h1">{draft.old ? 'Change' : 'New'}: <code>{draft.name || 'a check'}</code></h2>{draft.from ? <p>from a {draft.from.split('/')[0]}</p> : null}</div>
          <div class="ruled"><Editor key={draft.from ?? draft.old ?? 'new'} checks={checks.data} draft={draft} onChange={setDraft} onDone={done} readOnly={chosen?.source === 'file' && draft.old === chosen.name} /></div>
        </div>
      ) : null}
      {named !== '' && !chosen && !draft ? <p class="gloss tight">There is no check <code>{named}</code> any more; what it caught is kept.</p> : null}
      {chosen && !draft ? <Chosen check={chosen} onEdit={() => setDraft(draftOfCheck(chosen))} onRemove={() => remove(chosen)} /> : null}
      {proposing && !draft ? <Proposals taken={list} onTake={(i) => setDraft(draftOfInvariant(i))} /> : null}
      {!draft && !proposing && !yaml ? <Violations check={named} key={named} severities={list} /> : null}
    </main>
  );
}

function CheckTable({ list, chosen }: { list: Check[]; chosen: string }) {
  return (
    <div class="ruled">
      <table class="stack checks">
        <thead><tr><th>Check</th><th>Rule</th><th>Severity</th><th class="num">Violations, 24 h</th><th class="hide-s"><span class="vh">over time</span></th><th>Last</th></tr></thead>
        <tbody>{list.map((c) => (
          <tr key={c.name} class={c.name === chosen ? 'sel' : ''}>
            <td class="head"><span class="lab"><Glyph name={c.violations > 0 ? severityGlyph[c.severity] : 'right'} label={c.violations > 0 ? 'violated' : 'holds'} />
              <a href={address(c.name === chosen ? '/checks' : `/checks?check=${encodeURIComponent(c.name)}`)} aria-current={c.name === chosen ? 'true' : undefined}><code>{c.name}</code></a></span></td>
            <td class="wide"><Rule check={c} /></td>
            <td data-l="Severity">{c.severity}</td>
            <td class="num" data-l="Violations, 24 h"><span class="v">{count(c.violations)} <span class="dim">of {count(c.checked)}</span></span></td>
            <td class="hide-s sp"><Spark points={c.series.map((p) => ({ at_ms: p.at_ns / 1e6, value: p.violations }))} colour={severityColour[c.severity]} name={`${c.name}, violations`} /></td>
            <td class="nw" data-l="Last">{c.last_violation_ns ? when(c.last_violation_ns / 1e6) : 'never'}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  );
}

function Live({ live }: { live: ChecksAnswer['live'] }) {
  return (
    <>
      <p class="dim tight kv small"><span>{count(live.evaluated)} traces looked at</span>{live.open > 0 ? <span>{count(live.open)} still arriving</span> : null}{live.lag_ms >= 1000 ? <span>{span(live.lag_ms)} behind</span> : null}{live.skipped > 0 ? <span>{count(live.skipped)} skipped</span> : null}{live.unsaved > 0 ? <span class="c-error">{count(live.unsaved)} violations could not be kept</span> : null}{live.running ? null : <span class="c-error">not running</span>}
        {live.webhook ? <span>webhook to {live.webhook.host}: {count(live.webhook.delivered)} delivered{live.webhook.dead > 0 ? `, ${count(live.webhook.dead)} given up` : ''}</span> : null}</p>
      {live.problems.map((p) => <p class="c-error" key={p}><Glyph name="error" /> {p}</p>)}
    </>
  );
}

function Chosen({ check, onEdit, onRemove }: { check: Check; onEdit: () => void; onRemove: () => void }) {
  const [sure, ask] = useState(false);
  return (
    <div class="pagehead lower"><h2 class="h1"><code>{check.name}</code></h2><p>{check.description ?? ''}</p>
      <span class="end acts"><button class="btn" onClick={onEdit}>{check.source === 'file' ? 'Look closer, dry run' : 'Edit, dry run'}</button>
        {check.query ? <a class="btn bare" href={address(`/search?lookback=all&query=${encodeURIComponent(check.query)}`)}>Find violating traces</a> : null}
        {check.source === 'file' ? <span class="dim">of a file</span> : sure ? <><button class="btn" onClick={onRemove}>Really delete</button><button class="btn bare" onClick={() => ask(false)}>Keep</button></> : <button class="btn bare" onClick={() => ask(true)}>Delete…</button>}</span></div>
  );
}

function Violations({ check, severities }: { check: string; severities: Check[] }) {
  const first = useLoad(() => getViolations({ ...(check ? { check } : {}), limit: 50 }), [check], PERIOD_MS);
  const [more, setMore] = useState<{ list: Violation[]; cursor?: string } | null>(null);
  const [failed, fail] = useState('');
  if (severities.length === 0) return null;
  if (first.error && !first.data) return <Failed error={first.error} what="violations" at={first.at} again={first.again} />;
  if (!first.data) return <Loading />;
  const list = [...first.data.violations, ...(more?.list ?? [])];
  const cursor = more ? more.cursor : first.data.next_cursor;
  const older = () => getViolations({ ...(check ? { check } : {}), limit: 200, cursor: cursor! }).then(
    (a) => setMore({ list: [...(more?.list ?? []), ...a.violations], ...(a.next_cursor ? { cursor: a.next_cursor } : {}) }), (e: Error) => fail(e.message));
  return (
    <section aria-labelledby="h-violations">
      <div class="pagehead lower"><h2 class="h1" id="h-violations">{first.data.total === 0 ? 'No violations' : `${count(first.data.total)} ${first.data.total === 1 ? 'violation' : 'violations'}`}</h2><p>{check ? 'of this check, newest first' : first.data.total > 0 ? 'newest first' : 'are kept'}</p></div>
      {list.length > 0 ? (
        <div class="ruled"><table class="stack">
          <thead><tr><th>When</th><th>Check</th><th>Span</th><th>Trace</th></tr></thead>
          <tbody>{list.map((v) => {
            const ms = v.at_ns / 1e6;
            return (
              <tr key={v.id}>
                <td class="nw" data-l="When">{isToday(ms) ? '' : `${day(ms)} `}{clock(ms)}</td>
                <td class="head"><span class="lab"><Glyph name={severityGlyph[v.severity]} label={v.severity} /><a href={address(`/checks?check=${encodeURIComponent(v.check)}`)}><code>{v.check}</code></a></span></td>
                <td data-l="Span">{v.span ? <span><Svc name={v.span.service} short /> {v.span.name}</span> : <span class="dim">the whole trace</span>}</td>
                <td data-l="Trace"><a href={address(`/trace/${v.trace_id}${v.span ? `?uiFind=${v.span.span_id}` : ''}`)}><code>{shortId(v.trace_id)}</code></a></td>
              </tr>
            );
          })}</tbody>
        </table></div>
      ) : null}
      <p class="acts tight">{cursor ? <button class="btn" onClick={() => void older()}>Older ones</button> : null}{failed ? <span class="c-error">{failed}</span> : null}</p>
    </section>
  );
}

function Proposals({ taken, onTake }: { taken: Check[]; onTake: (i: Invariant) => void }) {
  const found = useLoad(getInvariants, []);
  const [filter, set] = useState('');
  if (found.error) return <Failed error={found.error} what="invariants" at={found.at} again={found.again} />;
  if (!found.data) return <Say state="Searching" busy title="Looking for what always held" first><p class="gloss">In the traces that are not labelled wrong.</p></Say>;
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const rules = new Set(taken.map((c) => c.never));
  const list = found.data.filter((i) => !rules.has(i.check) && words.every((w) => `${i.statement} ${i.span.service}`.toLowerCase().includes(w)));
  return (
    <section aria-labelledby="h-proposals">
      <div class="pagehead lower"><h2 class="h1" id="h-proposals">{count(list.length)} {list.length === 1 ? 'rule' : 'rules'} held so far</h2><p>in the traces that are not labelled wrong</p>
        <span class="end"><input class="field" type="search" aria-label="Filter the rules" placeholder="Filter" value={filter} onInput={(e) => set(e.currentTarget.value)} /></span></div>
      <div class="ruled"><table class="stack">
        <thead><tr><th>Rule</th><th>Service</th><th class="num">Held in</th><th><span class="vh">take it</span></th></tr></thead>
        <tbody>{list.slice(0, 100).map((i) => (
          <tr key={i.check}>
            <td class="head"><Sentence text={i.statement} /><br /><span class="dim">never <Code text={i.check} /></span></td>
            <td data-l="Service"><Svc name={i.span.service} /></td>
            <td class="num" data-l="Held in"><span class="v">{count(i.holds)} of {count(i.of)} <span class="dim">{percent(i.holds, i.of)}</span></span></td>
            <td class="num"><button class="btn" onClick={() => onTake(i)}>Accept…</button></td>
          </tr>
        ))}</tbody>
      </table></div>
      {list.length === 0 ? <p class="gloss tight">Nothing is known yet, or the filter leaves nothing.</p> : null}
    </section>
  );
}
