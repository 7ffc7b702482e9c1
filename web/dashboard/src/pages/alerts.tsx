// What passed a limit, by how much, and which rows did it.
import { type Alert, get, post } from '../api';
import { useApp } from '../app';
import { useTitle } from '../frame';
import { alertText, alertWhen, isHot } from '../alerts';
import { isMonth } from '../dates';
import { t, tn } from '../i18n';
import { useLoad } from '../load';
import { AlertIcon } from '../parts/icons';
import { Empty, Shown, wordsFor } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { follow } from '../route';
import { Section } from '../parts/section';

export function isOpen(alert: Alert): boolean {
  return alert.state === 'open' || alert.state === 'new';
}

export function AlertItem({ alert, onAck }: { alert: Alert; onAck: () => void }) {
  const { config, acting } = useApp();
  const acknowledge = async () => {
    try {
      await post(`/api/alerts/${encodeURIComponent(alert.id)}/ack`);
      say(t('alert.acked'));
      onAck();
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      sayError(`${what} ${more}`);
    }
  };
  return (
    <li class="al" data-id={alert.id}>
      <span class={isHot(alert) ? 'over' : 'up'}><AlertIcon /></span>
      <div>
        <p><b>{alertText(alert)}</b></p>
        {alertWhen(alert) && <p>{alertWhen(alert)}</p>}
        <div class="acts">
          {isMonth(alert.period) && alert.transactions.length > 0 && (
            <a href={`/transactions?month=${alert.period}`} onClick={follow}>{tn('rows', alert.transactions.length)}</a>
          )}
          {alert.trace_id && config.awry_url && (
            <a href={`${config.awry_url}/trace/${alert.trace_id}`} target="_blank" rel="noopener">{t('why.trace')}</a>
          )}
          {isOpen(alert) && acting.may_edit && (
            <button type="button" class="linklike" onClick={() => void acknowledge()}>{t('alert.ack')}</button>
          )}
        </div>
      </div>
    </li>
  );
}

export function AlertsPage() {
  const loaded = useLoad((signal) => get<{ alerts: Alert[] }>('/api/alerts', {}, signal), []);
  useTitle(t('nav.alerts'));
  const alerts = loaded.value?.alerts ?? [];
  const open = alerts.filter(isOpen);
  const seen = alerts.filter((alert) => !isOpen(alert));
  return (
    <>
      <div class="head"><div><h1>{loaded.value ? tn('alerts.title', open.length) : t('nav.alerts')}</h1><p>{t('alerts.text')}</p></div></div>
      <Shown loaded={loaded} rows={4}>
        {() => (
          <>
            {alerts.length === 0 && (
              <Empty title={t('alerts.none')}>
                <p>{t('alerts.none.text')}</p>
                <a class="btn main" href="/budgets" onClick={follow}>{t('nav.budgets')}</a>
              </Empty>
            )}
            {open.length > 0 && (
              <Section title={t('alerts.open')}>
                <ul class="alerts">{open.map((alert) => <AlertItem key={alert.id} alert={alert} onAck={loaded.reload} />)}</ul>
              </Section>
            )}
            {seen.length > 0 && (
              <Section title={t('alerts.seen')}>
                <ul class="alerts">{seen.map((alert) => <AlertItem key={alert.id} alert={alert} onAck={loaded.reload} />)}</ul>
              </Section>
            )}
          </>
        )}
      </Shown>
    </>
  );
}
