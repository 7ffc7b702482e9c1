// Monthly limits per category: how they stand, and changing them.
import { useState } from 'preact/hooks';
import { ask, type Budget, type CategorySum, get, statistics } from '../api';
import { useApp } from '../app';
import { spentOf, suggestedLimit } from '../budget';
import { CATEGORIES, isSpending, nameOf } from '../categories';
import { isMonth, monthName, today, type Month } from '../dates';
import { useTitle } from '../frame';
import { currentLocale, t, tn } from '../i18n';
import { useLoad } from '../load';
import { exponentOf, formatWhole, type Minor, parseAmount, plainAmount } from '../money';
import { budgetStates } from '../overview';
import { BudgetBars, budgetName } from '../parts/budget_bars';
import { Swatch } from '../parts/chip';
import { Period } from '../parts/period';
import { Empty, ErrorBox, Shown } from '../parts/states';
import { say } from '../parts/toast';
import { go, usePlace } from '../route';
import { latestMonth, mainCurrency, monthsBefore, thisMonth } from '../rows';
import { Section } from '../parts/section';

interface Found {
  month: Month;
  budgets: Budget[];
  sums: CategorySum[];
  history: CategorySum[][];
}

async function load(wanted: string, signal: AbortSignal): Promise<Found> {
  const [{ budgets }, all, newest] = await Promise.all([
    get<{ budgets: Budget[] }>('/api/budgets', {}, signal),
    statistics(signal),
    isMonth(wanted) ? wanted : latestMonth(signal),
  ]);
  const month = newest ?? thisMonth();
  return { month, budgets, sums: all.get(month) ?? [], history: monthsBefore(all, month, 3) };
}

function suggestions(found: Found, currency: string): Budget[] {
  return CATEGORIES.filter((id) => isSpending(id) && id !== 'housing')
    .map((id) => ({ id, limit: suggestedLimit(found.history.map((earlier) => spentOf(earlier, [id], currency)), exponentOf(currency)) }))
    .filter((one) => one.limit > 0n)
    .sort((a, b) => (a.limit < b.limit ? 1 : -1))
    .slice(0, 3)
    .map(({ id, limit }) => ({ categories: [id], period: 'month', limit_minor: limit, currency }));
}

const save = (budgets: Budget[]) => ask<unknown>('PUT', '/api/budgets', { body: { budgets } });

export function BudgetsPage() {
  const { acting } = useApp();
  const { query } = usePlace();
  const wanted = query.get('month') ?? '';
  const loaded = useLoad((signal) => load(wanted, signal), [wanted]);
  const [editing, setEditing] = useState<Budget[] | null>(null);
  useTitle(t('nav.budgets'));
  const found = loaded.value;
  const states = found ? budgetStates(found.budgets, found.sums, found.month, today()) : [];
  const over = states.filter((state) => state.left < 0n).length;
  const currency = found ? mainCurrency(found.sums) ?? mainCurrency(found.history.flat()) ?? 'EUR' : 'EUR';
  const title = !found || states.length === 0 ? t('nav.budgets')
    : over > 0 ? tn('budgets.over', over, { all: states.length }) : tn('budgets.fine', states.length);
  const finished = () => { setEditing(null); loaded.reload(); };

  return (
    <>
      <div class="head">
        <div><h1>{title}</h1><p>{t('budgets.text')}</p></div>
        {found && !editing && <Period month={found.month} onChange={(month) => go(`/budgets?month=${month}`)} />}
      </div>
      <Shown loaded={loaded} rows={4}>
        {(value) => {
          if (editing) return <Editor start={editing} currency={currency} onSaved={finished} onCancel={() => setEditing(null)} />;
          if (states.length === 0) {
            return <NoBudgets proposed={suggestions(value, currency)} mayEdit={acting.may_edit} onEdit={setEditing} />;
          }
          return (
            <Section title={monthName(value.month)} note={t('budget.legend')}>
              <BudgetBars states={states} />
              {acting.may_edit && (
                <p class="after"><button type="button" class="btn" onClick={() => setEditing(value.budgets)}>{t('budgets.edit')}</button></p>
              )}
            </Section>
          );
        }}
      </Shown>
    </>
  );
}

function NoBudgets({ proposed, mayEdit, onEdit }: { proposed: Budget[]; mayEdit: boolean; onEdit: (budgets: Budget[]) => void }) {
  const list = proposed.map((one) =>
    `${budgetName(one.categories)} ${formatWhole({ minor: one.limit_minor, currency: one.currency }, currentLocale())}`).join(', ');
  return (
    <Empty title={t('budgets.none')}>
      <p>{proposed.length > 0 ? t('budgets.suggest', { list }) : t('budgets.none.text')}</p>
      {mayEdit && proposed.length > 0 && (
        <button type="button" class="btn main" onClick={() => onEdit(proposed)}>{tn('budgets.use', proposed.length)}</button>
      )}{' '}
      {mayEdit && <button type="button" class="btn" onClick={() => onEdit([])}>{t('budgets.own')}</button>}
    </Empty>
  );
}

interface Line {
  id?: string | undefined;
  categories: string[];
  currency: string;
  period: string;
  typed: string;
}

function lineOf(budget: Budget): Line {
  return { id: budget.id, categories: budget.categories, currency: budget.currency, period: budget.period,
    typed: plainAmount({ minor: budget.limit_minor, currency: budget.currency }, currentLocale()) };
}

function limitOf(line: Line): Minor | null {
  const minor = parseAmount(line.typed, line.currency, currentLocale());
  return minor !== null && minor > 0n ? minor : null;
}

function Editor({ start, currency, onSaved, onCancel }:
{ start: Budget[]; currency: string; onSaved: () => void; onCancel: () => void }) {
  const [lines, setLines] = useState<Line[]>(() => start.map(lineOf));
  const [error, setError] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  const used = new Set(lines.flatMap((line) => line.categories));
  const free = CATEGORIES.filter((id) => isSpending(id) && !used.has(id));
  const valid = lines.every((line) => limitOf(line) !== null);
  const change = (at: number, typed: string) => setLines(lines.map((line, i) => (i === at ? { ...line, typed } : line)));
  const add = (id: string) => setLines([...lines, { categories: [id], currency, period: 'month', typed: '' }]);

  const send = async (event: Event) => {
    event.preventDefault();
    if (!valid || busy) return;
    setBusy(true);
    try {
      await save(lines.map(({ id, categories, currency: unit, period, ...line }) =>
        ({ ...(id !== undefined && { id }), categories, period, currency: unit, limit_minor: limitOf({ ...line, categories, period, currency: unit })! })));
      say(tn('budgets.saved', lines.length));
      onSaved();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <form onSubmit={send}>
      <Section title={t('budgets.limits')} note={t('budgets.limits.note')}>
        <ul class="limits">
          {lines.map((line, at) => (
            <li key={line.categories.join()}>
              <Swatch category={line.categories[0] ?? ''} />
              <span class="nm">{line.categories.map(nameOf).join(', ')}</span>
              <span class="soft">{line.currency}</span>
              <input class="field" inputMode="decimal" aria-label={t('budgets.limit_for', { category: budgetName(line.categories) })}
                aria-invalid={line.typed !== '' && limitOf(line) === null} value={line.typed} autofocus={line.typed === ''}
                onInput={(event) => change(at, event.currentTarget.value)} />
              <button type="button" class="btn bare" aria-label={t('budgets.remove', { category: budgetName(line.categories) })}
                onClick={() => setLines(lines.filter((_unused, i) => i !== at))}>{t('remove')}</button>
            </li>
          ))}
        </ul>
        <p class="after">
          <select class="field" aria-label={t('budgets.add')} value="" onChange={(event) => {
            if (event.currentTarget.value) add(event.currentTarget.value);
            event.currentTarget.value = '';
          }}>
            <option value="">{t('budgets.add')}</option>
            {free.map((id) => <option key={id} value={id}>{nameOf(id)}</option>)}
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
