import assert from 'node:assert/strict';
import { test } from 'node:test';
import { big, both, complaints, either, list, mapOf, maybe, nullable, number, object, oneOf, text } from './shape';

const shape = object({ name: text, at: maybe(number), state: oneOf('new', 'fixed'), rows: list(object({ n: nullable(number) })), ci: both(number, number), ns: big });
const fits = { name: 'x', state: 'new', rows: [{ n: null }, { n: 1 }], ci: [0, 1], ns: '1700000000000000000' };

test('what fits has no complaints, and may have more fields', () => {
  assert.deepEqual(complaints(shape, fits), []);
  assert.deepEqual(complaints(shape, { ...fits, more: 1, at: 5, ns: -5 }), []);
});

test('each misfit is told with its place', () => {
  assert.deepEqual(complaints(shape, { ...fits, name: 5, at: null, state: 'old', rows: [{ n: 'x' }, 7], ci: [1], ns: '1.5' }, 'a'), [
    'a.name: number instead of string', 'a.at: null instead of number', 'a.state: "old" is none of new, fixed', 'a.rows[0].n: string instead of number',
    'a.rows[1]: number instead of object', 'a.ci: not two values', 'a.ns: string instead of a whole number']);
  assert.deepEqual(complaints(shape, []), ['answer: array instead of object']);
  assert.ok(complaints(shape, {}).includes('answer.rows: missing'));
});

test('members of any name, and one of two shapes', () => {
  const counts = mapOf(number), answer = either(object({ plan: text }), object({ rows: list(number), total: number }));
  assert.deepEqual(complaints(counts, { a: 1, b: 2 }), []);
  assert.deepEqual(complaints(counts, { a: 'x' }), ['answer.a: string instead of number']);
  assert.deepEqual(complaints(answer, { plan: 'scan' }), []);
  assert.deepEqual(complaints(answer, { rows: [1], total: 1 }), []);
  assert.deepEqual(complaints(answer, { rows: 1, total: 1 }), ['answer.plan: missing']);
});
