import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, difference, duration, percent, scientific, shortId, span, wilson } from './format';

test('a difference names what one lacks', () => {
  assert.deepEqual(difference('patterns:user12', 'patterns:user123'), ['patterns:user12', '', '3', '']);
  assert.deepEqual(difference('user127', 'user123'), ['user12', '7', '3', '']);
  assert.deepEqual(difference('same', 'same'), ['same', '', '', '']);
  assert.deepEqual(difference('', 'x'), ['', '', 'x', '']);
});

test('durations keep their unit', () => {
  assert.equal(duration(999), '999 µs');
  assert.equal(duration(187_400), '187.4 ms');
  assert.equal(duration(3_200_000), '3.20 s');
  assert.equal(duration(125_000_000), '2 min 5 s');
});

test('shares stand with their interval', () => {
  assert.equal(percent(48, 52), '92.3 %');
  assert.equal(percent(0, 0), '–');
  const [lo, hi] = wilson(48, 52);
  assert.ok(lo > 0.81 && lo < 0.83 && hi > 0.96 && hi < 0.98);
});

test('small probabilities are written as powers', () => {
  assert.deepEqual(scientific(5e-45), { mantissa: '5', exponent: -45 });
  assert.equal(scientific(0.04), null);
});

test('sizes, spans of time and ids are short', () => {
  assert.equal(bytes(2_100_000_000), '2.1 GB');
  assert.equal(span(5 * 3600e3 + 12 * 60e3), '5 h 12 min');
  assert.equal(shortId('00000000000000007f3a91c25d0e48b1'), '7f3a91c2');
});
