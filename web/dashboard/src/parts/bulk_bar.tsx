// What can be done with the rows that are chosen. Each button says what it will write.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Transaction } from '../api';
import { nameOf } from '../categories';
import { t, tn } from '../i18n';
import { changeMany, type Changes, linkTransfer, undoBatch } from '../ledger_api';
import { Amount } from './amount';
import { CategoryPicker } from './picker';
import { wordsFor } from './states';
import { say, sayError } from './toast';
import { go } from '../route';
import { sumsByCurrency } from '../rows';

export type BulkTool = 'category' | 'tag' | null;

// Two rows that can be the two sides of one transfer: opposite, equal, of two accounts.
export function pairOf(rows: readonly Transaction[]): { out: Transaction; into: Transaction } | null {
  if (rows.length !== 2) return null;
  const [out, into] = [...rows].sort((a, b) => (a.amount_minor < b.amount_minor ? -1 : 1)) as [Transaction, Transaction];
  const fits = out.amount_minor === -into.amount_minor && out.amount_minor < 0n && out.currency === into.currency && out.account !== into.account;
  return fits ? { out, into } : null;
}

interface Props {
  rows: Transaction[];
  sameMerchant: number; // further shown rows at the merchant of all chosen ones
  tool: BulkTool;
  setTool: (tool: BulkTool) => void;
  onSelectMerchant: () => void;
  onDone: () => void; // rows have changed
  onClear: () => void;
}

export function BulkBar({ rows, sameMerchant, tool, setTool, onSelectMerchant, onDone, onClear }: Props) {
  const [tag, setTag] = useState('');
  const [busy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => { if (tool === 'tag') input.current?.focus(); }, [tool]);
  const pair = pairOf(rows);
  const sums = [...sumsByCurrency(rows, () => true)];

  const run = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    try {
      await work();
      setTool(null);
      onDone();
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      sayError(`${what} ${more}`);
    } finally {
      setBusy(false);
    }
  };
  const undo = () => void undoBatch().then(({ restored }) => { say(tn('bulk.undone', restored)); onDone(); }, (failure: unknown) => sayError(wordsFor(failure).what));
  const edit = (changes: Changes, told: (n: number) => string) => run(async () => {
    const { changed } = await changeMany(rows.map((row) => row.id), changes);
    say(told(changed), undo);
  });
  const link = () => pair && run(async () => {
    await linkTransfer(pair.out.id, pair.into.id);
    say(t('transfer.linked'));
  });
  return (
    <div class="bulk" role="region" aria-label={t('bulk.label')}>
      <b>{tn('rows', rows.length)}{sums.map(([currency, minor]) => <span key={currency}>, <Amount minor={minor} currency={currency} /></span>)}</b>
      <button type="button" class="btn" aria-expanded={tool === 'category'} disabled={busy} onClick={() => setTool(tool === 'category' ? null : 'category')}>{t('tx.category')} <kbd>C</kbd></button>
      <button type="button" class="btn" aria-expanded={tool === 'tag'} disabled={busy} onClick={() => setTool(tool === 'tag' ? null : 'tag')}>{t('bulk.tag')} <kbd>T</kbd></button>
      {pair && <button type="button" class="btn" data-link disabled={busy} onClick={() => void link()}>{t('bulk.link')} <kbd>L</kbd></button>}
      <button type="button" class="btn" onClick={() => go(`/rules?merchant=${encodeURIComponent(rows[0]!.merchant)}&category=${rows[0]!.category ?? ''}`)}>{t('bulk.rule')}</button>
      <span class="grow" />
      {sameMerchant > 0 && <button type="button" class="linklike" onClick={onSelectMerchant}>{tn('bulk.same', sameMerchant, { merchant: rows[0]!.merchant })}</button>}
      <button type="button" class="btn bare" onClick={onClear}>{t('bulk.clear')} <kbd>{t('key.esc')}</kbd></button>
      {tool === 'category' && (
        <div class="tool"><CategoryPicker first={[]} onLeave={() => setTool(null)}
          onPick={(category) => void edit({ category }, (n) => tn('bulk.changed', n, { category: nameOf(category) }))} /></div>
      )}
      {tool === 'tag' && (
        <form class="tool line" onSubmit={(event) => { event.preventDefault(); if (tag.trim()) void edit({ add_tags: [tag.trim()] }, (n) => tn('bulk.tagged', n, { tag: tag.trim() })); }}>
          <label>{t('bulk.tag_name')}<input ref={input} class="field" maxLength={60} value={tag} onInput={(event) => setTag(event.currentTarget.value)} /></label>
          <button class="btn main" disabled={busy || tag.trim() === ''}>{tn('bulk.tag_go', rows.length)}</button>
          <button type="button" class="btn" disabled={busy || tag.trim() === ''}
            onClick={() => void edit({ remove_tags: [tag.trim()] }, (n) => tn('bulk.untagged', n, { tag: tag.trim() }))}>{tn('bulk.untag_go', rows.length)}</button>
        </form>
      )}
    </div>
  );
}
