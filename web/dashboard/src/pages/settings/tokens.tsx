// Keys for programs: shown once, kept as a hash, with a scope and an end.
import { useState } from 'preact/hooks';
import { makeToken, revokeToken, type Scope, SCOPES, tokens } from '../../account_api';
import { useApp } from '../../app';
import { shortTime } from '../../dates';
import { t, tn } from '../../i18n';
import { useLoad } from '../../load';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { say } from '../../parts/toast';
import { useWork } from './acting';

const at = (ns: bigint) => shortTime(Number(ns / 1_000_000n));
const DAYS = [30, 90, 365];

export function Tokens() {
  const { me } = useApp();
  const loaded = useLoad(tokens, []);
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [days, setDays] = useState('90');
  const [made, setMade] = useState('');
  const { busy, refusal, run } = useWork();
  const make = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const { token } = await makeToken(name.trim(), scope, days === '' ? null : Number(days));
      setMade(token);
      setName('');
      loaded.reload();
    });
  };
  const scopes = SCOPES.filter((one) => one !== 'admin' || me.role !== 'member');
  return (
    <Section title={t('tokens.title')} note={t('tokens.note')}>
      {made && (
        <div class="shown-once" role="status">
          <p><b>{t('tokens.made')}</b> {t('tokens.made.text')}</p>
          <p><code class="secret">{made}</code></p>
          <button type="button" class="btn" onClick={() => { void navigator.clipboard.writeText(made).then(() => say(t('tokens.copied')), () => {}); }}>{t('tokens.copy')}</button>{' '}
          <button type="button" class="btn" onClick={() => setMade('')}>{t('totp.kept')}</button>
        </div>
      )}
      <Shown loaded={loaded} rows={1}>
        {(list) => (list.length === 0 ? <p class="soft">{t('tokens.none')}</p> : (
          <table class="mini">
            <tbody>
              {list.map((one) => (
                <tr key={one.id}>
                  <td><b class="medium">{one.name}</b> <span class="tag">{t(`tokens.scope.${one.scope}`)}</span></td>
                  <td class="soft">{one.expires_ns === null ? t('tokens.forever') : t('tokens.until', { time: at(one.expires_ns) })}</td>
                  <td class="soft">{one.used_ns === null ? t('tokens.unused') : t('tokens.used', { time: at(one.used_ns) })}</td>
                  <td><button type="button" class="linklike" disabled={busy} onClick={() => void run(async () => { await revokeToken(one.id); say(t('tokens.revoked', { name: one.name })); loaded.reload(); })}>{t('tokens.revoke')}</button></td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </Shown>
      <form class="line gap" onSubmit={make}>
        <label>{t('tokens.name')}<input class="field" required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
        <label>{t('tokens.scope')}<select class="field" value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
          {scopes.map((one) => <option key={one} value={one}>{t(`tokens.scope.${one}`)}</option>)}</select></label>
        <label>{t('tokens.days')}<select class="field" value={days} onChange={(event) => setDays(event.currentTarget.value)}>
          {DAYS.map((n) => <option key={n} value={String(n)}>{tn('tokens.n_days', n)}</option>)}<option value="">{t('tokens.forever')}</option></select></label>
        <button class="btn" disabled={busy || name.trim() === ''}>{t('tokens.make')}</button>
      </form>
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
    </Section>
  );
}
