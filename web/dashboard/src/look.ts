// Language and theme of this device. Both are chosen in the settings and kept in the browser.
import { type Language, rememberLanguage, useLanguage } from './i18n';

export type Theme = 'system' | 'light' | 'dark';
const THEME = 'finance.theme';

const listeners = new Set<() => void>();

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => { listeners.delete(listener); };
}

export async function speak(language: Language): Promise<void> {
  await useLanguage(language);
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

export function choose(language: Language): Promise<void> {
  rememberLanguage(language);
  return speak(language);
}

export function theme(): Theme {
  const kept = localStorage.getItem(THEME);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function setTheme(wanted: Theme): void {
  if (wanted === 'system') localStorage.removeItem(THEME);
  else localStorage.setItem(THEME, wanted);
  showTheme();
}

export function showTheme(): void {
  const kept = theme();
  if (kept === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = kept;
}
