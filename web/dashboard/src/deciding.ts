// Changes the category of a row at once on the page, then at the service; back again when it refuses.
import { useCallback, useRef } from 'preact/hooks';
import { setCategory, type Transaction } from './api';
import { isCategory, nameOf } from './categories';
import { t } from './i18n';
import { wordsFor } from './parts/states';
import { say, sayError } from './parts/toast';

export function useDecide(rows: Transaction[], replace: (rows: Transaction[]) => void, done: () => void) {
  const latest = useRef(rows);
  latest.current = rows;
  const undoLast = useRef<(() => void) | null>(null);
  const put = (row: Transaction) => replace(latest.current.map((one) => (one.id === row.id ? row : one)));
  const decide = useCallback(async (row: Transaction, category: string) => {
    const before = row;
    put({ ...row, category, category_source: 'user' });
    done();
    try {
      await setCategory(row.id, category);
    } catch (failure) {
      put(before);
      const { what, more } = wordsFor(failure);
      sayError(`${t('tx.unchanged')} ${what} ${more}`);
      return;
    }
    if (before.category === category) {
      say(t('tx.confirmed', { merchant: row.merchant, category: nameOf(category) }));
      return;
    }
    const back = before.category && isCategory(before.category) ? before.category : null;
    undoLast.current = back === null ? null : () => {
      undoLast.current = null;
      void decide({ ...before, category, category_source: 'user' }, back);
    };
    say(t('tx.changed', { merchant: row.merchant, category: nameOf(category) }), undoLast.current ?? undefined);
  }, [done]);
  return { decide, put, undo: () => undoLast.current?.() };
}
