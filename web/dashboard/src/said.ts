// The services speak English: fixed text with values in it. What they say in the language of the page, where its table has it.
import type { Language } from './i18n';

type Sentences = readonly (readonly [string, string])[];
interface Said { pattern: RegExp; words: string }

const loaders: Record<Language, () => Promise<Sentences>> = {
  en: () => Promise.resolve([]),
  de: async () => (await import('./strings/de/said')).said,
};

let table: Said[] = [];

const patternOf = (template: string): RegExp =>
  new RegExp(`^${template.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\\{\\}', '(.*)')}$`, 's');

export async function useSentences(language: Language): Promise<void> {
  table = (await loaders[language]()).map(([template, words]) => ({ pattern: patternOf(template), words }));
}

// `text` itself when the table does not know it.
export function said(text: string): string {
  for (const { pattern, words } of table) {
    const match = pattern.exec(text);
    if (match) return words.replace(/\{(\d)\}/g, (_whole, n: string) => match[Number(n)] ?? '');
  }
  return text;
}
