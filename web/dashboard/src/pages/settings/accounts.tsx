// A person's accounts: name, kind, what stood on them before the first row, and whether they are still used.
import { useState } from 'preact/hooks';
import { type Account, ask } from '../../api';
import { currentLocale, t } from '../../i18n';
import { balances } from '../../ledger_api';
import { useLoad } from '../../load';
import { parseAmount, plainAmount, type Minor } from '../../money';
import { ACCOUNT_KINDS, accountsOf, kindName, NewAccount } from '../../parts/account_choice';
import { Amount } from '../../parts/amount';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { say } from '../../parts/toast';
import { useWork } from './acting';

type Kind = (typeof ACCOUNT_KINDS)[number];

export function Accounts() {
  const loaded = useLoad(async (signal) => {
    const [accounts, sums] = await Promise.all([accountsOf(signal), balances(signal)]);
    return accounts.map((account) => ({ account, balance: sums.find((one) => one.id === account.id) }));
  }, []);
  const [edited, setEdited] = useState('');
  const done = () => { setEdited(''); loaded.reload(); };
  return (
    <Section title={t('accounts.title')} note={t('accounts.note')}>
      <Shown loaded={loaded} rows={2}>
        {(list) => (list.length === 0 ? <p class="soft">{t('accounts.none')}</p> : (
          <table class="mini">
            <tbody>
              {list.map(({ account, balance }) => (
                <tr key={account.id} data-account={account.id}>
                  <td><b class="medium">{account.name}</b>{account.closed === true && <span class="tag">{t('accounts.closed')}</span>}</td>
                  <td class="soft">{kindName((account.kind ?? 'other') as Kind)}, {account.currency}</td>
                  <td>{balance && <Amount minor={balance.balance_minor} currency={balance.currency} column />}</td>
                  <td>{edited === account.id
                    ? <EditAccount account={account} onDone={done} onCancel={() => setEdited('')} />
                    : <button type="button" class="linklike" onClick={() => setEdited(account.id)}>{t('accounts.edit')}</button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </Shown>
      <NewAccount onMade={(account) => { say(t('accounts.made', { name: account.name })); loaded.reload(); }} />
    </Section>
  );
}

// "-1,234.50" as minor units; null when it is no amount of the currency.
function readSigned(text: string, currency: string): Minor | null {
  const trimmed = text.trim();
  const negative = /^[-\u2212]/.test(trimmed);
  const amount = parseAmount(negative ? trimmed.slice(1) : trimmed, currency, currentLocale());
  return amount === null ? null : negative ? -amount : amount;
}

function EditAccount({ account, onDone, onCancel }: { account: Account; onDone: () => void; onCancel: () => void }) {
  const [name, setName] = useState(account.name);
  const [kind, setKind] = useState(account.kind ?? 'checking');
  const [opening, setOpening] = useState(plainAmount({ minor: account.opening_minor ?? 0n, currency: account.currency }, currentLocale()));
  const [closed, setClosed] = useState(account.closed === true);
  const { busy, refusal, run } = useWork();
  const minor = readSigned(opening, account.currency);
  const save = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await ask('PUT', `/api/accounts/${encodeURIComponent(account.id)}`,
        { body: { ...account, name: name.trim(), kind, closed, opening_minor: minor } });
      onDone();
    });
  };
  return (
    <form class="line" onSubmit={save}>
      <label>{t('account.name')}<input class="field" required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <label>{t('account.kind')}<select class="field" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
        {ACCOUNT_KINDS.map((one) => <option key={one} value={one}>{kindName(one)}</option>)}</select></label>
      <label>{t('accounts.opening')}<input class="field num" inputMode="decimal" name="opening" value={opening} aria-invalid={minor === null}
        onInput={(event) => setOpening(event.currentTarget.value)} /></label>
      <label class="check"><input type="checkbox" checked={closed} onChange={(event) => setClosed(event.currentTarget.checked)} />{t('accounts.closed.ask')}</label>
      <button class="btn main" disabled={busy || minor === null || name.trim() === ''}>{t('accounts.save')}</button>
      <button type="button" class="btn" onClick={onCancel}>{t('cancel')}</button>
      {refusal && <div class="err" role="alert">{refusal}</div>}
    </form>
  );
}
