// Where the person is: a path and its query, kept in the address bar.
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  path: string;
  query: URLSearchParams;
}

function here(): Place {
  return { path: location.pathname, query: new URLSearchParams(location.search) };
}

const listeners = new Set<() => void>();

export function go(target: string, replace = false): void {
  if (target !== location.pathname + location.search) {
    history[replace ? 'replaceState' : 'pushState'](null, '', target);
  }
  for (const listener of listeners) listener();
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const moved = () => setPlace(here());
    listeners.add(moved);
    addEventListener('popstate', moved);
    return () => {
      listeners.delete(moved);
      removeEventListener('popstate', moved);
    };
  }, []);
  return place;
}

// Follows a link inside the page, unless the person asks for a new tab.
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.pathname + link.search);
  scrollTo(0, 0);
}
