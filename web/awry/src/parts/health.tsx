// The lower half of the front page: checks, instrumentation, intake.
import { getChecks, getInstrumentation, getStatus } from '../api';
import type { Check, Signal } from '../api';
import { bytes, clock, count, nsToMs, shortId, when } from '../format';
import { useLoad } from '../load';
import { address } from '../route';
import { Spark } from './bars';
import { Glyph, Svc } from './marks';
import type { GlyphName } from './marks';
import { Code } from './query';

const PERIOD_MS = 15_000;

export const severityGlyph: Record<Check['severity'], GlyphName> = { error: 'error', warning: 'slow', info: 'unusual' };
export const severityColour: Record<Check['severity'], string> = { error: 'error', warning: 'slow', info: 'unusual' };

export function Rule({ check }: { check: { never?: string; always?: string } }) {
  return <><span class="dim">{check.never !== undefined ? 'never' : 'always'}</span> <Code text={check.never ?? check.always ?? ''} /></>;
}

export function ChecksPart() {
  const checks = useLoad(() => getChecks(), [], PERIOD_MS);
  if (!checks.data) return null;
  const list = [...checks.data.checks].sort((a, b) => Number(b.violations > 0) - Number(a.violations > 0));
  return (
    <section class="sec first apart" aria-labelledby="h-checks">
      <div class="rail"><h2 id="h-checks">Checks</h2><p>{list.length === 0 ? 'none yet' : `${count(list.length)} ${list.length === 1 ? 'runs' : 'run'} on every trace`}</p></div>
      {list.length === 0 ? (
        <div><p class="gloss">A check is a rule that every trace must keep: <Code text={'never { span.patterns.user_id != span.user_id }'} />. A finding proposes one, and so do the traces that are right.</p>
          <p class="acts block"><a class="btn" href={address('/checks')}>Make a check</a></p></div>
      ) : (
        <div>
          <table class="stack checks">
            <thead><tr><th>Check</th><th>Rule</th><th class="num">Violated, 24 h</th><th class="hide-s"><span class="vh">over 24 hours</span></th><th>Last</th></tr></thead>
            <tbody>{list.map((c) => (
              <tr key={c.name}>
                <td class="head"><span class="lab"><Glyph name={c.violations > 0 ? severityGlyph[c.severity] : 'right'} label={c.violations > 0 ? c.severity : 'holds'} />
                  <a href={address(`/checks?check=${encodeURIComponent(c.name)}`)}><code>{c.name}</code></a></span></td>
                <td class="wide"><Rule check={c} /></td>
                <td class="num" data-l="Violated, 24 h"><span class="v"><b class={c.violations > 0 ? '' : 'light'}>{count(c.violations)}</b> <span class="dim">of {count(c.checked)}</span></span></td>
                <td class="hide-s sp"><Spark points={c.series.map((p) => ({ at_ms: p.at_ns / 1e6, value: p.violations }))} colour={severityColour[c.severity]} name={`${c.name}, violations`} /></td>
                <td class="nw" data-l="Last">{c.last_violation_ns ? when(c.last_violation_ns / 1e6) : 'never'}</td>
              </tr>
            ))}</tbody>
          </table>
          {checks.data.live.problems.map((p) => <p class="c-error tight" key={p}><Glyph name="error" /> {p}</p>)}
        </div>
      )}
    </section>
  );
}

const SIGNALS: Record<string, string> = {
  orphan_spans: 'Orphan spans', broken_propagation: 'Broken propagation', clock_skew: 'Clock skew', repaired_spans: 'Spans repaired at intake',
  quiet_services: 'Services gone quiet', spans_refused: 'Spans refused', requests_refused: 'Requests refused',
};
const nameOf = (s: Signal) => (s.key && SIGNALS[s.key]) || s.signal[0]!.toUpperCase() + s.signal.slice(1);

function Where({ signal }: { signal: Signal }) {
  const services = signal.services ?? [];
  if (services.length === 0) return <>{signal.where ?? ''}</>;
  return (
    <ul>{services.slice(0, 3).map((s) => (
      <li key={s.service}><Svc name={s.service} /> <span class="mid">{s.detail ?? (signal.count > 0 ? count(s.count) : '')}</span>
        {s.traces.slice(0, 2).map((id) => <span key={id}> <a href={address(`/trace/${id}`)}><code>{shortId(id)}</code></a></span>)}</li>
    ))}
      {services.length > 3 ? <li class="dim">and {services.length - 3} more {services.length === 4 ? 'service' : 'services'}</li> : null}</ul>
  );
}

export function InstrumentationPart() {
  const data = useLoad(() => getInstrumentation(), [], PERIOD_MS * 2);
  const rows = data.data?.signals ?? [];
  if (!data.data || rows.length === 0) return null;
  const hours = data.data.window_s / 3600;
  const window = hours === 1 ? 'Last hour' : hours < 1 ? `Last ${Math.round(hours * 60)} min` : `Last ${hours} h`;
  const series = rows.some((r) => (r.series ?? []).length > 0);
  return (
    <section class="sec" id="instrumentation" aria-labelledby="h-instr">
      <div class="rail"><h2 id="h-instr">Instrumentation</h2><p>what Awry cannot see</p></div>
      <div>
        <table class="stack lead signals">
          <thead><tr><th>Signal</th><th class="num">Count</th><th>Where</th>{series ? <th class="hide-s">{window}</th> : null}</tr></thead>
          <tbody>{rows.map((r) => (
            <tr key={r.signal}>
              <td class="head"><span class="lab nw"><Glyph name={r.count === 0 ? 'right' : r.key === 'quiet_services' ? 'slow' : 'unusual'} label={r.count === 0 ? 'none' : 'look'} />{nameOf(r)}</span></td>
              <td class="num">{count(r.count)}{r.of === undefined ? '' : <span class="dim"> of {count(r.of)}</span>}</td>
              <td class="wide"><Where signal={r} /></td>
              {series ? <td class="hide-s sp">{r.series && r.count > 0 ? <Spark points={r.series.map((p) => ({ at_ms: p.at_ns / 1e6, value: p.count }))} colour="ink-2" name={nameOf(r)} /> : null}</td> : null}
            </tr>
          ))}</tbody>
        </table>
        <p class="dim tight">{window}: {count(data.data.spans)} spans of {count(data.data.traces)} traces{data.data.complete ? '' : ', the newest; more arrived'}.</p>
      </div>
    </section>
  );
}

export function IntakePart({ everyMs }: { everyMs: number }) {
  const status = useLoad(getStatus, [], everyMs);
  const s = status.data;
  if (!s) return null;
  const oldest = nsToMs(s.oldest_ns ?? 0), newest = nsToMs(s.newest_ns ?? 0);
  const rate = (n: number) => (n >= 100 ? count(Math.round(n)) : n.toFixed(1));
  return (
    <section class="sec" aria-labelledby="h-intake">
      <div class="rail"><h2 id="h-intake">Intake</h2><p>rates of the last minute</p></div>
      <div>
        <div class="kv">
          <span><b>{rate(s.spans_per_second)}</b> spans/s</span>
          <span><b>{rate(s.traces_per_minute)}</b> traces/min</span>
          <span><b>{count(s.spans)}</b> spans of <b>{count(s.traces)}</b> traces in <b>{bytes(s.disk_bytes)}</b></span>
          {s.bytes_per_span ? <span><b>{s.bytes_per_span.toFixed(0)}</b> bytes a span</span> : null}
          {oldest > 0 ? <span>oldest trace <b>{when(oldest)}</b></span> : null}
          {newest > 0 ? <span>last span <b>{clock(newest)}</b></span> : null}
          <span><b>{count(s.spans_dropped)}</b> dropped</span><span><b>{count(s.spans_refused)}</b> refused</span>
          {s.spans_dropped_by_retention > 0 ? <span><b>{count(s.spans_dropped_by_retention)}</b> expired</span> : null}
        </div>
        {s.problems.map((p) => <p key={p} class="c-error tight"><Glyph name="error" /> {p}</p>)}
      </div>
    </section>
  );
}
