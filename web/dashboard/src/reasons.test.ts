import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Why } from './api';
import { readReasons } from './reasons';

const why = (reasons: [string, number][], inputs: Why['inputs'] = {}): Why => ({
  category: 'dining',
  model_version: 'v1',
  reasons: reasons.map(([feature, weight]) => ({ feature, weight })),
  inputs,
});

test('earlier answers are told with their count', () => {
  const { for: found } = readReasons(why([['memory', 2]], { memory_category: 'dining', memory_count: 11, memory_total: 13 }));
  assert.equal(found[0]!.text, '11 of your 13 answers at this merchant were Dining');
  assert.equal(found[0]!.strength, 3);
});

test('the words of the text are told once, in one sentence', () => {
  const { for: found } = readReasons(why([['text:coffee', 2], ['text:kitchen', 1]]));
  assert.deepEqual(found.map((entry) => entry.text), ['The text says “coffee” and “kitchen”']);
});

test('three reasons at most, strongest first, then one against', () => {
  const found = readReasons(why(
    [['text:coffee', 3], ['amount', 1.5], ['share_dining', 0.5], ['weekday', 0.4], ['share_groceries', -0.3]],
    { share_dining: 0.18, share_groceries: 0.31 }));
  assert.deepEqual(found.for.map((entry) => entry.strength), [3, 2, 1]);
  assert.equal(found.against, 'Groceries is 31 % of your payments');
});

test('a feature that nobody would understand is left out', () => {
  assert.deepEqual(readReasons(why([['bias:17', 5]])), { for: [], against: null });
});

test('what was learned from corrections is told, whose they were', () => {
  const { for: found } = readReasons(why([['learned_own', 2], ['learned_all', 1.5], ['together', 1]]));
  assert.deepEqual(found.map((entry) => entry.text), ['You have corrected texts like this one so',
    'People have corrected texts like this one so', 'What is known of your account fits it']);
});
