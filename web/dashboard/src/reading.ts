// How a file is to be read where it can be read in more than one way.
import type { Preview, PreviewRow } from './api';
import { type Day, dayNumber, isDay } from './dates';

// Parts of the profile that the Transaction Processor takes: date_order, months, decimal, delimiter, encoding, skip, flip, columns.
export type Reading = Record<string, string>;

// "ask=1;date_order=DMY;decimal=,": a table that nobody can read is asked about, not refused.
export function profileOf(reading: Reading): string {
  return Object.entries({ ask: '1', ...reading }).map(([name, value]) => `${name}=${value}`).join(';');
}

// The choices of a profile, back; "delimiter=;" is the one value that holds the separator.
export function readingOf(profile: string): Reading {
  const parts = profile.match(/delimiter=;|[^;]+/g) ?? [];
  const reading: Reading = {};
  for (const part of parts) {
    const at = part.indexOf('=');
    if (at > 0 && !part.startsWith('ask=')) reading[part.slice(0, at)] = part.slice(at + 1);
  }
  return reading;
}

export const MEANINGS = ['date', 'description', 'amount', 'debit', 'credit', 'mark', 'currency', 'balance'] as const;
export type Meaning = (typeof MEANINGS)[number] | '';

// What each column means, from "date:1,amount:4,description:2+3".
export function meaningsOf(columns: string, width: number): Meaning[] {
  const meanings = Array<Meaning>(width).fill('');
  for (const part of columns.split(',')) {
    const [name, places = ''] = part.split(':');
    for (const place of places.split('+')) {
      if (MEANINGS.includes(name as never) && Number(place) >= 1 && Number(place) <= width) meanings[Number(place) - 1] = name as Meaning;
    }
  }
  return meanings;
}

export function columnsOf(meanings: Meaning[]): string {
  const places = (wanted: Meaning) => meanings.flatMap((meaning, i) => (meaning === wanted ? [i + 1] : []));
  return MEANINGS.filter((meaning) => places(meaning).length > 0).map((meaning) => `${meaning}:${places(meaning).join('+')}`).join(',');
}

// Every meaning but the description's belongs to one column: the newest choice takes it from the other.
export function withMeaning(meanings: Meaning[], column: number, chosen: Meaning): Meaning[] {
  return meanings.map((meaning, i) => {
    if (i === column) return chosen;
    return meaning === chosen && chosen !== 'description' ? '' : meaning;
  });
}

export function canRead(meanings: Meaning[]): boolean {
  const has = (meaning: Meaning) => meanings.includes(meaning);
  return has('date') && (has('amount') || (has('debit') && has('credit')));
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

// A row to ask with whether it is spending: one that the file prints as positive.
export function askingAmount(preview: Preview): PreviewRow | null {
  const turned = preview.flip ?? preview.reading?.flip;
  const positive = (row: PreviewRow) => row.amount_minor !== undefined && (turned ? row.amount_minor < 0n : row.amount_minor > 0n);
  return preview.rows.find(positive) ?? null;
}

export function questions(preview: Preview): number {
  const { date_order: dates = [], months = [], decimal = [], flip = [] } = preview.ambiguous ?? {};
  return Number(dates.length > 1) + Number(months.length > 1) + Number(decimal.length > 1) + Number(flip.length > 1) + Number(preview.reading?.complete === false);
}
