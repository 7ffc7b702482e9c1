import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, apiFilter, readFilter, readWords } from './filter';
import { useLanguage } from './i18n';

const accounts = [{ id: 'acc-1', name: 'Visa 7731', currency: 'EUR' }, { id: 'acc-2', name: 'Everyday', currency: 'EUR' }];

test('plain words are searched for as they stand', () => {
  assert.deepEqual(readWords('  coffee  bar ', accounts), { q: 'coffee bar' });
  assert.deepEqual(readWords('', accounts), {});
});

test('named words narrow the search', () => {
  assert.deepEqual(readWords('fresko category:din amount:>50 account:visa tag:holiday', accounts),
    { q: 'fresko', category: 'dining', amount_max: '-5000', account: 'acc-1', tag: 'holiday' });
});

test('an amount is money out unless it has a plus', () => {
  assert.deepEqual(readWords('amount:12.39', accounts), { amount_min: '-1239', amount_max: '-1239' });
  assert.deepEqual(readWords('amount:<50', accounts), { amount_min: '-5000', amount_max: '-1' });
  assert.deepEqual(readWords('amount:>+1000', accounts), { amount_min: '100000' });
  assert.deepEqual(readWords('amount:<+10', accounts), { amount_min: '1', amount_max: '1000' });
});

test('a word that is not understood stays a word', () => {
  assert.deepEqual(readWords('amount:lots account:none http://x', accounts), { q: 'amount:lots account:none http://x' });
});

test('amounts are read in the language that is shown', async () => {
  await useLanguage('de');
  assert.deepEqual(readWords('amount:12,39', accounts), { amount_min: '-1239', amount_max: '-1239' });
  await useLanguage('en');
});

test('a search leaves the month out, and the address keeps everything', () => {
  const filter = readFilter(new URLSearchParams('month=2026-11&category=dining&unsure=1'));
  assert.deepEqual(apiFilter(filter, accounts), { from: '2026-11-01', to: '2026-11-30', category: 'dining', review: 1 });
  assert.equal(addressOf(filter), '/transactions?month=2026-11&category=dining&unsure=1');
  assert.deepEqual(apiFilter({ ...filter, unsure: false, q: 'bar' }, accounts), { category: 'dining', q: 'bar' });
});
