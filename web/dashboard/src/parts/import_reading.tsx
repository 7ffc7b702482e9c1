// How a CSV file is read: which column means what, and what separates cells and cents. Read from the file, changed by a person.
import { useState } from 'preact/hooks';
import type { Preview } from '../api';
import { t, type Key } from '../i18n';
import { canRead, columnsOf, type Meaning, MEANINGS, meaningsOf, type Reading, withMeaning } from '../reading';
import { Section } from './section';

interface Choice {
  name: 'delimiter' | 'decimal' | 'date_order' | 'encoding';
  values: string[];
}
const CHOICES: Choice[] = [
  { name: 'delimiter', values: [',', ';', 'tab', '|'] },
  { name: 'decimal', values: ['.', ','] },
  { name: 'date_order', values: ['DMY', 'MDY', 'YMD'] },
  { name: 'encoding', values: ['UTF-8', 'windows-1252', 'UTF-16LE', 'UTF-16BE', 'windows-1250', 'windows-1251', 'windows-1253', 'windows-1254', 'ISO-8859-1', 'ISO-8859-2',
    'ISO-8859-15', 'Shift_JIS', 'EUC-JP', 'GB18030', 'Big5', 'EUC-KR', 'CP850', 'CP852'] },
];

type CsvPreview = Preview & { reading: NonNullable<Preview['reading']> };

function currentOf(preview: CsvPreview, name: Choice['name']): string {
  if (name === 'decimal') return preview.reading.decimal;
  if (name === 'delimiter') return preview.delimiter === '\t' ? 'tab' : preview.delimiter ?? ',';
  return preview[name] ?? '';
}

const nameOf = (name: Choice['name'], value: string) => (name === 'encoding' ? value : t(`reading.${name}.${value}` as Key));

export function ReadingSheet({ preview, chosen, onChange, onForget }:
{ preview: CsvPreview; chosen: Reading; onChange: (answer: Reading) => void; onForget: () => void }) {
  const { reading } = preview;
  const note = [...CHOICES.slice(0, 2), CHOICES[3]!].map(({ name }) => nameOf(name, currentOf(preview, name))).join(', ');
  return (
    <Section title={t('reading.title')} note={reading.saved ? t('reading.saved') : t('reading.read', { how: note })}>
      {!reading.complete && <p class="ask"><span><b>{t('reading.unknown')}</b> {t('reading.unknown.more')}</span></p>}
      <ColumnTable key={preview.import_id} preview={preview} onChange={(columns) => onChange({ columns })} />
      <details class="note">
        <summary>{t('reading.change')}</summary>
        <div class="line gap">
          {CHOICES.map(({ name, values }) => (
            <label key={name}>{t(`reading.${name}`)}
              <select class="field" name={name} value={currentOf(preview, name)} onChange={(event) => onChange({ [name]: event.currentTarget.value })}>
                {values.map((value) => <option key={value} value={value}>{nameOf(name, value)}</option>)}
              </select></label>
          ))}
          <label>{t('reading.skip')}
            <input class="field num" type="number" name="skip" min={0} max={10000} value={chosen['skip'] ?? '0'}
              onChange={(event) => onChange({ skip: String(Math.max(0, Math.min(10000, Math.trunc(Number(event.currentTarget.value) || 0)))) })} /></label>
          <label class="check"><input type="checkbox" name="flip" checked={reading.flip ?? chosen['flip'] === '1'}
            onChange={(event) => onChange({ flip: event.currentTarget.checked ? '1' : '0' })} />{t('reading.flip')}</label>
        </div>
      </details>
      <p class="note">{t('reading.kept')}{(reading.saved || Object.keys(chosen).length > 0) && (
        <>{' '}<button type="button" class="linklike" onClick={onForget}>{t('reading.forget')}</button></>
      )}</p>
    </Section>
  );
}

function ColumnTable({ preview: { reading }, onChange }: { preview: CsvPreview; onChange: (columns: string) => void }) {
  const width = reading.header.length;
  const [meanings, setMeanings] = useState(() => meaningsOf(reading.columns, width));
  const choose = (column: number, meaning: Meaning) => {
    const next = withMeaning(meanings, column, meaning);
    setMeanings(next);
    if (canRead(next)) onChange(columnsOf(next));
  };
  const headOf = (column: number) => reading.header[column] || t('reading.column', { n: column + 1 });
  return (
    <>
      <div class="scroll" tabIndex={0} role="group" aria-label={t('reading.columns')}>
        <table class="map">
          <thead>
            <tr>{meanings.map((_, column) => <th key={column} scope="col">{headOf(column)}</th>)}</tr>
            <tr class="pick">
              {meanings.map((meaning, column) => (
                <td key={column}>
                  <select class="field" aria-label={t('reading.meaning', { column: headOf(column) })} data-column={column + 1} value={meaning}
                    onChange={(event) => choose(column, event.currentTarget.value as Meaning)}>
                    <option value="">{t('reading.unused')}</option>
                    {MEANINGS.map((one) => <option key={one} value={one}>{t(`reading.as.${one}`)}</option>)}
                  </select>
                </td>
              ))}
            </tr>
          </thead>
          <tbody>
            {reading.sample.map((cells, row) => <tr key={row}>{cells.map((cell, column) => <td key={column} class="mono">{cell}</td>)}</tr>)}
          </tbody>
        </table>
      </div>
      {!canRead(meanings) && <p class="over" role="status">{t('reading.need')}</p>}
    </>
  );
}
