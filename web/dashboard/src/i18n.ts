// Every word that a person reads comes from one table by its key. A second language is a second
// table with the same keys; the compiler finds the missing ones.
import { en } from './strings/en';

export type Key = keyof typeof en;
export type Table = Record<Key, string>;
type PluralKey = Key extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;
type Values = Record<string, string | number>;

const tables: Record<string, Table> = { en };

let locale = 'en';

// Takes the language when there is a table for it. Returns the locale for numbers.
export function useLanguage(language: string): string {
  const short = language.slice(0, 2).toLowerCase();
  locale = short in tables ? short : 'en';
  return locale;
}

export function currentLocale(): string {
  return locale;
}

function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
}

export function t(key: Key, values: Values = {}): string {
  return fill(tables[locale]![key], values);
}

// Picks the form for `count` and shows it, grouped, as {n}: tn('rows', 3) → "3 rows".
export function tn(key: PluralKey, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(locale).select(count);
  const table = tables[locale] as Record<string, string>;
  const template = table[`${key}.${form}`] ?? table[`${key}.other`]!;
  return fill(template, { n: new Intl.NumberFormat(locale).format(count), ...values });
}

// The pieces of a sentence with something else than text in it: pieces('why', ['merchant']) gives
// the texts around {merchant} in order, so that a page can put an element there.
export function pieces<Element>(key: Key, elements: Record<string, Element>, values: Values = {}): (string | Element)[] {
  return fill(tables[locale]![key], values)
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const name = /^\{(\w+)\}$/.exec(piece)?.[1];
      return name !== undefined && name in elements ? elements[name]! : piece;
    });
}
