// A row that no bank sends: cash, or what the bank has not told yet.
import { useState } from 'preact/hooks';
import { type Account, post, type Transaction } from '../api';
import { type Day, today } from '../dates';
import { currentLocale, t } from '../i18n';
import { parseAmount } from '../money';
import { ErrorBox } from './states';
import { say } from './toast';

export function AddRow({ accounts, chosen, onAdded, onClose }:
{ accounts: Account[]; chosen: string; onAdded: (row: Transaction) => void; onClose: () => void }) {
  const [account, setAccount] = useState((accounts.find((one) => one.id === chosen) ?? accounts[0]!).id);
  const [date, setDate] = useState<Day>(today());
  const [description, setDescription] = useState('');
  const [typed, setTyped] = useState('');
  const [direction, setDirection] = useState<'out' | 'in'>('out');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const currency = accounts.find((one) => one.id === account)!.currency;
  const minor = parseAmount(typed, currency, currentLocale());
  const valid = minor !== null && minor >= 0n && description.trim() !== '' && date !== '';
  const send = async (event: Event) => {
    event.preventDefault();
    if (!valid || busy) return;
    setBusy(true);
    try {
      const row = await post<Transaction>('/api/transactions', { account, date, amount_minor: direction === 'out' ? -minor : minor, currency, description: description.trim() });
      say(t('add.done'));
      onAdded(row);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <form class="bar" data-add aria-label={t('add.title')} onSubmit={(event) => void send(event)}
      onKeyDown={(event) => { if (event.key === 'Escape') onClose(); }}>
      <label class="labelled grow"><span>{t('add.text')}</span>
        <input class="field" autofocus maxLength={200} value={description} onInput={(event) => setDescription(event.currentTarget.value)} /></label>
      <label class="labelled"><span>{t('import.amount')} ({currency})</span>
        <input class="field" inputMode="decimal" size={10} value={typed} aria-invalid={typed !== '' && minor === null} onInput={(event) => setTyped(event.currentTarget.value)} /></label>
      <label class="labelled"><span>{t('add.direction')}</span>
        <select class="field" value={direction} onChange={(event) => setDirection(event.currentTarget.value as 'out' | 'in')}>
          <option value="out">{t('add.out')}</option><option value="in">{t('add.in')}</option>
        </select></label>
      <label class="labelled"><span>{t('import.date')}</span>
        <input class="field" type="date" value={date} onInput={(event) => setDate(event.currentTarget.value as Day)} /></label>
      {accounts.length > 1 && (
        <label class="labelled"><span>{t('tx.account')}</span>
          <select class="field" value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
            {accounts.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select></label>
      )}
      <span class="line">
        <button type="submit" class="btn main" disabled={!valid || busy}>{t('add.go')}</button>
        <button type="button" class="btn" onClick={onClose}>{t('cancel')}</button>
      </span>
      {error !== undefined && <ErrorBox error={error} />}
    </form>
  );
}
