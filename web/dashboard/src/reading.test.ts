import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Preview } from './api';
import { askingDay, profileOf, questions, readAs } from './reading';

test('a reading is written as the service takes it', () => {
  assert.equal(profileOf({}), '');
  assert.equal(profileOf({ date_order: 'DMY', decimal: ',' }), 'date_order=DMY;decimal=,');
});

test('day and month change places between the two orders', () => {
  assert.equal(readAs('2026-11-03', 'DMY', 'MDY'), '2026-03-11');
  assert.equal(readAs('2026-11-03', 'DMY', 'DMY'), '2026-11-03');
  assert.equal(readAs('2026-11-23', 'DMY', 'MDY'), null);
  assert.equal(readAs('2026-11-03', 'YMD', 'DMY'), null);
});

test('the question is asked with a day whose readings differ', () => {
  const preview = { rows: [{ line: 2, outcome: 'new', date: '2026-03-03' }, { line: 3, outcome: 'new', date: '2026-11-03' }] };
  assert.equal(askingDay(preview as Preview), '2026-11-03');
});

test('only what has two readings is asked', () => {
  assert.equal(questions({ ambiguous: { date_order: ['DMY', 'MDY'] } } as Preview), 1);
  assert.equal(questions({ ambiguous: { date_order: ['DMY'], decimal: ['.', ','] } } as Preview), 1);
  assert.equal(questions({} as Preview), 0);
});
