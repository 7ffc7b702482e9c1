// One budget: the period that is looked at, the rows behind its sum, and the periods before.
import { type Transaction, transaction } from '../api';
import { budgetAddress, budgetName, budgetPeriods, budgetRows, budgets, type Budget, kindText, type PeriodFigures, periodText, stateOf } from '../budget';
import { nameOf } from '../categories';
import { addDays, type Day, shortDay, today } from '../dates';
import { rowAddress } from '../filter';
import { useTitle } from '../frame';
import { t, tn } from '../i18n';
import { useLoad } from '../load';
import { percent } from '../money';
import { fetchRows } from '../rows';
import { follow } from '../route';
import { Amount } from './amount';
import { Bar, BudgetBars } from './budget_bars';
import { Section } from './section';
import { Empty, Shown } from './states';

interface Found {
  budget: Budget | undefined;
  periods: PeriodFigures[];
  ids: string[];
  rows: Transaction[];
}

const ROWS_MOST = 500; // as the service gives

// Rows of the period come in few pages; what is not among them (a part of a split has its own id) is left out.
async function load(id: string, date: Day, signal: AbortSignal): Promise<Found> {
  const budget = (await budgets({ date }, signal)).find((one) => one.id === id);
  if (!budget) return { budget, periods: [], ids: [], rows: [] };
  const [periods, ids] = await Promise.all([budgetPeriods(id, signal), budgetRows(id, date, signal)]);
  return { budget, periods, ids, rows: await rowsOf(budget, ids, signal) };
}

async function rowsOf(budget: Budget, ids: string[], signal: AbortSignal): Promise<Transaction[]> {
  if (ids.length === 0) return [];
  if (ids.length <= 20) {
    const found = await Promise.allSettled(ids.map((id) => transaction(id, signal)));
    const rows = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (rows.length === ids.length) return rows;
  }
  const wanted = new Set(ids);
  const { rows } = await fetchRows({ from: budget.from, to: addDays(budget.until, -1) }, signal, 20 * ROWS_MOST);
  return rows.filter((row) => wanted.has(row.id) || (row.splits ?? []).some((part) => part.id !== undefined && wanted.has(part.id)));
}

export function BudgetSheet({ id, date }: { id: string; date: Day | null }) {
  const loaded = useLoad((signal) => load(id, date ?? today(), signal), [id, date]);
  const budget = loaded.value?.budget;
  const name = budget ? budgetName(budget) : t('nav.budgets');
  useTitle(name);
  return (
    <>
      <div class="head">
        <div><h1>{name}</h1>{budget && <p>{kindText(budget)} · {periodText(budget)}</p>}</div>
        <div class="tools"><a class="btn" href="/budgets" onClick={follow}>{t('budgets.all')}</a></div>
      </div>
      <Shown loaded={loaded} rows={6}>
        {(found) => (found.budget ? <Sheet found={found} budget={found.budget} /> : (
          <Empty title={t('budgets.gone')}><p>{t('budgets.gone.text')}</p></Empty>
        ))}
      </Shown>
    </>
  );
}

function Sheet({ found, budget }: { found: Found; budget: Budget }) {
  return (
    <div class="cols">
      <div>
        <Section title={tn('rows', found.ids.length)} note={found.ids.length >= ROWS_MOST ? t('budgets.newest_rows') : ''}>
          {found.rows.length === 0 ? <p class="soft">{t('budgets.no_rows')}</p> : (
            <table class="mini">
              <caption class="vh">{t('budgets.rows')}</caption>
              <tbody>
                {found.rows.map((row) => (
                  <tr key={row.id} data-id={row.id}>
                    <td>{shortDay(row.date)}</td>
                    <td><a class="plain" href={rowAddress(row)} onClick={follow}>{row.merchant}</a></td>
                    <td><a class="plain soft" href={rowAddress(row, true)} onClick={follow}>{nameOf(row.category ?? '')}</a></td>
                    <td><Amount minor={row.amount_minor} currency={row.currency} column /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Section>
      </div>
      <div>
        <Section title={periodText(budget)} lead><BudgetBars states={[stateOf(budget)]} /></Section>
        {found.periods.length > 1 && (
          <Section title={t('budgets.periods')}>
            <ul class="periods">
              {found.periods.map((one) => (
                <li key={one.period_id}>
                  <a class="plain" href={budgetAddress(budget.id, one.from)} onClick={follow} aria-current={one.from === budget.from || undefined}>{periodText(one)}</a>
                  <span><Amount minor={one.spent_minor} currency={budget.currency} sign="never" /> <span class={one.left_minor < 0n ? 'over' : 'soft'}>{t('percent', { n: Math.round(percent(one.spent_minor, one.available_minor)) })}</span></span>
                  <Bar used={percent(one.spent_minor, one.available_minor)} elapsed={100} />
                </li>
              ))}
            </ul>
          </Section>
        )}
      </div>
    </div>
  );
}
