// What went out by e-mail and webhook, and what did not.
import { deliveries } from '../../account_api';
import { shortTime } from '../../dates';
import { t, tn } from '../../i18n';
import { useLoad } from '../../load';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { said } from '../../said';

const SHOWN = 20;

export function Deliveries() {
  const loaded = useLoad(deliveries, []);
  return (
    <Section title={t('deliveries.title')} note={t('deliveries.note')}>
      <Shown loaded={loaded} rows={2}>
        {(all) => (all.length === 0 ? <p class="soft">{t('deliveries.none')}</p> : (
          <table class="mini">
            <tbody>
              {all.slice(0, SHOWN).map((one) => (
                <tr key={one.id}>
                  <td>{shortTime(Number((one.sent_ns || one.created_ns) / 1_000_000n))}</td>
                  <td>{one.subject} <span class="soft">{t(`channels.${one.channel}`)}</span>{one.error && <div class="over">{said(one.error)}</div>}</td>
                  <td class={one.state === 'failed' ? 'over' : ''}>{t(`deliveries.${one.state}`)}{one.attempts > 1 && <span class="note"> {tn('jobs.attempts', one.attempts)}</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </Shown>
    </Section>
  );
}
