// Settings: how it looks and speaks, who may come in, whom it tells, and how to take everything along.
import { useApp } from '../app';
import { useTitle } from '../frame';
import { currentLanguage, type Language, LANGUAGES, t } from '../i18n';
import { choose, setTheme, theme, type Theme } from '../look';
import { Section } from '../parts/section';
import { useState } from 'preact/hooks';
import { Accounts } from './settings/accounts';
import { Channels } from './settings/channels';
import { Deliveries } from './settings/deliveries';
import { FraudModels } from './settings/fraud_models';
import { Jobs } from './settings/jobs';
import { Leaving } from './settings/leaving';
import { Password, SecondFactor, Sessions } from './settings/safety';
import { Household } from './settings/household';
import { Tokens } from './settings/tokens';

export function SettingsPage() {
  const { me, acting } = useApp();
  useTitle(t('nav.settings'));
  const owner = me.role === undefined || me.role === 'owner';
  return (
    <>
      <div class="head"><div><h1>{t('settings.title', { name: me.name })}</h1><p>{t('settings.text')}</p></div></div>
      <Look />
      {acting.may_edit && <Accounts key={`accounts-${acting.id}`} />}
      {acting.may_edit && <Channels key={acting.id} />}
      {acting.may_edit && <Deliveries />}
      <Section title={t('bank.title')} note={t('bank.connect.note')} link={['/bank', t('settings.open')]}><p class="soft">{t('bank.text')}</p></Section>
      <FraudModels />
      <Password />
      <SecondFactor />
      <Sessions />
      <Tokens />
      <Household owner={owner} />
      {owner && <Jobs />}
      <Leaving />
    </>
  );
}

function Look() {
  const [chosen, setChosen] = useState<Theme>(theme);
  const pick = (wanted: Theme) => { setTheme(wanted); setChosen(wanted); };
  return (
    <Section title={t('settings.look')} note={t('settings.look.note')}>
      <div class="line">
        <label>{t('settings.language')}
          <select class="field" name="language" value={currentLanguage()} onChange={(event) => void choose(event.currentTarget.value as Language)}>
            {(Object.keys(LANGUAGES) as Language[]).map((id) => <option key={id} value={id} lang={id}>{LANGUAGES[id].name}</option>)}
          </select></label>
        <label>{t('settings.theme')}
          <select class="field" name="theme" value={chosen} onChange={(event) => pick(event.currentTarget.value as Theme)}>
            {(['system', 'light', 'dark'] as const).map((id) => <option key={id} value={id}>{t(`settings.theme.${id}`)}</option>)}
          </select></label>
      </div>
    </Section>
  );
}
