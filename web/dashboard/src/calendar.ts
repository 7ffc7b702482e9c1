// When recurring payments fall due in a month, on whole weeks.
import { addDays, addMonths, type Day, daysIn, firstDay, lastDay, monthOf, type Month, weekday } from './dates';
import type { Series } from './ledger_api';
import type { Minor } from './money';

export interface Due {
  date: Day;
  name: string;
  minor: Minor;
  currency: string;
  category: string;
  about: boolean; // the amount varies
  late: boolean;
}

export interface CalendarDay {
  day: Day;
  dues: Due[];
}

const MONTHS: Record<string, number> = { monthly: 1, quarterly: 3, semiannually: 6, annually: 12 };
const DAYS: Record<string, number> = { weekly: 7, biweekly: 14, semimonthly: 15 };

// The n-th date after `next`; the 31st of a month that has none is its last day.
function dateAfter(next: Day, cadence: string, n: number): Day {
  const months = MONTHS[cadence];
  if (months === undefined) return addDays(next, n * (DAYS[cadence] ?? 7));
  const month = addMonths(monthOf(next), n * months);
  return `${month}-${String(Math.min(Number(next.slice(8)), daysIn(month))).padStart(2, '0')}`;
}

// The dates of the series from its next one on, inside [from, to].
export function datesOf(series: Series, from: Day, to: Day): Day[] {
  const dates: Day[] = [];
  for (let n = 0; n < 400; n++) {
    const date = dateAfter(series.next_date, series.cadence, n);
    if (date > to) break;
    if (date >= from) dates.push(date);
  }
  return dates;
}

// The weeks of the month, from the Monday on or before the 1st; past payments stand where they fell.
export function calendarOf(all: readonly Series[], month: Month): CalendarDay[] {
  const from = addDays(firstDay(month), -weekday(firstDay(month)));
  const to = addDays(lastDay(month), 6 - weekday(lastDay(month)));
  const days: CalendarDay[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) days.push({ day, dues: [] });
  const at = new Map(days.map((one) => [one.day, one]));
  for (const series of all) {
    const due = (date: Day, minor: Minor, known: boolean): Due => ({ date, minor, name: series.name, currency: series.currency,
      category: series.category, about: !known && series.amount_kind === 'variable', late: !known && series.state === 'late' });
    at.get(series.last_date)?.dues.push(due(series.last_date, series.last_amount_minor, true));
    for (const date of datesOf(series, from, to)) at.get(date)?.dues.push(due(date, series.next_amount_minor, false));
  }
  return days;
}
