// Every row of a file before it is written, and what has to be asked about the file.
import { useState } from 'preact/hooks';
import type { Preview, PreviewRow } from '../api';
import { nameOf } from '../categories';
import { shortDay } from '../dates';
import { currentLocale, t, tn, type Key } from '../i18n';
import { formatMoney } from '../money';
import { askingAmount, askingDay, readAs, type Reading } from '../reading';
import { said } from '../said';
import { Amount } from './amount';
import { OutcomeIcon } from './icons';
import { Section } from './section';

// What the file alone does not tell; nothing is guessed in silence.
export function Ask({ preview, onAnswer }: { preview: Preview; onAnswer: (answer: Reading) => void }) {
  const { date_order: orders = [], months = [], decimal: marks = [], flip: signs = [] } = preview.ambiguous ?? {};
  const day = askingDay(preview);
  const dayText = (order: string) => {
    const read = day && readAs(day, preview.date_order ?? '', order);
    return read ? `${shortDay(read)} ${read.slice(0, 4)}` : '';
  };
  const row = askingAmount(preview);
  const signedText = (sign: bigint) => {
    if (!row || row.amount_minor === undefined) return '';
    const minor = row.amount_minor < 0n ? -row.amount_minor : row.amount_minor;
    return `${row.description ?? ''} ${formatMoney({ minor: sign * minor, currency: row.currency ?? preview.currency ?? 'EUR' }, 'always', currentLocale())}`;
  };
  return (
    <>
      {orders.length > 1 && (
        <Question text={t('ask.dates')} more={t('ask.dates.more')}
          options={orders.map((order) => ({ value: order, name: t(`ask.${order}` as Key), note: dayText(order) }))}
          onAnswer={(value) => onAnswer({ date_order: value })} />
      )}
      {months.length > 1 && (
        <Question text={t('ask.months')} more={t('ask.months.more')}
          options={months.map((names) => ({ value: names, name: t(names === 'hr' ? 'ask.months.hr' : 'ask.months.pl'), note: t(names === 'hr' ? 'ask.months.hr.note' : 'ask.months.pl.note') }))}
          onAnswer={(value) => onAnswer({ months: value })} />
      )}
      {marks.length > 1 && (
        <Question text={t('ask.decimal')} more={t('ask.decimal.more')}
          options={marks.map((mark) => ({ value: mark, name: t(mark === ',' ? 'ask.comma' : 'ask.point'), note: mark === ',' ? '1.234,56' : '1,234.56' }))}
          onAnswer={(value) => onAnswer({ decimal: value })} />
      )}
      {signs.length > 1 && (
        <Question text={t('ask.signs')} more={t('ask.signs.more')}
          options={signs.map((flip) => ({ value: flip, name: t(flip === '1' ? 'ask.signs.turned' : 'ask.signs.printed'), note: signedText(flip === '1' ? -1n : 1n) }))}
          onAnswer={(value) => onAnswer({ flip: value })} />
      )}
    </>
  );
}

interface QuestionProps {
  text: string;
  more: string;
  options: { value: string; name: string; note: string }[];
  onAnswer: (value: string) => void;
}

function Question({ text, more, options, onAnswer }: QuestionProps) {
  return (
    <div class="ask" role="radiogroup" aria-label={text}>
      <p><b>{text}</b> {more}</p>
      {options.map((option) => (
        <label key={option.value} data-reading={option.value}>
          <input type="radio" name={text} onChange={() => onAnswer(option.value)} />
          <span><b>{option.name}</b><span class="soft">{option.note}</span></span>
        </label>
      ))}
    </div>
  );
}

const OUTCOMES = ['new', 'duplicate', 'match', 'transfer', 'error'] as const;
const OUTCOME_CLASS: Record<string, string> = { new: 'new', duplicate: 'dup', match: 'mat', transfer: 'tra', error: 'bad' };
const ROWS_SHOWN = 200;

// Rows by their number, where a person decides against the preview.
export type Overrules = ReadonlyMap<number, 'new' | 'skip' | 'match'>;

export const isWritten = (row: PreviewRow) => row.outcome === 'new' || row.outcome === 'match' || row.outcome === 'transfer';

function Outcome({ of }: { of: string }) {
  return <span class={`oc ${OUTCOME_CLASS[of] ?? ''}`}><OutcomeIcon outcome={of} />{t(`outcome.${of}` as Key)}</span>;
}

export function PreviewRows({ preview, overrules, onOverrule }:
{ preview: Preview; overrules: Overrules; onOverrule: (overrules: Overrules) => void }) {
  const tick = (row: PreviewRow, wanted: boolean) => {
    if (row.number === undefined) return;
    const next = new Map(overrules);
    if (wanted === isWritten(row)) next.delete(row.number);
    else next.set(row.number, wanted ? 'new' : 'skip');
    onOverrule(next);
  };
  const book = (row: PreviewRow, books: boolean) => {
    const next = new Map(overrules);
    if (books) next.set(row.number!, 'match');
    else next.delete(row.number!);
    onOverrule(next);
  };
  const [only, setOnly] = useState('');
  const [all, setAll] = useState(false);
  const present = OUTCOMES.filter((outcome) => (preview.counts[outcome] ?? 0) > 0);
  // Rows in error stand first: they are what a person can do something about.
  const rows = preview.rows.filter((row) => only === '' || row.outcome === only)
    .sort((a, b) => Number(b.outcome === 'error') - Number(a.outcome === 'error') || a.line - b.line);
  const shown = all ? rows : rows.slice(0, ROWS_SHOWN);
  return (
    <Section title={t('import.preview')} note={preview.currency ?? ''}>
      <div class="outs">
        {present.map((outcome) => (
          <button key={outcome} type="button" aria-pressed={only === outcome} onClick={() => setOnly(only === outcome ? '' : outcome)}>
            <b>{preview.counts[outcome]}</b><Outcome of={outcome} /><br /><span>{t(`outcome.${outcome}.note`)}</span>
          </button>
        ))}
      </div>
      <table class="tx pre">
        <thead>
          <tr>
            <th class="ck"><span class="vh">{t('import.tick')}</span></th>
            <th class="n">{t('import.line')}</th><th class="dt">{t('import.date')}</th><th class="oo">{t('import.outcome')}</th>
            <th>{t('tx.merchant')}</th><th>{t('import.reason')}</th><th class="m r">{t('import.amount')}</th>
          </tr>
        </thead>
        <tbody>{shown.map((row) => (
          <PreviewLine key={`${row.line}/${row.number ?? ''}`} row={row} onTick={tick} onBook={book}
            books={row.number !== undefined && overrules.get(row.number) === 'match'}
            ticked={row.number !== undefined && overrules.has(row.number) ? overrules.get(row.number) !== 'skip' : isWritten(row)} />
        ))}</tbody>
      </table>
      {rows.length > shown.length && (
        <p class="after"><button type="button" class="btn" onClick={() => setAll(true)}>{tn('import.show_all', rows.length)}</button></p>
      )}
    </Section>
  );
}

function PreviewLine({ row, ticked, books, onTick, onBook }:
{ row: PreviewRow; ticked: boolean; books: boolean; onTick: (row: PreviewRow, wanted: boolean) => void; onBook: (row: PreviewRow, books: boolean) => void }) {
  return (
    <tr data-outcome={row.outcome}>
      <td class="ck"><input type="checkbox" aria-label={t('import.tick_line', { n: row.line })} checked={ticked} disabled={row.number === undefined}
        onChange={(event) => onTick(row, event.currentTarget.checked)} /></td>
      <td class="d soft">{row.line}</td>
      <td class="d">{row.date ? shortDay(row.date) : ''}</td>
      <td class="o"><Outcome of={row.outcome} /></td>
      <td class="w" title={row.description ?? row.text}>
        <span class="who">{row.description ?? row.text ?? ''}</span>
        <span class="only-narrow note">{' '}{row.date ? `${shortDay(row.date)}, ` : ''}{t('import.line_n', { n: row.line })}</span>
      </td>
      <td class="why">
        {said(row.reason ?? '')}
        {isWritten(row) && row.outcome !== 'match' && <Details row={row} />}
        {row.suggested_id !== undefined && (
          <label class="line"><input type="checkbox" checked={books} onChange={(event) => onBook(row, event.currentTarget.checked)} />{t('import.same')}</label>
        )}
      </td>
      <td class="m r">
        {row.outcome !== 'error' && row.amount_minor !== undefined && row.currency !== undefined &&
          <Amount minor={row.amount_minor} currency={row.currency} column />}
      </td>
    </tr>
  );
}

// What the file says beside date, sum and text.
function Details({ row }: { row: PreviewRow }) {
  const words = [
    row.category !== undefined && nameOf(row.category),
    row.parts !== undefined && tn('import.parts', row.parts),
    row.original_minor !== undefined && row.original_currency !== undefined &&
      t('tx.original', { amount: formatMoney({ minor: row.original_minor, currency: row.original_currency }, 'never', currentLocale()) }),
    row.remark !== undefined && said(row.remark),
  ].filter((word): word is string => typeof word === 'string');
  return words.length > 0 ? <span class="note">{row.reason ? '. ' : ''}{words.join(' · ')}</span> : null;
}
