import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextAt, fieldText, readField } from './complete';

const at = (marked: string) => contextAt(marked.replace('‸', ''), marked.indexOf('‸'));

test('after a brace or a conjunction a key is asked for', () => {
  assert.deepEqual(at('{ ‸'), { kind: 'key', from: 2, to: 2, scope: '', prefix: '' });
  assert.deepEqual(at('{ name = "x" && span.pat‸'), { kind: 'key', from: 16, to: 24, scope: 'span', prefix: 'pat' });
  assert.deepEqual(at('{ .us‸er_id = 5 }'), { kind: 'key', from: 2, to: 10, scope: '.', prefix: 'us' });
  assert.equal(at('‸').kind, 'key');
});

test('after a comparison its value is asked for', () => {
  assert.deepEqual(at('{ name = ‸ }'), { kind: 'value', from: 9, to: 9, prefix: '', field: 'name', quoted: false });
  assert.deepEqual(at('{ span.user_id = "us‸'), { kind: 'value', from: 17, to: 20, prefix: 'us', field: 'span.user_id', quoted: true });
  assert.deepEqual(at('{ span.user_id = "us‸er1" }'), { kind: 'value', from: 17, to: 24, prefix: 'us', field: 'span.user_id', quoted: true });
  assert.equal(at('{ status = e‸ }').kind, 'value');
});

test('a finished text and the end of braces ask for nothing', () => {
  assert.equal(at('{ name = "x"‸').kind, 'none');
  assert.equal(at('{ name = "x" }‸').kind, 'none');
});

test('after a field an operator, after a bar a stage', () => {
  assert.equal(at('{ name ‸').kind, 'operator');
  assert.equal(at('{ } | c‸').kind, 'stage');
});

test('fields are read and written with their quotes', () => {
  assert.deepEqual(readField('span."my key"'), { scope: 'span', key: 'my key' });
  assert.deepEqual(readField('.a'), { key: 'a' });
  assert.deepEqual(readField('trace.a'), { key: 'a' });
  assert.equal(fieldText('span', 'my key'), 'span."my key"');
  assert.equal(fieldText('resource', 'service.name'), 'resource.service.name');
});
