import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JaegerSpan, JaegerTag, JaegerTrace } from '../api';
import { makeTree } from '../tree';
import { findSpans, linkedSpan, readFind } from './find';
import { flames, mergePaths } from './paths';
import { fit, pan, place, zoom } from './range';
import { collapseAll, collapseOne, expandOne, reveal, visibleNodes } from './rows';
import { attributeKeys, statistics } from './stats';
import { checksum, readFilter, writeFilter } from './svcfilter';

const string = (key: string, value: string): JaegerTag => ({ key, type: 'string', value });

function span(id: string, parent: string | null, service = 'web', tags: JaegerTag[] = []): JaegerSpan {
  return {
    traceID: 't', spanID: id, operationName: `op ${id}`, startTime: 1, duration: 1, processID: service, tags, logs: [], warnings: null,
    references: parent ? [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }] : [],
  };
}
const trace = (spans: JaegerSpan[]): JaegerTrace => ({
  traceID: 't', spans, processes: Object.fromEntries(spans.map((s) => [s.processID, { serviceName: s.processID, tags: [string('host', 'h1')] }])),
});
const names = (list: Iterable<{ span: JaegerSpan }>) => [...list].map((n) => n.span.spanID).join(' ');

// a ─ b ─ c ─ d,  a ─ e ─ f
const family = trace([span('a', null), span('b', 'a'), span('c', 'b', 'db'), span('d', 'c'), span('e', 'a'), span('f', 'e', 'db')]);

test('collapsing one level closes the deepest open spans, expanding one the topmost closed', () => {
  const tree = makeTree(family);
  const none = new Set<string>();
  const one = collapseOne(tree, none);
  assert.deepEqual([...one].sort(), ['c', 'e']);
  assert.deepEqual([...collapseOne(tree, one)].sort(), ['b', 'c', 'e']);
  const all = collapseAll(tree);
  assert.equal(names(visibleNodes(tree, all, none).nodes), 'a');
  const opened = expandOne(tree, all);
  assert.equal(names(visibleNodes(tree, opened, none).nodes), 'a b e');
  assert.equal(names(visibleNodes(tree, reveal(all, tree.byKey.get('d')!), none).nodes), 'a b c d e');
});

test('a hidden service goes with everything under it, and is counted at the parent', () => {
  const tree = makeTree(family);
  const { nodes, pruned } = visibleNodes(tree, new Set(), new Set(['db']));
  assert.equal(names(nodes), 'a b e');
  assert.equal(pruned.get(tree.byKey.get('b')!)!.spans, 2);
  assert.equal(pruned.get(tree.byKey.get('e')!)!.spans, 1);
});

test('the find box ORs words, groups quotes, and leaves out keys', () => {
  assert.deepEqual(readFind('one "two words" -key'), { words: ['one', 'two words'], withoutKeys: ['key'] });
  const found = trace([span('a', null, 'web', [string('http.url', '/shop')]), span('b', 'a', 'web', [string('db.statement', 'SELECT shop')])]);
  const tree = makeTree(found);
  const ids = (text: string) => names(findSpans(tree, found, text) ?? []);
  assert.equal(ids('SHOP'), 'a b');
  assert.equal(ids('shop -statement'), 'a');
  assert.equal(ids('http.url=/shop nothing'), 'a');
  assert.equal(ids('"op b"'), 'b');
  assert.equal(ids('host=h1'), 'a b');
  assert.equal(findSpans(tree, found, '-key'), null);
});

test('a span link works without leading zeros', () => {
  const tree = makeTree(trace([span('00000000000000ab', null)]));
  assert.equal(linkedSpan(tree, 'AB'), tree.order[0]);
  assert.equal(linkedSpan(tree, 'op'), undefined);
});

test('the service filter writes what it reads, and ignores what is stale or broken', () => {
  const services = ['web', 'db', 'cache'];
  const text = writeFilter(services, new Set(['db']))!;
  assert.equal(text, `${checksum(['cache', 'db', 'web'])}.5`);
  assert.deepEqual([...readFilter(services, text)], ['db']);
  assert.equal(writeFilter(services, new Set()), null);
  assert.equal(writeFilter(services, new Set(services)), null);
  for (const bad of ['', '0000.5', 'zz', `${text.slice(0, 5)}0`, `${text.slice(0, 5)}ffffffff`, 'x.y']) assert.equal(readFilter(services, bad).size, 0, bad);
});

function timed(id: string, parent: string | null, start: number, duration: number, service = 'web', name = `op ${id}`, error = false): JaegerSpan {
  return { ...span(id, parent, service, error ? [{ key: 'error', type: 'bool', value: true }] : []), startTime: 1000 + start, duration, operationName: name };
}
const calls = () => trace([
  timed('a', null, 0, 100), timed('b', 'a', 10, 20, 'db', 'select'), timed('c', 'a', 40, 30, 'db', 'select', true), timed('d', 'c', 45, 10, 'disk', 'read'),
]);

test('spans of one call path are one bar: count, total, self and what is under it add up', () => {
  const paths = mergePaths(makeTree(calls()));
  assert.deepEqual(paths.map((p) => [p.name, p.depth, p.count, p.errors, p.total, p.self, p.value]),
    [['op a', 0, 1, 0, 100, 50, 100], ['select', 1, 2, 1, 50, 40, 50], ['read', 2, 1, 0, 10, 10, 10]]);
  assert.equal(paths[1]!.longest.span.spanID, 'c');
  assert.equal(mergePaths(makeTree(calls()), new Set(['db'])).length, 1);
});

test('flames fill the width below the one that is looked at, and tell how many are left out', () => {
  const paths = mergePaths(makeTree(calls()));
  const whole = flames(paths, null);
  assert.deepEqual(whole.flames.map((f) => [f.path.name, f.left, f.width, f.row]), [['op a', 0, 1, 0], ['select', 0, 0.5, 1], ['read', 0, 0.1, 2]]);
  const closer = flames(paths, paths[1]!);
  assert.deepEqual(closer.flames.map((f) => [f.path.name, f.width]), [['op a', 1], ['select', 1], ['read', 0.2]]);
  const many = trace([timed('a', null, 0, 1e6), ...Array.from({ length: 500 }, (_, i) => timed(`x${i}`, 'a', i, 1))]);
  assert.equal(flames(mergePaths(makeTree(many)), null).left_out, 500);
});

test('a chain of 50,000 calls of itself makes a flame graph that ends', () => {
  const chain = trace(Array.from({ length: 50_000 }, (_, i) => timed(`s${i}`, i === 0 ? null : `s${i - 1}`, i, 100_000 - i, 'web', 'again')));
  const { flames: list, left_out } = flames(mergePaths(makeTree(chain)), null);
  assert.ok(list.length < 200 && left_out > 0);
});

test('statistics group by service, then operation, and by an attribute', () => {
  const data = calls();
  const tree = makeTree(data);
  const groups = statistics(tree.order, data, 'service', 'operation');
  const db = groups.find((g) => g.name === 'db')!;
  assert.deepEqual([db.count, db.errors, db.total, db.avg, db.min, db.max, db.self, db.selfAvg], [2, 1, 50, 25, 20, 30, 40, 20]);
  assert.equal(db.under.length, 1);
  assert.ok(Math.abs(groups.reduce((sum, g) => sum + g.share, 0) - 1) < 1e-9);
  assert.deepEqual(statistics(tree.order, data, '.error', null).map((g) => [g.name, g.count]), [['none', 3], ['true', 1]]);
  assert.deepEqual(attributeKeys(tree, 5), ['error']);
});

test('a range stays inside the trace, and places what is in view', () => {
  assert.deepEqual([...fit(-0.2, 0.3)], [0, 0.5]);
  assert.deepEqual([...pan([0.5, 0.9], 1)].map((x) => Math.round(x * 100)), [60, 100]);
  assert.deepEqual([...zoom([0, 1], -0.5)], [0, 1]);
  assert.ok(zoom([0.4, 0.6], 0.6)[1] > zoom([0.4, 0.6], 0.6)[0], 'never turned around');
  assert.deepEqual(place([0.5, 1], 40, 75, 100), { left: 0, width: 50 });
  assert.equal(place([0.5, 1], 0, 40, 100), null);
});
