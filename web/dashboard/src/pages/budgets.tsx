// Limits, how they stand, and changing them; one budget with its periods and the rows behind its sum.
import { useState } from 'preact/hooks';
import { type CategorySum, statistics } from '../api';
import { useApp } from '../app';
import { type Budget, budgetName, type BudgetPlan, budgets, budgetStates, planOf, spentOf, suggestedLimit } from '../budget';
import { CATEGORIES, isSpending } from '../categories';
import { isDay, isMonth, monthName, type Month } from '../dates';
import { useTitle } from '../frame';
import { currentLocale, t, tn } from '../i18n';
import { useLoad } from '../load';
import { exponentOf, formatWhole } from '../money';
import { BudgetBars } from '../parts/budget_bars';
import { BudgetEditor } from '../parts/budget_editor';
import { BudgetSheet } from '../parts/budget_sheet';
import { Period } from '../parts/period';
import { Section } from '../parts/section';
import { Empty, Shown } from '../parts/states';
import { follow, go, usePlace } from '../route';
import { latestMonth, mainCurrency, monthsBefore, thisMonth } from '../rows';

interface Found {
  month: Month;
  budgets: Budget[];
  history: CategorySum[][]; // this month first
}

async function load(wanted: string, signal: AbortSignal): Promise<Found> {
  const [all, newest] = await Promise.all([statistics(signal), isMonth(wanted) ? wanted : latestMonth(signal)]);
  const month = newest ?? thisMonth();
  return { month, budgets: await budgets({ month }, signal), history: [all.get(month) ?? [], ...monthsBefore(all, month, 3)] };
}

function suggestions(history: CategorySum[][], currency: string): BudgetPlan[] {
  return CATEGORIES.filter((id) => isSpending(id) && id !== 'housing')
    .map((id) => ({ id, limit: suggestedLimit(history.slice(1).map((earlier) => spentOf(earlier, [id], currency)), exponentOf(currency)) }))
    .filter((one) => one.limit > 0n)
    .sort((a, b) => (a.limit < b.limit ? 1 : -1))
    .slice(0, 3)
    .map(({ id, limit }) => ({ categories: [id], period: 'month', limit_minor: limit, currency }));
}

export function BudgetsPage() {
  const { query } = usePlace();
  const id = query.get('id');
  const date = query.get('date') ?? '';
  if (id !== null) return <BudgetSheet key={`${id} ${date}`} id={id} date={isDay(date) ? date : null} />;
  return <AllBudgets wanted={query.get('month') ?? ''} />;
}

function AllBudgets({ wanted }: { wanted: string }) {
  const { acting } = useApp();
  const loaded = useLoad((signal) => load(wanted, signal), [wanted]);
  const [editing, setEditing] = useState<BudgetPlan[] | null>(null);
  useTitle(t('nav.budgets'));
  const found = loaded.value;
  const states = budgetStates(found?.budgets ?? []);
  const over = states.filter((state) => state.left < 0n).length;
  const currency = found ? mainCurrency(found.history[0] ?? []) ?? mainCurrency(found.history.flat()) ?? 'EUR' : 'EUR';
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
          if (editing) return <BudgetEditor start={editing} currency={currency} onSaved={finished} onCancel={() => setEditing(null)} />;
          if (value.budgets.length === 0) {
            return <NoBudgets proposed={suggestions(value.history, currency)} mayEdit={acting.may_edit} onEdit={setEditing} />;
          }
          return (
            <Section title={monthName(value.month)} note={t('budget.legend')} link={['/alerts', t('overview.all_alerts')]}>
              {states.length > 0 ? <BudgetBars states={states} /> : <p class="soft">{t('budgets.none_active')}</p>}
              {acting.may_edit && (
                <p class="after">
                  <button type="button" class="btn" onClick={() => setEditing(value.budgets.map(planOf))}>{t('budgets.edit')}</button>{' '}
                  <a class="btn bare" href="/settings" onClick={follow}>{t('channels.title')}</a>
                </p>
              )}
            </Section>
          );
        }}
      </Shown>
    </>
  );
}

function NoBudgets({ proposed, mayEdit, onEdit }: { proposed: BudgetPlan[]; mayEdit: boolean; onEdit: (budgets: BudgetPlan[]) => void }) {
  const list = proposed.map((one) =>
    `${budgetName(one)} ${formatWhole({ minor: one.limit_minor, currency: one.currency }, currentLocale())}`).join(', ');
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
