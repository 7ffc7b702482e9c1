// Typing searches by itself, a moment after the last letter.
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';

const PAUSE_MS = 180;

export function SearchField({ input, value, onSearch }:
{ input: { current: HTMLInputElement | null }; value: string; onSearch: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const timer = setTimeout(() => onSearch(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <input ref={input} class="field grow" type="search" placeholder={t('tx.search')} aria-label={t('tx.search_label')} value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => { if (event.key === 'Escape') event.currentTarget.blur(); }} />
  );
}
