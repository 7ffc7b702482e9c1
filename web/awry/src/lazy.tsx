// A page's code is fetched when the page is first shown.
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Away, Loading } from './parts/marks';

/** `load` names the page's component; what it fetched is kept. A fetch that fails says so and can be tried again. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let known: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, turn] = useState(0);
    const [failed, fail] = useState(false);
    const fetchIt = () => {
      fail(false);
      load().then((page) => { known = page; turn((n) => n + 1); }, () => fail(true));
    };
    useEffect(() => { if (!known) fetchIt(); }, []);
    if (known) { const Page = known; return <Page {...props} />; }
    // A module that failed to load is not fetched again by the browser: the page is loaded anew.
    return <main>{failed ? <Away message="This page's script did not arrive" at={0} again={() => location.reload()} /> : <Loading />}</main>;
  };
}
