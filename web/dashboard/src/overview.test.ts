import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CategorySum } from './api';
import { budgetStates, figuresOf, titleOf } from './overview';

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

test('while the month runs the title says what the budgets leave a day', () => {
  const figures = figuresOf('2026-11', 'EUR', november, history);
  const states = budgetStates([{ categories: ['groceries'], period: 'month', limit_minor: 56000n, currency: 'EUR' }],
    november, '2026-11', '2026-11-24');
  assert.equal(titleOf(figures, states, '2026-11-24'), '€74 of the budgets left for 7 days, about €11 a day');
});

test('a finished month says what was spent against what came in', () => {
  const figures = figuresOf('2026-11', 'EUR', november, history);
  assert.equal(titleOf(figures, [], '2026-12-05'), '€701 spent in November, €3,650 less than came in');
});
