// Password, second factor, and where one is logged in.
import { useState } from 'preact/hooks';
import { beginFactor, changePassword, confirmFactor, disableFactor, endOthers, endSession, freshBackupCodes, secondFactor, type Session, sessions } from '../../account_api';
import { useApp } from '../../app';
import { shortTime } from '../../dates';
import { t, tn } from '../../i18n';
import { useLoad } from '../../load';
import { QrCode } from '../../parts/qr_code';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { say } from '../../parts/toast';
import { useWork } from './acting';

const at = (ns: bigint) => shortTime(Number(ns / 1_000_000n));

export function Password() {
  const { config } = useApp();
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const { busy, refusal, run } = useWork();
  const send = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await changePassword(current, fresh);
      setCurrent('');
      setFresh('');
      say(t('password.changed'));
    });
  };
  return (
    <Section title={t('door.password')} note={t('password.note')}>
      <form class="line" onSubmit={send}>
        <label>{t('password.current')}<input class="field" type="password" autocomplete="current-password" required value={current} onInput={(event) => setCurrent(event.currentTarget.value)} /></label>
        <label>{t('password.new')}<input class="field" type="password" autocomplete="new-password" required minLength={config.password_bytes_min} value={fresh} onInput={(event) => setFresh(event.currentTarget.value)} /></label>
        <button class="btn" disabled={busy || current === '' || fresh === ''}>{t('password.change')}</button>
      </form>
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
    </Section>
  );
}

export function SecondFactor() {
  const loaded = useLoad(secondFactor, []);
  const [password, setPassword] = useState('');
  const [secret, setSecret] = useState<{ secret: string; uri: string } | null>(null);
  const [code, setCode] = useState('');
  const [backup, setBackup] = useState<string[] | null>(null);
  const { busy, refusal, run } = useWork();
  const enabled = loaded.value?.enabled ?? false;
  const done = (codes: string[] | null) => {
    setBackup(codes);
    setSecret(null);
    setPassword('');
    setCode('');
    loaded.reload();
  };
  const ask = (work: () => Promise<void>) => (event: Event) => { event.preventDefault(); void run(work); };
  return (
    <Section title={t('totp.title')} note={t(enabled ? 'totp.on' : 'totp.off')}>
      <Shown loaded={loaded} rows={1}>
        {(state) => (
          <>
            {backup !== null && (
              <div class="shown-once" role="status">
                <p><b>{t('totp.backup')}</b> {t('totp.backup.text')}</p>
                <ul class="codes">{backup.map((one) => <li key={one}><code>{one}</code></li>)}</ul>
                <button type="button" class="btn" onClick={() => setBackup(null)}>{t('totp.kept')}</button>
              </div>
            )}
            {secret !== null && (
              <form class="shown-once" onSubmit={ask(async () => { const codes = await confirmFactor(code.replace(/\s/g, '')); say(t('totp.enabled')); done(codes); })}>
                <p>{t('totp.scan')} <a href={secret.uri}>{t('totp.open')}</a></p>
                <QrCode text={secret.uri} label={t('totp.picture')} />
                <p><code class="secret">{secret.secret.replace(/(.{4})/g, '$1 ').trim()}</code></p>
                <div class="line">
                  <label>{t('totp.code')}<input class="field" inputMode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" required value={code} onInput={(event) => setCode(event.currentTarget.value)} /></label>
                  <button class="btn main" disabled={busy || code.replace(/\s/g, '').length !== 6}>{t('totp.confirm')}</button>
                  <button type="button" class="btn" onClick={() => setSecret(null)}>{t('cancel')}</button>
                </div>
              </form>
            )}
            {secret === null && (
              <form class="line" onSubmit={ask(async () => { if (!enabled) { setSecret(await beginFactor(password)); setPassword(''); } else done(await freshBackupCodes(password)); })}>
                <label>{t('password.current')}<input class="field" type="password" autocomplete="current-password" required value={password} onInput={(event) => setPassword(event.currentTarget.value)} /></label>
                <button class={enabled ? 'btn' : 'btn main'} disabled={busy || password === ''}>{t(enabled ? 'totp.fresh' : 'totp.enable')}</button>
                {enabled && <button type="button" class="btn bad" disabled={busy || password === ''} onClick={() => void run(async () => { await disableFactor(password); say(t('totp.disabled')); done(null); })}>{t('totp.disable')}</button>}
              </form>
            )}
            {enabled && <p class="note gap">{tn('totp.left', state.backup_codes_left)}</p>}
            {refusal && <div class="err gap" role="alert">{refusal}</div>}
          </>
        )}
      </Shown>
    </Section>
  );
}

export function Sessions() {
  const loaded = useLoad(sessions, []);
  const { busy, refusal, run } = useWork();
  const end = (one: Session) => run(async () => { await endSession(one.id); say(t('sessions.ended')); loaded.reload(); });
  return (
    <Section title={t('sessions.title')} note={t('sessions.note')}>
      <Shown loaded={loaded} rows={2}>
        {(list) => (
          <>
            <table class="mini wraps">
              <tbody>
                {list.map((one) => (
                  <tr key={one.id}>
                    <td>{one.agent || t('sessions.unknown')} {one.current && <span class="tag acc">{t('sessions.this')}</span>}</td>
                    <td class="soft">{one.address}</td>
                    <td class="soft">{t('sessions.seen', { time: at(one.seen_ns) })}</td>
                    <td>{!one.current && <button type="button" class="linklike" disabled={busy} onClick={() => void end(one)}>{t('sessions.end')}</button>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {list.length > 1 && <p class="gap"><button type="button" class="btn" disabled={busy} onClick={() => void run(async () => { await endOthers(); say(t('sessions.others_ended')); loaded.reload(); })}>{t('sessions.end_others')}</button></p>}
          </>
        )}
      </Shown>
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
    </Section>
  );
}
