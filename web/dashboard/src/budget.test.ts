import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allSpending, type Budget, budgetName, budgetStates, dayOfPeriod, periodText, planOf, stateOf, suggestedLimit } from './budget';

const pace = { elapsed_days: 15, length_days: 30, projected_minor: 97274n, expected_minor: 0n, state: 'over_pace' };
const budget: Budget = { id: 'b', name: '', categories: ['groceries', 'dining'], merchants: [], tags: [], period: 'month', days: 0, starts_on: '',
  limit_minor: 50000n, currency: 'EUR', carry: 'surplus', carry_cap_minor: null, active_from: '', active_until: '', thresholds: [80, 100],
  will_exceed: false, period_id: '2026-11', from: '2026-11-01', until: '2026-12-01', spent_minor: 48637n, pending_minor: 0n, carried_minor: 6000n,
  available_minor: 56000n, left_minor: 7363n, pace, closed: false };

test('a budget is used by what is available, carried amounts included', () => {
  const state = stateOf(budget);
  assert.equal(state.used, 86.8);
  assert.equal(state.left, 7363n);
  assert.equal(state.elapsed, 50);
  assert.equal(state.projected, 97274n);
});

test('a period that is over has no projection, and a deficit that took all is over', () => {
  assert.equal(stateOf({ ...budget, closed: true }).projected, null);
  assert.equal(stateOf({ ...budget, available_minor: -100n, left_minor: -200n, spent_minor: 100n }).used, 125);
});

test('where a budget is not active it is not shown', () => {
  assert.deepEqual(budgetStates([{ ...budget, available_minor: 0n, spent_minor: 0n, left_minor: 0n }]), []);
});

test('a budget is called by its name, else by what it counts', () => {
  assert.equal(budgetName(budget), 'Groceries, Dining');
  assert.equal(budgetName({ ...budget, name: 'Food' }), 'Food');
  assert.equal(budgetName({ ...budget, categories: allSpending() }), 'All spending');
  assert.equal(budgetName({ ...budget, categories: ['groceries.organic'], tags: ['holiday'] }), 'Groceries: organic, #holiday');
  assert.equal(budgetName({ ...budget, categories: ['groceries', 'dining', 'cash', 'home', 'travel'] }), 'Groceries, Dining, Cash and 2 more');
});

test('what is sent back is what a person wrote, without empty fields and without figures', () => {
  assert.deepEqual(planOf(budget), { id: 'b', categories: ['groceries', 'dining'], merchants: [], tags: [], period: 'month', days: 0,
    limit_minor: 50000n, currency: 'EUR', carry: 'surplus', thresholds: [80, 100], will_exceed: false });
});

test('a period is told by its month, else by its days', () => {
  assert.equal(periodText(budget), 'November 2026');
  assert.equal(periodText({ period_id: '2026-11-16', from: '2026-11-16', until: '2026-11-23' }), '16 Nov to 22 Nov');
});

test('a period that an alert names has a day in it', () => {
  assert.equal(dayOfPeriod('2026-11'), '2026-11-01');
  assert.equal(dayOfPeriod('2026-Q4'), '2026-10-01');
  assert.equal(dayOfPeriod('2026'), '2026-01-01');
  assert.equal(dayOfPeriod('2026-11-16'), '2026-11-16');
  assert.equal(dayOfPeriod('anomaly|home|EUR|2026-11|down|50'), null);
});

test('a suggested limit is the middle month, rounded up to tens', () => {
  assert.equal(suggestedLimit([55123n, 10000n, 90000n], 2), 56000n);
  assert.equal(suggestedLimit([], 2), 0n);
});
