import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExact, stringifyExact } from './api';

test('amounts become bigints, other numbers stay numbers', () => {
  assert.deepEqual(parseExact('{"amount_minor": -1239, "confidence": 0.71, "line": 3}'), {
    amount_minor: -1239n,
    confidence: 0.71,
    line: 3,
  });
});

test('a body with bigints is written as plain integers', () => {
  assert.equal(stringifyExact({ limit_minor: 9223372036854775807n, currency: 'EUR' }),
    '{"limit_minor":9223372036854775807,"currency":"EUR"}');
});

test('text that looks like a placeholder stays text', () => {
  assert.equal(stringifyExact({ a: '"\\u00000\\u0000"', b: 1n }), JSON.stringify({ a: '"\\u00000\\u0000"', b: 0 }).replace('0}', '1}'));
});
