// Where alerts go besides this page, which ones, and when not.
import { useState } from 'preact/hooks';
import { ALERT_KINDS, type Channel, channels, type Channels as Setting, saveChannels, testChannel } from '../../account_api';
import { weekdayNames } from '../../dates';
import { currentLanguage, formatNumber, type Language, LANGUAGES, t } from '../../i18n';
import { useLoad } from '../../load';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { say } from '../../parts/toast';
import { useWork } from './acting';

// Empty times are none: the service has no null here.
const NO_QUIET = { from: '', until: '' };
const NO_PUSH = { enabled: false, service: 'ntfy', url: '' } as const;

export function Channels() {
  const loaded = useLoad(channels, []);
  return (
    <Section title={t('channels.title')} note={t('channels.note')}>
      <Shown loaded={loaded} rows={3}>{(stored) => <Editor key={JSON.stringify(stored)} stored={stored} onSaved={loaded.replace} />}</Shown>
    </Section>
  );
}

function Editor({ stored, onSaved }: { stored: Setting; onSaved: (setting: Setting) => void }) {
  // Nobody is written to before a channel is on: until then the language is this page's.
  const isOn = stored.email.enabled || stored.webhook.enabled || stored.push?.enabled;
  const [setting, setSetting] = useState(isOn ? stored : { ...stored, language: currentLanguage() });
  const { busy, refusal, run } = useWork();
  const set = (part: Partial<Setting>) => setSetting({ ...setting, ...part });
  const { email, webhook, weekly } = setting;
  const quiet = setting.quiet?.from ? setting.quiet : null;
  const save = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      onSaved(await saveChannels({ ...setting, utc_offset_minutes: -new Date().getTimezoneOffset() }));
      say(t('channels.saved'));
    });
  };
  const push: NonNullable<Setting['push']> = setting.push ?? NO_PUSH;
  const setPush = (part: Partial<typeof push>) => set({ push: { ...push, ...part } });
  const attempt = (channel: Channel) => run(async () => { await testChannel(channel); say(t('channels.tested')); });
  const mailAway = setting.email_available === false;
  return (
    <form onSubmit={save} class="channels">
      <div class="line">
        <label class="check"><input type="checkbox" checked={email.enabled} disabled={mailAway} onChange={(event) => set({ email: { ...email, enabled: event.currentTarget.checked } })} /> {t('channels.email')}</label>
        <label>{t('channels.address')}<input class="field" type="email" maxLength={254} disabled={mailAway} value={email.address} onInput={(event) => set({ email: { ...email, address: event.currentTarget.value } })} /></label>
        <button type="button" class="btn" disabled={busy || mailAway || !stored.email.enabled} onClick={() => void attempt('email')}>{t('channels.test')}</button>
        {mailAway && <span class="note">{t('channels.no_mail')}</span>}
      </div>
      <div class="line">
        <label class="check"><input type="checkbox" checked={webhook.enabled} onChange={(event) => set({ webhook: { ...webhook, enabled: event.currentTarget.checked } })} /> {t('channels.webhook')}</label>
        <label>{t('channels.url')}<input class="field" type="url" maxLength={2000} value={webhook.url} onInput={(event) => set({ webhook: { ...webhook, url: event.currentTarget.value } })} /></label>
        <label>{t(webhook.secret_set ? 'channels.secret_set' : 'channels.secret')}<input class="field" type="password" autocomplete="off" maxLength={200} value={webhook.secret ?? ''}
          onInput={(event) => { const { secret: _old, ...rest } = webhook; const secret = event.currentTarget.value; set({ webhook: secret ? { ...rest, secret } : rest }); }} /></label>
        <button type="button" class="btn" disabled={busy || !stored.webhook.enabled} onClick={() => void attempt('webhook')}>{t('channels.test')}</button>
      </div>
      <div class="line">
        <label class="check"><input type="checkbox" checked={push.enabled} onChange={(event) => setPush({ enabled: event.currentTarget.checked })} /> {t('channels.push')}</label>
        <label>{t('channels.push_service')}<select class="field" value={push.service} onChange={(event) => setPush({ service: event.currentTarget.value as 'ntfy' | 'gotify' })}>
          <option value="ntfy">ntfy</option><option value="gotify">Gotify</option></select></label>
        <label>{t(push.service === 'ntfy' ? 'channels.push_topic' : 'channels.push_server')}<input class="field" type="url" maxLength={2000} value={push.url} onInput={(event) => setPush({ url: event.currentTarget.value })} /></label>
        <label>{t(push.token_set ? 'channels.token_set' : 'channels.token')}<input class="field" type="password" autocomplete="off" maxLength={200} value={push.token ?? ''}
          onInput={(event) => { const { token: _old, ...rest } = push; const token = event.currentTarget.value; set({ push: token ? { ...rest, token } : rest }); }} /></label>
        <button type="button" class="btn" disabled={busy || !stored.push?.enabled} onClick={() => void attempt('push')}>{t('channels.test')}</button>
      </div>
      <fieldset class="kinds"><legend class="note">{t('channels.kinds')}</legend>
        {ALERT_KINDS.map((kind) => (
          <label class="check" key={kind}><input type="checkbox" checked={setting.kinds[kind] ?? true} onChange={(event) => set({ kinds: { ...setting.kinds, [kind]: event.currentTarget.checked } })} /> {t(`alert.kind.${kind}`)}</label>
        ))}
      </fieldset>
      <div class="line">
        <label class="check"><input type="checkbox" checked={quiet !== null} onChange={(event) => set({ quiet: event.currentTarget.checked ? { from: '22:00', until: '07:00' } : NO_QUIET })} /> {t('channels.quiet')}</label>
        {quiet && (
          <>
            <label>{t('channels.from')}<input class="field" type="time" required value={quiet.from} onInput={(event) => set({ quiet: { ...quiet, from: event.currentTarget.value } })} /></label>
            <label>{t('channels.until')}<input class="field" type="time" required value={quiet.until} onInput={(event) => set({ quiet: { ...quiet, until: event.currentTarget.value } })} /></label>
          </>
        )}
      </div>
      <div class="line">
        <label>{t('channels.language')}<select class="field" value={setting.language ?? 'en'} onChange={(event) => set({ language: event.currentTarget.value })}>
          {(Object.keys(LANGUAGES) as Language[]).map((tag) => <option key={tag} value={tag}>{LANGUAGES[tag].name}</option>)}</select></label>
      </div>
      <div class="line">
        <label class="check"><input type="checkbox" checked={weekly.enabled} onChange={(event) => set({ weekly: { ...weekly, enabled: event.currentTarget.checked } })} /> {t('channels.weekly')}</label>
        <label>{t('channels.day')}<select class="field" value={String(weekly.weekday)} onChange={(event) => set({ weekly: { ...weekly, weekday: Number(event.currentTarget.value) } })}>
          {weekdayNames().map((name, i) => <option key={name} value={String(i + 1)}>{name}</option>)}</select></label>
        <label>{t('channels.hour')}<select class="field" value={String(weekly.hour)} onChange={(event) => set({ weekly: { ...weekly, hour: Number(event.currentTarget.value) } })}>
          {Array.from({ length: 24 }, (_unused, hour) => <option key={hour} value={String(hour)}>{formatNumber(hour, { minimumIntegerDigits: 2 })}:00</option>)}</select></label>
      </div>
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
      <p class="after"><button class="btn main" disabled={busy}>{t('channels.save')}</button></p>
    </form>
  );
}
