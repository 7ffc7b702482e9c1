// Every budget of the book at once: limits in a list, the rest of each behind "more".
import { useState } from 'preact/hooks';
import { allSpending, budgetName, type BudgetPlan, CARRIES, isTotal, kindText, PERIODS, planOf, saveBudgets, THRESHOLDS } from '../budget';
import { CATEGORIES, isCategory, isSpending, nameOf } from '../categories';
import { currentLocale, t, tn } from '../i18n';
import { type Minor, parseAmount, plainAmount } from '../money';
import { Swatch } from './chip';
import { Section } from './section';
import { ErrorBox } from './states';
import { say } from './toast';

const TOTAL = '*';

// A budget as it is typed.
interface Line {
  key: number;
  plan: BudgetPlan;
  limit: string;
  cap: string;
  merchants: string;
  tags: string;
}

let keys = 0;

function lineOf(plan: BudgetPlan): Line {
  const typed = (minor: Minor | null | undefined) => (minor === null || minor === undefined || minor <= 0n ? '' : plainAmount({ minor, currency: plan.currency }, currentLocale()));
  return { key: keys++, plan, limit: typed(plan.limit_minor), cap: typed(plan.carry_cap_minor), merchants: (plan.merchants ?? []).join(', '), tags: (plan.tags ?? []).join(', ') };
}

const listOf = (typed: string) => [...new Set(typed.split(',').map((one) => one.trim()).filter(Boolean))];

// The budget that was typed; null while it is none.
function readLine({ plan, limit, cap, merchants, tags }: Line): BudgetPlan | null {
  const positive = (typed: string) => {
    const minor = parseAmount(typed, plan.currency, currentLocale());
    return minor !== null && minor > 0n ? minor : null;
  };
  const limitMinor = positive(limit);
  const capMinor = cap.trim() === '' || plan.carry === undefined || plan.carry === 'none' ? null : positive(cap);
  const read = { ...plan, merchants: listOf(merchants), tags: listOf(tags), carry_cap_minor: capMinor };
  const counts = read.categories.length + read.merchants.length + read.tags.length > 0;
  const days = plan.period !== 'days' || (plan.days !== undefined && plan.days >= 1 && plan.days <= 366);
  const capRead = capMinor !== null || cap.trim() === '' || plan.carry === 'none' || plan.carry === undefined;
  const ordered = !plan.active_from || !plan.active_until || plan.active_from <= plan.active_until;
  if (limitMinor === null || !counts || !days || !capRead || !ordered) return null;
  const { days: length, ...rest } = read;
  return planOf({ ...rest, limit_minor: limitMinor, ...(plan.period === 'days' && length !== undefined && { days: length }) });
}

export function BudgetEditor({ start, currency, onSaved, onCancel }:
{ start: BudgetPlan[]; currency: string; onSaved: () => void; onCancel: () => void }) {
  const [lines, setLines] = useState<Line[]>(() => start.map(lineOf));
  const [error, setError] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  const plans = lines.map(readLine);
  const valid = plans.every((plan) => plan !== null);
  const change = (key: number, part: Partial<Line>) => setLines(lines.map((line) => (line.key === key ? { ...line, ...part } : line)));
  const add = (categories: string[]) => setLines([...lines, lineOf({ categories, period: 'month', limit_minor: 0n, currency, carry: 'none', thresholds: [80, 100], will_exceed: false })]);
  const send = async (event: Event) => {
    event.preventDefault();
    if (!valid || busy) return;
    setBusy(true);
    try {
      await saveBudgets(plans.filter((plan) => plan !== null));
      say(tn('budgets.saved', plans.length));
      onSaved();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void send(event)}>
      <Section title={t('budgets.limits')} note={t('budgets.limits.note')}>
        <ul class="limits">
          {lines.map((line) => (
            <BudgetLine key={line.key} line={line} onChange={(part) => change(line.key, part)} onRemove={() => setLines(lines.filter((other) => other !== line))} />
          ))}
        </ul>
        <p class="after">
          <select class="field" aria-label={t('budgets.add')} value="" onChange={(event) => {
            const chosen = event.currentTarget.value;
            if (chosen) add(chosen === TOTAL ? allSpending() : [chosen]);
            event.currentTarget.value = '';
          }}>
            <option value="">{t('budgets.add')}</option>
            {!lines.some((line) => isTotal(line.plan)) && <option value={TOTAL}>{t('budgets.total')}</option>}
            {CATEGORIES.filter(isSpending).map((id) => <option key={id} value={id}>{nameOf(id)}</option>)}
          </select>
        </p>
      </Section>
      {error !== undefined && <ErrorBox error={error} />}
      <div class="act">
        <span class="grow">{valid ? t('budgets.act') : t('budgets.invalid')}</span>
        <button type="button" class="btn big" onClick={onCancel}>{t('cancel')}</button>
        <button class="btn main big" disabled={!valid || busy}>{tn('budgets.save', lines.length)}</button>
      </div>
    </form>
  );
}

interface LineProps {
  line: Line;
  onChange: (part: Partial<Line>) => void;
  onRemove: () => void;
}

function BudgetLine({ line, onChange, onRemove }: LineProps) {
  const [open, setOpen] = useState(false);
  const { plan } = line;
  const name = budgetName({ ...plan, merchants: listOf(line.merchants), tags: listOf(line.tags) }) || t('budgets.unnamed');
  const limit = parseAmount(line.limit, plan.currency, currentLocale());
  return (
    <li class={open ? 'open' : ''}>
      {plan.categories.length === 1 ? <Swatch category={plan.categories[0]!.split('.')[0]!} /> : <span class="sw none" aria-hidden="true">Σ</span>}
      <span class="nm">{name}<span class="note">{kindText(plan)}</span></span>
      <span class="soft">{plan.currency}</span>
      <input class="field" inputMode="decimal" aria-label={t('budgets.limit_for', { category: name })}
        aria-invalid={line.limit !== '' && (limit === null || limit <= 0n)} value={line.limit} autofocus={line.limit === ''}
        onInput={(event) => onChange({ limit: event.currentTarget.value })} />
      <span class="acts">
        <button type="button" class="btn bare" aria-expanded={open} aria-label={t('budgets.more_of', { category: name })} onClick={() => setOpen(!open)}>{t('budgets.more')}</button>
        <button type="button" class="btn bare" aria-label={t('budgets.remove', { category: name })} onClick={onRemove}>{t('remove')}</button>
      </span>
      {open && <Details line={line} onChange={onChange} />}
    </li>
  );
}

function Details({ line, onChange }: { line: Line; onChange: (part: Partial<Line>) => void }) {
  const { plan } = line;
  const set = (part: Partial<BudgetPlan>) => onChange({ plan: { ...plan, ...part } });
  const turn = (id: string, on: boolean) => set({ categories: on ? [...plan.categories, id] : plan.categories.filter((other) => other !== id) });
  const thresholds = plan.thresholds ?? [80, 100];
  return (
    <div class="plan">
      <div class="line">
        <label>{t('budgets.name')}<input class="field" maxLength={100} value={plan.name ?? ''} onInput={(event) => set({ name: event.currentTarget.value })} /></label>
        <label>{t('budgets.period')}
          <select class="field" name="period" value={plan.period} onChange={(event) => set({ period: event.currentTarget.value as BudgetPlan['period'], ...(event.currentTarget.value === 'days' && { days: plan.days || 14 }) })}>
            {PERIODS.map((kind) => <option key={kind} value={kind}>{t(`budgets.period.${kind}`)}</option>)}
          </select></label>
        {plan.period === 'days' && (
          <label>{t('budgets.days')}<input class="field" name="days" type="number" min={1} max={366} required value={String(plan.days ?? '')} onInput={(event) => set({ days: Number(event.currentTarget.value) })} /></label>
        )}
        <label>{t('budgets.starts_on')}<input class="field" name="starts_on" type="date" value={plan.starts_on ?? ''} onInput={(event) => set({ starts_on: event.currentTarget.value })} /></label>
      </div>
      <fieldset class="kinds"><legend class="note">{t('budgets.counts')}</legend>
        {[...CATEGORIES.filter(isSpending), ...plan.categories.filter((id) => !isCategory(id))].map((id) => (
          <label class="check" key={id}><input type="checkbox" checked={plan.categories.includes(id)} onChange={(event) => turn(id, event.currentTarget.checked)} /> {isCategory(id) ? nameOf(id) : budgetName({ categories: [id] })}</label>
        ))}
      </fieldset>
      <div class="line">
        <label class="wide">{t('budgets.merchants')}<input class="field" maxLength={2000} value={line.merchants} placeholder={t('budgets.list_hint')} onInput={(event) => onChange({ merchants: event.currentTarget.value })} /></label>
        <label class="wide">{t('budgets.tags')}<input class="field" maxLength={2000} value={line.tags} placeholder={t('budgets.list_hint')} onInput={(event) => onChange({ tags: event.currentTarget.value })} /></label>
      </div>
      <div class="line">
        <label class="wide">{t('budgets.carry')}
          <select class="field" name="carry" value={plan.carry ?? 'none'} onChange={(event) => set({ carry: event.currentTarget.value as BudgetPlan['carry'] & string })}>
            {CARRIES.map((carry) => <option key={carry} value={carry}>{t(`budgets.carry.${carry}`)}</option>)}
          </select></label>
        {plan.carry !== undefined && plan.carry !== 'none' && (
          <label>{t('budgets.cap')}<input class="field" inputMode="decimal" value={line.cap} placeholder={t('budgets.cap.none')} onInput={(event) => onChange({ cap: event.currentTarget.value })} /></label>
        )}
        <label>{t('budgets.active_from')}<input class="field" type="date" value={plan.active_from ?? ''} onInput={(event) => set({ active_from: event.currentTarget.value })} /></label>
        <label>{t('budgets.active_until')}<input class="field" type="date" value={plan.active_until ?? ''} onInput={(event) => set({ active_until: event.currentTarget.value })} /></label>
      </div>
      <fieldset class="kinds"><legend class="note">{t('budgets.tell')}</legend>
        {THRESHOLDS.map((at) => (
          <label class="check" key={at}><input type="checkbox" name="threshold" checked={thresholds.includes(at)}
            onChange={(event) => set({ thresholds: event.currentTarget.checked ? [...thresholds, at].sort((a, b) => a - b) : thresholds.filter((other) => other !== at) })} /> {t('budgets.at', { percent: t('percent', { n: at }) })}</label>
        ))}
        <label class="check"><input type="checkbox" name="will_exceed" checked={plan.will_exceed ?? false} onChange={(event) => set({ will_exceed: event.currentTarget.checked })} /> {t('budgets.will_exceed')}</label>
      </fieldset>
    </div>
  );
}
