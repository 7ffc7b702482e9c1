// Edits one rule. What it would change is asked for before it can be saved.
import { useEffect, useState } from 'preact/hooks';
import { type Account, get } from '../api';
import { CATEGORIES, nameOf } from '../categories';
import { shortDay } from '../dates';
import { t, tn, type Key } from '../i18n';
import { type Action, type DryRun, saveRule, tryRule } from '../ledger_api';
import { useLoad } from '../load';
import { type ConditionDraft, type Draft, type Field, FIELDS, ruleOf } from '../rules';
import { Amount } from './amount';
import { Section } from './section';
import { ErrorBox } from './states';
import { say } from './toast';

const PAUSE_MS = 300;

export function RuleEditor({ start, onDone, onCancel }: { start: Draft; onDone: () => void; onCancel: () => void }) {
  const [draft, setDraft] = useState(start);
  const [run, setRun] = useState<DryRun | null>(null);
  const [error, setError] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  const accounts = useLoad((signal) => get<{ accounts: Account[] }>('/api/accounts', {}, signal).then((a) => a.accounts), []);
  const rule = ruleOf(draft);
  const question = rule === null ? '' : JSON.stringify(rule, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
  // The dry run follows what is typed.
  useEffect(() => {
    setRun(null);
    if (rule === null) return undefined;
    let stale = false;
    const timer = setTimeout(() => {
      tryRule(rule).then((answer) => { if (!stale) { setRun(answer); setError(undefined); } }, (failure: unknown) => { if (!stale) setError(failure); });
    }, PAUSE_MS);
    return () => { stale = true; clearTimeout(timer); };
  }, [question]);

  const set = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const setCondition = (at: number, part: Partial<ConditionDraft>) => {
    const conditions = draft.conditions.map((one, i) => {
      if (i !== at) return one;
      const field = part.field ?? one.field;
      const ops: readonly string[] = FIELDS[field];
      const op = part.op ?? one.op;
      return { field, op: ops.includes(op) ? op : ops[0]!, value: part.value ?? (part.field && part.field !== one.field ? '' : one.value) };
    });
    set({ conditions });
  };
  const setAction = (at: number, part: Partial<Action>) =>
    set({ actions: draft.actions.map((one, i) => (i === at ? { set: part.set ?? one.set, value: part.value ?? (part.set && part.set !== one.set ? '' : one.value) } : one)) });
  const save = async (event: Event) => {
    event.preventDefault();
    if (rule === null || busy) return;
    setBusy(true);
    try {
      const state = rule.state === 'proposed' ? 'active' : rule.state;
      await saveRule({ ...rule, state, active: state === 'active' }, draft.id);
      say(t('rules.saved', { name: rule.name }));
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={save} class="rule-editor">
      <Section title={t(draft.id ? 'rules.edit_title' : 'rules.new')} note={t('rules.editor.note')}>
        <div class="line"><label class="wide">{t('rules.name')}<input class="field" maxLength={120} placeholder={rule?.name ?? ''} value={draft.name} onInput={(event) => set({ name: event.currentTarget.value })} /></label>
          <label>{t('rules.match')}<select class="field" value={draft.match} onChange={(event) => set({ match: event.currentTarget.value as Draft['match'] })}>
            <option value="all">{t('rules.match.all')}</option><option value="any">{t('rules.match.any')}</option></select></label>
          <label>{t('rules.stage')}<select class="field" value={draft.stage} onChange={(event) => set({ stage: event.currentTarget.value as Draft['stage'] })}>
            {(['pre', 'normal', 'post'] as const).map((stage) => <option key={stage} value={stage}>{t(`rule.stage.${stage}`)}</option>)}</select></label></div>
        {draft.conditions.map((one, i) => (
          <div class="line" key={i}>
            <label>{t('rules.if')}<select class="field" value={one.field} onChange={(event) => setCondition(i, { field: event.currentTarget.value as Field })}>
              {(Object.keys(FIELDS) as Field[]).map((field) => <option key={field} value={field}>{t(`rule.field.${field}`)}</option>)}</select></label>
            <label>{t('rules.compare')}<select class="field" value={one.op} onChange={(event) => setCondition(i, { op: event.currentTarget.value })}>
              {FIELDS[one.field].map((op) => <option key={op} value={op}>{t(`rule.op.${op}` as Key)}</option>)}</select></label>
            <ConditionValue condition={one} accounts={accounts.value ?? []} onValue={(value) => setCondition(i, { value })} />
            {draft.conditions.length > 1 && <button type="button" class="btn bare" onClick={() => set({ conditions: draft.conditions.filter((_one, at) => at !== i) })}>{t('remove')}</button>}
          </div>
        ))}
        <p class="gap"><button type="button" class="linklike" onClick={() => set({ conditions: [...draft.conditions, { field: 'amount', op: 'below', value: '' }] })}>{t('rules.add_condition')}</button></p>
        {draft.actions.map((one, i) => (
          <div class="line" key={i}>
            <label>{t('rules.then')}<select class="field" value={one.set} onChange={(event) => setAction(i, { set: event.currentTarget.value as Action['set'] })}>
              {(['category', 'tag', 'note', 'merchant'] as const).map((name) => <option key={name} value={name}>{t(`rule.set.${name}`)}</option>)}</select></label>
            <label class="wide">{t('rules.value')}{one.set === 'category' ? (
              <select class="field" value={one.value} onChange={(event) => setAction(i, { value: event.currentTarget.value })}>
                <option value="">{t('detail.choose')}</option>
                {CATEGORIES.map((id) => <option key={id} value={id}>{nameOf(id)}</option>)}
              </select>
            ) : <input class="field" maxLength={200} value={one.value} onInput={(event) => setAction(i, { value: event.currentTarget.value })} />}</label>
            {draft.actions.length > 1 && <button type="button" class="btn bare" onClick={() => set({ actions: draft.actions.filter((_one, at) => at !== i) })}>{t('remove')}</button>}
          </div>
        ))}
        <p class="gap"><button type="button" class="linklike" onClick={() => set({ actions: [...draft.actions, { set: 'tag', value: '' }] })}>{t('rules.add_action')}</button></p>
      </Section>
      {error !== undefined && <ErrorBox error={error} />}
      {rule !== null && run !== null && <Trial run={run} />}
      <div class="act">
        <span class="grow" role="status">{rule === null ? t('rules.incomplete') : run === null ? t('rules.trying') : tn('rules.would', run.changed, { matched: run.matched })}</span>
        <button type="button" class="btn big" onClick={onCancel}>{t('cancel')}</button>
        <button class="btn main big" disabled={rule === null || busy}>{t('rules.save')}</button>
      </div>
    </form>
  );
}

function ConditionValue({ condition, accounts, onValue }: { condition: ConditionDraft; accounts: Account[]; onValue: (value: string) => void }) {
  const { field, value } = condition;
  const options = field === 'direction' ? ['in', 'out'] : field === 'status' ? ['pending', 'booked'] : null;
  if (options || field === 'account') {
    const list = options ? options.map((id) => ({ id, name: t(`rule.value.${id}` as Key) })) : accounts;
    return (
      <label class="wide">{t('rules.value')}<select class="field" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">{t('detail.choose')}</option>
        {list.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></label>
    );
  }
  return (
    <label class="wide">{t(field === 'amount' ? 'rules.value.amount' : 'rules.value')}
      {field === 'date' ? <input class="field" type="date" value={value} onInput={(event) => onValue(event.currentTarget.value)} />
        : <input class="field" maxLength={200} value={value} onInput={(event) => onValue(event.currentTarget.value)} />}</label>
  );
}

const SHOWN = 12;

function Trial({ run }: { run: DryRun }) {
  if (run.rows.length === 0) return <p class="soft gap">{t('rules.no_match')}</p>;
  return (
    <Section title={tn('rules.trial', run.changed)} note={run.rows.length > SHOWN ? t('rules.trial.first', { n: SHOWN }) : ''}>
      <table class="mini trial">
        <tbody>
          {run.rows.slice(0, SHOWN).map(({ transaction: row, after }) => (
            <tr key={row.id}>
              <td>{shortDay(row.date)} {row.date.slice(0, 4)}</td>
              <td>{row.merchant}</td>
              <td>{after.category !== undefined && after.category !== row.category && <>{nameOf(row.category ?? '')} → <b class="medium">{nameOf(after.category)}</b></>}
                {after.tags && <> {after.tags.map((tag) => <span class="tag acc" key={tag}>{tag}</span>)}</>} {after.merchant} {after.note}</td>
              <td><Amount minor={row.amount_minor} currency={row.currency} column /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
