// Payments that look like fraud, one after the other: the facts, then the question. Worked by keyboard.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useApp } from '../app';
import { rowAddress } from '../filter';
import { answersOf, caseTitle, isVeryUnusual, merchantOf, momentOf, reasonText, scoreText, timeBeside } from '../fraud';
import { type CasePage, type Charge, decideCase, type FraudCase, fraudCases, tellOpenCases, type Verdict } from '../fraud_api';
import { useTitle } from '../frame';
import { t, tn } from '../i18n';
import { useLoad } from '../load';
import { Amount } from '../parts/amount';
import { KeyHelp, useKeys } from '../parts/keys';
import { Section } from '../parts/section';
import { Empty, Shown, wordsFor } from '../parts/states';
import { sayError } from '../parts/toast';
import { ReasonList } from '../parts/why';
import { follow, usePlace } from '../route';

export function FraudPage() {
  const decided = usePlace().query.get('state') === 'decided';
  const state = decided ? 'decided' : 'open';
  const loaded = useLoad((signal) => fraudCases(state, undefined, signal), [state]);
  useTitle(t('nav.fraud'));
  return <Shown loaded={loaded} rows={8}>{(page) => <Inbox key={state} page={page} decided={decided} />}</Shown>;
}

function Inbox({ page, decided }: { page: CasePage; decided: boolean }) {
  const { acting } = useApp();
  const [cases, setCases] = useState(page.cases);
  const [next, setNext] = useState(page.next_cursor);
  const [open, setOpen] = useState(page.open);
  const [at, setAt] = useState(0);
  const [why, setWhy] = useState('');
  const [busy, setBusy] = useState(false);
  const answered = useRef<FraudCase[]>([]);
  const current = cases[at];
  useEffect(() => tellOpenCases(open), [open]);

  const work = async (task: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    try {
      await task();
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      sayError(`${what} ${more}`);
    } finally {
      setBusy(false);
    }
  };
  const put = (one: FraudCase, verdict: Verdict) => work(async () => {
    const { state } = await decideCase(one.id, verdict);
    setOpen((n) => n + Number(state === 'open') - Number(one.state === 'open'));
    setCases((all) => all.map((other) => (other.id === one.id ? { ...other, state } : other)));
    if (verdict === 'open') {
      setAt(cases.findIndex((other) => other.id === one.id));
      return;
    }
    answered.current.push({ ...one, state });
    const following = cases.findIndex((other, i) => i > at && other.state === 'open');
    if (following >= 0) setAt(following);
  });
  const decide = (one: FraudCase | undefined, verdict: Verdict) => {
    if (one && acting.may_edit && one.state !== verdict) void put(one, verdict);
  };
  const undo = () => {
    const last = answered.current.pop();
    if (last) decide(last, 'open');
  };
  const older = () => work(async () => {
    const more = await fraudCases(decided ? 'decided' : 'open', next);
    setCases([...cases, ...more.cases]);
    setNext(more.next_cursor);
  });
  useKeys({
    j: () => setAt(Math.min(at + 1, cases.length - 1)),
    k: () => setAt(Math.max(at - 1, 0)),
    y: () => decide(current, 'right'),
    n: () => decide(current, 'fraud'),
    s: () => setAt(Math.min(at + 1, cases.length - 1)),
    w: () => setWhy(current && why !== current.id ? current.id : ''),
    u: undo,
  });

  const title = decided ? t('fraud.decided') : open === 0 ? t('fraud.none') : tn('fraud.title', open);
  const told = cases.some((one) => one.state === 'fraud');
  return (
    <>
      <div class="head">
        <div><h1>{title}</h1><p>{t('fraud.text')}</p></div>
        <div class="tools">
          <a class="btn" href={decided ? '/fraud' : '/fraud?state=decided'} onClick={follow}>{t(decided ? 'fraud.to_open' : 'fraud.decided')}</a>
        </div>
      </div>
      {cases.length === 0 && (
        <Empty title={t(decided ? 'fraud.none_decided' : 'fraud.empty')}>
          <p>{t(decided ? 'fraud.none_decided.text' : 'fraud.empty.text')}</p>
          <a class="btn main" href="/transactions" onClick={follow}>{t('nav.transactions')}</a>
        </Empty>
      )}
      {cases.map((one, i) => (
        <Case key={one.id} one={one} current={i === at} busy={busy} mayEdit={acting.may_edit} why={why === one.id}
          onHere={() => setAt(i)} onWhy={() => setWhy(why === one.id ? '' : one.id)} onDecide={(verdict) => { setAt(i); decide(one, verdict); }} />
      ))}
      {next !== undefined && <p class="after"><button type="button" class="btn" disabled={busy} onClick={() => void older()}>{t('fraud.older')}</button></p>}
      {told && <Afterwards />}
      {cases.length > 0 && (
        <KeyHelp keys={[['J', 'key.next'], ['K', 'key.previous'], ['Y', 'key.me'], ['N', 'key.not_me'], ['S', 'key.skip'], ['W', 'key.why'], ['U', 'key.undo']]} />
      )}
    </>
  );
}

interface CaseProps {
  one: FraudCase;
  current: boolean;
  busy: boolean;
  mayEdit: boolean;
  why: boolean;
  onHere: () => void;
  onWhy: () => void;
  onDecide: (verdict: Verdict) => void;
}

function Case({ one, current, busy, mayEdit, why, onHere, onWhy, onDecide }: CaseProps) {
  const box = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    if (current && !first.current) box.current?.focus();
    first.current = false;
  }, [current]);
  const names = answersOf(one);
  const id = `case-${one.id}`;
  return (
    <article class={current ? 'case here' : 'case'} aria-labelledby={id} aria-current={current || undefined} data-case={one.id} data-state={one.state} tabIndex={-1} ref={box} onClick={onHere}>
      <header>
        <h2 id={id}>{caseTitle(one)}</h2>
        <span class="big"><Amount minor={one.amount_minor} currency={one.currency} sign={one.amount_minor > 0n ? 'always' : 'never'} /></span>
        <p class="note">{[merchantOf(one), momentOf(one)].join(' · ')}</p>
        <span class={isVeryUnusual(one) ? 'tag over' : 'tag near'}>{scoreText(one)}</span>
      </header>
      <div>
        <ul class="why">{one.reasons.map((reason, i) => <li key={reason.code}>{i === 0 ? <b>{reasonText(reason)}</b> : reasonText(reason)}</li>)}</ul>
        {why && one.transaction && <div class="gap"><ReasonList row={one.transaction} /></div>}
        <div class="verdict">
          {mayEdit && one.state === 'open' && (
            <>
              <button type="button" class="btn bad big" disabled={busy} onClick={() => onDecide('fraud')}>{names.fraud} <kbd>N</kbd></button>
              <button type="button" class="btn big" disabled={busy} onClick={() => onDecide('right')}>{names.right} <kbd>Y</kbd></button>
            </>
          )}
          {one.state !== 'open' && (
            <>
              <span class={one.state === 'fraud' ? 'tag over' : 'tag'} role="status">{t(one.state === 'fraud' ? 'fraud.said_fraud' : 'fraud.said_right')}</span>
              {mayEdit && <button type="button" class="btn bare" disabled={busy} onClick={() => onDecide('open')}>{t('undo')} <kbd>U</kbd></button>}
            </>
          )}
          <CaseLinks one={one} why={why} onWhy={onWhy} />
        </div>
      </div>
      <Rows one={one} />
    </article>
  );
}

function CaseLinks({ one, why, onWhy }: { one: FraudCase; why: boolean; onWhy: () => void }) {
  const { config } = useApp();
  const row = one.transaction;
  if (!row) return <span class="note">{t('fraud.row_gone')}</span>;
  return (
    <>
      <button type="button" class="btn bare" aria-expanded={why} onClick={onWhy}>{t('fraud.why')} <kbd>W</kbd></button>
      <a class="note" href={rowAddress(row)} onClick={follow}>{t('fraud.row')}</a>
      {row.trace_id && config.awry_url && <a class="note" href={`${config.awry_url}/trace/${row.trace_id}`} target="_blank" rel="noopener">{t('why.trace')}</a>}
    </>
  );
}

// The payment among the person's own of the day before it, oldest first.
function Rows({ one }: { one: FraudCase }) {
  const all: Charge[] = [...one.related, one].sort((a, b) => (a.at_ns < b.at_ns ? -1 : a.at_ns > b.at_ns ? 1 : a.id === one.id ? 1 : -1));
  return (
    <div>
      <table class="mini">
        <caption class="vh">{t('fraud.rows')}</caption>
        <tbody>
          {all.map((charge) => (
            <tr key={charge.id} class={charge.id === one.id ? 'hit' : ''}>
              <td>{timeBeside(charge, one)}</td>
              <td class={charge.merchant === one.merchant ? '' : 'folded'}>{charge.merchant === one.merchant ? merchantOf(one) : charge.merchant}</td>
              <td><Amount minor={charge.amount_minor} currency={charge.currency} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// We cannot block a card: what the person can do.
function Afterwards() {
  return (
    <Section title={t('fraud.after')}>
      <ol class="todo"><li>{t('fraud.after.call')}</li><li>{t('fraud.after.rows')}</li><li>{t('fraud.after.learned')}</li></ol>
    </Section>
  );
}
