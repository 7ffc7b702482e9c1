// What a case says in the person's language: its title, its reasons, and the words of the answer.
import { clockTime, type Day, longDay, shortDay, today } from './dates';
import type { Charge, FraudCase, FraudReason } from './fraud_api';
import { formatNumber, t, tn } from './i18n';

// Reasons with a count, which has its own plural, and those without.
const COUNTED = ['amount_at_merchant', 'amount_of_user', 'burst_hour', 'burst_day', 'pace', 'charged_twice', 'small_at_new', 'dormant', 'terminal_frauds',
  'merchant_frauds', 'own_frauds', 'large_charges'] as const;
const PLAIN = ['amount_large', 'amount_unknown', 'amount', 'charged_twice_day', 'small_then_large', 'new_currency', 'unusual_hour', 'place_share', 'first_here', 'known_here', 'time'] as const;

const isOne = <T extends string>(list: readonly T[], text: string): text is T => (list as readonly string[]).includes(text);

export function reasonText(reason: FraudReason): string {
  const { says, numbers } = reason;
  const values = Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, formatNumber(n, { maximumFractionDigits: 1 })]));
  if (isOne(COUNTED, says) && numbers['count'] !== undefined) return tn(`fraud.says.${says}`, numbers['count'], values);
  if (isOne(PLAIN, says)) return t(`fraud.says.${says}`, values);
  return reason.message;
}

const isTwice = (one: FraudCase) => one.reasons[0]?.says.startsWith('charged_twice') ?? false;

export function merchantOf(one: FraudCase): string {
  return one.transaction?.merchant || one.merchant || one.terminal || t('fraud.no_name');
}

// The strongest reason makes the title.
export function caseTitle(one: FraudCase): string {
  const merchant = merchantOf(one);
  const says = one.reasons[0]?.says ?? '';
  if (isTwice(one)) return t('fraud.title.twice', { merchant });
  if (says === 'first_here') return t('fraud.title.first', { merchant });
  if (says === 'burst_hour' || says === 'burst_day' || says === 'pace') return t('fraud.title.burst', { merchant });
  if (says === 'amount_at_merchant' || says === 'amount_of_user' || says === 'amount_large') return t('fraud.title.much', { merchant });
  return merchant;
}

// What the two buttons answer.
export function answersOf(one: FraudCase): { fraud: string; right: string } {
  return isTwice(one) ? { fraud: t('fraud.twice'), right: t('fraud.both_mine') } : { fraud: t('fraud.not_me'), right: t('fraud.me') };
}

export function isVeryUnusual(one: FraudCase): boolean {
  return one.score >= 0.8;
}

export function scoreText(one: FraudCase): string {
  const score = formatNumber(one.score, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return t(isVeryUnusual(one) ? 'fraud.very_unusual' : 'fraud.unusual', { score });
}

const unixMs = (charge: Charge) => Number(charge.at_ns / 1_000_000n);

// Where only the day is known, the time stands at noon UTC.
export function dayOf(charge: Charge): Day {
  return charge.day_only ? new Date(unixMs(charge)).toISOString().slice(0, 10) : today(new Date(unixMs(charge)));
}

export function momentOf(charge: Charge): string {
  return charge.day_only ? longDay(dayOf(charge)) : `${longDay(dayOf(charge))}, ${clockTime(unixMs(charge))}`;
}

// In a list of rows around a case: the time alone where the day is the case's own.
export function timeBeside(charge: Charge, one: Charge): string {
  const day = dayOf(charge);
  if (charge.day_only) return shortDay(day);
  const time = clockTime(unixMs(charge));
  return day === dayOf(one) && !one.day_only ? time : `${shortDay(day)}, ${time}`;
}
