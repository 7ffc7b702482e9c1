import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersOf, caseTitle, dayOf, reasonText, scoreText } from './fraud';
import type { FraudCase, FraudReason } from './fraud_api';
import { useLanguage } from './i18n';

const reason = (says: string, numbers: Record<string, number> = {}, message = 'as the service says it'): FraudReason =>
  ({ code: 'x', message, weight: 0.8, says, numbers });
const oneCase = (reasons: FraudReason[]): FraudCase => ({ id: 'a', merchant: 'parkhaus mitte', terminal: '', currency: 'EUR', amount_minor: -1800n,
  at_ns: 1_795_000_000_000_000_000n, day_only: false, state: 'open', score: 0.805, reasons, related: [], transaction: null });

test('a reason is told with its numbers, one and many, in both languages', async () => {
  assert.equal(reasonText(reason('charged_twice', { count: 4 })), 'The same shop and amount 4 minutes before');
  assert.equal(reasonText(reason('charged_twice', { count: 1 })), 'The same shop and amount 1 minute before');
  assert.equal(reasonText(reason('amount_at_merchant', { times: 3.25, count: 14 })), '3.3 times your usual amount here (over 14 payments)');
  await useLanguage('de');
  try {
    assert.equal(reasonText(reason('amount_large', { times: 3.2 })), 'das 3,2-Fache dessen, was du sonst zahlst');
    assert.equal(scoreText(oneCase([])), 'sehr ungewöhnlich, 0,81');
  } finally {
    await useLanguage('en');
  }
});

test('words that this page does not know stay as the service says them', () => {
  assert.equal(reasonText(reason('')), 'as the service says it');
  assert.equal(reasonText(reason('constructor')), 'as the service says it');
  assert.equal(reasonText(reason('charged_twice')), 'as the service says it', 'without its number');
});

test('the strongest reason makes the title and the answers', () => {
  const twice = oneCase([reason('charged_twice', { count: 4 }), reason('first_here')]);
  assert.equal(caseTitle(twice), 'parkhaus mitte charged twice');
  assert.equal(answersOf(twice).fraud, 'Charged twice');
  const first = oneCase([reason('first_here'), reason('charged_twice', { count: 4 })]);
  assert.equal(caseTitle(first), 'A first payment to parkhaus mitte');
  assert.equal(answersOf(first).fraud, 'It was not me');
  assert.equal(caseTitle({ ...oneCase([]), merchant: '' }), 'a payment without a name');
});

test('a payment of which only the day is known keeps its day in every zone', () => {
  assert.equal(dayOf({ ...oneCase([]), day_only: true, at_ns: BigInt(Date.UTC(2026, 10, 21, 12)) * 1_000_000n }), '2026-11-21');
});
