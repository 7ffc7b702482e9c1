// The evidence of a cause: how often, since when, the pair, the replay.
import { useState } from 'preact/hooks';
import type { Cause, PairRow, Share } from '../api';
import { count, difference, percent, shortId, when, wilson } from '../format';
import { address } from '../route';
import { Glyph, Svc } from './marks';

function Bar({ share, colour, name }: { share: Share; colour: string; name: string }) {
  const p = share.of > 0 ? (share.with / share.of) * 100 : 0;
  const [lo, hi] = wilson(share.with, share.of);
  const label = `${name}: ${percent(share.with, share.of)}, 95 % interval ${(lo * 100).toFixed(0)} to ${(hi * 100).toFixed(0)} %`;
  return (
    <svg width="100%" height="22" role="img" aria-label={label}>
      <rect x="0" y="6" width="100%" height="10" fill="var(--sunk)" />
      <rect x="0" y="6" width={`${p}%`} height="10" fill={`var(--${colour})`} />
      <g stroke="var(--ink)">
        <line x1={`${lo * 100}%`} x2={`${hi * 100}%`} y1="11" y2="11" />
        <line x1={`${lo * 100}%`} x2={`${lo * 100}%`} y1="7" y2="15" />
        <line x1={`${hi * 100}%`} x2={`${hi * 100}%`} y1="7" y2="15" />
      </g>
    </svg>
  );
}

export function Evidence({ bad, good }: { bad: Share; good: Share }) {
  return (
    <div class="evi">
      <span class="lab"><Glyph name="wrong" />wrong</span><span class="num">{count(bad.with)} of {count(bad.of)}</span>
      <span class="num">{percent(bad.with, bad.of)}</span><Bar share={bad} colour="wrong" name="wrong" />
      <span class="lab"><Glyph name="right" />right</span><span class="num">{count(good.with)} of {count(good.of)}</span>
      <span class="num">{percent(good.with, good.of)}</span><Bar share={good} colour="right" name="right" />
      <svg class="axis" width="100%" height="14" aria-hidden="true">
        <text x="0" y="11">0</text><text x="50%" y="11" text-anchor="middle">50</text><text x="100%" y="11" text-anchor="end">100 %</text>
      </svg>
    </div>
  );
}

export function Series({ cause }: { cause: Cause }) {
  const points = cause.series!;
  const most = Math.max(1, ...points.map((p) => p.of));
  const width = 100 / points.length;
  const height = (n: number) => (n / most) * 54;
  const onset = cause.since ? Date.parse(cause.since) : NaN;
  const at = points.map((p) => Date.parse(p.at));
  const step = at.length > 1 ? at[1]! - at[0]! : 0;
  const onsetX = step > 0 ? ((onset - at[0]!) / (step * points.length)) * 100 : NaN;
  const withAll = points.reduce((sum, p) => sum + p.with, 0);
  return (
    <section class="block">
      <h3>Since when <span>traces per {step < 60_000 ? `${Math.max(1, Math.round(step / 1000))} s` : `${Math.round(step / 60_000)} min`}, with this fact in colour</span></h3>
      <svg width="100%" height="76" role="img" aria-label={`${count(withAll)} traces with this fact over time`}>
        {points.map((p, i) => (
          <g key={p.at}>
            <rect x={`${i * width}%`} y={58 - height(p.of)} width={`${width * 0.85}%`} height={height(p.of)} fill="var(--rule)" />
            <rect x={`${i * width}%`} y={58 - height(p.with)} width={`${width * 0.85}%`} height={height(p.with)} fill="var(--wrong)" />
          </g>
        ))}
        <line x1="0" x2="100%" y1="58" y2="58" stroke="var(--rule-2)" />
        {onsetX >= 0 && onsetX <= 100 ? <line x1={`${onsetX}%`} x2={`${onsetX}%`} y1="0" y2="58" stroke="var(--ink)" /> : null}
        <text x="0" y="73">{when(at[0]!)}</text>
        <text x="100%" y="73" text-anchor="end">{when(at[at.length - 1]! + step)}</text>
      </svg>
      {(cause.changes ?? []).map((c) => (
        <p class="gloss tight" key={c.at + c.what}><Svc name={c.service} /> {c.what} at {when(Date.parse(c.at))}.</p>
      ))}
    </section>
  );
}

const UNITS_MAX = 120;

export function Replay({ replay }: { replay: NonNullable<Cause['replay']> }) {
  const otherwise = replay.flipped - replay.flipped_to_expected;
  const not = replay.of - replay.flipped;
  const parts: [number, 'right-solid' | 'right' | 'wrong', string][] = [
    [replay.flipped_to_expected, 'right-solid', 'flips as expected'], [otherwise, 'right', 'flips otherwise'], [not, 'wrong', 'does not flip']];
  const label = parts.map(([n, , text]) => `${n} ${text}`).join(', ');
  return (
    <section class="block">
      <h3>Proof by replay <span>{count(replay.of)} answers, with the user’s own earlier context</span></h3>
      {replay.of <= UNITS_MAX ? (
        <div class="units" role="img" aria-label={label}>
          {parts.flatMap(([n, glyph]) => Array.from({ length: n }, (_, i) => <Glyph key={`${glyph}${i}`} name={glyph} />))}
        </div>
      ) : (
        <svg width="100%" height="12" role="img" aria-label={label}>
          <rect width="100%" height="12" fill="var(--sunk)" />
          <rect width={`${(replay.flipped / replay.of) * 100}%`} height="12" fill="var(--right)" opacity=".5" />
          <rect width={`${(replay.flipped_to_expected / replay.of) * 100}%`} height="12" fill="var(--right)" />
        </svg>
      )}
      <p class="tight">
        <b>{count(replay.flipped)} of {count(replay.of)} answers flip</b> (95 % interval {(replay.ci[0] * 100).toFixed(0)}–{(replay.ci[1] * 100).toFixed(0)} %),{' '}
        {count(replay.flipped_to_expected)} to the expected category.
      </p>
      <p class="dim small">{parts.map(([n, glyph, text]) => <span class="nw gap" key={text}><Glyph name={glyph} /> {text} {n}</span>)}</p>
    </section>
  );
}

// A value may have a megabyte: what differs is shown, with a little before and behind.
const SIDE_MAX = 200, MIDDLE_MAX = 400;
const cut = (text: string) => (text.length > MIDDLE_MAX ? `${text.slice(0, MIDDLE_MAX)}… ${count(text.length - MIDDLE_MAX)} more` : text);

export function Differing({ own, other, right }: { own: string | null; other: string | null; right?: boolean }) {
  if (own === null) return <code class="dim">missing</code>;
  if (other === null) return <code>{cut(own)}</code>;
  const [head, middle, otherMiddle, tail] = difference(own, other);
  const whole = head.length + tail.length === 0;
  return (
    <code>
      {head.length > SIDE_MAX ? `…${head.slice(-SIDE_MAX / 2)}` : head}
      {middle !== '' ? <mark class={right ? 'ok' : ''}>{cut(middle)}</mark> : !right && otherMiddle !== '' && !whole
        ? <mark class="gap" title={`${cut(otherMiddle)} is missing`} /> : null}
      {tail.length > SIDE_MAX ? `${tail.slice(0, SIDE_MAX / 2)}…` : tail}
    </code>
  );
}

const ROWS_FIRST = 10;

export function Pair({ pair }: { pair: NonNullable<Cause['pair']> }) {
  const [all, showAll] = useState(false);
  const groups: { name: string; service: string; rows: PairRow[] }[] = [];
  for (const row of all ? pair.differing : pair.differing.slice(0, ROWS_FIRST)) {
    const last = groups.find((g) => g.name === row.span.name && g.service === row.span.service);
    if (last) last.rows.push(row);
    else groups.push({ name: row.span.name, service: row.span.service, rows: [row] });
  }
  const head = (id: string, glyph: 'wrong' | 'right') => (
    <th><span class="lab"><Glyph name={glyph} label={glyph} /><a href={address(`/trace/${id}`)}><code>{shortId(id)}</code></a></span></th>
  );
  return (
    <section class="block">
      <h3>One wrong, one right <span>the nearest right answer to a wrong one</span></h3>
      <table class="pair nohover">
        <colgroup><col class="k" /><col /><col /></colgroup>
        <thead><tr><th><span class="vh">attribute</span></th>{head(pair.wrong, 'wrong')}{head(pair.right, 'right')}</tr></thead>
        <tbody>
          {groups.map((g) => [
            <tr class="grp" key={g.service + g.name}><td colSpan={3}><Svc name={g.service} short /> {g.name}</td></tr>,
            ...g.rows.map((r) => (
              <tr class={r.wrong === r.right ? 'same' : 'diff'} key={g.name + r.attribute}>
                <td><code>{r.attribute}</code></td>
                <td><Differing own={r.wrong} other={r.right} /></td>
                <td><Differing own={r.right} other={r.wrong} right /></td>
              </tr>
            )),
          ])}
        </tbody>
      </table>
      <p class="dim tight">
        {!all && pair.differing.length > ROWS_FIRST ? <><button class="btn" onClick={() => showAll(true)}>{pair.differing.length - ROWS_FIRST} more differ</button> </> : null}
        {count(pair.equal)} more attributes are equal.{' '}
        <a href={address(`/trace/${pair.wrong}...${pair.right}`)}>Compare the two</a>{' · '}
        <a href={address(`/compare?a=${encodeURIComponent('{ label = wrong }')}&b=${encodeURIComponent('!{ label = wrong }')}`)}>Compare all wrong with all others</a>
      </p>
    </section>
  );
}
