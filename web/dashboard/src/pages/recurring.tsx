// What comes back: subscriptions, bills and pay, on a calendar, with what the balance will come to.
import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { nameOf } from '../categories';
import { calendarOf, type Due } from '../calendar';
import { ForecastView } from '../charts/forecast_view';
import { dayNumber, longMonth, monthOf, shortDay, type Month, today, weekdayNames } from '../dates';
import { useTitle } from '../frame';
import { currentLocale, t, type Key } from '../i18n';
import { balances, forecast, markSeries, recurring, type Series } from '../ledger_api';
import { useLoad } from '../load';
import { formatMoney, sum, type Minor } from '../money';
import { Amount, whole, wholeSigned } from '../parts/amount';
import { Swatch } from '../parts/chip';
import { Period } from '../parts/period';
import { Section } from '../parts/section';
import { Empty, Shown, wordsFor } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { follow } from '../route';
import { mainCurrency } from '../rows';

const LIVING = new Set(['early', 'active', 'late']);

export function RecurringPage() {
  const loaded = useLoad(recurring, []);
  useTitle(t('nav.recurring'));
  return (
    <Shown loaded={loaded} rows={8}>
      {(all) => (all.length === 0 ? (
        <Empty title={t('recurring.none')}><p>{t('recurring.none.text')}</p>
          <a class="btn main" href="/import" onClick={follow}>{t('nav.import')}</a></Empty>
      ) : <Book all={all} onChange={loaded.reload} />)}
    </Shown>
  );
}

function Book({ all, onChange }: { all: Series[]; onChange: () => void }) {
  const [month, setMonth] = useState<Month>(monthOf(today()));
  const living = all.filter((one) => LIVING.has(one.state));
  const currency = mainCurrency(living) ?? mainCurrency(all)!;
  const own = living.filter((one) => one.currency === currency);
  const costs = own.filter((one) => one.direction === 'out');
  const monthly = -sum(costs.map((one) => one.monthly_minor));
  const income = sum(own.filter((one) => one.direction === 'in').map((one) => one.monthly_minor));
  const days = calendarOf(living, month);
  return (
    <>
      <div class="head">
        <div><h1>{t('recurring.title', { amount: whole(monthly, currency) })}</h1>
          <p>{t('recurring.text', { year: whole(monthly * 12n, currency), income: whole(income, currency) })}</p></div>
        <Period month={month} onChange={setMonth} />
      </div>
      <div class="cols">
        <div>
          <Section title={t('recurring.calendar')} note={longMonth(month)}><Calendar month={month} days={days} /></Section>
          <Ahead currency={currency} />
        </div>
        <div>
          <Section title={t('recurring.coming')} note={t('recurring.coming.note')} lead><Coming dues={days.flatMap((day) => day.dues)} month={month} /></Section>
        </div>
      </div>
      <SeriesTable title={t('recurring.costs')} rows={living.filter((one) => one.direction === 'out')} onChange={onChange} />
      <SeriesTable title={t('recurring.income')} rows={living.filter((one) => one.direction === 'in')} onChange={onChange} />
      <SeriesTable title={t('recurring.ended')} rows={all.filter((one) => !LIVING.has(one.state))} onChange={onChange} />
    </>
  );
}

function Calendar({ month, days }: { month: Month; days: ReturnType<typeof calendarOf> }) {
  const now = today();
  return (
    <table class="cal">
      <thead><tr>{weekdayNames().map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
      <tbody>
        {Array.from({ length: days.length / 7 }, (_unused, week) => (
          <tr key={week}>
            {days.slice(week * 7, week * 7 + 7).map((day) => (
              <td key={day.day} class={[monthOf(day.day) !== month && 'out', day.day === now && 'now'].filter(Boolean).join(' ')}>
                <span class="d">{dayNumber(day.day)}</span>
                {day.dues.map((due, i) => (
                  <span key={i} class={due.minor > 0n ? 'due-in' : ''} title={`${due.name} ${formatMoney({ minor: due.minor, currency: due.currency }, 'always', currentLocale())}`}>
                    <Swatch category={due.category} /><span class="nm">{due.name}</span>
                    <span class="vh">{formatMoney({ minor: due.minor, currency: due.currency }, 'always', currentLocale())}</span>
                  </span>
                ))}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Coming({ dues, month }: { dues: Due[]; month: Month }) {
  const now = today();
  const left = dues.filter((due) => monthOf(due.date) === month && due.date >= now);
  if (left.length === 0) return <p class="soft">{t('recurring.nothing_coming')}</p>;
  return (
    <ul>
      {left.map((due, i) => (
        <li class="due" key={i}>
          <span class="d">{shortDay(due.date)}</span>
          <span>{due.name}{due.late && <span class="note up">{t('recurring.state.late')}</span>}</span>
          <span>{due.about && '≈ '}<Amount minor={due.minor} currency={due.currency} /></span>
        </li>
      ))}
    </ul>
  );
}

// The balance of the accounts that one pays from, and what becomes of it.
function Ahead({ currency }: { currency: string }) {
  const loaded = useLoad(async (signal) => {
    const accounts = (await balances(signal)).filter((one) => one.currency === currency && !one.closed && ['checking', 'cash', 'card'].includes(one.kind));
    const balance = sum(accounts.map((one) => one.balance_minor));
    return { balance, names: accounts.map((one) => one.name), ahead: await forecast(currency, balance, signal) };
  }, [currency]);
  const found = loaded.value;
  const lowest = found?.ahead?.lowest;
  const money = (minor: Minor) => wholeSigned(minor, currency);
  return (
    <Section title={t('forecast.title')} note={found ? t('forecast.note', { accounts: found.names.join(', ') }) : ''}>
      <Shown loaded={loaded} rows={4}>
        {({ ahead, balance }) => (ahead === null || ahead.weeks.length === 0 ? <p class="soft">{t('forecast.none')}</p> : (
          <>
            <p class={lowest && lowest.balance_minor < 0n ? 'over gap' : 'gap'}>
              {lowest ? t('forecast.lowest', { amount: money(lowest.balance_minor), date: shortDay(lowest.date) }) : t('forecast.now', { amount: money(balance) })}
            </p>
            <ForecastView forecast={ahead} balance={balance} currency={currency} />
          </>
        ))}
      </Shown>
    </Section>
  );
}

function SeriesTable({ title, rows, onChange }: { title: string; rows: Series[]; onChange: () => void }) {
  const { acting } = useApp();
  if (rows.length === 0) return null;
  const mark = async (series: Series, state: 'cancelled' | 'ignored' | 'auto') => {
    try {
      await markSeries(series.id, state);
      const back = state === 'auto' ? undefined : () => void mark(series, 'auto');
      say(t(`recurring.marked.${state}`, { name: series.name }), back);
      onChange();
    } catch (failure) {
      sayError(wordsFor(failure).what);
    }
  };
  const sorted = [...rows].sort((a, b) => Number((b.monthly_minor < 0n ? -b.monthly_minor : b.monthly_minor) - (a.monthly_minor < 0n ? -a.monthly_minor : a.monthly_minor)));
  return (
    <Section title={title}>
      <ul class="series">
        {sorted.map((one) => (
          <li key={one.id} data-series={one.id}>
            <Swatch category={one.category} />
            <span class="who"><a class="plain" href={`/transactions?q=${encodeURIComponent(one.name)}`} onClick={follow}>{one.name}</a>
              <span class="note">{t(`cadence.${one.cadence}` as Key)} · {nameOf(one.category)} · {t('recurring.next', { date: shortDay(one.next_date) })}
                {one.state !== 'active' && <> · <span class={one.state === 'late' ? 'up' : ''}>{t(`recurring.state.${one.state}` as Key)}</span></>}
              </span>
              {one.steps.length > 0 && <StepNote series={one} />}
            </span>
            <span class="r">{one.amount_kind === 'variable' && '≈ '}<Amount minor={one.next_amount_minor} currency={one.currency} /></span>
            <span class="acts">
              {acting.may_edit && (one.state === 'cancelled' ? (
                <button type="button" class="linklike" onClick={() => void mark(one, 'auto')}>{t('recurring.watch')}</button>
              ) : (
                <>
                  {one.direction === 'out' && <button type="button" class="linklike" onClick={() => void mark(one, 'cancelled')}>{t('recurring.cancelled')}</button>}
                  <button type="button" class="linklike" onClick={() => void mark(one, 'ignored')}>{t('recurring.ignore')}</button>
                </>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function StepNote({ series }: { series: Series }) {
  const step = series.steps.at(-1)!;
  const size = (minor: Minor) => formatMoney({ minor, currency: series.currency }, 'never', currentLocale());
  const more = step.new_minor < step.old_minor; // money out is negative: a rise is a lower number
  return (
    <span class={`note ${more && series.direction === 'out' ? 'up' : ''}`}>
      {t('recurring.step', { date: `${shortDay(step.date)} ${step.date.slice(0, 4)}`, old: size(step.old_minor) })}
    </span>
  );
}

