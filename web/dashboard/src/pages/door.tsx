// The first visit makes the owner; later visits log in.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError, type Config, post } from '../api';
import { t } from '../i18n';
import { HouseIcon } from '../parts/icons';
import { wordsFor } from '../parts/states';

function Door({ title, text, children }: { title: string; text: string; children: ComponentChildren }) {
  return (
    <>
      <header class="top"><div><span class="house"><HouseIcon />{t('product')}</span></div></header>
      <main class="page" id="main">
        <div class="narrow">
          <div class="head"><div><h1>{title}</h1><p>{text}</p></div></div>
          {children}
        </div>
      </main>
    </>
  );
}

// A refusal in the server's own words, or what went wrong on the way.
function refusalOf(failure: unknown): string {
  if (failure instanceof ApiError && failure.status >= 400 && failure.status < 500 && failure.message) return failure.message;
  const { what, more } = wordsFor(failure);
  return `${what} ${more}`.trim();
}

function useForm(send: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setRefusal('');
    try {
      await send();
    } catch (failure) {
      setRefusal(refusalOf(failure));
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, setRefusal, submit };
}

function Field({ label, note, children }: { label: string; note?: string; children: ComponentChildren }) {
  return <label class="labelled"><span>{label}</span>{children}{note && <span class="note">{note}</span>}</label>;
}

// The code of an invitation's link; it stands behind the # so that no server ever logs it.
export function invitationCode(): string {
  return location.pathname === '/invitation' ? decodeURIComponent(location.hash.slice(1)) : '';
}

export function FirstVisit({ config, invitation = '', onEnter }: { config: Config; invitation?: string; onEnter: () => Promise<void> }) {
  const [setupCode, setSetupCode] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const form = useForm(async () => {
    if (password !== again) throw new ApiError(400, 'INVALID_ARGUMENT', t('door.differ'));
    if (invitation !== '') await post('/api/invitations/accept', { code: invitation, name, password });
    else await post('/api/setup', { name, password, ...(config.setup_code_needed && { setup_code: setupCode.trim() }) });
    await onEnter();
  });
  return (
    <Door title={t(invitation ? 'invited.title' : 'first.title')} text={t(invitation ? 'invited.text' : 'first.text')}>
      <form class="stack" onSubmit={form.submit}>
        <Field label={t('door.name')}>
          <input class="field" name="name" autocomplete="username" required maxLength={200} autofocus value={name}
            onInput={(event) => setName(event.currentTarget.value)} />
        </Field>
        <Field label={t('door.password')} note={t('first.password', { n: config.password_bytes_min })}>
          <input class="field" type="password" name="password" autocomplete="new-password" required
            minLength={config.password_bytes_min} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </Field>
        <Field label={t('door.again')}>
          <input class="field" type="password" name="again" autocomplete="new-password" required value={again}
            onInput={(event) => setAgain(event.currentTarget.value)} />
        </Field>
        {config.setup_code_needed && invitation === '' && (
          <Field label={t('first.code')} note={t('first.code.note')}>
            <input class="field" name="setup_code" autocomplete="off" required value={setupCode} onInput={(event) => setSetupCode(event.currentTarget.value)} />
          </Field>
        )}
        {form.refusal && <div class="err" role="alert">{form.refusal}</div>}
        <button class="btn main big" disabled={form.busy}>{t('first.go')}</button>
      </form>
    </Door>
  );
}

// A second factor is asked for when the password was right.
interface Challenge {
  second_factor?: 'totp';
  challenge?: string;
}

export function LogIn({ onEnter }: { onEnter: () => Promise<void> }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [challenge, setChallenge] = useState('');
  const [code, setCode] = useState('');
  const form = useForm(async () => {
    if (challenge !== '') {
      await post('/api/session/code', { challenge, code: code.trim() });
      await onEnter();
      return;
    }
    const answer = await post<Challenge>('/api/session', { name, password });
    if (answer.second_factor) setChallenge(answer.challenge ?? '');
    else await onEnter();
  });
  if (challenge !== '') {
    return (
      <Door title={t('login.code.title')} text={t('login.code.text')}>
        <form class="stack" onSubmit={form.submit}>
          <Field label={t('login.code')} note={t('login.code.note')}>
            <input class="field" name="code" autocomplete="one-time-code" required autofocus maxLength={40} value={code}
              onInput={(event) => setCode(event.currentTarget.value)} />
          </Field>
          {form.refusal && <div class="err" role="alert">{form.refusal}</div>}
          <button class="btn main big" disabled={form.busy}>{t('login.go')}</button>
          <button type="button" class="btn big" onClick={() => { setChallenge(''); setPassword(''); setCode(''); }}>{t('cancel')}</button>
        </form>
      </Door>
    );
  }
  return (
    <Door title={t('login.title')} text={t('login.text')}>
      <form class="stack" onSubmit={form.submit}>
        <Field label={t('door.name')}>
          <input class="field" name="name" autocomplete="username" required autofocus value={name}
            onInput={(event) => setName(event.currentTarget.value)} />
        </Field>
        <Field label={t('door.password')}>
          <input class="field" type="password" name="password" autocomplete="current-password" required value={password}
            onInput={(event) => setPassword(event.currentTarget.value)} />
        </Field>
        {form.refusal && <div class="err" role="alert">{form.refusal}</div>}
        <button class="btn main big" disabled={form.busy}>{t('login.go')}</button>
      </form>
    </Door>
  );
}
