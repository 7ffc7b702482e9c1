// Two doors: look at the sample, or bring a file.
import { useState } from 'preact/hooks';
import { ask, type ActingRight } from '../api';
import { useApp } from '../app';
import { useTitle } from '../frame';
import { t } from '../i18n';
import { useRepeat } from '../load';
import { ErrorBox } from '../parts/states';
import { go } from '../route';
import { FileDoor, handOver } from './import';

async function switchSample(enabled: boolean): Promise<ActingRight[]> {
  return (await ask<{ users: ActingRight[] }>('POST', '/api/sample', { body: { enabled } })).users;
}

function SampleDoor() {
  const { me, config, actAs, refresh } = useApp();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  const open = me.users.some((user) => user.sample);
  if (!config.has_sample) return null;
  const change = async (enabled: boolean) => {
    setBusy(true);
    setError(undefined);
    try {
      if (!enabled) actAs(me.user_id);
      const users = await switchSample(enabled);
      await refresh();
      const first = users.find((user) => user.sample && user.id === 'user123') ?? users.find((user) => user.sample);
      if (enabled && first) {
        actAs(first.id);
        go('/');
      }
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="door first">
      <div>
        <h2>{t('welcome.sample')}</h2>
        <p>{t('welcome.sample.text')}</p>
        <p class="note">{t('welcome.sample.note')}</p>
        {error !== undefined && <ErrorBox error={error} />}
      </div>
      <div class="go">
        <button type="button" class="btn main big" disabled={busy} onClick={() => void change(true)}>{t('welcome.sample.open')}</button>
        {open && (
          <button type="button" class="btn big" disabled={busy} onClick={() => void change(false)}>{t('welcome.sample.remove')}</button>
        )}
      </div>
    </section>
  );
}

export function Welcome() {
  const { me, actAs, config, refreshConfig } = useApp();
  useRepeat(!config.has_sample, 3000, refreshConfig); // it may still be in the making
  useTitle(t('welcome.short'));
  const take = (file: File) => {
    actAs(me.user_id); // a statement is one's own, never the sample's
    handOver(file);
    go('/import');
  };
  return (
    <div class="wide-door">
      <div class="head"><div><h1>{t('welcome.title')}</h1><p>{t('welcome.text')}</p></div></div>
      <div class="doors">
        <SampleDoor />
        <section class="door">
          <div>
            <h2>{t('welcome.import')}</h2>
            <p>{t('welcome.import.text')}</p>
            <p class="note">{t('welcome.import.note')}</p>
          </div>
          <FileDoor onFile={take} />
        </section>
        <section class="door">
          <div>
            <h2>{t('bank.connect')}</h2>
            <p>{t('bank.text')}</p>
            <p class="note">{t('welcome.bank.note')}</p>
          </div>
          <div class="go"><button type="button" class="btn big" onClick={() => { actAs(me.user_id); go('/bank'); }}>{t('bank.connect')}</button></div>
        </section>
      </div>
    </div>
  );
}
