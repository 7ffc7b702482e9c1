// A button's work: busy while it runs, its refusal told where the person is looking.
import { useState } from 'preact/hooks';
import { ApiError } from '../../api';
import { wordsFor } from '../../parts/states';

export function useWork() {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState('');
  const run = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setRefusal('');
    try {
      await work();
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      setRefusal(failure instanceof ApiError && failure.status >= 400 && failure.status < 500 && failure.message ? failure.message : `${what} ${more}`.trim());
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, run };
}
