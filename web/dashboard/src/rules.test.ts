import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useLanguage } from './i18n';
import type { Rule } from './ledger_api';
import { actionText, conditionText, draftOf, emptyDraft, ruleOf } from './rules';

const rule: Rule = { id: 'r1', name: 'Rent', stage: 'normal', rank: 3, match: 'all', active: true, origin: 'user', state: 'active', hits: 4,
  conditions: [{ field: 'description', op: 'contains', value: 'RENT' }, { field: 'amount', op: 'below', value: -50000n }, { field: 'date', op: 'from', value: '2026-01-01' }],
  actions: [{ set: 'category', value: 'housing' }] };

test('a stored rule comes back as it was, in each language', async () => {
  for (const language of ['en', 'de'] as const) {
    await useLanguage(language);
    const { id: _id, hits: _hits, origin: _origin, ...plain } = rule;
    assert.deepEqual(ruleOf(draftOf(rule)), plain);
  }
  await useLanguage('en');
});

test('a rule that says nothing cannot be saved', () => {
  assert.equal(ruleOf(emptyDraft()), null);
  assert.equal(ruleOf({ ...emptyDraft('Nordlicht', 'education'), actions: [] }), null);
  assert.equal(ruleOf({ ...draftOf(rule), conditions: [{ field: 'amount', op: 'above', value: 'much' }] }), null);
  assert.equal(ruleOf({ ...draftOf(rule), conditions: [{ field: 'date', op: 'from', value: '2026-02-30' }] }), null);
});

test('a rule made from a row is named after what it looks for', () => {
  assert.equal(ruleOf(emptyDraft('Nordlicht GmbH', 'education'))!.name, 'merchant is “Nordlicht GmbH”');
  assert.equal(ruleOf(emptyDraft('Nordlicht GmbH', 'unknown')), null);
});

test('conditions and actions are told in words', () => {
  assert.equal(conditionText(rule.conditions[1]!), 'amount is below -500.00');
  assert.equal(conditionText({ field: 'direction', op: 'is', value: 'out' }), 'direction is out');
  assert.equal(actionText(rule.actions[0]!), 'category: Housing');
});
