// One piece of data of a page: loading, there, or failed; what was there before stays while it is asked again.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api';

export interface Loaded<T> { data: T | null; error: ApiError | null; at: number; again: () => void }

const AWAY_RETRY_MS = 3000;

/** Asks when `keys` change, and every `everyMs` (0: once). A server that is away is asked again until it answers. */
export function useLoad<T>(fetcher: () => Promise<T>, keys: unknown[], everyMs = 0): Loaded<T> {
  const [state, set] = useState<{ data: T | null; error: ApiError | null; at: number }>({ data: null, error: null, at: 0 });
  const turn = useRef(0);
  const retry = useRef(0);
  const again = useCallback(() => {
    const mine = ++turn.current;
    clearTimeout(retry.current);
    fetcher().then(
      (data) => { if (mine === turn.current) set({ data, error: null, at: Date.now() }); },
      (error) => {
        if (mine !== turn.current) return;
        const known = error instanceof ApiError ? error : new ApiError(0, String(error));
        set((old) => ({ ...old, error: known }));
        if (known.status === 0 || known.status === 502 || known.status === 503) retry.current = window.setTimeout(again, AWAY_RETRY_MS);
      });
  }, keys);
  useEffect(() => {
    set({ data: null, error: null, at: 0 });
    again();
    const timer = everyMs === 0 ? 0 : setInterval(() => { if (!document.hidden) again(); }, everyMs);
    return () => { clearInterval(timer); clearTimeout(retry.current); turn.current++; };
  }, [again]);
  return { ...state, again };
}
