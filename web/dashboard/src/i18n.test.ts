import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATEGORIES, markOf, nameOf } from './categories';
import { shortDay } from './dates';
import { type Language, LANGUAGES, nearestLanguage, pieces, t, tn, useLanguage } from './i18n';
import { de } from './strings/de';
import { en } from './strings/en';

test('one and many have their own words, and counts are grouped', () => {
  assert.equal(tn('rows', 1), '1 row');
  assert.equal(tn('rows', 2), '2 rows');
  assert.equal(tn('rows', 50000), '50,000 rows');
});

test('a value that is missing stays visible as its name', () => {
  assert.equal(t('why.title'), 'Why {category}?');
  assert.equal(t('why.title', { category: 'Dining' }), 'Why Dining?');
});

test('an unknown language falls back to English', () => {
  assert.equal(nearestLanguage('tlh'), 'en');
  assert.equal(nearestLanguage('en-GB'), 'en');
  assert.equal(nearestLanguage('de-AT'), 'de');
});

test('elements are put between the pieces of a sentence', () => {
  assert.deepEqual(pieces('why.title', { category: 7 }), ['Why ', 7, '?']);
});

test('a value with braces or dollar signs is taken as it is', () => {
  assert.equal(t('why.title', { category: '{category} $&' }), 'Why {category} $&?');
});

test('in German words, plurals, numbers and dates are German', async () => {
  await useLanguage('de');
  try {
    assert.equal(tn('rows', 1), '1 Buchung');
    assert.equal(tn('rows', 50000), '50.000 Buchungen');
    assert.equal(shortDay('2026-03-03'), '3. März');
  } finally {
    await useLanguage('en');
  }
});

test('every language has a name and a mark of its own for each category', async () => {
  assert.equal(CATEGORIES.length, 20);
  for (const language of Object.keys(LANGUAGES) as Language[]) {
    await useLanguage(language);
    assert.equal(new Set(CATEGORIES.map(markOf)).size, 20, language);
    assert.equal(new Set(CATEGORIES.map(nameOf)).size, 20, language);
  }
  await useLanguage('en');
});

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();
// Written the same in both languages, so that sameness is no sign of a forgotten translation.
const SAME = /^(mark\.|rows\.|import\.seconds|percent$|door\.name|nav\.(import|budgets)|tx\.count|key\.esc|channels\.(webhook|url|push_server)|.*\.same$)/;

test('German has every key of English, with the same values in it, and no English left', () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const [key, text] of Object.entries(en) as [keyof typeof en, string][]) {
    // A singular may leave the number out: "one question".
    const want = key.endsWith('.one') ? holes(text).filter((hole) => hole !== 'n') : holes(text);
    const have = key.endsWith('.one') ? holes(de[key]).filter((hole) => hole !== 'n') : holes(de[key]);
    assert.deepEqual(have, want, key);
    const letters = text.replace(/\{\w+\}/g, '').match(/\p{L}{3,}/gu);
    if (letters && !SAME.test(key)) assert.notEqual(de[key], text, `${key} is not translated`);
  }
});

test('every plural has all forms of its language', () => {
  for (const [language, table] of Object.entries({ en, de })) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const key of Object.keys(table).filter((name) => name.endsWith('.other'))) {
      for (const form of forms) assert(`${key.slice(0, -'.other'.length)}.${form}` in table, `${language}: ${key} lacks ${form}`);
    }
  }
});
