import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JaegerTrace } from '../api';
import { layered } from './layered';
import type { Line } from './layered';
import { pathsThrough } from './paths';
import { dotPath, linePath, roundUp } from './timechart';

const boxes = (ids: string) => [...ids].map((id) => ({ id, width: 100, height: 40 }));
const lines = (...pairs: string[]): Line[] => pairs.map((p) => ({ from: p[0]!, to: p[1]! }));

test('callers stand left of what they call, and boxes do not touch', () => {
  const { at, width, height } = layered(boxes('abcdef'), lines('ab', 'ac', 'bd', 'cd', 'ae', 'de', 'af'));
  for (const line of lines('ab', 'ac', 'bd', 'cd', 'ae', 'de', 'af')) assert.ok(at.get(line.from)!.x < at.get(line.to)!.x, `${line.from}${line.to}`);
  const all = [...at.values()];
  for (const p of all) {
    for (const q of all) assert.ok(p === q || p.x !== q.x || p.y + p.height <= q.y || q.y + q.height <= p.y, 'two boxes overlap');
    assert.ok(p.x >= 0 && p.y >= 0 && p.x + p.width <= width && p.y + p.height <= height);
  }
});

test('a ring, a box that calls itself and a stranger are laid out, with a line each', () => {
  const layout = layered(boxes('abcd'), lines('ab', 'bc', 'ca', 'bb', 'xz'));
  assert.equal(layout.at.size, 4);
  assert.equal(layout.lines.length, 4);
  assert.ok(layout.lines.every((l) => !l.path.includes('NaN')));
});

test('a tree is drawn without crossing lines', () => {
  const { at } = layered(boxes('abcdefg'), lines('ab', 'ac', 'cf', 'bd', 'cg', 'be'));
  const y = (id: string) => at.get(id)!.y;
  assert.ok((y('b') < y('c')) === (Math.max(y('d'), y('e')) < Math.min(y('f'), y('g'))));
});

test('layers can be given: what calls stands on negative ones', () => {
  const { at } = layered(boxes('abc'), lines('ab', 'bc'), (id) => ({ a: -1, b: 0, c: 1 })[id]!);
  assert.deepEqual([...at.values()].map((p) => p.layer), [0, 1, 2]);
});

test('no boxes make an empty picture', () => assert.deepEqual(layered([], []).lines, []));

test('500 boxes with 2,000 lines are laid out', () => {
  const many = Array.from({ length: 500 }, (_, i) => ({ id: `n${i}`, width: 100, height: 40 }));
  const edges = Array.from({ length: 2000 }, (_, i) => ({ from: `n${(i * 7) % 500}`, to: `n${(i * 13 + 5) % 500}` }));
  assert.equal(layered(many, edges).at.size, 500);
});

function called(...spans: [id: string, parent: string | null, service: string, name: string][]): JaegerTrace {
  return {
    traceID: 't', processes: Object.fromEntries(spans.map(([, , service]) => [service, { serviceName: service, tags: [] }])),
    spans: spans.map(([id, parent, service, name], i) => ({
      traceID: 't', spanID: id, operationName: name, startTime: i, duration: 1, processID: service, tags: [], logs: [], warnings: null,
      references: parent ? [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }] : [],
    })),
  };
}

test('paths through an operation: callers have negative hops, siblings of the focal span are left out', () => {
  const trace = called(['a', null, 'web', 'GET /'], ['b', 'a', 'shop', 'buy'], ['c', 'b', 'db', 'insert'], ['d', 'b', 'db', 'insert'], ['e', 'a', 'ads', 'pick']);
  const { stops, hops, traces } = pathsThrough([trace, trace], 'shop', 'buy', true);
  assert.equal(traces, 2);
  assert.deepEqual(stops.map((s) => [s.hop, s.service, s.operation, s.calls, s.traces]).sort(), [[-1, 'web', 'GET /', 2, 2], [0, 'shop', 'buy', 2, 2], [1, 'db', 'insert', 4, 2]].sort());
  assert.deepEqual(hops.map((h) => h.calls).sort(), [2, 4]);
});

test('without operations the spans of one service under each other are one stop', () => {
  const trace = called(['a', null, 'web', 'GET /'], ['b', 'a', 'web', 'inner'], ['c', 'b', 'shop', 'buy'], ['d', 'c', 'shop', 'check'], ['e', 'd', 'db', 'insert']);
  const { stops } = pathsThrough([trace], 'shop', '', false);
  assert.deepEqual(stops.map((s) => [s.hop, s.service]).sort(), [[-1, 'web'], [0, 'shop'], [1, 'db']].sort());
});

test('a line breaks where nothing is known, and a point alone is a dot', () => {
  assert.equal(linePath([1, null, 2, 4], 4, 300, 100), 'M0.00 75.00M200.00 50.00L300.00 0.00');
  assert.equal(dotPath([1, null, 2, 4], 4, 300, 100), 'M0.00 75.00h.01');
  assert.equal(dotPath([3], 3, 300, 100), 'M0.00 0.00h.01');
  assert.equal(linePath([], 1, 300, 100), '');
  assert.equal(linePath([1, 1.7e308, -1.7e308], 1, 200, 100), 'M0.00 0.00L100.00 -100.00L200.00 200.00');
  assert.equal(dotPath([1.7e308], 0.5, 300, 100), 'M0.00 -100.00h.01');
});

test('axes end at round numbers', () => {
  assert.deepEqual([0, 0.07, 1, 23, 960].map(roundUp), [1, 0.08, 1, 25, 1000]);
});
