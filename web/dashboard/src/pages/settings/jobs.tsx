// The queues behind the pages: what waits, and what was given up and can be tried again.
import { decideJob, type Job, jobs, type JobService } from '../../account_api';
import { useApp } from '../../app';
import { shortTime } from '../../dates';
import { formatNumber, t, tn } from '../../i18n';
import { useLoad } from '../../load';
import { Section } from '../../parts/section';
import { Shown } from '../../parts/states';
import { say } from '../../parts/toast';
import { useWork } from './acting';

const COUNTS = ['ready', 'leased', 'dead', 'done', 'failed_attempts'] as const;
const LESS = new Set<string>(['done', 'failed_attempts']); // a phone has no room for them

export function Jobs() {
  const loaded = useLoad(jobs, []);
  return (
    <Section title={t('jobs.title')} note={t('jobs.note')}>
      <Shown loaded={loaded} rows={3}>
        {(services) => (
          <>
            <table class="mini jobs">
              <thead><tr><th>{t('jobs.service')}</th>{COUNTS.map((name) => <th key={name} class={LESS.has(name) ? 'only-wide' : ''}>{t(`jobs.${name}`)}</th>)}</tr></thead>
              <tbody>
                {services.map((one) => (
                  <tr key={one.service}>
                    <td>{one.service} {!one.available && <span class="tag over">{t('jobs.away')}</span>}</td>
                    {COUNTS.map((name) => <td key={name} class={name === 'dead' && (one.counts[name] ?? 0) > 0 ? 'over' : LESS.has(name) ? 'only-wide' : ''}>{formatNumber(one.counts[name] ?? 0)}</td>)}
                  </tr>
                ))}
              </tbody>
            </table>
            <p class="gap"><button type="button" class="linklike" onClick={loaded.reload}>{t('jobs.again')}</button></p>
            {services.filter((one) => one.jobs.length > 0).map((one) => <Dead key={one.service} service={one} onChange={loaded.reload} />)}
          </>
        )}
      </Shown>
    </Section>
  );
}

function Dead({ service, onChange }: { service: JobService; onChange: () => void }) {
  const { config } = useApp();
  const { busy, refusal, run } = useWork();
  const decide = (job: Job, verdict: 'retry' | 'drop') => run(async () => {
    await decideJob(service.service, job.id, verdict);
    say(t(verdict === 'retry' ? 'jobs.retried' : 'jobs.dropped'));
    onChange();
  });
  return (
    <>
      <h3>{tn('jobs.given_up', service.jobs.length, { service: service.service })}</h3>
      <table class="mini">
        <tbody>
          {service.jobs.map((job) => (
            <tr key={job.id}>
              <td>{shortTime(Number(job.run_at_ns / 1_000_000n))}</td>
              <td>{job.kind} <span class="soft">{job.key}</span><div class="over">{job.error}</div></td>
              <td>{tn('jobs.attempts', job.attempts)}</td>
              <td>
                {job.trace_id && config.awry_url && <a href={`${config.awry_url}/trace/${job.trace_id}`} target="_blank" rel="noopener">{t('why.trace')}</a>}{' '}
                <button type="button" class="linklike" disabled={busy} onClick={() => void decide(job, 'retry')}>{t('error.retry')}</button>{' '}
                <button type="button" class="linklike" disabled={busy} onClick={() => void decide(job, 'drop')}>{t('jobs.drop')}</button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {refusal && <div class="err gap" role="alert">{refusal}</div>}
    </>
  );
}
