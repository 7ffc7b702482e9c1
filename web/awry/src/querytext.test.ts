import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOf, linkOf, lookbackMs, queryOf, readTags } from './querytext';

const empty = { service: '', operation: '', tags: '', query: '', lookback: '1h', limit: '20', minDuration: '', maxDuration: '' };

test('tags are read as in Jaeger', () => {
  assert.deepEqual(readTags('http.status_code=200 error=true m="a b"'), [['http.status_code', '200'], ['error', 'true'], ['m', 'a b']]);
});

test('the form becomes a query', () => {
  assert.equal(queryOf(empty), '{ }');
  assert.equal(
    queryOf({ ...empty, service: 'a"b', operation: 'op', tags: 'user_id=user123 n=5 error=true', minDuration: '100ms' }),
    '{ resource.service.name = "a\\"b" && name = "op" && .user_id = "user123" && .n = 5 && status = error && duration >= 100ms }');
  assert.equal(queryOf({ ...empty, query: '{ name = "x" }', service: 's' }), '{ name = "x" } && { resource.service.name = "s" }');
});

test("Jaeger's deep links open, and a link comes back as it was", () => {
  const form = formOf(new URLSearchParams('service=s&operation=__all_operations__&tags={"a":"b c"}&lookback=2d&limit=50'));
  assert.equal(form.tags, 'a="b c"');
  assert.equal(queryOf(form), '{ resource.service.name = "s" && .a = "b c" }');
  assert.deepEqual(formOf(new URLSearchParams(linkOf(form).split('?')[1])), form);
});

test('lookbacks have a unit', () => {
  assert.equal(lookbackMs('2d'), 172_800_000);
  assert.equal(lookbackMs('custom'), null);
});
