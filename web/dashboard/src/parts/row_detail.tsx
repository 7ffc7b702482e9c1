// What else belongs to a row: note, tags, parts, its other side, and who changed what.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Transaction } from '../api';
import { CATEGORIES, nameOf } from '../categories';
import { currentLocale, t, tn, type Key } from '../i18n';
import { type Change, change, decideTransfer, history } from '../ledger_api';
import { useLoad } from '../load';
import { formatMoney, plainAmount } from '../money';
import { shortTime } from '../dates';
import { type Part, partsOf, restOf, splitsOf } from '../splits';
import { Shown, wordsFor } from './states';
import { say, sayError } from './toast';

export type DetailPlace = 'note' | 'tags' | 'split';

interface Props {
  row: Transaction;
  start: DetailPlace;
  mayEdit: boolean;
  awryUrl: string;
  onChange: (row: Transaction) => void;
  onClose: () => void;
}

export function RowDetail({ row, start, mayEdit, awryUrl, onChange, onClose }: Props) {
  const [note, setNote] = useState(row.note ?? '');
  const [tags, setTags] = useState((row.tags ?? []).join(', '));
  const [splitting, setSplitting] = useState(start === 'split' || (row.splits ?? []).length > 0);
  const [busy, setBusy] = useState(false);
  const [changed, setChanged] = useState(0);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => { if (start !== 'split') first.current?.focus(); }, []);
  const list = [...new Set(tags.split(',').map((tag) => tag.trim()).filter(Boolean))];
  const dirty = note !== (row.note ?? '') || list.join() !== (row.tags ?? []).join();

  const send = async (changes: Parameters<typeof change>[1], told: string) => {
    if (busy) return;
    setBusy(true);
    try {
      onChange(await change(row.id, changes));
      setChanged((n) => n + 1);
      say(told);
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      sayError(`${what} ${more}`);
    } finally {
      setBusy(false);
    }
  };
  const unlink = async () => {
    try {
      await decideTransfer(row.transfer!.id, 'reject');
      const { transfer: _gone, ...rest } = row;
      onChange(rest);
      say(t('transfer.unlinked'));
    } catch (failure) {
      sayError(wordsFor(failure).what);
    }
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onClose();
  };
  return (
    <div class="detail" role="group" aria-label={t('detail.label', { merchant: row.merchant })} onKeyDown={press}>
      <dl class="facts">
        <dt>{t('detail.bank_text')}</dt><dd>{row.description}</dd>
        {row.original_minor !== undefined && row.original_currency !== undefined && (
          <>
            <dt>{t('import.amount')}</dt>
            <dd>{t('tx.original', { amount: formatMoney({ minor: row.original_minor, currency: row.original_currency }, 'never', currentLocale()) })}</dd>
          </>
        )}
        {row.transfer?.state === 'linked' && (
          <>
            <dt>{t('detail.transfer')}</dt>
            <dd>{t('detail.transfer.linked')} {mayEdit && <button type="button" class="linklike" onClick={() => void unlink()}>{t('transfer.unlink')}</button>}</dd>
          </>
        )}
      </dl>
      <form class="line" onSubmit={(event) => { event.preventDefault(); void send({ note: note.trim(), tags: list }, t('detail.saved')); }}>
        <label>{t('detail.note')}<input ref={start === 'note' ? first : undefined} class="field" maxLength={500} value={note} disabled={!mayEdit}
          onInput={(event) => setNote(event.currentTarget.value)} /></label>
        <label>{t('detail.tags')}<input ref={start === 'tags' ? first : undefined} class="field" maxLength={300} value={tags} disabled={!mayEdit}
          placeholder={t('detail.tags.hint')} onInput={(event) => setTags(event.currentTarget.value)} /></label>
        {mayEdit && <button class="btn main" disabled={!dirty || busy}>{t('detail.save')}</button>}
        {mayEdit && !splitting && <button type="button" class="btn" onClick={() => setSplitting(true)}>{t('detail.split')}</button>}
        <button type="button" class="btn" onClick={onClose}>{t('close')}</button>
      </form>
      {splitting && (
        <SplitEditor row={row} mayEdit={mayEdit} busy={busy}
          onSave={(splits) => void send({ splits }, splits.length > 0 ? tn('detail.split.saved', splits.length) : t('detail.split.undone'))} />
      )}
      <History key={changed} row={row} awryUrl={awryUrl} />
    </div>
  );
}

function SplitEditor({ row, mayEdit, busy, onSave }:
{ row: Transaction; mayEdit: boolean; busy: boolean; onSave: (splits: NonNullable<ReturnType<typeof splitsOf>>) => void }) {
  const locale = currentLocale();
  const stored = row.splits ?? [];
  const [parts, setParts] = useState<Part[]>(() => (stored.length > 0 ? partsOf(stored, row.currency, locale) : [
    { typed: plainAmount({ minor: row.amount_minor < 0n ? -row.amount_minor : row.amount_minor, currency: row.currency }, locale),
      category: row.category ?? '', note: '' },
    { typed: '', category: '', note: '' }]));
  const set = (at: number, part: Partial<Part>) => setParts(parts.map((one, i) => (i === at ? { ...one, ...part } : one)));
  const rest = restOf(parts.filter((part, i) => i < 1 || part.typed !== '' || part.category !== ''), row.amount_minor, row.currency, locale);
  const ready = splitsOf(parts, row.amount_minor, row.currency, locale);
  const money = (minor: bigint) => formatMoney({ minor, currency: row.currency }, 'never', locale);
  return (
    <fieldset class="splits" disabled={!mayEdit}>
      <legend class="vh">{t('detail.split')}</legend>
      {parts.map((part, i) => (
        <div class="line" key={i}>
          <label>{t('tx.category')}
            <select class="field" value={part.category} onChange={(event) => set(i, { category: event.currentTarget.value })}>
              <option value="">{t('detail.choose')}</option>
              {CATEGORIES.map((id) => <option key={id} value={id}>{nameOf(id)}</option>)}
            </select></label>
          <label>{t('import.amount')}<input class="field num" inputMode="decimal" value={part.typed} onInput={(event) => set(i, { typed: event.currentTarget.value })} /></label>
          <label>{t('detail.note')}<input class="field" maxLength={200} value={part.note} onInput={(event) => set(i, { note: event.currentTarget.value })} /></label>
          {parts.length > 2 && <button type="button" class="btn bare" onClick={() => setParts(parts.filter((_one, at) => at !== i))}>{t('remove')}</button>}
        </div>
      ))}
      <div class="line">
        <span class={rest === 0n ? 'in' : 'up'} role="status">
          {rest === null ? t('detail.split.no_amount') : rest === 0n ? t('detail.split.even')
            : t(rest > 0n ? 'detail.split.left' : 'detail.split.over', { amount: money(rest > 0n ? rest : -rest) })}
        </span>
        <span class="grow" />
        <button type="button" class="btn" onClick={() => setParts([...parts, { typed: rest !== null && rest > 0n ? plainAmount({ minor: rest, currency: row.currency }, locale) : '', category: '', note: '' }])}>{t('detail.split.add')}</button>
        {stored.length > 0 && <button type="button" class="btn bad" disabled={busy} onClick={() => onSave([])}>{t('detail.split.undo')}</button>}
        <button type="button" class="btn main" disabled={busy || ready === null} onClick={() => ready && onSave(ready)}>{tn('detail.split.save', parts.length)}</button>
      </div>
    </fieldset>
  );
}

function saidOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return Array.isArray(value) ? value.map(String).join(', ') || '–' : typeof value === 'object' ? JSON.stringify(value, (_k, v: unknown) => (typeof v === 'bigint' ? v.toString() : v)) : String(value);
}

const FIELDS: Record<string, Key> = { category: 'tx.category', note: 'detail.note', tags: 'detail.tags', merchant: 'detail.merchant',
  splits: 'detail.split', deleted: 'detail.deleted', reconciled: 'detail.reconciled', transfer: 'detail.transfer' };

function History({ row, awryUrl }: { row: Transaction; awryUrl: string }) {
  const loaded = useLoad((signal) => history(row.id, signal), [row.id]);
  const words = (field: string, value: unknown) => (field === 'category' && typeof value === 'string' ? nameOf(value) : saidOf(value));
  return (
    <Shown loaded={loaded} rows={2}>
      {(audit) => (audit.length === 0 ? null : (
        <details class="note">
          <summary>{tn('detail.history', audit.length)}</summary>
          <table class="mini">
            <tbody>
              {audit.map((one: Change, i) => (
                <tr key={i}>
                  <td>{shortTime(Date.parse(one.at))}</td>
                  <td>{Object.keys(one.after).map((field) => (
                    <div key={field}>{FIELDS[field] ? t(FIELDS[field]) : field}: {words(field, one.before[field])} → {words(field, one.after[field])}</div>))}</td>
                  <td>{one.trace_id && awryUrl && <a href={`${awryUrl}/trace/${one.trace_id}`} target="_blank" rel="noopener">{t('why.trace')}</a>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      ))}
    </Shown>
  );
}
