import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf, restOf, splitsOf } from './splits';

const part = (typed: string, category = 'dining') => ({ typed, category, note: '' });

test('parts have to sum to the row exactly', () => {
  assert.equal(restOf([part('10'), part('2.39')], -1239n, 'EUR', 'en'), 0n);
  assert.equal(restOf([part('10'), part('2')], -1239n, 'EUR', 'en'), 39n);
  assert.equal(restOf([part('10'), part('3')], -1239n, 'EUR', 'en'), -61n);
  assert.equal(restOf([part('10'), part('x')], -1239n, 'EUR', 'en'), null);
});

test('parts carry the sign of their row', () => {
  assert.deepEqual(splitsOf([part('10'), part('2.39', 'fees')], -1239n, 'EUR', 'en'),
    [{ amount_minor: -1000n, category: 'dining' }, { amount_minor: -239n, category: 'fees' }]);
  assert.deepEqual(splitsOf([part('1'), part('2')], 300n, 'EUR', 'en')?.map((one) => one.amount_minor), [100n, 200n]);
});

test('one part, a part of nothing or a part without a category is no split', () => {
  assert.equal(splitsOf([part('12.39')], -1239n, 'EUR', 'en'), null);
  assert.equal(splitsOf([part('12.39'), part('0')], -1239n, 'EUR', 'en'), null);
  assert.equal(splitsOf([part('12'), part('0.39', '')], -1239n, 'EUR', 'en'), null);
});

test('stored parts come back as they were typed, in each language', () => {
  const splits = [{ amount_minor: -1000n, category: 'dining', note: 'cake' }, { amount_minor: -239n, category: 'fees' }];
  for (const locale of ['en-GB', 'de-DE']) {
    assert.deepEqual(splitsOf(partsOf(splits, 'EUR', locale), -1239n, 'EUR', locale), splits);
  }
});
