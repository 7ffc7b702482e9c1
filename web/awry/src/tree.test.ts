import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JaegerSpan, JaegerTrace } from './api';
import { criticalPath, makeTree } from './tree';

function span(id: string, parent: string | null, start: number, duration: number): JaegerSpan {
  return {
    traceID: 't', spanID: id, operationName: id, startTime: 1000 + start, duration, processID: 'p1', tags: [], logs: [], warnings: null,
    references: parent ? [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }] : [],
  };
}
const trace = (spans: JaegerSpan[]): JaegerTrace => ({ traceID: 't', spans, processes: { p1: { serviceName: 's', tags: [] } } });

test('children stand under their parent, by start', () => {
  const tree = makeTree(trace([span('b', 'a', 50, 10), span('a', null, 0, 100), span('c', 'a', 10, 20), span('d', 'c', 12, 5)]));
  assert.deepEqual(tree.order.map((n) => `${n.depth}${n.span.spanID}`), ['0a', '1c', '2d', '1b']);
  assert.equal(tree.duration, 100);
  assert.equal(tree.depth, 3);
});

test('an orphan is a root and says so; a ring does not hang', () => {
  const tree = makeTree(trace([span('a', 'gone', 0, 10), span('b', 'c', 0, 5), span('c', 'b', 0, 5)]));
  assert.equal(tree.order.length, 3);
  assert.ok(tree.roots.some((n) => n.orphan && n.span.spanID === 'a'));
});

test('the critical path covers the root without overlap', () => {
  const tree = makeTree(trace([span('a', null, 0, 100), span('b', 'a', 10, 30), span('c', 'a', 20, 60)]));
  const pieces = [...criticalPath(tree.roots[0]!)].flatMap(([n, list]) => list.map(([f, t]) => ({ id: n.span.spanID, f, t })));
  assert.equal(pieces.reduce((sum, p) => sum + p.t - p.f, 0), 100);
  assert.deepEqual(pieces.filter((p) => p.id === 'c'), [{ id: 'c', f: 20, t: 80 }]);
});

test('a chain of 100,000 spans is laid out', () => {
  const spans = Array.from({ length: 100_000 }, (_, i) => span(`s${i}`, i === 0 ? null : `s${i - 1}`, i, 1));
  assert.equal(makeTree(trace(spans)).depth, 100_000);
});

test('self time is what no child covers, and children that overlap or outlive their parent count once', () => {
  const tree = makeTree(trace([span('a', null, 0, 100), span('b', 'a', 10, 30), span('c', 'a', 20, 40), span('d', 'a', 90, 50)]));
  assert.equal(tree.byKey.get('a')!.self, 10 + 30);
  assert.equal(tree.byKey.get('a')!.below, 3);
});

test('a child that outlives its parent is on the critical path as far as the parent lasts', () => {
  const tree = makeTree(trace([span('a', null, 0, 100), span('b', 'a', 50, 100), span('late', 'a', 120, 10)]));
  const path = criticalPath(tree.roots[0]!);
  assert.deepEqual(path.get(tree.byKey.get('b')!), [[50, 100]]);
  assert.deepEqual(path.get(tree.byKey.get('a')!), [[0, 50]]);
  assert.equal(path.has(tree.byKey.get('late')!), false);
});

test('spans with one id keep a row each', () => {
  const tree = makeTree(trace([span('a', null, 0, 10), span('b', 'a', 1, 2), span('b', 'a', 3, 2)]));
  assert.equal(new Set(tree.order.map((n) => n.key)).size, 3);
  assert.equal(tree.order.filter((n) => n.twin).length, 1);
});

test('a trace of 300,000 siblings is laid out', () => {
  const spans = [span('a', null, 0, 300_000), ...Array.from({ length: 300_000 }, (_, i) => span(`s${i}`, 'a', i, 1))];
  const tree = makeTree(trace(spans));
  assert.equal(tree.order.length, 300_001);
  assert.equal(criticalPath(tree.roots[0]!).size, 300_000);
});

test('times that are no numbers do not spread', () => {
  const tree = makeTree(trace([{ ...span('a', null, 0, 10), duration: 'NaN' as unknown as number }, span('b', 'a', 1, 2)]));
  assert.equal(tree.duration, 3);
});
