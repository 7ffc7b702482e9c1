import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMonths, dayNumber, daysIn, isDay, isMonth, lastDay, longDay, longMonth, shortDay, today } from './dates';

test('months go over the turn of the year in both directions', () => {
  assert.equal(addMonths('2026-11', 2), '2027-01');
  assert.equal(addMonths('2026-01', -1), '2025-12');
  assert.equal(addMonths('2026-11', -24), '2024-11');
});

test('the last day knows leap years', () => {
  assert.equal(lastDay('2024-02'), '2024-02-29');
  assert.equal(lastDay('2026-02'), '2026-02-28');
  assert.equal(daysIn('2026-11'), 30);
  assert.equal(dayNumber('2026-11-23'), 23);
});

test('a civil date is written as the day it is, in every zone', () => {
  assert.equal(longDay('2026-11-23'), 'Monday 23 November');
  assert.equal(shortDay('2026-11-03'), '3 Nov');
  assert.equal(longMonth('2026-11'), 'November 2026');
});

test('dates are written as each language writes them', () => {
  assert.equal(longDay('2026-11-23', 'de-DE'), 'Montag, 23. November');
  assert.equal(longMonth('2026-03', 'de-DE'), 'März 2026');
});

test('a day that does not exist is no day', () => {
  assert.equal(isDay('2026-02-30'), false);
  assert.equal(isDay('2026-02-28'), true);
  assert.equal(isDay('yesterday'), false);
  assert.equal(isMonth('2026-13'), false);
  assert.equal(isMonth('2026-12'), true);
});

test('today is the local day', () => {
  assert.equal(today(new Date(2026, 10, 3, 23, 59)), '2026-11-03');
});
