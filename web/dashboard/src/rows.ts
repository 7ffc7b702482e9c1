// Fetches rows page by page, and what pages compute from them.
import { type CategorySum, type MonthSums, type Transaction, type TransactionFilter, transactions } from './api';
import { isSpending } from './categories';
import { addMonths, type Day, type Month, dayNumber, firstDay, lastDay, monthOf, today } from './dates';
import type { PeriodSum } from './ledger_api';
import { type Minor } from './money';

// More than this is not shown at once; the person narrows the question or asks for more.
export const ROWS_AT_ONCE = 200;
const PAGE = 500;

export interface Rows {
  rows: Transaction[];
  next?: string | undefined; // there is more
}

export async function fetchRows(filter: TransactionFilter, signal?: AbortSignal, most = ROWS_AT_ONCE): Promise<Rows> {
  const rows: Transaction[] = [];
  let cursor = filter.cursor;
  do {
    const page = await transactions({ ...filter, limit: Math.min(PAGE, most), ...(cursor !== undefined && { cursor }) }, signal);
    rows.push(...page.transactions);
    cursor = page.next_cursor;
  } while (cursor && rows.length < most);
  return { rows, next: cursor };
}

// The rows of a month, or of all, that wait for a person's word.
export const unsureRows = (month: Month | null, signal?: AbortSignal, most = ROWS_AT_ONCE) =>
  fetchRows({ ...(month && { from: firstDay(month), to: lastDay(month) }), review: 1 }, signal, most);

// The month to open with: this one, or the last that has rows.
export async function latestMonth(signal?: AbortSignal): Promise<Month | null> {
  const page = await transactions({ limit: 1 }, signal);
  const newest = page.transactions[0];
  return newest ? monthOf(newest.date) : null;
}

// The sums of the `count` months before `month`, nearest first; months without a row are left out.
export function monthsBefore(all: MonthSums, month: Month, count: number): CategorySum[][] {
  return Array.from({ length: count }, (_unused, i) => all.get(addMonths(month, -1 - i)))
    .filter((sums): sums is CategorySum[] => sums !== undefined && sums.length > 0);
}

export const thisMonth = () => monthOf(today());

export interface DayGroup {
  day: Day;
  rows: Transaction[];
}

// Rows by day, newest day first; inside a day in the order of the answer.
export function byDay(rows: readonly Transaction[]): DayGroup[] {
  const groups = new Map<Day, Transaction[]>();
  for (const row of rows) {
    const group = groups.get(row.date);
    if (group) group.push(row);
    else groups.set(row.date, [row]);
  }
  return [...groups].map(([day, list]) => ({ day, rows: list })).sort((a, b) => (a.day < b.day ? 1 : -1));
}

// Sums without transfers, one per currency: currencies are never added.
export function sumsByCurrency(rows: readonly Transaction[], which: (row: Transaction) => boolean): Map<string, Minor> {
  const sums = new Map<string, Minor>();
  for (const row of rows) {
    if (row.category !== 'transfer' && which(row)) {
      sums.set(row.currency, (sums.get(row.currency) ?? 0n) + row.amount_minor);
    }
  }
  return sums;
}

// The currency of most rows; ties go to the first by name.
export function mainCurrency(rows: readonly { currency: string; count?: number }[]): string | null {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.currency, (counts.get(row.currency) ?? 0) + (row.count ?? 1));
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? null;
}

// What was spent up to each day of the month, from the 1st (index 0); sums of other months are left out.
export function spentByDay(sums: readonly PeriodSum[], month: Month, currency: string, days: number): Minor[] {
  const perDay = new Array<Minor>(days).fill(0n);
  for (const one of sums) {
    const at = dayNumber(one.period) - 1;
    if (monthOf(one.period) === month && one.currency === currency && isSpending(one.category) && at < days) {
      perDay[at]! += one.out_minor - one.in_minor;
    }
  }
  let total = 0n;
  return perDay.map((spent) => (total += spent));
}

export interface MerchantGroup {
  merchant: string;
  rows: Transaction[];
}

// Rows of one merchant and one guess together, most rows first.
export function byMerchant(rows: readonly Transaction[]): MerchantGroup[] {
  const groups = new Map<string, MerchantGroup>();
  for (const row of rows) {
    const key = `${row.merchant}\n${row.category}`;
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { merchant: row.merchant, rows: [row] });
  }
  return [...groups.values()].sort((a, b) => b.rows.length - a.rows.length);
}
