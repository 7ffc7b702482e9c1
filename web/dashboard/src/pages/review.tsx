// The unsure rows of a month, merchant by merchant, worked by keyboard.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { setCategory, type Transaction } from '../api';
import { useApp } from '../app';
import { isCategory, nameOf } from '../categories';
import { isMonth, shortDay } from '../dates';
import { useTitle } from '../frame';
import { t, tn } from '../i18n';
import { saveRule } from '../ledger_api';
import { useLoad } from '../load';
import { sum } from '../money';
import { Amount } from '../parts/amount';
import { isUnsure, percentOf, Swatch } from '../parts/chip';
import { KeyHelp, useKeys } from '../parts/keys';
import { CategoryPicker } from '../parts/picker';
import { Empty, Shown, wordsFor } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { ReasonList } from '../parts/why';
import { follow, go, usePlace } from '../route';
import { emptyDraft, ruleOf } from '../rules';
import { byMerchant, type MerchantGroup, unsureRows } from '../rows';

const CHOICES = 4;

interface Choice {
  category: string;
  confidence: number | null;
}

// The model's proposals, best first.
function choicesOf(row: Transaction): Choice[] {
  const own = row.category && isCategory(row.category) ? [{ category: row.category, confidence: row.confidence ?? null }] : [];
  const others = (row.alternatives ?? []).filter((other) => other.category !== row.category && isCategory(other.category));
  return [...own, ...others].slice(0, CHOICES);
}

function weightOf(group: MerchantGroup): bigint {
  const total = sum(group.rows.map((row) => row.amount_minor));
  return total < 0n ? -total : total;
}

export function ReviewPage() {
  const { query } = usePlace();
  const wanted = query.get('month') ?? '';
  const month = isMonth(wanted) ? wanted : null;  // all months
  const loaded = useLoad(async (signal) => {
    const { rows } = await unsureRows(month, signal, 1000);
    return { groups: byMerchant(rows.filter(isUnsure)).sort((a, b) => (weightOf(a) < weightOf(b) ? 1 : -1)) };
  }, [wanted]);
  return (
    <Shown loaded={loaded} rows={8}>
      {({ groups }) => <Work groups={groups} back={month ? `/transactions?month=${month}` : '/transactions'} />}
    </Shown>
  );
}

// Answers by group: the category, or null for a group that was skipped.
type Answers = ReadonlyMap<MerchantGroup, string | null>;

function Work({ groups: found, back }: { groups: MerchantGroup[]; back: string }) {
  const { acting, config } = useApp();
  const [groups, setGroups] = useState(found);
  const [answers, setAnswers] = useState<Answers>(new Map());
  const [at, setAt] = useState(0);
  const [busy, setBusy] = useState(false);
  const order = useRef<MerchantGroup[]>([]);
  const open = groups.filter((group) => !answers.has(group));
  const rowsLeft = open.reduce((n, group) => n + group.rows.length, 0);
  useTitle(t('review.short'));

  const answer = async (group: MerchantGroup, category: string, asRule: boolean) => {
    if (busy || !acting.may_edit) return;
    setBusy(true);
    try {
      for (const row of group.rows) await setCategory(row.id, category);
      const rule = asRule ? ruleOf(emptyDraft(group.merchant, category)) : null;
      if (rule) await saveRule(rule).then((saved) => say(t('rules.saved', { name: saved.name })));
      order.current.push(group);
      settle(group, category);
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      sayError(`${what} ${more}`);
    } finally {
      setBusy(false);
    }
  };
  const settle = (group: MerchantGroup, category: string | null) => {
    const next = new Map(answers).set(group, category);
    setAnswers(next);
    const following = groups.findIndex((other, i) => i > at && !next.has(other));
    setAt(following >= 0 ? following : Math.max(0, groups.findIndex((other) => !next.has(other))));
  };
  const undo = async () => {
    const last = order.current.pop();
    if (!last || busy) return;
    setBusy(true);
    try {
      for (const row of last.rows) {
        if (row.category && isCategory(row.category)) await setCategory(row.id, row.category);
      }
      const next = new Map(answers);
      next.delete(last);
      setAnswers(next);
      setAt(groups.indexOf(last));
    } catch (failure) {
      order.current.push(last);
      sayError(wordsFor(failure).what);
    } finally {
      setBusy(false);
    }
  };
  // The rows of this merchant one by one, where one answer does not fit them all.
  const apart = () => {
    const whole = groups[at];
    if (!whole || whole.rows.length < 2 || answers.has(whole)) return;
    setGroups(groups.flatMap((one) => (one === whole ? whole.rows.map((row) => ({ merchant: whole.merchant, rows: [row] })) : [one])));
  };
  useKeys({
    x: apart,
    j: () => setAt(Math.min(at + 1, groups.length - 1)),
    k: () => setAt(Math.max(at - 1, 0)),
    u: () => void undo(),
    Escape: () => go(back),
  });

  const group = groups[at];
  if (open.length === 0 || !group) {
    return (
      <>
        <div class="head"><div><h1>{t('review.done')}</h1><p>{tn('review.answered', [...answers.values()].filter(Boolean).length)}</p></div></div>
        <Empty title={t('review.none')}>
          <p>{t('tx.none_unsure.text')}</p>
          <a class="btn main" href={back} onClick={follow}>{t('nav.transactions')}</a>{' '}
          {order.current.length > 0 && <button type="button" class="btn" onClick={() => void undo()}>{t('undo')} <kbd>U</kbd></button>}
        </Empty>
      </>
    );
  }
  return (
    <>
      <div class="head">
        <div><h1>{tn('review.title', rowsLeft, { merchants: tn('review.merchants', open.length) })}</h1><p>{t('review.text')}</p></div>
        <div class="tools"><a class="btn" href={back} onClick={follow}>{t('review.leave')} <kbd>Esc</kbd></a></div>
      </div>
      <div class="work">
        <nav class="queue" aria-label={t('review.queue')}>
          {groups.map((one, i) => (
            <button key={i} type="button" class={answers.has(one) ? 'done' : ''} aria-current={i === at || undefined} onClick={() => setAt(i)}>
              <span>{answers.get(one) ? '✓ ' : ''}{one.merchant}</span><GroupSum group={one} />
              <span class="note">
                {answers.get(one) ? t('review.now', { rows: tn('rows', one.rows.length), category: nameOf(answers.get(one)!) }) : tn('rows', one.rows.length)}
              </span>
            </button>
          ))}
        </nav>
        <Question key={`${at} ${group.rows[0]!.id} ${group.rows.length}`} group={group} busy={busy} awryUrl={config.awry_url} canUndo={order.current.length > 0}
          onApart={apart} onAnswer={(category, asRule) => void answer(group, category, asRule)} onSkip={() => settle(group, null)} onUndo={() => void undo()} />
      </div>
    </>
  );
}

function GroupSum({ group }: { group: MerchantGroup }) {
  return <Amount minor={sum(group.rows.map((row) => row.amount_minor))} currency={group.rows[0]!.currency} />;
}

interface QuestionProps {
  group: MerchantGroup;
  busy: boolean;
  awryUrl: string;
  canUndo: boolean;
  onApart: () => void;
  onAnswer: (category: string, asRule: boolean) => void;
  onSkip: () => void;
  onUndo: () => void;
}

function Question({ group, busy, awryUrl, canUndo, onApart, onAnswer, onSkip, onUndo }: QuestionProps) {
  const row = group.rows[0]!;
  const choices = useMemo(() => choicesOf(row), [row]);
  const [chosen, setChosen] = useState(0);
  const [picking, setPicking] = useState(choices.length === 0);
  const [asRule, setAsRule] = useState(false);
  const [why, setWhy] = useState(false);
  const box = useRef<HTMLElement>(null);
  useEffect(() => { if (!picking) box.current?.focus({ preventScroll: true }); }, [picking]);
  const take = (index: number) => () => { if (choices[index]) setChosen(index); };
  const confirm = () => { const choice = choices[chosen]; if (choice) onAnswer(choice.category, asRule); };
  useKeys({ 1: take(0), 2: take(1), 3: take(2), 4: take(3), Enter: confirm, s: onSkip, c: () => setPicking(true), w: () => setWhy(!why) });
  const main = choices[chosen];
  return (
    <section class="sec question" aria-live="polite" tabIndex={-1} ref={box}>
      <header><h2>{group.merchant}</h2><span class="note">{tn('rows', group.rows.length)}</span><GroupSum group={group} /></header>
      <table class="mini">
        <tbody>
          {group.rows.slice(0, 6).map((one) => (
            <tr key={one.id}><td>{shortDay(one.date)}</td><td>{one.description}</td>
              <td><Amount minor={one.amount_minor} currency={one.currency} column /></td></tr>
          ))}
        </tbody>
      </table>
      <div class="opts" role="radiogroup" aria-label={t('tx.category')}>
        {choices.map((choice, i) => (
          <label key={choice.category} class={i === chosen ? 'on' : ''} data-category={choice.category}>
            <kbd>{i + 1}</kbd><Swatch category={choice.category} /><span>{nameOf(choice.category)}</span>
            <span class="p" style={{ '--v': String(Math.round((choice.confidence ?? 0) * 100)) }}><i /></span>
            <span class="r">{choice.confidence === null ? '' : percentOf(choice.confidence)}</span>
            <input class="vh" type="radio" name="category" checked={i === chosen} onChange={take(i)} />
          </label>
        ))}
        {!picking && (
          <button type="button" class="other" onClick={() => setPicking(true)}>
            <kbd>C</kbd><span class="sw none" aria-hidden="true">?</span><span class="soft">{t('review.another')}</span>
          </button>
        )}
      </div>
      {picking && <CategoryPicker first={[]} onPick={(category) => onAnswer(category, asRule)} onLeave={() => setPicking(false)} />}
      {why && <div class="gap"><ReasonList row={row} /></div>}
      <p class="gap"><label class="check"><input type="checkbox" checked={asRule} onChange={(event) => setAsRule(event.currentTarget.checked)} />{' '}
        {t('review.as_rule', { merchant: group.merchant })}</label></p>
      <div class="answers">
        {main && <button type="button" class="btn main big" disabled={busy} onClick={confirm}>{nameOf(main.category)} <kbd>↵</kbd></button>}
        <button type="button" class="btn big" onClick={onSkip}>{t('review.skip')} <kbd>S</kbd></button>
        <button type="button" class="btn big" disabled={!canUndo || busy} onClick={onUndo}>{t('undo')} <kbd>U</kbd></button>
        {group.rows.length > 1 && <button type="button" class="btn big" onClick={onApart}>{t('review.apart')} <kbd>X</kbd></button>}
        <button type="button" class="btn big" aria-expanded={why} onClick={() => setWhy(!why)}>{t('review.why')} <kbd>W</kbd></button>
        <span class="grow" />
        {row.trace_id && awryUrl && (
          <a href={`${awryUrl}/trace/${row.trace_id}?uiFind=model_prediction`} target="_blank" rel="noopener">{t('why.trace')}</a>
        )}
      </div>
      <KeyHelp keys={[['1–4', 'key.choose'], ['↵', 'key.confirm'], ['J', 'key.next'], ['K', 'key.previous'], ['C', 'key.category'], ['S', 'key.skip'],
        ['X', 'key.apart'], ['W', 'key.why'], ['U', 'key.undo'], ['Esc', 'key.back']]} />
    </section>
  );
}
