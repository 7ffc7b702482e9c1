// Taking everything along, seeing what was done, and leaving for good.
import { useState } from 'preact/hooks';
import { audit, deleteAccount } from '../../account_api';
import { session } from '../../api';
import { useApp } from '../../app';
import { shortTime } from '../../dates';
import { t } from '../../i18n';
import { useLoad } from '../../load';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { useWork } from './acting';

const FORMATS = ['csv', 'json', 'ofx'] as const;

export function Leaving() {
  const { me, signedOut } = useApp();
  const [asked, setAsked] = useState(false);
  const [password, setPassword] = useState('');
  const { busy, refusal, run } = useWork();
  const acting = session.user && session.user !== me.user_id ? `&user=${encodeURIComponent(session.user)}` : '';
  const remove = (event: Event) => {
    event.preventDefault();
    void run(async () => { await deleteAccount(password); signedOut(); });
  };
  return (
    <>
      <Section title={t('export.title')} note={t('export.note')}>
        <p class="line">
          {FORMATS.map((format) => <a key={format} class="btn" href={`/api/ledger?format=${format}${acting}`} download>{t(`export.${format}`)}</a>)}
          <a class="btn" href="/api/export" download>{t('export.all')}</a>
        </p>
      </Section>
      <Log />
      <Section title={t('delete.title')} note={t('delete.note')}>
        {!asked ? <button type="button" class="btn bad" onClick={() => setAsked(true)}>{t('delete.ask')}</button> : (
          <form onSubmit={remove}>
            <p class="soft gap">{t('delete.text')}</p>
            <div class="line">
              <label>{t('password.current')}<input class="field" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} /></label>
              <button class="btn bad" disabled={busy || password === ''}>{t('delete.go')}</button>
              <button type="button" class="btn" onClick={() => setAsked(false)}>{t('cancel')}</button>
            </div>
          </form>
        )}
        {refusal && <div class="err gap" role="alert">{refusal}</div>}
      </Section>
    </>
  );
}

function Log() {
  const [open, setOpen] = useState(false);
  return (
    <Section title={t('log.title')} note={t('log.note')}>
      {open ? <Entries /> : <button type="button" class="btn" onClick={() => setOpen(true)}>{t('log.open')}</button>}
    </Section>
  );
}

function Entries() {
  const loaded = useLoad(audit, []);
  return (
    <Shown loaded={loaded} rows={4}>
      {(entries) => (
        <table class="mini">
          <tbody>
            {entries.map((one) => (
              <tr key={one.id}><td>{shortTime(Number(one.at_ns / 1_000_000n))}</td><td>{one.actor}</td><td><code>{one.action}</code> {one.subject}</td><td class="soft">{one.address}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </Shown>
  );
}
