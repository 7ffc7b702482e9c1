import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertText, alertWhen, isHot } from './alerts';
import { ALERT_KINDS } from './account_api';
import type { Alert } from './api';
import { useLanguage } from './i18n';

const alert = (kind: string, part: Partial<Alert> = {}): Alert =>
  ({ id: 'a', kind, period: '2026-11', message: 'The service’s words.', transactions: [], state: 'open', ...part });

test('a budget alert is told in the person’s language', async () => {
  const passed = alert('budget', { threshold: 100, subject: 'dining', detail: { limit_minor: 20000n, spent_minor: 21485n, currency: 'EUR' } });
  assert.equal(alertText(passed), 'Dining is over its limit: €214.85 of €200.00');
  await useLanguage('de');
  assert.equal(alertText(passed), 'Essen gehen ist über der Grenze: 214,85\u00a0€ von 200,00\u00a0€');
  await useLanguage('en');
});

test('what is missing leaves the service’s own words', () => {
  assert.equal(alertText(alert('budget', { threshold: 80 })), 'The service’s words.');
  assert.equal(alertText(alert('made_up_kind', { subject: 'x', detail: {} })), 'The service’s words.');
});

test('every kind has words of its own in every language', async () => {
  const detail = { limit_minor: 1n, spent_minor: 1n, projected_minor: 1n, amount_minor: 1n, old_minor: 1n, new_minor: 2n, baseline_minor: 1n,
    currency: 'EUR', since: '2026-10-05', expected_on: '2026-10-05', date: '2026-10-05' };
  for (const language of ['en', 'de'] as const) {
    await useLanguage(language);
    for (const kind of ALERT_KINDS) {
      const text = alertText(alert(kind, { subject: 'Tonstream', detail, threshold: 80 }));
      assert.notEqual(text, 'The service’s words.', `${language} ${kind}`);
      assert(!/\{\w+\}/.test(text), text);
    }
  }
  await useLanguage('en');
});

test('over the limit is hot, near it is not', () => {
  assert.equal(isHot(alert('budget', { threshold: 100 })), true);
  assert.equal(isHot(alert('budget', { threshold: 80 })), false);
  assert.equal(isHot(alert('recurring_price', { severity: 'high' })), true);
});

test('the key of an alert is no text for people', async () => {
  await useLanguage('en');
  assert.equal(alertWhen(alert('category_anomaly', { period: 'anomaly|home|EUR|2026-11|down|50' })), 'November 2026');
  assert.equal(alertWhen(alert('new_subscription', { period: 'series|acc|shop' })), '');
  assert.equal(alertWhen(alert('budget', { period: '2026-11' })), 'November 2026');
});
