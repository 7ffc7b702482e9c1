// Which model opens fraud cases, and how it did when it was tried.
import { shortTime } from '../../dates';
import { fraudModels } from '../../fraud_api';
import { formatNumber, t } from '../../i18n';
import { useLoad } from '../../load';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';

const SHOWN = 5;
const share = (value: number) => t('percent', { n: formatNumber(100 * value, { maximumFractionDigits: 1 }) });

export function FraudModels() {
  const loaded = useLoad(fraudModels, []);
  return (
    <Section title={t('model.title')} note={t('model.note')} link={['/fraud', t('nav.fraud')]}>
      <Shown loaded={loaded} rows={2}>
        {({ current, threshold, models }) => (
          <>
            <p data-model={current}>{current === 'rules' ? t('model.rules') : t('model.now', { version: current, threshold: formatNumber(threshold) })}</p>
            {models.length > 0 && (
              <table class="mini gap">
                <thead><tr><th>{t('model.version')}</th><th class="only-wide">{t('model.until')}</th><th>{t('model.frauds')}</th><th>{t('model.precision')}</th><th>{t('model.before')}</th></tr></thead>
                <tbody>
                  {models.slice(0, SHOWN).map((one) => (
                    <tr key={one.version}>
                      <td>{one.version === current ? <b>{one.version}</b> : one.version}</td><td class="only-wide">{shortTime(Number(one.trained_until_ns / 1_000_000n))}</td>
                      <td>{formatNumber(one.frauds)}</td><td>{share(one.candidate_precision)}</td><td>{share(one.current_precision)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </>
        )}
      </Shown>
    </Section>
  );
}
