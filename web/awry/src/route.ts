// Addresses of the pages, as Jaeger's deep links have them (wire-contract of the API, links into the UI).
import { useEffect, useState } from 'preact/hooks';

export interface Place { path: string; params: URLSearchParams }

const base = () => new URL('.', document.baseURI).pathname;

export function here(): Place {
  const path = location.pathname.startsWith(base()) ? location.pathname.slice(base().length - 1) : location.pathname;
  return { path, params: new URLSearchParams(location.search) };
}

/** Which page a path shows. Ids are lower case; an empty side of a comparison is ''. */
export type Page =
  | { page: 'findings' | 'search' | 'groups' | 'graph' | 'monitor' | 'drift' | 'checks' | 'labels' | 'unknown' }
  | { page: 'deep' }
  | { page: 'trace'; id: string }
  | { page: 'compare'; a: string; b: string };

const PAGES: Record<string, Exclude<Page['page'], 'trace' | 'compare'>> = {
  '/': 'findings', '/findings': 'findings', '/quality-metrics': 'findings', '/search': 'search', '/compare': 'groups',
  '/dependencies': 'graph', '/services': 'graph', '/deep-dependencies': 'deep', '/monitor': 'monitor', '/drift': 'drift',
  '/checks': 'checks', '/labels': 'labels',
};

export function pageOf(path: string): Page {
  const known = PAGES[path.length > 1 ? path.replace(/\/$/, '') : path];
  if (known) return { page: known };
  const trace = /^\/trace\/([0-9a-f]{1,32})\/?$/i.exec(path);
  if (trace) return { page: 'trace', id: trace[1]!.toLowerCase() };
  const pair = /^\/trace\/([0-9a-f]{0,32})\.\.\.([0-9a-f]{0,32})\/?$/i.exec(path);
  if (pair) return { page: 'compare', a: pair[1]!.toLowerCase(), b: pair[2]!.toLowerCase() };
  return { page: 'unknown' };
}

const changed = new EventTarget();

/** The full address of a path inside the application; embed mode goes along. */
export function address(path: string): string {
  return base().replace(/\/$/, '') + path;
}

export function go(path: string, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', address(kept(path)));
  changed.dispatchEvent(new Event('go'));
}

export function usePlace(): Place {
  const [place, set] = useState(here());
  useEffect(() => {
    const update = () => set(here());
    addEventListener('popstate', update);
    changed.addEventListener('go', update);
    return () => { removeEventListener('popstate', update); changed.removeEventListener('go', update); };
  }, []);
  return place;
}

const EMBED = ['uiEmbed', 'uiTheme'];

/** Pages reached from an embedded one stay embedded. */
function kept(path: string): string {
  const now = new URLSearchParams(location.search);
  if (!now.has('uiEmbed')) return path;
  const url = new URL(path, 'http://x');
  for (const name of EMBED) if (now.has(name) && !url.searchParams.has(name)) url.searchParams.set(name, now.get(name)!);
  return url.pathname + url.search + url.hash;
}

/** Lets plain links inside the application change the page without loading it anew. */
export function followLinks(): void {
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | SVGAElement | null;
    if (!link) return;
    const url = new URL(link instanceof SVGAElement ? link.href.baseVal : link.href, document.baseURI);
    if (link.getAttribute('target') || url.origin !== location.origin || link.hasAttribute('download')) return;
    if (!url.pathname.startsWith(base()) || url.pathname.startsWith(address('/api/'))) return;
    if (url.hash !== '' && url.pathname === location.pathname && url.search === location.search) return;
    event.preventDefault();
    go(url.pathname.slice(base().length - 1) + url.search + url.hash);
    scrollTo(0, 0);
  });
}
