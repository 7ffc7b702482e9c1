// A page's code is fetched when the page is first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ErrorBox, Waiting } from './parts/states';

// `load` names the page's component; what it fetched is kept. A module that failed to load is not
// fetched again by the browser, so that trying again loads the page anew.
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let known: ComponentType | null = null;
  return function Lazy() {
    const [, turn] = useState(0);
    const [error, setError] = useState<unknown>(undefined);
    const [slow, setSlow] = useState(false);
    useEffect(() => {
      if (known) return undefined;
      const timer = setTimeout(() => setSlow(true), 300);
      load().then((page) => { known = page; turn((n) => n + 1); }, setError);
      return () => clearTimeout(timer);
    }, []);
    if (known) { const Page = known; return <Page />; }
    if (error !== undefined) return <ErrorBox error={error} onRetry={() => location.reload()} />;
    return slow ? <Waiting rows={8} /> : null;
  };
}
