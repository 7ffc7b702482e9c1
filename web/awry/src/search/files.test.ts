import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileError, hitOf, readTraces } from './files';

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', name: 'GET /', kind: 2, startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000250000000',
  attributes: [{ key: 'n', value: { intValue: '5' } }, { key: 'big', value: { intValue: '9007199254740993' } }], status: { code: 2, message: 'no' }, events: [{ name: 'e', timeUnixNano: '1700000000100000000' }] };
const otlp = (more: object) => ({ resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] }, scopeSpans: [{ scope: { name: 'lib' }, spans: [{ ...span, ...more }] }] }] });

test('OTLP JSON becomes a trace, spans of several lines together', () => {
  const lines = [otlp({}), otlp({ spanId: 'b7ad6b7169203332', parentSpanId: 'b7ad6b7169203331', status: {} })].map((o) => JSON.stringify(o)).join('\n');
  const [trace] = readTraces(lines);
  assert.equal(trace!.spans.length, 2);
  assert.equal(trace!.processes.p1!.serviceName, 'web');
  assert.deepEqual(trace!.spans[1]!.references, [{ refType: 'CHILD_OF', traceID: span.traceId, spanID: 'b7ad6b7169203331' }]);
  const tags = Object.fromEntries(trace!.spans[0]!.tags.map((t) => [t.key, t.value]));
  assert.equal(tags.n, 5);
  assert.equal(tags.big, '9007199254740993');
  assert.equal(tags.error, true);
  assert.equal(tags['span.kind'], 'server');
  const hit = hitOf(trace!);
  assert.deepEqual([hit.root, hit.spans, hit.errors, hit.duration_ns], [{ service: 'web', name: 'GET /' }, 2, 1, 250_000_000]);
});

test("Jaeger's answer, a list and one trace are read", () => {
  const trace = { traceID: 'abc', spans: [{ spanID: '1', operationName: 'a', startTime: 1, duration: 2, processID: 'p1', tags: [{ key: 'k', value: 1 }, null] }], processes: { p1: { serviceName: 's' } } };
  for (const file of [{ data: [trace] }, [trace], trace]) assert.equal(hitOf(readTraces(JSON.stringify(file))[0]!).root.service, 's');
});

test('what is no trace is refused in words', () => {
  for (const text of ['', '{', '[]', '{"data":[]}', 'null', '5', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"x"}]}]}]}', '{"traceID":"<b>","spans":[{"spanID":"1"}]}', '{}\n{'])
    assert.throws(() => { try { readTraces(text); } catch (e) { if (e instanceof FileError) throw new Error('refused'); } }, /refused/);
});
