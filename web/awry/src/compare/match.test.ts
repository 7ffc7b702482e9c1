import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JaegerTrace } from '../api';
import { makeTree } from '../tree';
import { matchTraces } from './match';

/** "a(b c(d))" as a trace; a name may carry one attribute: b=5. */
function trace(text: string, version = '1'): JaegerTrace {
  const spans: JaegerTrace['spans'] = [];
  const parents: string[] = [];
  let last = '';
  for (const [token] of text.matchAll(/[^\s()]+|[()]/g)) {
    if (token === '(') { parents.push(last); continue; }
    if (token === ')') { parents.pop(); continue; }
    const [name, value] = token.split('=');
    last = String(spans.length + 1).padStart(16, '0');
    const parent = parents[parents.length - 1];
    spans.push({
      traceID: 't', spanID: last, operationName: name!, startTime: spans.length, duration: 100 - spans.length, processID: 'p',
      references: parent ? [{ refType: 'CHILD_OF', traceID: 't', spanID: parent }] : [], tags: value ? [{ key: 'v', type: 'string', value }] : [], logs: [], warnings: null,
    });
  }
  return { traceID: 't', spans, processes: { p: { serviceName: 's', tags: [{ key: 'service.version', type: 'string', value: version }] } } };
}

const matched = (a: string, b: string) => {
  const [left, right] = [trace(a), trace(b)];
  return matchTraces(makeTree(left), makeTree(right), { a: left, b: right })
    .map((m) => `${'.'.repeat(m.depth)}${(m.a ?? m.b)!.span.operationName}${m.a ? '' : '+'}${m.b ? '' : '-'}`).join(' ');
};

test('equal traces match span by span', () => assert.equal(matched('a(b c(d))', 'a(b c(d))'), 'a .b .c ..d'));

test('missing and surplus spans stand where they would be', () => {
  assert.equal(matched('a(b c d)', 'a(b x d)'), 'a .b .x+ .c- .d');
  assert.equal(matched('a(b b b)', 'a(b)'), 'a .b .b- .b-');
  assert.equal(matched('a(b(c))', 'a'), 'a .b- ..c-');
});

test('other roots do not match', () => assert.equal(matched('a(b)', 'x(b)'), 'x+ .b+ a- .b-'));

test('siblings in another order match all the same', () => assert.equal(matched('a(b c)', 'a(c b)'), 'a .b .c'));

test('values are compared, a process once', () => {
  const [left, right] = [trace('a(b=5 c)', '1'), trace('a(b=6 c=7)', '2')];
  const list = matchTraces(makeTree(left), makeTree(right), { a: left, b: right });
  assert.deepEqual(list[0]!.differing, [{ key: 'service.version', a: '1', b: '2', from: 'resource' }]);
  assert.deepEqual(list[1]!.differing, [{ key: 'v', a: '5', b: '6', from: 'span' }]);
  assert.deepEqual(list[2]!.differing, [{ key: 'v', a: null, b: '7', from: 'span' }]);
});

test('one side may be empty', () => {
  const own = trace('a(b)');
  assert.equal(matchTraces(makeTree(own), null, { a: own, b: null }).length, 2);
});
