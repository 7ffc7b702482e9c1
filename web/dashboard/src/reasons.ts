// Turns the model's weights into sentences: evidence with a count, never a feature's name.
import type { Why } from './api';
import { isCategory, nameOf } from './categories';
import { t, tn, type Key } from './i18n';

export interface Sentence {
  strength: 1 | 2 | 3;
  text: string;
}

export interface Reasons {
  for: Sentence[]; // strongest first, three at most
  against: string | null;
}

function numberOf(why: Why, name: string): number {
  const value = why.inputs[name];
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}

function textOf(why: Why, name: string): string {
  const value = why.inputs[name];
  return typeof value === 'string' ? value : '';
}

function memorySentence(why: Why): string | null {
  const category = textOf(why, 'memory_category');
  const total = numberOf(why, 'memory_total');
  if (!isCategory(category) || total === 0) return null;
  return tn('reason.memory', total, { count: numberOf(why, 'memory_count'), category: nameOf(category) });
}

function merchantSentence(why: Why): string | null {
  const category = textOf(why, 'merchant_category');
  return isCategory(category) ? t('reason.merchant', { category: nameOf(category) }) : null;
}

function shareSentence(why: Why, category: string): string | null {
  if (!isCategory(category)) return null;
  const share = Math.round(numberOf(why, `share_${category}`) * 100);
  return share === 0 ? t('reason.share.none', { category: nameOf(category) })
    : t('reason.share', { category: nameOf(category), percent: t('percent', { n: share }) });
}

function wordsOf(features: string[]): string[] {
  const words = features.map((feature) => feature.slice('text:'.length).trim()).filter((word) => /\p{L}/u.test(word));
  return [...new Set(words)].filter((word) => !word.startsWith('['));
}

function textSentence(words: string[]): string | null {
  const shown = words.slice(0, 3).map((word) => t('quoted', { text: word }));
  if (shown.length === 0) return null;
  const list = shown.length === 1 ? shown[0]! : t('list.and', { first: shown.slice(0, -1).join(', '), last: shown.at(-1)! });
  return t('reason.text', { words: list });
}

// What a feature says, without the words of the text, which are told together. Null: nothing that a
// person would understand.
function sentenceOf(why: Why, feature: string): string | null {
  if (feature.startsWith('share_')) return shareSentence(why, feature.slice('share_'.length));
  if (feature.startsWith('memory')) return memorySentence(why);
  if (feature.startsWith('merchant')) return merchantSentence(why);
  const plain: Record<string, Key> = {
    amount: 'reason.amount', amount_minor: 'reason.amount', mcc: 'reason.mcc', weekday: 'reason.weekday',
    month: 'reason.date', day: 'reason.date', date: 'reason.date', sign: 'reason.sign', currency: 'reason.currency',
    text: 'reason.text_whole', avg_grocery_amount: 'reason.habit', grocery_frequency: 'reason.habit', avg_grocery_amount_minor: 'reason.habit', context_count: 'reason.habit',
    context: 'reason.habit', learned_own: 'reason.learned_own', learned_all: 'reason.learned_all', together: 'reason.together',
  };
  const key = plain[feature];
  return key ? t(key) : null;
}

export function readReasons(why: Why): Reasons {
  const speaking = why.reasons.filter((reason) => reason.weight > 0);
  const strongest = speaking[0]?.weight ?? 1;
  const textFeatures = speaking.filter((reason) => reason.feature.startsWith('text:'));
  const seen = new Set<string>();
  const found: Sentence[] = [];
  const take = (text: string | null, weight: number) => {
    if (text === null || seen.has(text) || found.length >= 3) return;
    seen.add(text);
    found.push({ text, strength: weight >= 0.6 * strongest ? 3 : weight >= 0.25 * strongest ? 2 : 1 });
  };
  for (const reason of speaking) {
    const told = reason.feature.startsWith('text:')
      ? textSentence(wordsOf(textFeatures.map((text) => text.feature)))
      : sentenceOf(why, reason.feature);
    take(told, reason.weight);
  }
  return { for: found, against: strongestAgainst(why, seen) };
}

function strongestAgainst(why: Why, seen: Set<string>): string | null {
  for (const reason of why.reasons.filter((entry) => entry.weight < 0)) {
    const text = reason.feature.startsWith('text:')
      ? textSentence(wordsOf([reason.feature])) : sentenceOf(why, reason.feature);
    if (text !== null && !seen.has(text)) return text;
  }
  return null;
}
