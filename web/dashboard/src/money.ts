// Money for people: exact, from minor units. A bigint never rounds; nothing here is a float.
export type Minor = bigint;

export interface Money {
  minor: Minor;
  currency: string;
}

// ISO 4217 exponents that are not 2 (table of 2026-01-01).
const EXPONENTS: Record<string, number> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0,
  VUV: 0, XAF: 0, XOF: 0, XPF: 0, BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
};
const SYMBOLS: Record<string, string> = { EUR: '€', USD: 'US$', GBP: '£', JPY: '¥', CAD: 'CA$', AUD: 'A$', INR: '₹' };

export const MINUS = '\u2212';

export function exponentOf(currency: string): number {
  return EXPONENTS[currency] ?? 2;
}

// 'always' shows minus and plus; 'never' where the label says the direction.
export type Sign = 'always' | 'never';

export interface MoneyParts {
  sign: string;
  symbol: string; // "€", or "KWD " with its blank; "" where the language puts it last
  whole: string; // grouped
  minor: string; // ".39", "" for a currency without minor units
  after: string; // " €" with its blank where the language puts it last, else ""
}

export function moneyParts({ minor, currency }: Money, sign: Sign = 'always', locale = 'en'): MoneyParts {
  const exponent = exponentOf(currency);
  const size = minor < 0n ? -minor : minor;
  const unit = 10n ** BigInt(exponent);
  const whole = new Intl.NumberFormat(locale).format(size / unit);
  const digits = exponent === 0 ? '' : decimalSign(locale) + (size % unit).toString().padStart(exponent, '0');
  const shown = sign === 'never' ? '' : minor < 0n ? MINUS : minor > 0n ? '+' : '';
  return { sign: shown, ...around(currency, locale), whole, minor: digits };
}

export function formatMoney(money: Money, sign: Sign = 'always', locale = 'en'): string {
  const parts = moneyParts(money, sign, locale);
  return parts.sign + parts.symbol + parts.whole + parts.minor + parts.after;
}

// For titles and sentences: whole units, rounded half away from zero. Lists never use it.
export function formatWhole(money: Money, locale = 'en'): string {
  const unit = 10n ** BigInt(exponentOf(money.currency));
  const size = money.minor < 0n ? -money.minor : money.minor;
  const rounded = (size + unit / 2n) / unit;
  const { symbol, after } = around(money.currency, locale);
  return symbol + new Intl.NumberFormat(locale).format(rounded) + after;
}

// The currency's sign, on the side where the language has it.
function around(currency: string, locale: string): { symbol: string; after: string } {
  const own = SYMBOLS[currency];
  if (locale.startsWith('de')) return { symbol: '', after: `\u00a0${own ?? currency}` };
  return { symbol: own ?? `${currency}\u00a0`, after: '' };
}

function decimalSign(locale: string): string {
  return new Intl.NumberFormat(locale).formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.';
}

// Reads what a person types as a limit: "560", "1,200.50", "€ 560"; in German "1.200,50 €". Null when it is no
// amount of that currency, or has more digits than its minor unit.
export function parseAmount(text: string, currency: string, locale = 'en'): Minor | null {
  const exponent = exponentOf(currency);
  const sign = /(?:[A-Z]{0,3}[$€£¥₹]|[A-Z]{3})/.source;
  const plain = text.replace(/[\s\u00a0\u202f]/g, '')
    .replace(new RegExp(locale.startsWith('de') ? `${sign}$` : `^${sign}`), '');
  const [group, point] = decimalSign(locale) === ',' ? ['.', ','] : [',', '.'];
  const match = new RegExp(`^(\\d{1,3}(?:\\${group}\\d{3})+|\\d{1,15})(?:\\${point}(\\d*))?$`).exec(plain);
  if (!match) return null;
  const digits = (match[2] ?? '').replace(/0+$/, '');
  if (digits.length > exponent) return null;
  return BigInt(match[1]!.replaceAll(group, '') + digits.padEnd(exponent, '0'));
}

// What stands in an input: "560.00", no grouping.
export function plainAmount({ minor, currency }: Money, locale = 'en'): string {
  const exponent = exponentOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const sign = minor < 0n ? '-' : '';
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}${decimalSign(locale)}${digits.slice(-exponent)}`;
}

export function sum(values: Iterable<Minor>): Minor {
  let total = 0n;
  for (const value of values) total += value;
  return total;
}

// The share in percent with one decimal, exact up to that; 0 when there is no whole.
export function percent(part: Minor, whole: Minor): number {
  return whole === 0n ? 0 : Number((part * 1000n) / whole) / 10;
}

// The middle one; the lower of two middle ones. Null of nothing.
export function median(values: Minor[]): Minor | null {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return sorted.length === 0 ? null : sorted[(sorted.length - 1) >> 1]!;
}
