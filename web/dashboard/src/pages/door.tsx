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

export function FirstVisit({ config, onEnter }: { config: Config; onEnter: () => Promise<void> }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const form = useForm(async () => {
    if (password !== again) throw new ApiError(400, 'INVALID_ARGUMENT', t('door.differ'));
    await post('/api/setup', { name, password });
    await onEnter();
  });
  return (
    <Door title={t('first.title')} text={t('first.text')}>
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
        {form.refusal && <div class="err" role="alert">{form.refusal}</div>}
        <button class="btn main big" disabled={form.busy}>{t('first.go')}</button>
      </form>
    </Door>
  );
}

export function LogIn({ onEnter }: { onEnter: () => Promise<void> }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm(async () => {
    await post('/api/session', { name, password });
    await onEnter();
  });
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
