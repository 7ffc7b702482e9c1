// How a file is to be read where it can be read in more than one way.
import type { Preview } from './api';
import { type Day, dayNumber, isDay } from './dates';

export interface Reading {
  date_order?: string;
  decimal?: string;
}

// As the Transaction Processor takes it: "date_order=DMY;decimal=,".
export function profileOf(reading: Reading): string {
  return Object.entries(reading).map(([name, value]) => `${name}=${value}`).join(';');
}

// The date that another order makes of the same digits; null when it is none.
export function readAs(day: Day, from: string, to: string): Day | null {
  if (from === to) return day;
  if (![from, to].every((order) => order === 'DMY' || order === 'MDY')) return null;
  const swapped = `${day.slice(0, 4)}-${day.slice(8, 10)}-${day.slice(5, 7)}`;
  return isDay(swapped) ? swapped : null;
}

// A row whose two readings differ, to ask with.
export function askingDay(preview: Preview): Day | null {
  const days = preview.rows.flatMap((row) => (row.date ? [row.date] : []));
  return days.find((day) => dayNumber(day) !== Number(day.slice(5, 7))) ?? days[0] ?? null;
}

export function questions(preview: Preview): number {
  const { date_order: dates = [], decimal = [] } = preview.ambiguous ?? {};
  return Number(dates.length > 1) + Number(decimal.length > 1);
}
