import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transaction } from './api';
import { byDay, byMerchant, mainCurrency, spentByDay, sumsByCurrency } from './rows';

const row = (date: string, minor: bigint, more: Partial<Transaction> = {}): Transaction => ({
  id: `${date}${minor}`, date, amount_minor: minor, currency: 'EUR', merchant: 'Shop', description: 'SHOP 12', category: 'groceries',
  status: 'booked', processing: 'done', ...more,
});

test('days come newest first and keep their rows in order', () => {
  const groups = byDay([row('2026-11-01', -1n), row('2026-11-03', -2n), row('2026-11-01', -3n)]);
  assert.deepEqual(groups.map((group) => group.day), ['2026-11-03', '2026-11-01']);
  assert.deepEqual(groups[1]!.rows.map((one) => one.amount_minor), [-1n, -3n]);
});

test('currencies are never added, and transfers are left out', () => {
  const sums = sumsByCurrency(
    [row('2026-11-01', -100n), row('2026-11-01', -5n, { currency: 'USD' }), row('2026-11-02', -900n, { category: 'transfer' })],
    (one) => one.amount_minor < 0n);
  assert.deepEqual([...sums], [['EUR', -100n], ['USD', -5n]]);
});

test('spending adds up day by day; income and other currencies do not count, refunds subtract', () => {
  const day = (period: string, out: bigint, into = 0n, part = {}) =>
    ({ period, category: 'dining', currency: 'EUR', out_minor: out, in_minor: into, rows: 1, ...part });
  const spent = spentByDay([day('2026-11-01', 100n), day('2026-11-03', 50n, 20n), day('2026-11-02', 0n, 5000n, { category: 'income' }),
    day('2026-11-02', 7n, 0n, { currency: 'USD' }), day('2026-10-02', 999n)], '2026-11', 'EUR', 4);
  assert.deepEqual(spent, [100n, 100n, 130n, 130n]);
});

test('the main currency is that of most rows', () => {
  assert.equal(mainCurrency([{ currency: 'USD', count: 2 }, { currency: 'EUR', count: 5 }]), 'EUR');
  assert.equal(mainCurrency([]), null);
});

test('rows of one merchant stand together unless they were guessed differently', () => {
  const groups = byMerchant([row('2026-11-01', -1n), row('2026-11-02', -2n), row('2026-11-03', -2n, { category: 'dining' })]);
  assert.deepEqual(groups.map((group) => group.rows.length), [2, 1]);
});
