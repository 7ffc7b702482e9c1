// Every word that a person reads comes from one table by its key. A second language is a second
// table with the same keys; the compiler finds the missing ones.
import { useSentences } from './said';
import { en } from './strings/en';

export type Key = keyof typeof en;
export type Table = Record<Key, string>;
type PluralKey = Key extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;
type Values = Record<string, string | number>;

// Each with its own name, and how it writes numbers and dates.
export const LANGUAGES = { en: { name: 'English', locale: 'en-GB' }, de: { name: 'Deutsch', locale: 'de-DE' } } as const;
export type Language = keyof typeof LANGUAGES;

const REMEMBERED = 'finance.language';
const loaders: Record<Language, () => Promise<Table>> = {
  en: () => Promise.resolve(en),
  de: async () => (await import('./strings/de')).de,
};

let language: Language = 'en';
let table: Table = en;

// The one of ours that fits "de-AT"; English when none does.
export function nearestLanguage(wanted: string): Language {
  const short = wanted.slice(0, 2).toLowerCase();
  return short in LANGUAGES ? (short as Language) : 'en';
}

// What was chosen on this device, else what the browser prefers.
export function preferredLanguage(): Language {
  return nearestLanguage(localStorage.getItem(REMEMBERED) ?? navigator.language);
}

export function rememberLanguage(chosen: Language): void {
  localStorage.setItem(REMEMBERED, chosen);
}

// Words, numbers and dates are of this language from now on. Only the tables in use are fetched.
export async function useLanguage(wanted: Language): Promise<void> {
  [table] = await Promise.all([loaders[wanted](), useSentences(wanted)]);
  language = wanted;
}

export const currentLanguage = (): Language => language;
export const currentLocale = (): string => LANGUAGES[language].locale;

export function formatNumber(n: number | bigint, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(currentLocale(), options).format(n);
}

function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === 'number' ? formatNumber(value) : value;
  });
}

export function t(key: Key, values: Values = {}): string {
  return fill(table[key], values);
}

// Picks the form for `count` and shows it, grouped, as {n}: tn('rows', 3) → "3 rows".
export function tn(key: PluralKey, count: number, values: Values = {}): string {
  const form = new Intl.PluralRules(currentLocale()).select(count);
  const forms = table as Record<string, string>;
  return fill(forms[`${key}.${form}`] ?? forms[`${key}.other`]!, { n: count, ...values });
}

// The pieces of a sentence with something else than text in it: pieces('why', ['merchant']) gives
// the texts around {merchant} in order, so that a page can put an element there.
export function pieces<Element>(key: Key, elements: Record<string, Element>, values: Values = {}): (string | Element)[] {
  return fill(table[key], values)
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const name = /^\{(\w+)\}$/.exec(piece)?.[1];
      return name !== undefined && name in elements ? elements[name]! : piece;
    });
}
