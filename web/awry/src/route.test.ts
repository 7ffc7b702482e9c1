import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from './route';

test("Jaeger's addresses show their pages", () => {
  assert.deepEqual(pageOf('/search'), { page: 'search' });
  assert.deepEqual(pageOf('/search/'), { page: 'search' });
  assert.deepEqual(pageOf('/trace/ABC'), { page: 'trace', id: 'abc' });
  assert.deepEqual(pageOf('/trace/a1...b2'), { page: 'compare', a: 'a1', b: 'b2' });
  assert.deepEqual(pageOf('/trace/...b2'), { page: 'compare', a: '', b: 'b2' });
  assert.deepEqual(pageOf('/trace/a1...'), { page: 'compare', a: 'a1', b: '' });
  assert.deepEqual(pageOf('/dependencies'), { page: 'graph' });
  assert.deepEqual(pageOf('/deep-dependencies'), { page: 'deep' });
  assert.deepEqual(pageOf('/'), { page: 'findings' });
});

test('what is no page is unknown', () => {
  for (const path of ['/trace/', '/trace/xyz', `/trace/${'a'.repeat(33)}`, '/nowhere', '/searching', '/constructor', '/__proto__']) assert.deepEqual(pageOf(path), { page: 'unknown' }, path);
});
