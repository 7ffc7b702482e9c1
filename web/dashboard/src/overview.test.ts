import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CategorySum } from './api';
import { allSpending, type Budget, stateOf } from './budget';
import { figuresOf, titleOf } from './overview';

const line = (category: string, out: bigint, into = 0n, currency = 'EUR'): CategorySum =>
  ({ category, currency, out_minor: out, in_minor: into, count: 1 });
const november = [line('groceries', 48637n), line('dining', 21485n), line('income', 0n, 435120n), line('transfer', 40000n),
  line('dining', 500n, 0n, 'USD')];
const history = [[line('groceries', 43110n)], [line('groceries', 40000n), line('dining', 9000n)], [line('groceries', 50000n)]];

test('spending leaves out income, transfers and other currencies', () => {
  const figures = figuresOf('2026-11', 'EUR', november, history);
  assert.equal(figures.spent, 70122n);
  assert.equal(figures.income, 435120n);
  assert.deepEqual(figures.others, ['USD']);
  assert.deepEqual(figures.lines.map((one) => one.category), ['groceries', 'dining']);
});

test('usual is the median month, and nothing without history', () => {
  const figures = figuresOf('2026-11', 'EUR', november, history);
  assert.equal(figures.lines[0]!.usual, 43110n);
  assert.equal(figures.lines[1]!.usual, 0n);
  assert.equal(figuresOf('2026-11', 'EUR', november, []).lines[0]!.usual, null);
});

function budgetOf(categories: string[], available: bigint, spent: bigint, period: Budget['period'] = 'month'): Budget {
  return { id: categories.join(), categories, period, limit_minor: available, currency: 'EUR', period_id: '2026-11', from: '2026-11-01', until: '2026-12-01',
    spent_minor: spent, pending_minor: 0n, carried_minor: 0n, available_minor: available, left_minor: available - spent, closed: false,
    pace: { elapsed_days: 24, length_days: 30, projected_minor: null, expected_minor: 0n, state: 'on_pace' } };
}

test('while the month runs the title says what the budgets leave a day', () => {
  const figures = figuresOf('2026-11', 'EUR', november, history);
  const groceries = stateOf(budgetOf(['groceries'], 56000n, 48637n));
  const left = '€74 of the budgets left for 7 days, about €11 a day';
  assert.equal(titleOf(figures, [groceries], '2026-11-24'), left);
  const week = stateOf(budgetOf(['dining'], 90000n, 0n, 'week'));
  assert.equal(titleOf(figures, [groceries, week], '2026-11-24'), left, 'a week is no month');
  const total = stateOf(budgetOf(allSpending(), 100000n, 90000n));
  assert.equal(titleOf(figures, [groceries, total], '2026-11-24'), '€100 of the budgets left for 7 days, about €14 a day', 'nothing is counted twice');
});

test('a finished month says what was spent against what came in', () => {
  const figures = figuresOf('2026-11', 'EUR', november, history);
  assert.equal(titleOf(figures, [], '2026-12-05'), '€701 spent in November, €3,650 less than came in');
});
