import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Budget, CategorySum } from './api';
import { elapsedPercent, stateOf, suggestedLimit } from './budget';

const budget: Budget = { categories: ['groceries', 'dining'], period: 'month', limit_minor: 56000n, currency: 'EUR' };
const sums: CategorySum[] = [
  { category: 'groceries', currency: 'EUR', out_minor: 40000n, in_minor: 1000n, count: 9 },
  { category: 'dining', currency: 'EUR', out_minor: 9637n, in_minor: 0n, count: 3 },
  { category: 'dining', currency: 'USD', out_minor: 5000n, in_minor: 0n, count: 1 },
];

test('a budget counts its categories in its own currency, refunds subtract', () => {
  const state = stateOf(budget, sums, '2026-11', '2026-11-23');
  assert.equal(state.spent, 48637n);
  assert.equal(state.left, 7363n);
  assert.equal(state.used, 86.8);
});

test('the projection needs seven days and a running month', () => {
  assert.equal(stateOf(budget, sums, '2026-11', '2026-11-23').projected, 63439n);
  assert.equal(stateOf(budget, sums, '2026-11', '2026-11-06').projected, null);
  assert.equal(stateOf(budget, sums, '2026-10', '2026-11-23').projected, null);
});

test('time gone is all of a past month and none of a coming one', () => {
  assert.equal(elapsedPercent('2026-10', '2026-11-23'), 100);
  assert.equal(elapsedPercent('2026-12', '2026-11-23'), 0);
  assert.equal(elapsedPercent('2026-11', '2026-11-15'), 50);
});

test('a suggested limit is the middle month, rounded up to tens', () => {
  assert.equal(suggestedLimit([55123n, 10000n, 90000n], 2), 56000n);
  assert.equal(suggestedLimit([], 2), 0n);
});
