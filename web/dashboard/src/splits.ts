// Parts of one row: they sum to it exactly, and each counts in its own category.
import type { Split } from './ledger_api';
import { parseAmount, plainAmount, sum, type Minor } from './money';

export interface Part {
  typed: string; // without a sign: parts have the row's
  category: string;
  note: string;
}

export function partsOf(splits: readonly Split[], currency: string, locale: string): Part[] {
  return splits.map((split) => ({ category: split.category, note: split.note ?? '',
    typed: plainAmount({ minor: split.amount_minor < 0n ? -split.amount_minor : split.amount_minor, currency }, locale) }));
}

// What the parts leave of the row, with the row's sign taken off: above zero is still to be given out.
// Null while one of them is no amount.
export function restOf(parts: readonly Part[], row: Minor, currency: string, locale: string): Minor | null {
  const amounts = parts.map((part) => parseAmount(part.typed, currency, locale));
  if (amounts.some((minor) => minor === null || minor === 0n)) return null;
  return (row < 0n ? -row : row) - sum(amounts as Minor[]);
}

// As the service takes them; null unless they sum to the row and there are two at least.
export function splitsOf(parts: readonly Part[], row: Minor, currency: string, locale: string): Split[] | null {
  if (parts.length < 2 || restOf(parts, row, currency, locale) !== 0n || parts.some((part) => part.category === '')) return null;
  return parts.map((part) => {
    const size = parseAmount(part.typed, currency, locale)!;
    return { amount_minor: row < 0n ? -size : size, category: part.category, ...(part.note.trim() && { note: part.note.trim() }) };
  });
}
