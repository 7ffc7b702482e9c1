// Which rows are shown: a month, or a question to all months. Kept in the address, so that it can be
// shared and gone back to. The search field takes words and "tag:holiday", "amount:>50", "account:visa",
// "category:dining"; an amount without a sign is money out, "+50" is money in.
import type { Account, TransactionFilter } from './api';
import { CATEGORIES, nameOf } from './categories';
import { type Day, firstDay, isDay, isMonth, lastDay, longDay, longMonth, type Month } from './dates';
import { currentLocale } from './i18n';
import { parseAmount } from './money';

export interface Filter {
  month: Month | null; // null: not known yet, or all of them
  day?: Day | undefined; // in place of a month
  q: string; // as typed
  category: string;
  account: string;
  unsure: boolean;
}

export function readFilter(query: URLSearchParams): Filter {
  const month = query.get('month') ?? '';
  const day = query.get('day') ?? '';
  return { month: isMonth(month) ? month : null, ...(isDay(day) && { day }), q: query.get('q') ?? '', category: query.get('category') ?? '',
    account: query.get('account') ?? '', unsure: query.get('unsure') === '1' };
}

export function addressOf(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.day) query.set('day', filter.day);
  else if (filter.month) query.set('month', filter.month);
  if (filter.q) query.set('q', filter.q);
  if (filter.category) query.set('category', filter.category);
  if (filter.account) query.set('account', filter.account);
  if (filter.unsure) query.set('unsure', '1');
  return query.size > 0 ? `/transactions?${query}` : '/transactions';
}

// One row among those of its day; with `why`, its reasons are open.
export function rowAddress(row: { id: string; date: Day }, why = false): string {
  return `/transactions?${new URLSearchParams({ day: row.date, row: row.id, ...(why && { why: '1' }) })}`;
}

// The days that are shown, in words.
export function whenOf(filter: Filter): string {
  return filter.day ? longDay(filter.day) : longMonth(filter.month!);
}

// A search and an account's rows are of all months; else a month is the page.
export function isEverywhere(filter: Filter): boolean {
  return filter.q !== '' || (filter.account !== '' && filter.month === null && !filter.day);
}

type Words = Pick<TransactionFilter, 'q' | 'tag' | 'amount_min' | 'amount_max' | 'account' | 'category' | 'status'>;

function amountOf(text: string): Words | null {
  const match = /^([<>]?)([+]?)(.+)$/.exec(text);
  const minor = match && parseAmount(match[3]!, 'EUR', currentLocale());
  if (!match || minor === null) return null;
  const into = match[2] === '+';
  const edge = (into ? minor : -minor)!.toString();
  const bound = (side: 'more' | 'less'): Words => ((side === 'more') === into ? { amount_min: edge } : { amount_max: edge });
  if (match[1] === '>') return bound('more');
  // "less than 50" is money out between 50 and nothing, not all that came in.
  if (match[1] === '<') return into ? { amount_min: '1', amount_max: edge } : { amount_min: edge, amount_max: '-1' };
  return { amount_min: edge, amount_max: edge };
}

// What is typed, as the service takes it. A word that is not understood is searched for as it stands.
export function readWords(typed: string, accounts: readonly Account[]): Words {
  const words: Words = {};
  const rest: string[] = [];
  for (const word of typed.trim().split(/\s+/)) {
    const [, name, value] = /^(\w+):(.+)$/.exec(word) ?? [];
    const wanted = (value ?? '').toLocaleLowerCase();
    const account = name === 'account' && accounts.find((one) => one.id === value || one.name.toLocaleLowerCase().includes(wanted));
    const category = name === 'category' && CATEGORIES.find((id) => id === wanted || nameOf(id).toLocaleLowerCase().startsWith(wanted));
    const amount = name === 'amount' ? amountOf(value!) : null;
    if (name === 'tag') words.tag = value!;
    else if (account) words.account = account.id;
    else if (category) words.category = category;
    else if (amount) Object.assign(words, amount);
    else if (name === 'status' && (wanted === 'pending' || wanted === 'booked')) words.status = wanted;
    else if (word !== '') rest.push(word);
  }
  if (rest.length > 0) words.q = rest.join(' ');
  return words;
}

export function apiFilter(filter: Filter, accounts: readonly Account[]): TransactionFilter {
  return {
    ...(isEverywhere(filter) ? {} : filter.day ? { from: filter.day, to: filter.day }
      : filter.month ? { from: firstDay(filter.month), to: lastDay(filter.month) } : {}),
    ...(filter.category && { category: filter.category }),
    ...(filter.account && { account: filter.account }),
    ...(filter.unsure && { review: 1 as const }),
    ...readWords(filter.q, accounts),
  };
}
