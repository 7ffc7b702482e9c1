// One piece of data of a page: loading, there, or failed; what was there before stays while it is asked again.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api';

export interface Loaded<T> { data: T | null; error: ApiError | null; at: number; again: () => void }

export function useLoad<T>(fetcher: () => Promise<T>, keys: unknown[], everyMs = 0): Loaded<T> {
  const [state, set] = useState<{ data: T | null; error: ApiError | null; at: number }>({ data: null, error: null, at: 0 });
  const turn = useRef(0);
  const again = useCallback(() => {
    const mine = ++turn.current;
    fetcher().then(
      (data) => { if (mine === turn.current) set({ data, error: null, at: Date.now() }); },
      (error) => {
        if (mine !== turn.current) return;
        const known = error instanceof ApiError ? error : new ApiError(0, String(error));
        set((old) => ({ ...old, error: known }));
      });
  }, keys);
  useEffect(() => {
    set({ data: null, error: null, at: 0 });
    again();
    if (everyMs === 0) return;
    const timer = setInterval(() => { if (!document.hidden) again(); }, everyMs);
    return () => clearInterval(timer);
  }, [again]);
  return { ...state, again };
}
