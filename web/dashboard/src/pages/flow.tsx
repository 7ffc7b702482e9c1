// Cash flow: where a month's money came from and went, twelve months of it, and what it adds up to.
import { type CategorySum, type MonthSums, statistics, type Transaction } from '../api';
import { nameOf } from '../categories';
import { type MonthFlow, MonthsView } from '../charts/months_view';
import { gather, type Part, sankeyOf } from '../charts/sankey';
import { SankeyView } from '../charts/sankey_view';
import { netOf, WorthView } from '../charts/worth_view';
import { addMonths, firstDay, isMonth, lastDay, longMonth, monthName, monthOf, shortDay, type Month, today } from '../dates';
import { useTitle } from '../frame';
import { currentLocale, t } from '../i18n';
import { balances, netWorth } from '../ledger_api';
import { useLoad } from '../load';
import { formatMoney, percent, sum, type Minor } from '../money';
import { figuresOf } from '../overview';
import { Amount, whole } from '../parts/amount';
import { Period } from '../parts/period';
import { Section } from '../parts/section';
import { Empty, Shown } from '../parts/states';
import { follow, go, usePlace } from '../route';
import { fetchRows, latestMonth, mainCurrency, thisMonth } from '../rows';

const SOURCES = 5; // more are told together

interface Found {
  month: Month;
  sums: MonthSums;
  income: Transaction[];
}

async function load(wanted: string, signal: AbortSignal): Promise<Found> {
  const [sums, newest] = await Promise.all([statistics(signal), isMonth(wanted) ? wanted : latestMonth(signal)]);
  const month = newest ?? thisMonth();
  const { rows } = await fetchRows({ from: firstDay(month), to: lastDay(month), category: 'income' }, signal);
  return { month, sums, income: rows };
}

const OTHER = '\u0000other';

// Whom the money came from, most first.
export function sourcesOf(income: readonly Transaction[], currency: string): Part[] {
  const by = new Map<string, Minor>();
  for (const row of income) {
    if (row.currency === currency) by.set(row.merchant, (by.get(row.merchant) ?? 0n) + row.amount_minor);
  }
  const parts = [...by].map(([id, minor]) => ({ id, minor })).filter((part) => part.minor > 0n)
    .sort((a, b) => (a.minor < b.minor ? 1 : -1));
  if (parts.length <= SOURCES) return parts;
  return [...parts.slice(0, SOURCES - 1), { id: OTHER, minor: sum(parts.slice(SOURCES - 1).map((part) => part.minor)) }];
}

function monthsOf(all: MonthSums, last: Month, currency: string): MonthFlow[] {
  return Array.from({ length: 12 }, (_unused, i) => addMonths(last, i - 11)).map((month) => {
    const { income, spent } = figuresOf(month, currency, all.get(month) ?? [], []);
    return { month, income, spent };
  });
}

export function FlowPage() {
  const { query } = usePlace();
  const wanted = query.get('month') ?? '';
  const loaded = useLoad((signal) => load(wanted, signal), [wanted]);
  useTitle(t('nav.flow'));
  return <Shown loaded={loaded} rows={10}>{(found) => <MonthFlowPage found={found} />}</Shown>;
}

function MonthFlowPage({ found: { month, sums, income } }: { found: Found }) {
  const own: CategorySum[] = sums.get(month) ?? [];
  const currency = mainCurrency(own) ?? mainCurrency([...sums.values()].flat()) ?? 'EUR';
  const figures = figuresOf(month, currency, own, []);
  const spending = figures.lines.filter((line) => line.spent > 0n).map((line) => ({ id: line.category, minor: line.spent }));
  const sources = sourcesOf(income, currency);
  const into = sum(sources.map((part) => part.minor));
  const out = sum(spending.map((part) => part.minor));
  const refunds = figures.lines.filter((line) => line.spent < 0n).map((line) => ({ id: line.category, minor: -line.spent }));
  const all = [...sources, ...refunds];
  const total = into + sum(refunds.map((part) => part.minor));
  const left = total - out;
  const months = monthsOf(sums, month, currency);
  const name = monthName(month);
  const title = total === 0n && out === 0n ? t('title.nothing', { month: name })
    : left >= 0n ? t('flow.title', { kept: whole(left, currency), income: whole(total, currency), month: name })
      : t('flow.title_more', { more: whole(-left, currency), month: name });
  const refundOf = (id: string) => refunds.some((part) => part.id === id);
  const sourceName = (id: string) => (id === OTHER ? t('flow.rest') : refundOf(id) ? t('flow.refunds', { category: nameOf(id) }) : id);
  const hrefOf = (id: string, side: 'in' | 'out'): string | null => {
    if (side === 'in' && sources.some((part) => part.id === id)) return `/transactions?month=${month}&category=income`;
    const known = side === 'in' ? refundOf(id) : spending.some((part) => part.id === id);
    return known ? `/transactions?month=${month}&category=${id}` : null;
  };
  const larger = total > out ? total : out;
  const smaller = gather(spending, larger).small;
  return (
    <>
      <div class="head">
        <div><h1>{title}</h1>
          <p>{total > 0n && left >= 0n ? t('flow.text', { percent: t('percent', { n: Math.round(percent(left, total)) }) }) : t('flow.text_plain')}
            {figures.others.length > 0 && ` · ${t('overview.others', { currencies: figures.others.join(', ') })}`}</p></div>
        <Period month={month} onChange={(next) => go(`/flow?month=${next}`)} />
      </div>
      {larger > 0n && (
        <Section title={t('flow.where', { month: name })} note={t('flow.where.note')}>
          <SankeyView flow={(height) => sankeyOf(all, spending, height)!}
            labels={{ currency, smaller: smaller.length, sourceName, hrefOf }} />
          <FlowTable month={month} sources={all.map((part) => ({ ...part, name: sourceName(part.id) }))} spending={spending} currency={currency} />
        </Section>
      )}
      {larger === 0n && <Empty title={t('title.nothing', { month: name })}><p>{t('tx.none.text')}</p>
        <a class="btn main" href="/import" onClick={follow}>{t('nav.import')}</a></Empty>}
      <div class="halves">
        <Section title={t('flow.twelve')} note={t('flow.twelve.note')}><MonthsView months={months} currency={currency} /></Section>
        <NetWorth currency={currency} until={month} />
      </div>
    </>
  );
}

function FlowTable({ month, sources, spending, currency }:
{ month: Month; sources: (Part & { name: string })[]; spending: Part[]; currency: string }) {
  return (
    <>
      <table class="mini only-narrow">
        <tbody>{sources.map((part) => (
          <tr key={part.id}><td>{part.name}</td><td><Amount minor={part.minor} currency={currency} /></td></tr>))}</tbody>
      </table>
      <details class="note">
        <summary>{t('chart.table')}</summary>
        <table class="mini">
          <tbody>
            {sources.map((part) => <tr key={part.id}><td>{part.name}</td><td><Amount minor={part.minor} currency={currency} column /></td></tr>)}
            {spending.map((part) => (
              <tr key={part.id}>
                <td><a href={`/transactions?month=${month}&category=${part.id}`} onClick={follow}>{nameOf(part.id)}</a></td>
                <td><Amount minor={-part.minor} currency={currency} column /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

// Balances are as of today, whatever month is shown above: the page says so by its last date.
function NetWorth({ currency, until }: { currency: string; until: Month }) {
  const last = monthOf(today()) > until ? until : monthOf(today());
  const loaded = useLoad(async (signal) => {
    const [accounts, series] = await Promise.all([balances(signal), netWorth(firstDay(addMonths(last, -11)), lastDay(last), signal)]);
    return { accounts, series };
  }, [last]);
  const own = loaded.value?.accounts.filter((account) => account.currency === currency) ?? [];
  const others = loaded.value?.accounts.filter((account) => account.currency !== currency && !account.closed) ?? [];
  const series = loaded.value?.series ?? [];
  const grown = series.length > 1 ? netOf(series.at(-1)!, own) - netOf(series[0]!, own) : null;
  const note = grown === null ? '' : t('worth.since', {
    change: formatMoney({ minor: grown, currency }, 'always', currentLocale()), month: longMonth(monthOf(series[0]!.date)) });
  return (
    <Section title={t('worth.title')} note={note}>
      <Shown loaded={loaded} rows={6}>
        {() => (own.length === 0 || series.length === 0 ? <p class="soft">{t('worth.none')}</p> : (
          <>
            <WorthView series={series} accounts={own} currency={currency} />
            {others.length > 0 && (
              <p class="note gap">{t('worth.without', { accounts: others.map((account) =>
                `${account.name}, ${formatMoney({ minor: account.balance_minor, currency: account.currency }, 'always', currentLocale())}`).join('; ') })}</p>
            )}
            <table class="mini gap">
              <tbody>
                {loaded.value!.accounts.filter((account) => !account.closed).map((account) => (
                  <tr key={account.id}>
                    <td><a href={`/transactions?account=${encodeURIComponent(account.id)}`} onClick={follow}>{account.name}</a></td>
                    <td class="soft">{account.newest ? t('worth.newest', { date: shortDay(account.newest) }) : ''}</td>
                    <td><Amount minor={account.balance_minor} currency={account.currency} column /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </>
        ))}
      </Shown>
    </Section>
  );
}
