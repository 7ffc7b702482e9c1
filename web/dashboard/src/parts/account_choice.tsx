// Into which account rows go: one that is there, or a new one.
import { useState } from 'preact/hooks';
import { type Account, get, post } from '../api';
import { t } from '../i18n';
import { useLoad } from '../load';
import { useWork } from '../pages/settings/acting';

export const ACCOUNT_KINDS = ['checking', 'savings', 'card', 'loan', 'cash', 'investment', 'other'] as const;

// "other" ends like a plural form, so its name has another key.
export const kindName = (kind: (typeof ACCOUNT_KINDS)[number]) => t(kind === 'other' ? 'account.kind.other_kind' : `account.kind.${kind}`);

export const accountsOf = (signal?: AbortSignal) => get<{ accounts: Account[] }>('/api/accounts', {}, signal).then((answer) => answer.accounts);

export function AccountChoice({ value, onChoose }: { value: string; onChoose: (id: string) => void }) {
  const accounts = useLoad((signal) => accountsOf(signal), []);
  const [making, setMaking] = useState(false);
  const open = (accounts.value ?? []).filter((one) => one.closed !== true || one.id === value);
  return (
    <>
      <div class="line into">
        <label>{t('account.into')}
          <select class="field" name="account" value={making ? '+' : value} onChange={(event) => {
            const id = event.currentTarget.value;
            setMaking(id === '+');
            if (id !== '+') onChoose(id);
          }}>
            {open.map((one) => <option key={one.id} value={one.id}>{one.name}, {one.currency}</option>)}
            <option value="+">{t('account.new')}</option>
          </select></label>
      </div>
      {making && <NewAccount onMade={(account) => { setMaking(false); accounts.reload(); onChoose(account.id); }} />}
    </>
  );
}

export function NewAccount({ onMade }: { onMade: (account: Account) => void }) {
  const [name, setName] = useState('');
  const [kind, setKind] = useState<string>('checking');
  const [currency, setCurrency] = useState('EUR');
  const { busy, refusal, run } = useWork();
  const make = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      onMade(await post<Account>('/api/accounts', { name: name.trim(), kind, currency: currency.trim().toUpperCase() }));
      setName('');
    });
  };
  return (
    <form class="line gap" onSubmit={make} data-new-account>
      <label>{t('account.name')}<input class="field" name="account_name" required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <label>{t('account.kind')}<select class="field" name="account_kind" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
        {ACCOUNT_KINDS.map((one) => <option key={one} value={one}>{kindName(one)}</option>)}</select></label>
      <label>{t('account.currency')}<input class="field" name="account_currency" required pattern="[A-Za-z]{3}" maxLength={3} value={currency}
        onInput={(event) => setCurrency(event.currentTarget.value)} /></label>
      <button class="btn" disabled={busy || name.trim() === ''}>{t('account.make')}</button>
      {refusal && <div class="err" role="alert">{refusal}</div>}
    </form>
  );
}
