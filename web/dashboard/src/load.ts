// Loads what a page shows: nothing for 300 ms, then a sign of waiting, then the answer or why not.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<T> {
  value: T | undefined;
  error: unknown;
  slow: boolean; // it takes longer than 300 ms
  reload: () => void;
  replace: (value: T) => void;
}

const SLOW_MS = 300;

// Loads again when `keys` change; an answer to an older question is dropped. What was shown stays
// until the new answer is there.
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [value, setValue] = useState<T | undefined>(undefined);
  const [error, setError] = useState<unknown>(undefined);
  const [slow, setSlow] = useState(false);
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    const finish = () => {
      clearTimeout(timer);
      setSlow(false);
    };
    latest.current(controller.signal).then(
      (answer) => {
        if (controller.signal.aborted) return;
        finish();
        setError(undefined);
        setValue(() => answer);
      },
      (failure: unknown) => {
        if (controller.signal.aborted) return;
        finish();
        setValue(undefined);
        setError(failure);
      },
    );
    return () => {
      controller.abort();
      finish();
    };
  }, [...keys, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  const replace = useCallback((next: T) => setValue(() => next), []);
  return { value, error, slow, reload, replace };
}

// Asks again every `ms` while `needed`: for rows that are still on their way.
export function useRepeat(needed: boolean, ms: number, reload: () => void): void {
  useEffect(() => {
    if (!needed) return undefined;
    const timer = setInterval(() => { if (!document.hidden) reload(); }, ms);
    return () => clearInterval(timer);
  }, [needed, ms, reload]);
}
