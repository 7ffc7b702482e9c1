// Addresses of the pages, as Jaeger's deep links have them (wire-contract of the API, links into the UI).
import { useEffect, useState } from 'preact/hooks';

export interface Place { path: string; params: URLSearchParams }

const base = () => new URL('.', document.baseURI).pathname;

export function here(): Place {
  const path = location.pathname.startsWith(base()) ? location.pathname.slice(base().length - 1) : location.pathname;
  return { path, params: new URLSearchParams(location.search) };
}

const changed = new EventTarget();

/** The full address of a path inside the application. */
export const address = (path: string) => base().replace(/\/$/, '') + path;

export function go(path: string, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', address(path));
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

/** Lets plain links inside the application change the page without loading it anew. */
export function followLinks(): void {
  addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
    if (!link || link.target || link.origin !== location.origin || link.hasAttribute('download')) return;
    if (!link.pathname.startsWith(base()) || link.pathname.startsWith(address('/api/'))) return;
    event.preventDefault();
    history.pushState(null, '', link.href);
    changed.dispatchEvent(new Event('go'));
    scrollTo(0, 0);
  });
}
