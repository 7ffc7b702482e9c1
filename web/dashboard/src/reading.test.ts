import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Preview } from './api';
import { askingAmount, askingDay, canRead, columnsOf, meaningsOf, profileOf, questions, readAs, readingOf, withMeaning } from './reading';

test('a reading is written as the service takes it', () => {
  assert.equal(profileOf({}), 'ask=1');
  assert.equal(profileOf({ date_order: 'DMY', decimal: ',' }), 'ask=1;date_order=DMY;decimal=,');
});

test('a reading comes back from its profile', () => {
  const reading = { delimiter: ';', date_order: 'DMY', columns: 'date:1,amount:3,description:2+4', flip: '1' };
  assert.deepEqual(readingOf(profileOf(reading)), reading);
  assert.deepEqual(readingOf('decimal=,;delimiter=;;skip=2'), { decimal: ',', delimiter: ';', skip: '2' });
  assert.deepEqual(readingOf(''), {});
});

test('columns have one meaning each, and only descriptions come in several', () => {
  const meanings = meaningsOf('date:1,amount:3,description:2+4', 5);
  assert.deepEqual(meanings, ['date', 'description', 'amount', 'description', '']);
  assert.equal(columnsOf(meanings), 'date:1,description:2+4,amount:3');
  assert.deepEqual(withMeaning(meanings, 4, 'amount'), ['date', 'description', '', 'description', 'amount']);
  assert.deepEqual(withMeaning(meanings, 4, 'description')[1], 'description');
  assert.equal(canRead(meanings), true);
  assert.equal(canRead(withMeaning(meanings, 2, 'debit')), false);
  assert.deepEqual(meaningsOf('date:9,colour:1', 2), ['', '']);
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

test('whether it is spending is asked with a row that the file prints as positive', () => {
  const rows = [{ line: 2, outcome: 'new', amount_minor: -5n }, { line: 3, outcome: 'new', amount_minor: 7n }];
  const turned = { profile: '', saved: false, account_before: '', complete: true, columns: '', decimal: '.', flip: true, header: [], sample: [] };
  assert.equal(askingAmount({ rows } as unknown as Preview)?.line, 3);
  assert.equal(askingAmount({ rows, reading: turned } as unknown as Preview)?.line, 2);
  assert.equal(askingAmount({ rows, flip: true } as unknown as Preview)?.line, 2);
  assert.equal(askingAmount({ rows: [] } as unknown as Preview), null);
});

test('only what has two readings is asked', () => {
  assert.equal(questions({ ambiguous: { date_order: ['DMY', 'MDY'] } } as Preview), 1);
  assert.equal(questions({ ambiguous: { date_order: ['DMY'], decimal: ['.', ','] } } as Preview), 1);
  assert.equal(questions({ ambiguous: { flip: ['1', '0'] } } as Preview), 1);
  assert.equal(questions({ ambiguous: { months: ['pl', 'hr'] } } as Preview), 1);
  assert.equal(questions({} as Preview), 0);
});
