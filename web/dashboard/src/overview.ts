// The figures behind the overview, and the sentence that is its title.
import type { CategorySum } from './api';
import { type BudgetState, isTotal } from './budget';
import { isSpending } from './categories';
import { dayNumber, daysIn, type Day, type Month, monthName, monthOf } from './dates';
import { currentLocale, t, tn } from './i18n';
import { formatWhole, median, sum, type Minor } from './money';

export interface CategoryLine {
  category: string;
  spent: Minor; // refunds subtracted
  usual: Minor | null; // of a whole month, median; null without history
  count: number;
}

export interface MonthFigures {
  month: Month;
  currency: string;
  income: Minor;
  spent: Minor;
  count: number;
  lines: CategoryLine[]; // most spent first
  usualTotal: Minor | null;
  others: string[]; // further currencies of the month, shown on their own
}

const net = (one: CategorySum): Minor => one.out_minor - one.in_minor;

function netOf(sums: readonly CategorySum[], category: string, currency: string): Minor {
  return sum(sums.filter((one) => one.category === category && one.currency === currency).map(net));
}

// `history`: the sums of earlier months; months without a row are left out of "usual".
export function figuresOf(month: Month, currency: string, sums: readonly CategorySum[],
                          history: readonly (readonly CategorySum[])[]): MonthFigures {
  const own = sums.filter((one) => one.currency === currency);
  const months = history.filter((earlier) => earlier.some((one) => one.currency === currency));
  const categories = new Set([...own, ...months.flat()].filter((one) => one.currency === currency && isSpending(one.category))
    .map((one) => one.category));
  const lines = [...categories].map((category): CategoryLine => ({
    category,
    spent: netOf(own, category, currency),
    usual: median(months.map((earlier) => netOf(earlier, category, currency))),
    count: own.filter((one) => one.category === category).reduce((n, one) => n + one.count, 0),
  }));
  const spending = (list: readonly CategorySum[]) =>
    sum(list.filter((one) => one.currency === currency && isSpending(one.category)).map(net));
  return {
    month,
    currency,
    income: sum(own.filter((one) => one.category === 'income').map((one) => one.in_minor - one.out_minor)),
    spent: spending(own),
    count: own.reduce((n, one) => n + one.count, 0),
    lines: lines.filter((line) => line.spent !== 0n || (line.usual ?? 0n) !== 0n)
      .sort((a, b) => (a.spent < b.spent ? 1 : a.spent > b.spent ? -1 : a.category < b.category ? -1 : 1)),
    usualTotal: median(months.map(spending)),
    others: [...new Set(sums.map((one) => one.currency))].filter((other) => other !== currency).sort(),
  };
}

// The budgets of this month that can be added: one over all spending holds the others.
function monthBudgets(states: readonly BudgetState[], currency: string): BudgetState[] {
  const own = states.filter(({ budget }) => budget.currency === currency && budget.period === 'month');
  const total = own.find(({ budget }) => isTotal(budget));
  return total ? [total] : own;
}

// The answer first: what is left while the month runs, how it ended once it is over.
export function titleOf(figures: MonthFigures, states: readonly BudgetState[], today: Day): string {
  const words = (minor: Minor) => formatWhole({ minor, currency: figures.currency }, currentLocale());
  const month = monthName(figures.month);
  const running = figures.month === monthOf(today);
  const own = monthBudgets(states, figures.currency);
  if (running && own.length > 0) {
    const left = sum(own.map((state) => state.left));
    const days = daysIn(figures.month) - dayNumber(today) + 1;
    if (left < 0n) return t('title.budgets_over', { amount: words(left) });
    return tn('title.budgets_left', days, { amount: words(left), daily: words(left / BigInt(days)) });
  }
  if (figures.income === 0n) return t('title.spent', { amount: words(figures.spent), month });
  const rest = figures.income - figures.spent;
  return t(rest >= 0n ? 'title.spent_less' : 'title.spent_more', { amount: words(figures.spent), month, rest: words(rest) });
}
