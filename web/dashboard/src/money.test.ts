import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMoney, formatWhole, median, moneyParts, parseAmount, percent, plainAmount } from './money';

test('money out has a real minus before the symbol and no space', () => {
  assert.equal(formatMoney({ minor: -1239n, currency: 'EUR' }), '\u2212€12.39');
});

test('money in has a plus, and zero has no sign', () => {
  assert.equal(formatMoney({ minor: 141200n, currency: 'EUR' }), '+€1,412.00');
  assert.equal(formatMoney({ minor: 0n, currency: 'EUR' }), '€0.00');
});

test('currencies show their own minor unit: none, two or three digits', () => {
  assert.equal(formatMoney({ minor: -3400n, currency: 'JPY' }), '\u2212¥3,400');
  assert.equal(formatMoney({ minor: -12750n, currency: 'KWD' }), '\u2212KWD\u00a012.750');
  assert.equal(formatMoney({ minor: 1204n, currency: 'USD' }), '+US$12.04');
});

test('an amount beyond the exact range of doubles keeps every digit', () => {
  assert.equal(formatMoney({ minor: 9223372036854775807n, currency: 'EUR' }, 'never'), '€92,233,720,368,547,758.07');
  assert.equal(formatMoney({ minor: -9223372036854775808n, currency: 'EUR' }), '\u2212€92,233,720,368,547,758.08');
});

test('less than one unit keeps its leading zeros', () => {
  assert.deepEqual(moneyParts({ minor: -5n, currency: 'EUR' }), { sign: '\u2212', symbol: '€', whole: '0', minor: '.05', after: '' });
});

test('a title rounds half up and drops the sign', () => {
  assert.equal(formatWhole({ minor: 72750n, currency: 'EUR' }), '€728');
  assert.equal(formatWhole({ minor: -72749n, currency: 'EUR' }), '€727');
});

test('a typed limit is read exactly, with symbol, grouping and blanks', () => {
  assert.equal(parseAmount('560', 'EUR'), 56000n);
  assert.equal(parseAmount(' € 1,200.5 ', 'EUR'), 120050n);
  assert.equal(parseAmount('12.750', 'KWD'), 12750n);
  assert.equal(parseAmount('3400', 'JPY'), 3400n);
  assert.equal(parseAmount('25.00000', 'EUR'), 2500n);
});

test('what is no amount is refused, never guessed', () => {
  for (const text of ['', '.', '-5', '1.234', '12,50', '1e3', 'twelve', '1,23', '0x10', '5€']) {
    assert.equal(parseAmount(text, 'EUR'), null, text);
  }
  assert.equal(parseAmount('1.5', 'JPY'), null);
});

test('an amount written for an input reads back as itself', () => {
  for (const currency of ['EUR', 'JPY', 'KWD', 'CLF']) {
    for (const minor of [0n, 1n, 99n, 100n, 123456789012345n]) {
      assert.equal(parseAmount(plainAmount({ minor, currency }), currency), minor);
    }
  }
});

test('German puts the sign last, groups with points and has a decimal comma', () => {
  assert.equal(formatMoney({ minor: -123939n, currency: 'EUR' }, 'always', 'de-DE'), '\u22121.239,39\u00a0€');
  assert.equal(formatMoney({ minor: 12750n, currency: 'KWD' }, 'never', 'de-DE'), '12,750\u00a0KWD');
  assert.equal(formatWhole({ minor: 72750n, currency: 'EUR' }, 'de-DE'), '728\u00a0€');
  assert.equal(parseAmount('1.200,50 €', 'EUR', 'de-DE'), 120050n);
  assert.equal(parseAmount('1,200.50', 'EUR', 'de-DE'), null);
  assert.equal(plainAmount({ minor: 120050n, currency: 'EUR' }, 'de-DE'), '1200,50');
});

test('shares and medians', () => {
  assert.equal(percent(48637n, 56000n), 86.8);
  assert.equal(percent(1n, 0n), 0);
  assert.equal(median([]), null);
  assert.equal(median([5n, 1n, 3n]), 3n);
  assert.equal(median([4n, 1n]), 1n);
});
