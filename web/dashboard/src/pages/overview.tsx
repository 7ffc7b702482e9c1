// One month at a glance: the answer as title, where the money went, budgets, and what needs a look.
import { type Alert, type CategorySum, get, statistics, type Transaction } from '../api';
import { calendarOf, type Due } from '../calendar';
import { useApp } from '../app';
import { budgets as budgetsOf, budgetStates } from '../budget';
import { nameOf } from '../categories';
import { addMonths, dayNumber, daysIn, firstDay, isMonth, lastDay, longMonth, monthName, monthOf, shortDay, type Month, today } from '../dates';
import { useTitle } from '../frame';
import { currentLocale, t, tn } from '../i18n';
import { daySums, type PeriodSum, recurring, type Series } from '../ledger_api';
import { useLoad } from '../load';
import { exponentOf, formatMoney, formatWhole, sum, type Minor } from '../money';
import { type CategoryLine, figuresOf, type MonthFigures, titleOf } from '../overview';
import { Amount } from '../parts/amount';
import { BudgetBars } from '../parts/budget_bars';
import { CategoryChip, Swatch, isUnsure } from '../parts/chip';
import { DayChart } from '../parts/day_chart';
import { Period } from '../parts/period';
import { Section } from '../parts/section';
import { Empty, ErrorBox, Shown } from '../parts/states';
import { follow, go, usePlace } from '../route';
import { byMerchant, latestMonth, mainCurrency, monthsBefore, spentByDay, unsureRows } from '../rows';
import { AlertItem } from './alerts';

const HISTORY_MONTHS = 12;

interface Found {
  month: Month | null; // null: there are no rows at all
  sums: CategorySum[];
  history: CategorySum[][];
}

async function load(wanted: string, signal: AbortSignal): Promise<Found> {
  const [all, newest] = await Promise.all([statistics(signal), isMonth(wanted) ? wanted : latestMonth(signal)]);
  if (newest === null) return { month: null, sums: [], history: [] };
  return { month: newest, sums: all.get(newest) ?? [], history: monthsBefore(all, newest, HISTORY_MONTHS) };
}

export function Overview() {
  const { query } = usePlace();
  const { acting } = useApp();
  const wanted = query.get('month') ?? '';
  const loaded = useLoad((signal) => load(wanted, signal), [wanted, acting.id]);
  return (
    <Shown loaded={loaded} rows={10}>
      {(found) => (found.month === null ? <NothingYet /> : <MonthPage key={found.month} found={found} month={found.month} />)}
    </Shown>
  );
}

function NothingYet() {
  useTitle(t('nav.overview'));
  return (
    <Empty title={t('overview.empty')}>
      <p>{t('overview.empty.text')}</p>
      <a class="btn main" href="/welcome" onClick={follow}>{t('overview.empty.start')}</a>
    </Empty>
  );
}

function MonthPage({ found, month }: { found: Found; month: Month }) {
  const budgets = useLoad((signal) => budgetsOf({ month }, signal), [month]);
  const alerts = useLoad((signal) => get<{ alerts: Alert[] }>('/api/alerts', {}, signal), []);
  const daily = useLoad((signal) => daySums(firstDay(addMonths(month, -1)), lastDay(month), signal), [month]);
  const waiting = useLoad((signal) => unsureRows(month, signal), [month]);
  const running = month === monthOf(today());
  const series = useLoad((signal) => (running ? recurring(signal) : Promise.resolve([])), [running]);
  const currency = mainCurrency(found.sums) ?? mainCurrency(found.history.flat());
  const figures = currency === null ? null : figuresOf(month, currency, found.sums, found.history);
  const states = budgetStates(budgets.value ?? []);
  const title = figures && figures.count > 0 ? titleOf(figures, states, today()) : t('title.nothing', { month: monthName(month) });
  useTitle(longMonth(month));
  const open = (alerts.value?.alerts ?? []).filter((alert) => alert.state === 'open' || alert.state === 'new');
  const unsure = (waiting.value?.rows ?? []).filter(isUnsure);
  const dues = comingOf(series.value ?? [], month, currency ?? '');

  return (
    <>
      <div class="head">
        <div><h1>{title}</h1><p>{figures && <Subtitle figures={figures} />}</p></div>
        <Period month={month} onChange={(next) => go(`/?month=${next}`)} />
      </div>
      {figures && figures.count > 0 && <MonthBar figures={figures} due={-sum(dues.filter((due) => due.minor < 0n).map((due) => due.minor))} />}
      <div class="cols">
        <div>
          {daily.error !== undefined && <ErrorBox error={daily.error} onRetry={daily.reload} />}
          {figures && daily.value && figures.count > 0 && <DayByDay figures={figures} sums={daily.value} />}
          {figures && figures.lines.length > 0 && <WhereItWent figures={figures} />}
          <Section title={t('nav.budgets')} note={states.length > 0 ? t('budget.legend') : ''} link={['/budgets', t('overview.edit')]}>
            <Shown loaded={budgets} rows={3}>
              {() => (states.length > 0 ? <BudgetBars states={states} /> : (
                <p class="soft">{t('overview.no_budgets')}</p>
              ))}
            </Shown>
          </Section>
        </div>
        <div>
          <Section title={t('overview.look')} lead link={['/alerts', t('overview.all_alerts')]}>
            <Shown loaded={alerts} rows={2}>
              {() => (open.length === 0 ? <p class="soft">{t('overview.nothing_to_look')}</p> : (
                <ul class="alerts">{open.slice(0, 4).map((alert) => <AlertItem key={alert.id} alert={alert} onAck={alerts.reload} />)}</ul>
              ))}
            </Shown>
          </Section>
          {dues.length > 0 && <StillToCome dues={dues} />}
          {unsure.length > 0 && <Unsure rows={unsure} month={month} />}
        </div>
      </div>
    </>
  );
}

function Subtitle({ figures }: { figures: MonthFigures }) {
  const parts = [tn('rows', figures.count)];
  if (figures.usualTotal !== null) {
    parts.push(t('overview.usual', { amount: formatWhole({ minor: figures.usualTotal, currency: figures.currency }, currentLocale()) }));
  }
  if (figures.others.length > 0) parts.push(t('overview.others', { currencies: figures.others.join(', ') }));
  return <>{parts.join(' · ')}</>;
}

function share(part: Minor, whole: Minor): string {
  return `${Number((part * 10000n) / whole) / 100}%`;
}

// The width is the month's income; when spending passes it, the width is the spending.
function MonthBar({ figures, due }: { figures: MonthFigures; due: Minor }) {
  const { income, spent, currency } = figures;
  const whole = income > spent + due ? income : spent + due;
  if (income <= 0n || spent < 0n) return null; // without income there is nothing to measure by
  const left = income - spent - due;
  const label = t('month_bar.label', {
    spent: formatMoney({ minor: spent, currency }, 'never', currentLocale()),
    income: formatMoney({ minor: income, currency }, 'never', currentLocale()),
  });
  return (
    <div class="mbar">
      <div class="track" role="img" aria-label={label}>
        <span class="spent" style={{ width: share(spent, whole) }} />
        {due > 0n && <span class="due" style={{ width: share(due, whole) }} />}
        {left < 0n && income > 0n && <span class="income-mark" style={{ left: share(income, whole) }} />}
      </div>
      <dl>
        <div><dt class="k-whole">{t(left >= 0n ? 'month_bar.income' : 'month_bar.income_mark')}</dt>
          <dd><Amount minor={income} currency={currency} sign="never" /></dd></div>
        <div><dt class="k-spent">{t('month_bar.spent')}</dt><dd><Amount minor={spent} currency={currency} sign="never" /></dd></div>
        {due > 0n && <div><dt class="k-due">{t('recurring.coming')}</dt><dd><Amount minor={due} currency={currency} sign="never" /></dd></div>}
        <div><dt class={left < 0n ? 'k-over' : 'k-left'}>{t(left >= 0n ? 'month_bar.left' : 'month_bar.beyond')}</dt>
          <dd class={left < 0n ? 'over' : ''}><Amount minor={left} currency={currency} sign="never" /></dd></div>
      </dl>
    </div>
  );
}

function DayByDay({ figures, sums }: { figures: MonthFigures; sums: PeriodSum[] }) {
  const { month, currency } = figures;
  const days = daysIn(month);
  const upTo = month === monthOf(today()) ? dayNumber(today()) : days;
  const beforeMonth = addMonths(month, -1);
  const before = sums.some((one) => monthOf(one.period) === beforeMonth) ? spentByDay(sums, beforeMonth, currency, daysIn(beforeMonth)) : [];
  return (
    <Section title={t('overview.daily')} note={t('overview.daily.note', { month: monthName(beforeMonth) })}
      link={[`/transactions?month=${month}`, tn('rows', figures.count)]}>
      <DayChart month={month} currency={currency} spent={spentByDay(sums, month, currency, upTo)} before={before}
        beforeMonth={beforeMonth} days={days} />
    </Section>
  );
}

// The bars' scale: the largest figure, unless one category dwarfs the rest; then it is told in words.
function scaleOf(lines: readonly CategoryLine[]): number {
  const size = (line: CategoryLine) => Math.max(Number(line.spent), Number(line.usual ?? 0n), 0);
  const sizes = lines.map(size).sort((a, b) => b - a);
  const [first = 1, second = first] = sizes;
  return Math.max(first > 2 * second && second > 0 ? second * 1.1 : first, 1);
}

function isMore(line: CategoryLine, currency: string): boolean {
  const usual = line.usual ?? line.spent;
  const twenty = 20n * 10n ** BigInt(exponentOf(currency));
  return line.spent - usual >= twenty && (line.spent - usual) * 4n >= usual;
}

function WhereItWent({ figures }: { figures: MonthFigures }) {
  const { lines, currency, month } = figures;
  const scale = scaleOf(lines);
  const end = formatWhole({ minor: BigInt(Math.round(scale)), currency }, currentLocale());
  const hasUsual = lines.some((line) => line.usual !== null);
  return (
    <Section title={t(hasUsual ? 'overview.where' : 'overview.where.plain')} note={hasUsual ? t('overview.where.note') : ''}>
      <div class="catrow hd">
        <span /><span /><span class="ends"><span>{formatWhole({ minor: 0n, currency }, currentLocale())}</span><span>{end}</span></span>
        <span>{t('overview.spent')}</span><span>{hasUsual && t('overview.to_usual')}</span>
      </div>
      {lines.map((line) => (
        <a key={line.category} class="catrow" href={`/transactions?month=${month}&category=${line.category}`} onClick={follow}
          data-category={line.category}>
          <Swatch category={line.category} /><span>{nameOf(line.category)}</span>
          <CategoryBar line={line} scale={scale} />
          <Amount minor={line.spent} currency={currency} sign="never" />
          <Difference line={line} currency={currency} />
        </a>
      ))}
    </Section>
  );
}

function CategoryBar({ line, scale }: { line: CategoryLine; scale: number }) {
  const spent = (Math.max(Number(line.spent), 0) / scale) * 100;
  const usual = (Math.max(Number(line.usual ?? line.spent), 0) / scale) * 100;
  if (spent > 105 || usual > 105) return <span class="note">{t('overview.off_scale')}</span>;
  return (
    <span class="cbar" style={{ '--v': spent.toFixed(1), '--u': usual.toFixed(1) }}>
      {line.usual !== null && spent > usual && <span class="more" />}
      {line.usual !== null && <span class="usual" />}
    </span>
  );
}

function Difference({ line, currency }: { line: CategoryLine; currency: string }) {
  if (line.usual === null) return <span />;
  const difference = line.spent - line.usual;
  const size = difference < 0n ? -difference : difference;
  if (size * 50n <= line.usual) return <span class="note">{t('overview.as_usual')}</span>;
  const text = formatMoney({ minor: difference, currency }, 'always', currentLocale());
  return <span class={isMore(line, currency) ? 'amt up strong' : 'amt soft'}>{text}</span>;
}

// What is expected before the month ends, in its main currency.
function comingOf(all: readonly Series[], month: Month, currency: string): Due[] {
  const living = all.filter((one) => one.currency === currency && ['early', 'active', 'late'].includes(one.state) && one.category !== 'transfer');
  return calendarOf(living, month).filter((day) => monthOf(day.day) === month && day.day > today()).flatMap((day) => day.dues);
}

function StillToCome({ dues }: { dues: Due[] }) {
  return (
    <Section title={t('recurring.coming')} note={dues.some((due) => due.about) ? t('recurring.coming.note') : ''} link={['/recurring', t('recurring.calendar')]}>
      <ul>
        {dues.slice(0, 6).map((due, i) => (
          <li class="due" key={i}>
            <span class="d">{shortDay(due.date)}</span><span>{due.name}</span>
            <span>{due.about && '≈ '}<Amount minor={due.minor} currency={due.currency} /></span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Unsure({ rows, month }: { rows: Transaction[]; month: Month }) {
  const address = `/transactions?month=${month}&unsure=1`;
  const groups = byMerchant(rows);
  return (
    <Section title={tn('overview.to_check', rows.length)} note={t('overview.to_check.note')}>
      <ul class="revs">
        {groups.slice(0, 3).map((group) => (
          <li class="rev" key={`${group.merchant} ${group.rows[0]!.category}`}>
            <span><b class="medium">{group.merchant}</b> {group.rows.length > 1 && <span class="note">{tn('rows', group.rows.length)}</span>}</span>
            <CategoryChip row={group.rows[0]!} open={false} onOpen={() => go(address)} />
          </li>
        ))}
      </ul>
      <div class="foot">
        <a class="btn main" href={`/review?month=${month}`} onClick={follow}>{t('review.short')}</a>
        {groups.length > 3 && <span class="note">{tn('overview.more_to_check', groups.length - 3)}</span>}
      </div>
    </Section>
  );
}
