import assert from 'node:assert/strict';
import { test } from 'node:test';
import { and, emptyForm, formOf, indexOfColumn, linkOf, lookbackMs, queryOf, readTags, strayTag, windowOf } from './querytext';

test('tags are read as in Jaeger', () => {
  assert.deepEqual(readTags('http.status_code=200 error=true m="a b"'), [['http.status_code', '200'], ['error', 'true'], ['m', 'a b']]);
  assert.equal(strayTag('a=1 b="c d"'), null);
  assert.equal(strayTag('a=1 lonely'), 'lonely');
});

test('the form becomes a query', () => {
  assert.equal(queryOf(emptyForm), '{ }');
  assert.equal(
    queryOf({ ...emptyForm, service: 'a"b', operation: 'op', tags: 'user_id=user123 error=true', minDuration: '100ms', maxDuration: '5' }),
    '{ resource.service.name = "a\\"b" && name = "op" && tag("user_id", "user123") && tag("error", "true") && duration >= 100ms && duration <= 5ms }');
  assert.equal(queryOf({ ...emptyForm, query: '{ name = "x" }', service: 's' }), '{ name = "x" } && { resource.service.name = "s" }');
  assert.equal(queryOf({ ...emptyForm, label: 'wrong' }), '{ label = wrong }');
});

test('a condition goes before the stages, around what binds weaker', () => {
  assert.equal(and('{ name = "a|b" } | count() > 3', '{ x = 1 }'), '{ name = "a|b" } && { x = 1 } | count() > 3');
  assert.equal(and('{ a = 1 } || { b = 2 }', '{ c = 3 }'), '({ a = 1 } || { b = 2 }) && { c = 3 }');
  assert.equal(and('name = "x"', '{ c = 3 }'), '{ name = "x" } && { c = 3 }');
  assert.equal(and('{ }', '{ c = 3 }'), '{ c = 3 }');
});

test("Jaeger's deep links open, and a link comes back as it was", () => {
  const form = formOf(new URLSearchParams('service=s&operation=__all_operations__&tags={"a":"b c"}&lookback=2d&limit=50'));
  assert.equal(form.tags, 'a="b c"');
  assert.equal(queryOf(form), '{ resource.service.name = "s" && tag("a", "b c") }');
  assert.deepEqual(formOf(new URLSearchParams(linkOf(form).split('?')[1])), form);
  const all = formOf(new URLSearchParams('service=__all_services__&operation=all&start=1000007&end=2000000'));
  assert.equal(queryOf(all), '{ }');
  assert.deepEqual(windowOf(all), { start: '1970-01-01T00:00:01.000007Z', end: '1970-01-01T00:00:02.000000Z' });
});

test('lookbacks have a unit', () => {
  assert.equal(lookbackMs('2d'), 172_800_000);
  assert.equal(lookbackMs('custom'), null);
  assert.deepEqual(windowOf({ ...emptyForm, lookback: '1h' }, 3_600_000), { start: '1970-01-01T00:00:00.000Z' });
});

test('columns count bytes', () => {
  assert.equal(indexOfColumn('aäb', 1), 0);
  assert.equal(indexOfColumn('aäb', 4), 2);
  assert.equal(indexOfColumn('ab', 99), 2);
});
