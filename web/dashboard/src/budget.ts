// What a budget is, and how it stands in one of its periods. The service computes; here it is put into
// figures to draw and into words.
import { ask, type CategorySum, get } from './api';
import { CATEGORIES, isSpending, nameOf } from './categories';
import { addDays, type Day, isDay, isMonth, longMonth, shortDay } from './dates';
import { t, tn } from './i18n';
import { percent, sum, type Minor } from './money';

export const PERIODS = ['week', 'month', 'quarter', 'year', 'days'] as const;
export type PeriodKind = (typeof PERIODS)[number];
export const CARRIES = ['none', 'surplus', 'full'] as const;
export type Carry = (typeof CARRIES)[number];
export const THRESHOLDS = [50, 80, 100] as const;

// What a person writes.
export interface BudgetPlan {
  id?: string;
  name?: string;
  categories: string[];
  merchants?: string[];
  tags?: string[];
  period: PeriodKind;
  days?: number;
  starts_on?: Day | '';
  limit_minor: Minor;
  currency: string;
  carry?: Carry;
  carry_cap_minor?: Minor | null;
  active_from?: Day | '';
  active_until?: Day | '';
  thresholds?: number[];
  will_exceed?: boolean;
}

export interface PeriodFigures {
  period_id: string;
  from: Day;
  until: Day; // the day after
  spent_minor: Minor;
  pending_minor: Minor;
  carried_minor: Minor;
  available_minor: Minor;
  left_minor: Minor; // negative: over
}

export interface Budget extends BudgetPlan, PeriodFigures {
  id: string;
  pace: { elapsed_days: number; length_days: number; projected_minor: Minor | null; expected_minor: Minor; state: string };
  closed: boolean;
}

export const budgets = (day: { month?: string; date?: Day } = {}, signal?: AbortSignal) =>
  get<{ budgets: Budget[] }>('/api/budgets', { ...day }, signal).then((answer) => answer.budgets);
export const saveBudgets = (plans: BudgetPlan[]) => ask<unknown>('PUT', '/api/budgets', { body: { budgets: plans } });
export const budgetPeriods = (id: string, signal?: AbortSignal) =>
  get<{ periods: PeriodFigures[] }>(`/api/budgets/${encodeURIComponent(id)}/periods`, { count: 12 }, signal).then((answer) => answer.periods);
export const budgetRows = (id: string, date: Day, signal?: AbortSignal) =>
  get<{ transactions: string[] }>(`/api/budgets/${encodeURIComponent(id)}/transactions`, { date }, signal).then((answer) => answer.transactions);

// What of an answer is sent back when it is saved.
export function planOf(budget: BudgetPlan): BudgetPlan {
  const { id, name, categories, merchants, tags, period, days, starts_on, limit_minor, currency, carry, carry_cap_minor,
    active_from, active_until, thresholds, will_exceed } = budget;
  const all = { id, name, categories, merchants, tags, period, days, starts_on, limit_minor, currency, carry, carry_cap_minor,
    active_from, active_until, thresholds, will_exceed };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== '' && value !== null)) as unknown as BudgetPlan;
}

export interface BudgetState {
  budget: Budget;
  spent: Minor;
  used: number; // percent of what is available
  left: Minor; // negative: over
  elapsed: number; // percent of the period
  projected: Minor | null; // at its end; null before the 7th day and once it is over
}

export function stateOf(budget: Budget): BudgetState {
  const { spent_minor: spent, available_minor: available, pace } = budget;
  return {
    budget,
    spent,
    // Where a deficit has used up all, any spending is over.
    used: available > 0n ? percent(spent, available) : spent > 0n ? 125 : 100,
    left: budget.left_minor,
    elapsed: pace.length_days > 0 ? Math.min(100, (pace.elapsed_days / pace.length_days) * 100) : 0,
    projected: budget.closed ? null : pace.projected_minor,
  };
}

// A budget says nothing in a period in which it is not active.
export function budgetStates(all: readonly Budget[]): BudgetState[] {
  return all.filter((one) => one.available_minor !== 0n || one.spent_minor !== 0n).map(stateOf);
}

const SPENDING = CATEGORIES.filter(isSpending);

export function isTotal(budget: Pick<BudgetPlan, 'categories' | 'merchants' | 'tags'>): boolean {
  return (budget.merchants ?? []).length === 0 && (budget.tags ?? []).length === 0 && SPENDING.every((id) => budget.categories.includes(id));
}

export const allSpending = (): string[] => [...SPENDING];

// "groceries.organic" is a child of the person's own.
function categoryName(id: string): string {
  const [parent = '', ...child] = id.split('.');
  return child.length > 0 ? `${nameOf(parent)}: ${child.join('.')}` : nameOf(parent);
}

export function budgetName(budget: Pick<BudgetPlan, 'name' | 'categories' | 'merchants' | 'tags'>): string {
  if (budget.name) return budget.name;
  if (isTotal(budget)) return t('budgets.total');
  const names = [...budget.categories.map(categoryName), ...(budget.merchants ?? []), ...(budget.tags ?? []).map((tag) => `#${tag}`)];
  return names.length > 4 ? t('budgets.and_more', { names: names.slice(0, 3).join(', '), n: names.length - 3 }) : names.join(', ');
}

// "November 2026", "16 Nov to 22 Nov".
export function periodText(figures: Pick<PeriodFigures, 'period_id' | 'from' | 'until'>): string {
  if (isMonth(figures.period_id)) return longMonth(figures.period_id);
  return t('budgets.from_to', { from: shortDay(figures.from), to: shortDay(addDays(figures.until, -1)) });
}

// A day inside the period that an alert names: "2026-11", "2026-Q4", "2026", or the first day.
export function dayOfPeriod(id: string): Day | null {
  if (isDay(id)) return id;
  if (isMonth(id)) return `${id}-01`;
  const [, year, quarter] = /^(\d{4})(?:-Q([1-4]))?$/.exec(id) ?? [];
  if (!year) return null;
  return `${year}-${String(quarter ? Number(quarter) * 3 - 2 : 1).padStart(2, '0')}-01`;
}

export function kindText(plan: Pick<BudgetPlan, 'period' | 'days'>): string {
  return plan.period === 'days' ? tn('budgets.every_days', plan.days ?? 1) : t(`budgets.per.${plan.period}`);
}

export const budgetAddress = (id: string, date: Day) => `/budgets?${new URLSearchParams({ id, date })}`;

export function spentOf(sums: readonly CategorySum[], categories: readonly string[], currency: string): Minor {
  return sum(sums.filter((one) => one.currency === currency && categories.includes(one.category))
    .map((one) => one.out_minor - one.in_minor));
}

// A limit worth starting with: the middle of the months, rounded up to tens of the main unit.
export function suggestedLimit(months: Minor[], exponent: number): Minor {
  const sorted = [...months].sort((a, b) => (a < b ? -1 : 1));
  const middle = sorted[sorted.length >> 1] ?? 0n;
  const step = 10n ** BigInt(exponent) * 10n;
  return ((middle + step - 1n) / step) * step;
}
