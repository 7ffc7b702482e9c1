// What a budget has come to, from the month's sums.
import type { Budget, CategorySum } from './api';
import { dayNumber, daysIn, monthOf, type Day, type Month } from './dates';
import { percent, sum, type Minor } from './money';

export interface BudgetState {
  budget: Budget;
  spent: Minor;
  used: number; // percent of the limit
  left: Minor; // negative: over
  elapsed: number; // percent of the month
  projected: Minor | null; // at the end of the month; null before the 7th day and for finished months
}

export function spentOf(sums: readonly CategorySum[], categories: readonly string[], currency: string): Minor {
  return sum(sums.filter((one) => one.currency === currency && categories.includes(one.category))
    .map((one) => one.out_minor - one.in_minor));
}

export function elapsedPercent(month: Month, today: Day): number {
  const now = monthOf(today);
  if (month !== now) return month < now ? 100 : 0;
  return (dayNumber(today) / daysIn(month)) * 100;
}

export function stateOf(budget: Budget, sums: readonly CategorySum[], month: Month, today: Day): BudgetState {
  const spent = spentOf(sums, budget.categories, budget.currency);
  const day = dayNumber(today);
  const running = month === monthOf(today) && day >= 7 && day < daysIn(month);
  return {
    budget,
    spent,
    used: percent(spent, budget.limit_minor),
    left: budget.limit_minor - spent,
    elapsed: elapsedPercent(month, today),
    projected: running ? (spent * BigInt(daysIn(month))) / BigInt(day) : null,
  };
}

// A limit worth starting with: the middle of the months, rounded up to tens of the main unit.
export function suggestedLimit(months: Minor[], exponent: number): Minor {
  const sorted = [...months].sort((a, b) => (a < b ? -1 : 1));
  const middle = sorted[sorted.length >> 1] ?? 0n;
  const step = 10n ** BigInt(exponent) * 10n;
  return ((middle + step - 1n) / step) * step;
}
