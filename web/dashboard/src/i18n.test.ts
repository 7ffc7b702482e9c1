import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATEGORIES, markOf, nameOf } from './categories';
import { pieces, t, tn, useLanguage } from './i18n';
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
  assert.equal(useLanguage('tlh'), 'en');
  assert.equal(useLanguage('en-GB'), 'en');
});

test('elements are put between the pieces of a sentence', () => {
  assert.deepEqual(pieces('why.title', { category: 7 }), ['Why ', 7, '?']);
});

test('a value with braces or dollar signs is taken as it is', () => {
  assert.equal(t('why.title', { category: '{category} $&' }), 'Why {category} $&?');
});

test('every plural has both forms and every category a name and a mark of its own', () => {
  for (const key of Object.keys(en)) {
    if (key.endsWith('.one')) assert(`${key.slice(0, -4)}.other` in en, key);
  }
  assert.equal(CATEGORIES.length, 20);
  assert.equal(new Set(CATEGORIES.map(markOf)).size, 20);
  assert.equal(new Set(CATEGORIES.map(nameOf)).size, 20);
});
