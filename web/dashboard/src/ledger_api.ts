// The ledger's further routes: totals, bulk edits, transfers, rules, balances, recurring payments.
import { ask, get, post, type Transaction, type TransactionFilter } from './api';
import type { Day } from './dates';
import type { Minor } from './money';

const path = (...parts: string[]) => `/api/${parts.map(encodeURIComponent).join('/')}`;

export interface Total {
  currency: string;
  in_minor: Minor;
  out_minor: Minor;
  rows: number;
}

export const totals = ({ cursor: _cursor, limit: _limit, ...filter }: TransactionFilter, signal?: AbortSignal) =>
  get<{ totals: Total[] }>('/api/totals', { ...filter }, signal).then((answer) => answer.totals);

export interface Split {
  id?: string;
  amount_minor: Minor;
  category: string;
  note?: string;
}

export interface Changes {
  category?: string;
  note?: string;
  tags?: string[];
  add_tags?: string[];
  remove_tags?: string[];
  merchant?: string;
  deleted?: boolean;
}

export const change = (id: string, changes: Changes & { splits?: Split[] }) =>
  ask<Transaction>('PATCH', path('transactions', id), { body: changes });
export const changeMany = (ids: string[], changes: Changes) =>
  post<{ batch: string; changed: number }>('/api/transactions/bulk', { ids, changes });
export const undoBatch = () => post<{ restored: number; skipped: number }>('/api/transactions/undo');

export interface Change {
  at: string;
  by: string;
  what: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
  trace_id?: string;
}
export const history = (id: string, signal?: AbortSignal) =>
  get<{ audit: Change[] }>(path('transactions', id, 'audit'), {}, signal).then((answer) => answer.audit);

export interface Transfer {
  id: string;
  state: 'suggested' | 'linked' | 'rejected';
  how: 'auto' | 'user';
  reason: string;
  out: Transaction;
  in: Transaction;
}
export const transfers = (state: 'suggested' | 'linked', signal?: AbortSignal) =>
  get<{ transfers: Transfer[] }>('/api/transfers', { state, limit: 200 }, signal).then((answer) => answer.transfers);
export const linkTransfer = (outId: string, inId: string) => post<Transfer>('/api/transfers', { out_id: outId, in_id: inId });
export const decideTransfer = (id: string, verdict: 'confirm' | 'reject') => post<Transfer>(path('transfers', id, verdict));

export interface Condition {
  field: 'description' | 'merchant' | 'account' | 'status' | 'amount' | 'direction' | 'date';
  op: string;
  value: string | Minor | number;
}
export interface Action {
  set: 'category' | 'note' | 'tag' | 'merchant';
  value: string;
}
export interface Rule {
  id: string;
  name: string;
  stage: 'pre' | 'normal' | 'post';
  rank: number;
  match: 'all' | 'any';
  conditions: Condition[];
  actions: Action[];
  active: boolean;
  origin: 'user' | 'learned';
  state: 'active' | 'off' | 'proposed';
  hits: number;
}
export type NewRule = Omit<Rule, 'id' | 'hits' | 'origin'>;
export interface DryRun {
  matched: number;
  changed: number;
  rows: { transaction: Transaction; after: { category?: string; note?: string; tags?: string[]; merchant?: string } }[];
}
export const rules = (signal?: AbortSignal) => get<{ rules: Rule[] }>('/api/rules', {}, signal).then((answer) => answer.rules);
export const saveRule = (rule: NewRule, id?: string) =>
  id === undefined ? post<Rule>('/api/rules', rule) : ask<Rule>('PUT', path('rules', id), { body: rule });
export const deleteRule = (id: string) => ask<unknown>('DELETE', path('rules', id));
export const tryRule = (rule: NewRule) => post<DryRun>('/api/rules/preview', rule);
export const applyRule = (id: string) => post<{ changed: number }>(path('rules', id, 'apply'));

export interface PeriodSum {
  period: string;
  category: string;
  currency: string;
  in_minor: Minor;
  out_minor: Minor;
  rows: number;
}
export const daySums = (from: Day, to: Day, signal?: AbortSignal) =>
  get<{ sums: PeriodSum[] }>('/api/sums', { from, to, by: 'day' }, signal).then((answer) => answer.sums);

export interface Balance {
  id: string;
  name: string;
  kind: string;
  currency: string;
  closed: boolean;
  balance_minor: Minor;
  rows: number;
  newest?: Day;
}
export const balances = (signal?: AbortSignal) =>
  get<{ accounts: Balance[] }>('/api/balances', {}, signal).then((answer) => answer.accounts);

export interface Worth {
  date: Day;
  accounts: Record<string, Minor>;
}
// Amounts stand under account ids, which say nothing of their unit: they become exact here.
export async function netWorth(from: Day, to: Day, signal?: AbortSignal): Promise<Worth[]> {
  const { series } = await get<{ series: { date: Day; accounts: Record<string, number | bigint> }[] }>(
    '/api/net-worth', { from, to, step: 'month' }, signal);
  return series.map(({ date, accounts }) =>
    ({ date, accounts: Object.fromEntries(Object.entries(accounts).map(([id, minor]) => [id, BigInt(minor)])) }));
}

export interface Series {
  id: string;
  merchant: string;
  name: string;
  currency: string;
  cadence: string;
  amount_kind: 'fixed' | 'stepped' | 'variable';
  state: 'early' | 'active' | 'late' | 'stopped' | 'cancelled';
  direction: 'in' | 'out';
  account: string;
  category: string;
  count: number;
  last_amount_minor: Minor;
  next_amount_minor: Minor;
  monthly_minor: Minor;
  last_date: Day;
  next_date: Day;
  first_date: Day;
  steps: { date: Day; old_minor: Minor; new_minor: Minor }[];
}
export const recurring = (signal?: AbortSignal) =>
  get<{ recurring: Series[] }>('/api/recurring', {}, signal).then((answer) => answer.recurring);
export const markSeries = (id: string, state: 'cancelled' | 'ignored' | 'auto') =>
  ask<unknown>('PUT', path('recurring', id), { body: { state } });

export interface Forecast {
  currency: string;
  start_balance_minor: Minor | null;
  weeks: { from: Day; until: Day; in_minor: Minor; out_minor: Minor; balance_minor: Minor; balance_low_minor: Minor; balance_high_minor: Minor }[];
  upcoming: { date: Day; merchant: string; amount_minor: Minor; series_id: string; category: string; late: boolean }[];
  lowest?: { date: Day; balance_minor: Minor } | null;
  history_days: number;
}
export const forecast = (currency: string, balance: Minor, signal?: AbortSignal) =>
  get<{ forecasts: Forecast[] }>('/api/forecast', { weeks: 13, currency, balance_minor: balance.toString() }, signal)
    .then((answer) => answer.forecasts.find((one) => one.currency === currency) ?? null);
