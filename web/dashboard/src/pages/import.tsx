// A file in four steps: choose, look at every row, write, see what came of it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, get, type ImportState, post, type Preview, type StartedImport } from '../api';
import { useApp } from '../app';
import { shortTime } from '../dates';
import { householdName, useTitle } from '../frame';
import { formatNumber, t, tn, type Key } from '../i18n';
import { useLoad, useRepeat } from '../load';
import { isUnsure } from '../parts/chip';
import { Empty, ErrorBox, Shown } from '../parts/states';
import { AccountChoice } from '../parts/account_choice';
import { Ask, isWritten, type Overrules, PreviewRows } from '../parts/import_preview';
import { FileAccounts } from '../parts/file_accounts';
import { ReadingSheet } from '../parts/import_reading';
import { profileOf, questions, type Reading, readingOf } from '../reading';
import { follow } from '../route';
import { said } from '../said';
import { fetchRows } from '../rows';
import { Section } from '../parts/section';

// A file chosen on another page waits here for this one.
let waiting: File | null = null;
export function handOver(file: File): void {
  waiting = file;
}

type Step =
  | { at: 'choose' }
  | { at: 'reading'; file: File }
  | { at: 'preview'; file: File; preview: Preview; reading: Reading; account: string }
  | { at: 'running'; file: File; preview: Preview; state: ImportState; startedAt: number }
  | { at: 'result'; file: File; preview: Preview; state: ImportState; seconds: number };

export function FileDoor({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => { if (files?.[0]) onFile(files[0]); };
  return (
    <div class="go">
      <div class={over ? 'drop over-it' : 'drop'} data-drop
        onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
        onDrop={(event) => { event.preventDefault(); setOver(false); take(event.dataTransfer?.files); }}>
        {t('import.drop')}
      </div>
      <input ref={input} class="vh" type="file" tabIndex={-1} aria-label={t('import.choose')} accept=".csv,.tsv,.txt,.ofx,.qfx,.qif,.xml,.sta,.mt940,.940,.json"
        onChange={(event) => { take(event.currentTarget.files); event.currentTarget.value = ''; }} />
      <button type="button" class="btn big" onClick={() => input.current?.click()}>{t('import.choose')}</button>
    </div>
  );
}

const writes = (preview: Preview) => (preview.counts['new'] ?? 0) + (preview.counts['match'] ?? 0) + (preview.counts['transfer'] ?? 0);

// What a person ticked or unticked counts as they said.
function toWrite(preview: Preview, overrules: Overrules): number {
  let count = writes(preview);
  for (const row of preview.rows) {
    const decided = row.number === undefined ? undefined : overrules.get(row.number);
    if (decided !== undefined) count += Number(decided !== 'skip') - Number(isWritten(row));
  }
  return count;
}

const POLL_MS = 400;

export function ImportPage() {
  const { acting, me, config } = useApp();
  const [step, setStep] = useState<Step>({ at: 'choose' });
  const [error, setError] = useState<unknown>(undefined);
  const [overrules, setOverrules] = useState<Overrules>(new Map());
  const earlier = useLoad((signal) => get<{ imports: StartedImport[] }>('/api/imports', {}, signal), []);
  useTitle(t('nav.import'));

  // By `reading`; the first time as the last file of this form, and into the account that one went to.
  const read = async (file: File, reading: Reading | null = null, account = '', files: Record<string, string> | null = null) => {
    setError(undefined);
    if (file.size > config.import_bytes_max) {
      setError(new Error(t('import.too_large')));
      return;
    }
    setStep({ at: 'reading', file });
    try {
      const query = { name: file.name, profile: profileOf(reading ?? {}), account, saved: reading === null ? '' : '0',
        file_accounts: files === null ? '' : JSON.stringify(files) };
      let preview = await ask<Preview>('POST', '/api/imports', { file, query });
      const before = preview.reading?.account_before ?? '';
      if (account === '' && before !== '' && before !== preview.account) {
        // That account may be gone by now: then this preview stays.
        preview = await ask<Preview>('POST', '/api/imports', { file, query: { ...query, account: before } }).catch(() => preview);
      }
      setOverrules(new Map());
      setStep({ at: 'preview', file, preview, reading: reading ?? readingOf(preview.reading?.profile ?? ''), account: preview.account ?? account });
    } catch (failure) {
      setError(failure);
      setStep(step.at === 'preview' ? step : { at: 'choose' }); // a choice that does not fit changes nothing
    }
  };
  useEffect(() => {
    const file = waiting;
    waiting = null;
    if (file) void read(file);
  }, []);

  const confirm = async (file: File, preview: Preview) => {
    setError(undefined);
    try {
      const rows = [...overrules].map(([number, outcome]) => ({ number, outcome }));
      const state = await post<ImportState>(`/api/imports/${encodeURIComponent(preview.import_id)}/confirm`, rows.length > 0 ? { rows } : undefined);
      setStep({ at: 'running', file, preview, startedAt: performance.now(),
        state: { ...state, import_id: preview.import_id, done: state.done ?? 0, total: state.total ?? toWrite(preview, overrules), state: state.state ?? 'running' } });
    } catch (failure) {
      setError(failure);
    }
  };
  useEffect(() => {
    if (step.at !== 'running') return undefined;
    const timer = setTimeout(async () => {
      try {
        const state = await get<ImportState>(`/api/imports/${encodeURIComponent(step.preview.import_id)}`);
        setError(undefined);
        if (state.state === 'running') setStep({ ...step, state });
        else {
          setStep({ at: 'result', file: step.file, preview: step.preview, state, seconds: (performance.now() - step.startedAt) / 1000 });
          earlier.reload();
        }
      } catch (failure) {
        setError(failure);
        setStep({ ...step }); // ask again; the import itself goes on
      }
    }, POLL_MS);
    return () => clearTimeout(timer);
  }, [step]);
  const again = (answer: Reading) => {
    if (step.at !== 'preview') return;
    const { columns, ...rest } = step.reading;
    // Other cells or lines have other columns.
    const kept = 'delimiter' in answer || 'skip' in answer || columns === undefined ? rest : step.reading;
    const files = step.preview.file_accounts?.map((file) => [file.name, file.account]);
    void read(step.file, { ...kept, ...answer }, step.account, files ? Object.fromEntries(files) : null);
  };
  const restart = () => { setError(undefined); setStep({ at: 'choose' }); };

  return (
    <>
      {step.at === 'choose' && <Head title={t('import.title')} text={t('import.into', { house: householdName(acting, me) })} />}
      {step.at === 'reading' && <Head title={t('import.reading')} text={step.file.name} />}
      {step.at === 'preview' && (
        <Head title={readyTitle(step.preview)} text={`${step.file.name} · ${tn('rows', step.preview.rows.length)} · ${t('import.nothing_written')}`} />
      )}
      {step.at === 'running' && <Head title={t('import.running')} text={step.file.name} />}
      {step.at !== 'result' && <Steps at={step.at} />}
      {error !== undefined && <p class="gap"><ErrorBox error={error} /></p>}
      {step.at === 'choose' && acting.may_edit && <div class="file-door"><FileDoor onFile={(file) => void read(file)} /><p class="note">{t('welcome.import.note')}</p></div>}
      {step.at === 'reading' && <progress class="progress" aria-label={t('import.reading')} />}
      {step.at === 'preview' && (
        <>
          {step.preview.file_accounts ? (
            <FileAccounts files={step.preview.file_accounts} onChoose={(files) => void read(step.file, step.reading, step.account, files)} />
          ) : <AccountChoice value={step.account} onChoose={(id) => void read(step.file, step.reading, id)} />}
          <Ask preview={step.preview} onAnswer={(answer) => again(answer)} />
          {step.preview.reading && (
            <ReadingSheet preview={{ ...step.preview, reading: step.preview.reading }} chosen={step.reading} onChange={again}
              onForget={() => void read(step.file, {}, step.account)} />
          )}
          <PreviewRows preview={step.preview} overrules={overrules} onOverrule={setOverrules} />
        </>
      )}
      {step.at === 'preview' && (
        <div class="act">
          <span class="grow">{summaryOf(step.preview)}</span>
          <button type="button" class="btn big" onClick={restart}>{t('cancel')}</button>
          <button type="button" class="btn main big" disabled={toWrite(step.preview, overrules) === 0 || questions(step.preview) > 0} data-confirm
            onClick={() => void confirm(step.file, step.preview)}>{tn('import.go', toWrite(step.preview, overrules))}</button>
        </div>
      )}
      {step.at === 'running' && <Progress state={step.state} startedAt={step.startedAt} />}
      {step.at === 'result' && <ImportResult step={step} onAnother={restart} onReverted={() => { restart(); earlier.reload(); }} />}
      {(step.at === 'choose' || step.at === 'result') && (
        <Shown loaded={earlier} rows={2}>{(value) => <Earlier imports={value.imports} onChanged={earlier.reload} />}</Shown>
      )}
    </>
  );
}

function Head({ title, text }: { title: string; text: string }) {
  return <div class="head"><div><h1>{title}</h1><p>{text}</p></div></div>;
}

function readyTitle(preview: Preview): string {
  const open = questions(preview);
  const ready = tn('import.ready', writes(preview));
  return open === 0 ? ready : tn('ask.title', open, { ready });
}

const STEPS: [Step['at'][], Key][] = [
  [['choose'], 'import.step.file'], [['reading', 'preview'], 'import.step.preview'], [['running', 'result'], 'import.step.result'],
];

function Steps({ at }: { at: Step['at'] }) {
  const current = STEPS.findIndex(([names]) => names.includes(at));
  return (
    <ol class="steps">
      {STEPS.map(([, name], i) => (
        <li key={name} class={i < current ? 'ok' : ''} {...(i === current && { 'aria-current': 'step' as const })}>
          <b>{i < current ? '✓' : i + 1}</b><span>{t(name)}</span>
        </li>
      ))}
    </ol>
  );
}

function summaryOf(preview: Preview): string {
  const parts = [tn('import.sum.new', preview.counts['new'] ?? 0)];
  if (preview.counts['match']) parts.push(tn('import.sum.match', preview.counts['match']));
  if (preview.counts['transfer']) parts.push(tn('import.sum.transfer', preview.counts['transfer']));
  if (preview.counts['duplicate']) parts.push(tn('import.sum.duplicate', preview.counts['duplicate']));
  if (preview.counts['error']) parts.push(tn('import.sum.error', preview.counts['error']));
  return `${parts.join(', ')}. ${t('import.one_step')}`;
}

function Progress({ state, startedAt }: { state: ImportState; startedAt: number }) {
  const seconds = (performance.now() - startedAt) / 1000;
  const left = state.done > 0 ? Math.max(1, Math.round((seconds / state.done) * (state.total - state.done))) : null;
  return (
    <div role="status">
      <progress class="progress" value={state.done} max={Math.max(state.total, 1)} aria-label={t('import.running')} />
      <p class="soft">
        {t('import.progress', { done: state.done, total: state.total })}{left !== null && state.done < state.total && `, ${tn('import.left', left)}`}
      </p>
    </div>
  );
}

function ImportResult({ step, onAnother, onReverted }:
{ step: Extract<Step, { at: 'result' }>; onAnother: () => void; onReverted: () => void }) {
  const { file, preview, state, seconds } = step;
  const dates = preview.rows.flatMap((row) => (row.date ? [row.date] : [])).sort();
  const last = dates.at(-1);
  const sorted = useLoad(async (signal) => {
    return (await fetchRows({ import_id: preview.import_id }, signal, 5000)).rows;
  }, [preview.import_id]);
  const rows = sorted.value ?? [];
  const queued = rows.filter((row) => row.processing === 'queued').length;
  useRepeat(queued > 0, 2000, sorted.reload);
  const unsure = rows.filter(isUnsure).length;
  const errors = preview.rows.filter((row) => row.outcome === 'error');
  const failed = state.state === 'failed';
  return (
    <>
      <div class="head">
        <div>
          <h1>{failed ? t('import.failed') : tn('import.done', state.done)}</h1>
          <p>{file.name} · {summaryOf(preview).split('.')[0]} · {t('import.seconds', { n: formatNumber(seconds, { minimumFractionDigits: 1, maximumFractionDigits: 1 }) })}</p>
        </div>
        <div class="tools">
          <button type="button" class="btn" onClick={onAnother}>{t('import.another')}</button>
          {last && <a class="btn main" href={`/${unsure > 0 ? 'review' : 'transactions'}?month=${last.slice(0, 7)}`} onClick={follow}>
            {unsure > 0 ? tn('import.check', unsure) : t('import.look')}</a>}
        </div>
      </div>
      <Section title={t('import.moved')}>
        <dl class="facts">
          {rows.length > 0 && <><dt>{t('import.categories')}</dt><dd>{tn('import.sure', rows.length, { sure: rows.length - unsure - queued })}{queued > 0 && `, ${tn('tx.queued', queued)}`}</dd></>}
          {(preview.counts['match'] ?? 0) > 0 && <><dt>{t('outcome.match')}</dt><dd>{formatNumber(preview.counts['match']!)}</dd></>}
          {errors.length > 0 && (
            <>
              <dt>{t('import.left_out')}</dt>
              <dd><ul>{errors.slice(0, 20).map((row) => <li key={row.line}>{t('import.line_n', { n: row.line })}: {said(row.reason ?? '')}</li>)}</ul></dd>
            </>
          )}
        </dl>
        {!failed && <Revert id={preview.import_id} rows={state.done} onReverted={onReverted} />}
      </Section>
    </>
  );
}

function Revert({ id, rows, onReverted }: { id: string; rows: number | null; onReverted: () => void }) {
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  if (!asked) return <button type="button" class="linklike" onClick={() => setAsked(true)}>{t('import.revert')}</button>;
  const revert = async () => {
    setBusy(true);
    try {
      await post(`/api/imports/${encodeURIComponent(id)}/revert`);
      onReverted();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <div class="revert">
      <p class="soft">{t('import.revert.ask')}</p>
      {error !== undefined && <ErrorBox error={error} />}
      <button type="button" class="btn bad" disabled={busy} onClick={() => void revert()}>
        {rows === null ? t('import.revert.go') : tn('import.revert.rows', rows)}</button>{' '}
      <button type="button" class="btn" onClick={() => setAsked(false)}>{t('import.revert.keep')}</button>
    </div>
  );
}

function Earlier({ imports, onChanged }: { imports: StartedImport[]; onChanged: () => void }) {
  if (imports.length === 0) return <Empty title={t('import.earlier.none')}><p>{t('import.earlier.none.text')}</p></Empty>;
  return (
    <Section title={t('import.earlier')}>
      <table class="mini">
        <tbody>{imports.map((one) => <EarlierRow key={one.import_id} one={one} onChanged={onChanged} />)}</tbody>
      </table>
    </Section>
  );
}

function EarlierRow({ one, onChanged }: { one: StartedImport; onChanged: () => void }) {
  const state = useLoad((signal) => get<ImportState>(`/api/imports/${encodeURIComponent(one.import_id)}`, {}, signal), [one.import_id]);
  const found = state.value;
  const changed = () => { state.reload(); onChanged(); };
  // A preview that was not confirmed wrote nothing, so it is no import.
  if (!found || found.state === 'preview') return null;
  return (
    <tr>
      <td>{shortTime(Number(one.created_ns / 1_000_000n))}</td>
      <td><b class="medium">{one.file_name || t('import.unnamed')}</b></td>
      <td class="only-wide soft">{one.format.toUpperCase()}</td>
      <td>{(found.state === 'running' ? t('import.progress', { done: found.done, total: found.total }) : tn('rows', found.done))}</td>
      <td>
        {found.state === 'done' && <Revert id={one.import_id} rows={found.done} onReverted={changed} />}
        {found.state === 'reverted' && <span class="note">{t('import.reverted')}</span>}
        {found.state === 'failed' && <span class="over">{t('import.failed')}</span>}
      </td>
    </tr>
  );
}
