// What passed a limit, by how much, and which rows did it.
import { type Alert, get, post } from '../api';
import { useApp } from '../app';
import { useTitle } from '../frame';
import { alertMonth, alertText, alertWhen, isHot } from '../alerts';
import { budgetAddress, dayOfPeriod } from '../budget';
import { shortDay } from '../dates';
import { t, tn } from '../i18n';
import { useLoad } from '../load';
import { AlertIcon } from '../parts/icons';
import { Empty, Shown, wordsFor } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { follow } from '../route';
import { Section } from '../parts/section';

const SNOOZE_DAYS = 7;

export function isOpen(alert: Alert): boolean {
  return alert.state === 'open' || alert.state === 'new';
}

// A budget's rows stand on its own page; a row that is no budget's, among those of its day.
function rowsAddress(alert: Alert): string | null {
  if (alert.transactions.length === 0) return null;
  const day = dayOfPeriod(alert.period);
  if (alert.budget_id && day) return budgetAddress(alert.budget_id, day);
  return alert.detail?.['category'] && alertMonth(alert) ? `/transactions?month=${alertMonth(alert)}&category=${String(alert.detail['category'])}`
    : `/transactions?row=${encodeURIComponent(alert.transactions[0]!)}`;
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
  const snooze = async () => {
    try {
      await post(`/api/alerts/${encodeURIComponent(alert.id)}/snooze?days=${SNOOZE_DAYS}`);
      say(tn('alert.snoozed', SNOOZE_DAYS));
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
          {rowsAddress(alert) !== null && <a href={rowsAddress(alert)!} onClick={follow}>{tn('rows', alert.transactions.length)}</a>}
          {alert.trace_id && config.awry_url && (
            <a href={`${config.awry_url}/trace/${alert.trace_id}`} target="_blank" rel="noopener">{t('why.trace')}</a>
          )}
          {isOpen(alert) && acting.may_edit && (
            <>
              <button type="button" class="linklike" onClick={() => void acknowledge()}>{t('alert.ack')}</button>
              <button type="button" class="linklike" onClick={() => void snooze()}>{t('alert.snooze')}</button>
            </>
          )}
          {alert.snoozed_until && <span class="soft">{t('alert.sleeps', { day: shortDay(alert.snoozed_until) })}</span>}
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
  const asleep = alerts.filter((alert) => alert.state === 'snoozed');
  const seen = alerts.filter((alert) => !isOpen(alert) && alert.state !== 'snoozed');
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
            {asleep.length > 0 && (
              <Section title={t('alerts.later')}>
                <ul class="alerts">{asleep.map((alert) => <AlertItem key={alert.id} alert={alert} onAck={loaded.reload} />)}</ul>
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
