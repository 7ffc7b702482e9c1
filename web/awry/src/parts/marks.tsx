// Glyphs, service swatches and the frame of every page.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { config } from '../config';
import { showKeys } from '../keys';
import { address, go, pageOf, usePlace } from '../route';
import { monogram, slot } from '../services';
import { chooseTheme, chosenTheme } from '../theme';
import type { Theme } from '../theme';

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

const pages = [
  { path: '/', name: 'Findings', shows: ['findings'] }, { path: '/search', name: 'Search', shows: ['search', 'trace'] },
  { path: '/compare', name: 'Compare', shows: ['groups', 'compare'] }, { path: '/dependencies', name: 'Services', shows: ['graph', 'deep'] },
  { path: '/monitor', name: 'Monitor', shows: ['monitor'] }, { path: '/drift', name: 'Drift', shows: ['drift'] },
  { path: '/checks', name: 'Checks', shows: ['checks'] }, { path: '/labels', name: 'Labels', shows: ['labels'] },
];

/** Goes to a trace when `text` is an id, else searches for it. */
export function jump(text: string): void {
  const trimmed = text.trim();
  if (trimmed === '') return;
  if (/^[0-9a-f]{16,32}$/i.test(trimmed) || (/^[0-9a-f]{1,32}$/i.test(trimmed) && /\d/.test(trimmed))) go(`/trace/${trimmed}`);
  else if (/[{}=<>~|]/.test(trimmed)) go(`/search?query=${encodeURIComponent(trimmed)}`);
  else go(`/search?lookback=all&query=${encodeURIComponent(`{ name = ${JSON.stringify(trimmed)} }`)}`);
}

const THEMES: { theme: Theme; name: string; next: Theme }[] = [
  { theme: '', name: 'as the system', next: 'dark' }, { theme: 'dark', name: 'dark', next: 'light' }, { theme: 'light', name: 'light', next: '' },
];

function ThemeButton() {
  const [theme, set] = useState(chosenTheme());
  const now = THEMES.find((t) => t.theme === theme)!;
  return (
    <button class="btn bare" onClick={() => { chooseTheme(now.next); set(now.next); }} title="Light or dark: now as said, a press changes it">
      <span>Theme: {theme || 'auto'}</span></button>
  );
}

export function Top({ standing }: { standing: number }) {
  const { path } = usePlace();
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => { if (menu.current) menu.current.open = false; }, [path]);
  const shown = pageOf(path).page;
  const own = config();
  const links = pages.filter((page) => (page.path !== '/dependencies' || own.graph) && (page.path !== '/monitor' || own.monitor)).map((page) => (
    <a key={page.path} href={address(page.path)} {...(page.shows.includes(shown) ? { 'aria-current': 'page' as const } : {})}>
      {page.name}{page.path === '/' && standing > 0 ? <Glyph name="wrong" label={standing === 1 ? 'one stands' : `${standing} stand`} /> : null}
    </a>
  ));
  const others = own.menu.map((m) => <li key={m.label + m.url}><a href={m.url} {...(m.target ? { target: m.target, rel: 'noopener noreferrer' } : {})}>{m.label}</a></li>);
  return (
    <header class="top">
      <a class="brand" href={address('/')}><Wordmark /></a>
      <nav class="nav" aria-label="Pages">{links}</nav>
      <input class="field jump" type="search" placeholder="Trace id or query" aria-label="Trace id or query" id="jump"
        onKeyDown={(e) => {
          if (e.key === 'Enter') { jump(e.currentTarget.value); e.currentTarget.blur(); }
          if (e.key === 'Escape') e.currentTarget.blur();
        }} />
      {others.length > 0 ? <details class="menu links hide-m"><summary class="btn bare">Links</summary><div><ul>{others}</ul></div></details> : null}
      <span class="top-acts hide-m"><button class="btn bare" onClick={showKeys} title="Keys" aria-label="Keys">?</button><ThemeButton /></span>
      <details class="menu" ref={menu}><summary class="btn">Menu</summary><div>
        <ul>{links.map((link) => <li key={link.key}>{link}</li>)}{others}</ul><ThemeButton /></div></details>
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
        {at > 0 ? `Shown is the state of ${new Date(at).toLocaleTimeString('en-GB')}. ` : 'Is the process running, and is this its address? '}
        <button class="btn" onClick={again}>Try now</button>
      </p>
    </Say>
  );
}
