// A rule as one edits it: everything is text until it is saved, so that half of an amount may stand there.
import type { Action, Condition, NewRule, Rule } from './ledger_api';
import { currentLocale, t, type Key } from './i18n';
import { isCategory, nameOf } from './categories';
import { isDay } from './dates';
import { parseAmount, plainAmount } from './money';

export const FIELDS = {
  description: ['contains', 'starts_with', 'is'],
  merchant: ['is', 'contains', 'starts_with'],
  account: ['is'],
  amount: ['above', 'below', 'is'],
  direction: ['is'],
  date: ['from', 'until', 'is'],
  status: ['is'],
} as const satisfies Record<Condition['field'], readonly string[]>;
export type Field = keyof typeof FIELDS;

export interface ConditionDraft {
  field: Field;
  op: string;
  value: string;
}

export interface Draft {
  id?: string;
  name: string;
  stage: Rule['stage'];
  rank: number;
  match: Rule['match'];
  state: Rule['state'];
  conditions: ConditionDraft[];
  actions: Action[];
}

export const emptyDraft = (merchant = '', category = ''): Draft => ({
  name: '', stage: 'normal', rank: 0, match: 'all', state: 'active',
  conditions: [{ field: merchant ? 'merchant' : 'description', op: merchant ? 'is' : 'contains', value: merchant }],
  actions: [{ set: 'category', value: isCategory(category) ? category : '' }],
});

// Amounts have a sign in a rule; the currency's two digits are those of the base currency.
function amountText(value: Condition['value'], locale: string): string {
  return plainAmount({ minor: BigInt(value), currency: 'EUR' }, locale);
}

function readAmount(text: string, locale: string): bigint | null {
  const negative = /^\s*[-\u2212]/.test(text);
  const size = parseAmount(text.replace(/^\s*[-+\u2212]/, ''), 'EUR', locale);
  return size === null ? null : negative ? -size : size;
}

export function draftOf(rule: Rule): Draft {
  const locale = currentLocale();
  return { id: rule.id, name: rule.name, stage: rule.stage, rank: rule.rank, match: rule.match, state: rule.state,
    actions: rule.actions.map((action) => ({ ...action })),
    conditions: rule.conditions.map(({ field, op, value }) => ({ field, op, value: field === 'amount' ? amountText(value, locale) : String(value) })) };
}

// As the service takes it; null while something is missing or is no amount or date.
export function ruleOf(draft: Draft): NewRule | null {
  const locale = currentLocale();
  const conditions: Condition[] = [];
  for (const { field, op, value } of draft.conditions) {
    const read = field === 'amount' ? readAmount(value, locale) : value.trim();
    if (read === null || read === '' || (field === 'date' && !isDay(value))) return null;
    conditions.push({ field, op, value: read });
  }
  const actions = draft.actions.map((action) => ({ set: action.set, value: action.value.trim() }));
  if (conditions.length === 0 || actions.length === 0 || actions.some((action) => action.value === '')) return null;
  const name = draft.name.trim() || conditionText(conditions[0]!);
  const { stage, rank, match, state } = draft;
  return { name, stage, rank, match, conditions, actions, state, active: state === 'active' };
}

export function conditionText({ field, op, value }: Condition): string {
  const shown = field === 'amount' ? amountText(value, currentLocale())
    : field === 'direction' || field === 'status' ? t(`rule.value.${String(value)}` as Key) : t('quoted', { text: String(value) });
  return t('rule.condition', { field: t(`rule.field.${field}`), op: t(`rule.op.${op}` as Key), value: shown });
}

export function actionText({ set, value }: Action): string {
  return t('rule.action', { set: t(`rule.set.${set}`), value: set === 'category' ? nameOf(value) : t('quoted', { text: value }) });
}
