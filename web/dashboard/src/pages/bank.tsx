// Banks that are asked for rows: how each connection stands, and which accounts it fills.
import { useState } from 'preact/hooks';
import { type Account, ApiError } from '../api';
import { useApp } from '../app';
import { askBankNow, type BankAccount, type BankConnection, bankConnections, connectBank, linkBankAccount, ownAccounts, removeBank } from '../bank_api';
import { addressOf } from '../filter';
import { shortTime } from '../dates';
import { useTitle } from '../frame';
import { currentLocale, t, tn, type Key } from '../i18n';
import { useLoad, useRepeat } from '../load';
import { formatMoney, exponentOf } from '../money';
import { Section } from '../parts/section';
import { Empty, ErrorBox, Shown } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { follow } from '../route';
import { said } from '../said';
import { useWork } from './settings/acting';

export function BankPage() {
  const { acting } = useApp();
  const loaded = useLoad(bankConnections, []);
  const accounts = useLoad(ownAccounts, []);
  useTitle(t('bank.title'));
  const put = (one: BankConnection) => {
    const all = loaded.value ?? [];
    loaded.replace(all.some((other) => other.id === one.id) ? all.map((other) => (other.id === one.id ? one : other)) : [...all, one]);
    accounts.reload();
  };
  // A first look at a bank runs by itself; its rows are imports, which go on behind the answer.
  const waiting = (loaded.value ?? []).some((one) => one.last_sync_ns === 0n && one.problem === '');
  useRepeat(waiting, 1500, () => { loaded.reload(); accounts.reload(); });
  return (
    <>
      <div class="head"><div><h1>{t('bank.title')}</h1><p>{t('bank.text')}</p></div></div>
      {acting.may_edit && <Connect onConnected={put} />}
      {accounts.error !== undefined && <ErrorBox error={accounts.error} onRetry={accounts.reload} />}
      <Shown loaded={loaded} rows={4}>
        {(all) => (all.length === 0 ? (
          <Empty title={t('bank.none')}>
            <p>{t('bank.none.text')}</p>
            <a class="btn main" href="/import" onClick={follow}>{t('nav.import')}</a>
          </Empty>
        ) : all.map((one) => (
          <Connection key={one.id} one={one} own={accounts.value ?? []} mayEdit={acting.may_edit} onChange={put}
            onRemoved={() => loaded.replace(all.filter((other) => other.id !== one.id))} />
        )))}
      </Shown>
    </>
  );
}

function Connect({ onConnected }: { onConnected: (one: BankConnection) => void }) {
  const [token, setToken] = useState('');
  const [refusal, setRefusal] = useState<unknown>(undefined);
  const [busy, setBusy] = useState(false);
  const claim = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefusal(undefined);
    try {
      const made = await connectBank(token.trim());
      setToken('');
      onConnected(made);
      say(t('bank.claimed', { host: made.host }));
    } catch (failure) {
      setRefusal(failure);
    } finally {
      setBusy(false);
    }
  };
  const status = refusal instanceof ApiError ? refusal.status : 0;
  const known: Partial<Record<number, Key>> = { 400: 'bank.bad_token', 403: 'bank.used' };
  return (
    <Section title={t('bank.connect')} note={t('bank.connect.note')}>
      <form class="line" onSubmit={(event) => void claim(event)}>
        <label class="wide">{t('bank.token')}
          <input class="field" name="token" autocomplete="off" spellcheck={false} maxLength={4000} required value={token} aria-describedby="token-note"
            onInput={(event) => setToken(event.currentTarget.value)} /></label>
        <button class="btn main" disabled={busy || token.trim() === ''}>{t('bank.claim')}</button>
      </form>
      <p class="note gap" id="token-note">{t('bank.token.note')}</p>
      {refusal !== undefined && (known[status] ? <div class="err gap" role="alert">{t(known[status])}</div> : <ErrorBox error={refusal} />)}
    </Section>
  );
}

interface ConnectionProps {
  one: BankConnection;
  own: Account[];
  mayEdit: boolean;
  onChange: (one: BankConnection) => void;
  onRemoved: () => void;
}

const PROBLEMS = ['PERMISSION_DENIED', 'FAILED_PRECONDITION', 'RESOURCE_EXHAUSTED', 'UNAVAILABLE', 'DEADLINE_EXCEEDED', 'DATA_LOSS', 'INVALID_ARGUMENT'] as const;

export function problemText(one: Pick<BankConnection, 'problem'>): string {
  const known = PROBLEMS.find((code) => code === one.problem);
  return t(known ? `bank.problem.${known}` : 'bank.problem.unknown');
}

const timeOf = (ns: bigint) => shortTime(Number(ns / 1_000_000n));

function Connection({ one, own, mayEdit, onChange, onRemoved }: ConnectionProps) {
  const { busy, refusal, run } = useWork();
  const [removing, setRemoving] = useState(false);
  const failed = one.problem !== '';
  const state = one.state === 'active' && failed ? 'waits' : one.state;
  const poll = () => run(async () => {
    const after = await askBankNow(one.id);
    onChange(after);
    if (after.problem === '') say(tn('bank.asked', after.rows_new));
    else sayError(t('bank.asked_badly'));
  });
  const remove = () => run(async () => {
    await removeBank(one.id);
    say(t('bank.removed', { host: one.host }));
    onRemoved();
  });
  const next = one.state === 'revoked' ? t('bank.not_again') : one.next_sync_ns === 0n ? t('bank.soon') : timeOf(one.next_sync_ns);
  return (
    <section class="sec bank" data-connection={one.id}>
      <header>
        <h2>{one.host}</h2><span class={state === 'active' ? 'tag in' : state === 'waits' ? 'tag near' : 'tag over'}>{t(`bank.state.${state}`)}</span>
        <span class="note" />
        {mayEdit && <button type="button" class="btn" disabled={busy || one.state === 'revoked'} onClick={() => void poll()}>{t('bank.now')}</button>}
        {mayEdit && <button type="button" class="btn bare" aria-expanded={removing} onClick={() => setRemoving(!removing)}>{t('bank.remove')}</button>}
      </header>
      {removing && (
        <div class="gap" role="group" aria-label={t('bank.remove.go')}>
          <p>{t('bank.remove.sure')}</p>
          <p class="line"><button type="button" class="btn bad" disabled={busy} onClick={() => void remove()}>{t('bank.remove.go')}</button>
            <button type="button" class="btn" onClick={() => setRemoving(false)}>{t('cancel')}</button></p>
        </div>
      )}
      {failed && <div class="err gap" role="alert">{problemText(one)}</div>}
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
      {!failed && one.messages.map((text) => <p key={text} class="up gap">{t('bank.says', { text: said(text) })}</p>)}
      <dl class="facts gap">
        <dt>{t('bank.last')}</dt><dd>{one.last_sync_ns === 0n ? t('bank.never') : <>{timeOf(one.last_sync_ns)} · {tn('bank.new', one.rows_new)}</>}</dd>
        <dt>{t('bank.next')}</dt><dd>{next}</dd>
        <dt>{t('bank.since')}</dt><dd>{timeOf(one.created_ns)}</dd>
      </dl>
      {one.accounts.length === 0 ? <p class="soft gap">{t('bank.no_accounts')}</p> : (
        <table class="mini banks">
          <caption class="vh">{t('bank.accounts')}</caption>
          <thead><tr><th>{t('bank.accounts')}</th><th>{t('bank.fills')}</th><th>{t('bank.balance')}</th></tr></thead>
          <tbody>{one.accounts.map((account) => <Row key={account.id} connection={one} bank={account} own={own} mayEdit={mayEdit} onChange={onChange} />)}</tbody>
        </table>
      )}
    </section>
  );
}

// A balance is text of any length: shown as money where it is plain, else as it stands.
function balanceText(account: BankAccount): string {
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(account.balance) ?? [];
  const exponent = exponentOf(account.currency);
  if (whole === '' || rest.length > exponent || !/^[A-Z]{3}$/.test(account.currency)) return `${account.balance} ${account.currency}`;
  const minor = BigInt(whole + rest.padEnd(exponent, '0'));
  return formatMoney({ minor: sign === '-' ? -minor : minor, currency: account.currency }, 'always', currentLocale()).replace(/^\+/, '');
}

const LEFT_OUT = '-';

function Row({ connection, bank, own, mayEdit, onChange }: { connection: BankConnection; bank: BankAccount; own: Account[]; mayEdit: boolean; onChange: (one: BankConnection) => void }) {
  const { busy, refusal, run } = useWork();
  const name = bank.org && bank.org !== bank.name ? `${bank.org}, ${bank.name}` : bank.name;
  const filled = own.find((account) => account.id === bank.account);
  const fits = own.filter((account) => account.currency === bank.currency || account.id === bank.account);
  const link = (chosen: string) => run(async () => {
    const account = chosen === LEFT_OUT ? null : chosen;
    onChange(await linkBankAccount(connection.id, bank.id, account));
    say(account === null ? t('bank.unlinked', { name }) : t('bank.linked', { name, account: own.find((one) => one.id === account)?.name ?? t('bank.own_account') }));
  });
  return (
    <tr data-bank-account={bank.id}>
      <td>{name}</td>
      <td>
        {mayEdit ? (
          <select class="field" aria-label={t('bank.fills_for', { name })} disabled={busy} value={bank.account ?? LEFT_OUT} onChange={(event) => void link(event.currentTarget.value)}>
            {bank.account !== null && !filled && <option value={bank.account}>{t('bank.own_account')}</option>}
            {fits.map((account) => <option key={account.id} value={account.id}>{account.name}</option>)}
            <option value={LEFT_OUT}>{t('bank.left_out')}</option>
          </select>
        ) : filled?.name ?? t('bank.left_out')}{' '}
        {filled && <a class="nowrap" href={addressOf({ month: null, q: '', category: '', account: filled.id, unsure: false })} onClick={follow}>{t('nav.rows')}</a>}
        {refusal && <div class="over" role="alert">{refusal}</div>}
      </td>
      <td>{balanceText(bank)}</td>
    </tr>
  );
}
