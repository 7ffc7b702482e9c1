// Glyphs, service swatches and the frame of every page.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { address, go, usePlace } from '../route';
import { monogram, slot } from '../services';

export type GlyphName = 'wrong' | 'right' | 'right-solid' | 'unusual' | 'error' | 'slow' | 'none' | 'dismissed';

export function Glyph({ name, label }: { name: GlyphName; label?: string }) {
  const colour = name === 'right-solid' ? 'right' : name;
  return (
    <svg class={`g g-${colour}`} {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}>
      <use href={`#g-${name}`} />
    </svg>
  );
}

export function Svc({ name, short }: { name: string; short?: boolean }) {
  return <span class={`svc s${slot(name)}`} title={name}><i>{monogram(name)}</i>{short ? null : name}</span>;
}

export function Symbols() {
  return (
    <svg class="symbols" width="0" height="0" aria-hidden="true">
      <defs>
        <symbol id="g-wrong" viewBox="0 0 12 12"><rect x="2" y="2" width="8" height="8" transform="rotate(20 6 6)" fill="currentColor" /></symbol>
        <symbol id="g-right" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.8" /></symbol>
        <symbol id="g-right-solid" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4.8" fill="currentColor" /></symbol>
        <symbol id="g-unusual" viewBox="0 0 12 12"><path d="M1.5 4.2h9M1.5 7.8h9M8.2 1 3.8 11" stroke="currentColor" stroke-width="1.6" fill="none" /></symbol>
        <symbol id="g-error" viewBox="0 0 12 12"><path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" stroke-width="2.2" /></symbol>
        <symbol id="g-slow" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="M6 3.2V6l2 1.4" fill="none" stroke="currentColor" stroke-width="1.5" /></symbol>
        <symbol id="g-none" viewBox="0 0 12 12"><circle cx="6" cy="6" r="2" fill="currentColor" /></symbol>
        <symbol id="g-dismissed" viewBox="0 0 12 12"><path d="M1.5 6h9" stroke="currentColor" stroke-width="1.8" /></symbol>
      </defs>
    </svg>
  );
}

function Wordmark() {
  return (
    <svg width="78" height="26" viewBox="0 0 78 26" role="img" aria-label="Awry">
      <g fill="none" stroke="currentColor" stroke-width="2.4">
        <path d="M1 6h12" stroke-width="3" /><path d="M9 20h12" stroke-width="3" />
        <path d="M4.2 15.4 17 10.2" stroke="var(--wrong)" stroke-width="3" />
        <circle cx="34" cy="14" r="4.6" /><path d="M38.6 8.2V20" />
        <path d="M42.6 8.2 46 18.2l3.4-9 3.4 9 3.4-10" stroke-linejoin="bevel" />
        <path d="M60.6 8.2V20M60.6 13.4c0-3 1.6-4.2 4.6-4.2" /><path d="M67.4 8.2l4.4 9.6" />
        <path d="M76.6 8.2 70.2 24.4" stroke="var(--wrong)" />
      </g>
    </svg>
  );
}

const pages = [{ path: '/', name: 'Findings' }, { path: '/search', name: 'Search' }];

/** Goes to a trace when `text` is an id, else searches for it. */
export function jump(text: string): void {
  const trimmed = text.trim();
  if (trimmed === '') return;
  if (/^[0-9a-f]{1,32}$/i.test(trimmed)) go(`/trace/${trimmed}`);
  else go(`/search?query=${encodeURIComponent(trimmed)}`);
}

function useTheme(): [string, () => void] {
  const [theme, set] = useState(() => { try { return localStorage.getItem('awry.theme') ?? ''; } catch { return ''; } });
  useEffect(() => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    try { localStorage.setItem('awry.theme', theme); } catch { /* this page only */ }
  }, [theme]);
  const next: Record<string, string> = { '': 'dark', dark: 'light', light: '' };
  return [theme, () => set(next[theme] ?? '')];
}

export function Top({ standing }: { standing: number }) {
  const { path } = usePlace();
  const [theme, turn] = useTheme();
  const current = (p: string) => (p === '/' ? path === '/' : path.startsWith(p)) ? { 'aria-current': 'page' as const } : {};
  const links = pages.map((page) => (
    <a key={page.path} href={address(page.path)} {...current(page.path)}>
      {page.name}{page.path === '/' && standing > 0 ? <Glyph name="wrong" label={standing === 1 ? 'one stands' : `${standing} stand`} /> : null}
    </a>
  ));
  return (
    <header class="top">
      <a class="brand" href={address('/')}><Wordmark /></a>
      <nav class="nav" aria-label="Pages">{links}</nav>
      <input class="field jump" placeholder="Trace id or query" aria-label="Trace id or query" id="jump"
        onKeyDown={(e) => { if (e.key === 'Enter') jump(e.currentTarget.value); }} />
      <button class="btn bare hide-s" onClick={turn} title={`now: ${theme || 'as the system'}`}>Theme</button>
      <details class="menu"><summary class="btn">Menu</summary><ul>{links.map((link) => <li key={link.key}>{link}</li>)}</ul></details>
    </header>
  );
}

/** A section: its state in the rail, what is so to the right. */
export function Say({ state, glyph, title, children, first, busy }: {
  state: string; glyph?: GlyphName; title?: ComponentChildren; children?: ComponentChildren; first?: boolean; busy?: boolean;
}) {
  return (
    <section class={`sec${first ? ' first' : ''}`}>
      <div class="rail"><p class={`state${glyph === 'error' ? ' c-error' : ''}`}>{glyph ? <Glyph name={glyph} /> : null}{state}</p></div>
      <div class="say" aria-busy={busy}>{title ? <h2>{title}</h2> : null}{children}</div>
    </section>
  );
}

/** Flat bars, only after 200 ms. */
export function Loading() {
  const [shown, show] = useState(false);
  useEffect(() => { const timer = setTimeout(() => show(true), 200); return () => clearTimeout(timer); }, []);
  return shown ? (
    <Say state="Loading" busy first><span class="bone w92" /><br /><span class="bone w88" /><br /><span class="bone w41" /></Say>
  ) : null;
}

export function Away({ message, at, again }: { message: string; at: number; again: () => void }) {
  return (
    <Say state="Away" glyph="error" title={message} first>
      <p class="gloss">
        {at > 0 ? `Shown is the state of ${new Date(at).toLocaleTimeString()}. ` : 'Is the process running, and is this its address? '}
        <button class="btn" onClick={again}>Try now</button>
      </p>
    </Say>
  );
}
