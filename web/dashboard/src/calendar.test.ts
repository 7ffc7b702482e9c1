import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calendarOf, datesOf } from './calendar';
import type { Series } from './ledger_api';

const series = (part: Partial<Series>): Series => ({ id: 's', merchant: 'gym', name: 'Gym', currency: 'EUR', cadence: 'monthly', amount_kind: 'fixed',
  state: 'active', direction: 'out', account: 'a', category: 'health', count: 5, last_amount_minor: -2490n, next_amount_minor: -2490n,
  monthly_minor: -2490n, last_date: '2026-10-31', next_date: '2026-11-30', first_date: '2026-01-31', steps: [], ...part });

test('a monthly payment on the 31st falls on the last day of shorter months', () => {
  assert.deepEqual(datesOf(series({ next_date: '2027-01-31' }), '2027-01-01', '2027-04-30'),
    ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30']);
});

test('weeks are counted in days, across months', () => {
  assert.deepEqual(datesOf(series({ cadence: 'biweekly', next_date: '2026-11-24' }), '2026-11-01', '2026-12-31'),
    ['2026-11-24', '2026-12-08', '2026-12-22']);
});

test('a year has one date', () => {
  assert.deepEqual(datesOf(series({ cadence: 'annually', next_date: '2027-03-01' }), '2027-01-01', '2028-12-31'), ['2027-03-01', '2028-03-01']);
});

test('the calendar has whole weeks from Monday, with what was paid and what is due', () => {
  const days = calendarOf([series({})], '2026-11');
  assert.equal(days.length % 7, 0);
  assert.equal(days[0]!.day, '2026-10-26');
  assert.deepEqual(days.filter((day) => day.dues.length > 0).map((day) => day.day), ['2026-10-31', '2026-11-30']);
  assert.equal(calendarOf([], '2027-02').length, 28);
});
