// A cause: its sentence and its evidence. On the front page, on a trace after "why", between two groups.
import type { ComponentChildren } from 'preact';
import type { Cause } from '../api';
import { scientific, shortId } from '../format';
import { address } from '../route';
import { Evidence, Pair, Replay, Series } from './evidence';
import { Query } from './query';
import { Sentence } from './sentence';

export function Probability({ p }: { p: number }) {
  const small = scientific(p);
  return small ? <>{small.mantissa} × 10<sup>{String(small.exponent).replace('-', '−')}</sup></> : <>{p === 0 ? '0' : p >= 0.995 ? '1.00' : p.toPrecision(2)}</>;
}

export function CauseView({ cause, actions }: { cause: Cause; actions?: ComponentChildren }) {
  const explained = cause.explains ?? [];
  return (
    <>
      <h2 class="sentence"><Sentence text={cause.statement} /></h2>
      <div class="split">
        <div>
          <section class="block">
            <h3>How often <span>share of traces with this fact, 95 % interval</span></h3>
            <Evidence bad={cause.bad} good={cause.good} />
            <p class="gloss tight">
              {cause.odds_ratio ? `Odds ratio ${cause.odds_ratio.value.toFixed(0)} (${cause.odds_ratio.lo.toFixed(0)}–${cause.odds_ratio.hi.toFixed(0)}); ` : ''}
              p = <Probability p={cause.p_value} /> after correction for everything tried.
            </p>
          </section>
          {cause.series && cause.series.length > 1 ? <Series cause={cause} /> : null}
          {cause.replay ? <Replay replay={cause.replay} /> : null}
          {explained.length > 0 ? (
            <section class="block">
              <h3>Explained by it <span>facts that say nothing more</span></h3>
              <ul>{explained.slice(0, 4).map((e) => <li class="dim" key={e.statement}><Sentence text={e.statement} /></li>)}</ul>
              {explained.length > 4 ? (
                <details class="more-facts"><summary class="dim">{explained.length - 4} more</summary>
                  <ul>{explained.slice(4).map((e) => <li class="dim" key={e.statement}><Sentence text={e.statement} /></li>)}</ul></details>
              ) : null}
            </section>
          ) : null}
        </div>
        <div>
          {cause.pair ? <Pair pair={cause.pair} /> : null}
          {cause.check ? (
            <section class="block">
              <h3>The check that would have caught it</h3>
              <Query text={cause.check} />
              <p class="tight"><a href={address(`/search?lookback=all&query=${encodeURIComponent(cause.check)}`)}>Find these traces</a></p>
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
      {actions}
    </>
  );
}
