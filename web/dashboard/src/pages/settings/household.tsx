// Who else lives in this book, and what of one's own they may see.
import { useState } from 'preact/hooks';
import { invite, people, share, shares, unshare } from '../../account_api';
import { type Account, get } from '../../api';
import { shortTime } from '../../dates';
import { t } from '../../i18n';
import { useLoad } from '../../load';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { say } from '../../parts/toast';
import { useWork } from './acting';

export function Household({ owner }: { owner: boolean }) {
  const loaded = useLoad(shares, []);
  const accounts = useLoad((signal) => get<{ accounts: Account[] }>('/api/accounts', {}, signal).then((answer) => answer.accounts), []);
  const [name, setName] = useState('');
  const [account, setAccount] = useState('');
  const [edit, setEdit] = useState(false);
  const { busy, refusal, run } = useWork();
  const nameOf = (id: string | null) => (id === null ? t('house.all_accounts') : accounts.value?.find((one) => one.id === id)?.name ?? id);
  const give = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await share(name.trim(), account === '' ? null : account, edit);
      say(t('house.shared', { name: name.trim() }));
      setName('');
      loaded.reload();
    });
  };
  return (
    <Section title={t('house.title')} note={t('house.note')}>
      {owner && <People />}
      <Shown loaded={loaded} rows={1}>
        {({ given, received }) => (
          <table class="mini">
            <tbody>
              {given.map((one) => (
                <tr key={one.id}><td>{t('house.given', { name: one.name, account: nameOf(one.account) })}</td>
                  <td class="soft">{t(one.may_edit ? 'house.may_edit' : 'house.may_view')}</td>
                  <td><button type="button" class="linklike" disabled={busy} onClick={() => void run(async () => { await unshare(one.id); say(t('house.withdrawn')); loaded.reload(); })}>{t('house.withdraw')}</button></td></tr>
              ))}
              {received.map((one) => (
                <tr key={one.id}><td>{t('house.received', { name: one.name, account: one.account === null ? t('house.all_accounts') : one.account })}</td>
                  <td class="soft">{t(one.may_edit ? 'house.may_edit' : 'house.may_view')}</td>
                  <td><button type="button" class="linklike" disabled={busy} onClick={() => void run(async () => { await unshare(one.id); say(t('house.withdrawn')); loaded.reload(); })}>{t('house.leave')}</button></td></tr>
              ))}
            </tbody>
          </table>
        )}
      </Shown>
      <form class="line gap" onSubmit={give}>
        <label>{t('house.with')}<input class="field" required maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
        <label>{t('house.what')}<select class="field" value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
          <option value="">{t('house.all_accounts')}</option>
          {(accounts.value ?? []).map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</select></label>
        <label>{t('house.right')}<select class="field" value={edit ? '1' : ''} onChange={(event) => setEdit(event.currentTarget.value === '1')}>
          <option value="">{t('house.may_view')}</option><option value="1">{t('house.may_edit')}</option></select></label>
        <button class="btn" disabled={busy || name.trim() === ''}>{t('house.share')}</button>
      </form>
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
    </Section>
  );
}

function People() {
  const loaded = useLoad(people, []);
  const [link, setLink] = useState<{ url: string; until: string } | null>(null);
  const { busy, refusal, run } = useWork();
  const make = () => run(async () => {
    const { code, expires_ns: end } = await invite();
    setLink({ url: `${location.origin}/invitation#${code}`, until: shortTime(Number(end / 1_000_000n)) });
  });
  return (
    <>
      <Shown loaded={loaded} rows={1}>
        {(list) => <p class="gap">{list.map((one) => one.name).join(', ')}</p>}
      </Shown>
      {link ? (
        <div class="shown-once" role="status"><p>{t('house.invitation', { time: link.until })}</p><p><code class="secret">{link.url}</code></p></div>
      ) : <p class="gap"><button type="button" class="btn" disabled={busy} onClick={() => void make()}>{t('house.invite')}</button></p>}
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
    </>
  );
}
