import type { Transaction } from '../api';
import { SURE, isCategory, markOf, nameOf } from '../categories';
import { t } from '../i18n';

// The coloured mark; the name always goes with it.
export function Swatch({ category }: { category: string }) {
  const known = isCategory(category);
  return <span class={known ? `sw k-${category}` : 'sw none'} aria-hidden="true">{markOf(category)}</span>;
}

export function percentOf(confidence: number): string {
  // Never 100 %: a model is never certain.
  return t('percent', { n: confidence >= 1 ? 100 : Math.min(99, Math.round(confidence * 100)) });
}

export function decidedByPerson(row: Transaction): boolean {
  return row.category_source === 'user';
}

// True when the row waits for a person's word.
export function isUnsure(row: Transaction): boolean {
  if (row.processing !== 'done' || decidedByPerson(row) || row.category_source === 'rule') return false;
  return (row.confidence ?? 1) < SURE || !row.category || !isCategory(row.category);
}

function confidenceOf(row: Transaction): string {
  if (decidedByPerson(row)) return t('source.you');
  if (row.category_source === 'rule') return t('source.rule');
  if (row.confidence === undefined || row.confidence === null) return '';
  if (!row.category || !isCategory(row.category)) return t('source.at_best', { percent: percentOf(row.confidence) });
  return percentOf(row.confidence);
}

interface Props {
  row: Transaction;
  open: boolean;
  onOpen: () => void;
}

export function CategoryChip({ row, open, onOpen }: Props) {
  if (row.processing === 'queued') return <span class="tag">{t('row.queued')}</span>;
  if (row.processing === 'failed') return <span class="tag over">{t('row.failed')}</span>;
  const category = row.category ?? 'uncategorized';
  const kind = ['chip', isUnsure(row) && 'unsure', open && 'open'].filter(Boolean).join(' ');
  return (
    <button type="button" class={kind} aria-expanded={open} aria-haspopup="dialog" data-category={category}
      onClick={onOpen}>
      <Swatch category={category} />{nameOf(category)}<span class="conf">{confidenceOf(row)}</span>
    </button>
  );
}

export function PlainChip({ category, confidence, onPick }:
{ category: string; confidence?: number; onPick?: () => void }) {
  const inside = (
    <>
      <Swatch category={category} />{nameOf(category)}
      {confidence !== undefined && <span class="conf">{percentOf(confidence)}</span>}
    </>
  );
  return onPick ? <button type="button" class="chip" onClick={onPick}>{inside}</button> : <span class="chip">{inside}</span>;
}
