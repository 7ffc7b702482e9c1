// An alert in the person's own language, from what it is about. The service's own words are English and
// stand in only for a kind that this page does not know yet.
import type { Alert } from './api';
import { isCategory, nameOf } from './categories';
import { isDay, isMonth, longMonth, type Month, shortDay } from './dates';
import { currentLocale, t, type Key } from './i18n';
import { formatMoney, formatWhole } from './money';

function amount(alert: Alert, name: string): string | null {
  const minor = alert.detail?.[name];
  const currency = alert.detail?.['currency'];
  if ((typeof minor !== 'bigint' && typeof minor !== 'number') || typeof currency !== 'string') return null;
  const money = { minor: BigInt(minor), currency };
  return name === 'projected_minor' || name === 'baseline_minor' ? formatWhole(money, currentLocale()) : formatMoney(money, 'never', currentLocale());
}

function dateOf(alert: Alert, name: string): string {
  const value = alert.detail?.[name];
  return typeof value === 'string' && isDay(value) ? shortDay(value) : '';
}

function subjectOf(alert: Alert): string {
  const subject = alert.subject ?? '';
  return subject.split(/,\s*/).map((part) => (isCategory(part) ? nameOf(part) : part)).join(', ');
}

// What has to be there for the words of a kind; when something is missing, the service's words stand.
const NEEDS: Record<string, string[]> = {
  budget: ['limit_minor', 'spent_minor'], budget_will_exceed: ['limit_minor', 'projected_minor'],
  recurring_new: ['amount_minor'], recurring_price: ['old_minor', 'new_minor'], recurring_missed: ['amount_minor'],
  recurring_doubled: ['amount_minor'], trial_paid: ['new_minor'], category_anomaly: ['projected_minor', 'baseline_minor'],
};

export function alertText(alert: Alert): string {
  const needs = NEEDS[alert.kind];
  const values: Record<string, string> = { subject: subjectOf(alert), since: dateOf(alert, 'since'), expected: dateOf(alert, 'expected_on'), date: dateOf(alert, 'date') };
  for (const name of needs ?? []) {
    const text = amount(alert, name);
    if (text === null) return alert.message;
    values[name.slice(0, -'_minor'.length)] = text;
  }
  if (!needs || values['subject'] === '') return alert.message;
  if (alert.kind === 'budget') {
    const over = (alert.threshold ?? 0) >= 100;
    return t(over ? 'alert.budget_over' : 'alert.budget_near', { ...values, threshold: alert.threshold ?? 0 });
  }
  return t(`alert.text.${alert.kind}` as Key, values);
}

// The period of alerts that are no budget's is a key, such as "anomaly|home|EUR|2026-11|down|50".
export const alertMonth = (alert: Alert): Month | null => alert.period.split('|').find(isMonth) ?? null;

export function alertWhen(alert: Alert): string {
  const parts = alert.period.split('|');
  const month = alertMonth(alert);
  if (month) return longMonth(month);
  if (isDay(alert.period)) return t('alert.period_from', { day: shortDay(alert.period) });
  return parts.length === 1 ? alert.period : '';
}

export function isHot(alert: Alert): boolean {
  return alert.severity === 'high' || (alert.threshold ?? 0) >= 100;
}
