// "Why Dining?": the reasons, the runner-up, and the way to say what is right.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, type Transaction, why as askWhy } from '../api';
import { nameOf } from '../categories';
import { t } from '../i18n';
import { useLoad } from '../load';
import { readReasons, type Sentence } from '../reasons';
import { PlainChip, decidedByPerson, isUnsure, percentOf } from './chip';
import { CategoryPicker } from './picker';
import { Waiting, wordsFor } from './states';

interface Props {
  row: Transaction;
  awryUrl: string;
  startWithPicker: boolean;
  mayEdit: boolean;
  onDecide: (category: string) => void;
  onClose: () => void;
}

function Strength({ of }: { of: Sentence['strength'] }) {
  const names = { 3: t('strength.strong'), 2: t('strength.fair'), 1: t('strength.weak') };
  return (
    <svg viewBox="0 0 42 18" role="img" aria-label={names[of]}>
      {[0, 1, 2].map((i) => <rect key={i} x={i * 14} y="5" width="12" height="8" class={i < of ? 'lit' : 'unlit'} />)}
    </svg>
  );
}

export function ReasonList({ row }: { row: Transaction }) {
  const loaded = useLoad((signal) => askWhy(row.id, signal), [row.id]);
  if (row.predicted_category !== undefined && row.predicted_category !== row.category) {
    return <p class="soft">{t('why.model_said', { category: nameOf(row.predicted_category) })}</p>;
  }
  if (loaded.error !== undefined) {
    const missing = loaded.error instanceof ApiError && loaded.error.status === 404;
    return <p class="soft">{missing ? t('why.no_trace') : wordsFor(loaded.error).more}</p>;
  }
  if (!loaded.value) return loaded.slow ? <Waiting rows={3} /> : <div class="hold" />;
  if (row.category !== loaded.value.category) {
    return <p class="soft">{t('why.model_said', { category: nameOf(loaded.value.category) })}</p>;
  }
  const reasons = readReasons(loaded.value);
  if (reasons.for.length === 0) return <p class="soft">{t('why.no_single')}</p>;
  return (
    <ul class="reasons">
      {reasons.for.map((reason) => <li key={reason.text}><Strength of={reason.strength} /><span>{reason.text}</span></li>)}
      {reasons.against !== null && (
        <li><span class="note against">{t('why.against')}</span><span class="soft">{reasons.against}</span></li>
      )}
    </ul>
  );
}

function decidedBy(row: Transaction): string {
  if (decidedByPerson(row)) return t('why.by_you');
  if (row.category_source === 'rule') return t('why.by_rule');
  return row.model_version ? t('why.by_model', { version: row.model_version }) : t('why.by_unknown');
}

export function WhyPopover({ row, awryUrl, startWithPicker, mayEdit, onDecide, onClose }: Props) {
  const [picking, setPicking] = useState(startWithPicker);
  const box = useRef<HTMLDivElement>(null);
  const category = row.category ?? 'uncategorized';
  const name = nameOf(category);
  const decided = decidedByPerson(row);
  const others = decided ? [] : (row.alternatives ?? [])
    .filter((other) => other.category !== category && other.confidence >= 0.01).slice(0, 3);
  const known = category !== 'uncategorized';
  useEffect(() => { if (!picking) box.current?.focus(); }, [picking]);
  useEffect(() => {
    const outside = (event: MouseEvent) => {
      const target = event.target as Element;
      if (!box.current?.contains(target) && !target.closest('.chip')) onClose();
    };
    document.addEventListener('mousedown', outside);
    return () => document.removeEventListener('mousedown', outside);
  }, [onClose]);

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === 'escape') onClose();
    else if (key === 'c' && mayEdit && !picking) setPicking(true);
    else if (key === 'enter' && event.target === box.current && mayEdit && known && !decided) onDecide(category);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="popwrap why-at">
      <div class="pop" role="dialog" aria-labelledby="why-title" tabIndex={-1} ref={box} onKeyDown={press}>
        <h2 id="why-title">{t('why.title', { category: name })}</h2>
        <ReasonList row={row} />
        {row.confidence !== undefined && row.confidence !== null && !decided && (
          <p class="soft sure">
            {t('why.sure', { percent: percentOf(row.confidence) })} {isUnsure(row) && t('why.unsure')} {others.length > 0 && t('why.runner_up')}
          </p>
        )}
        {others.length > 0 && (
          <div class="chips">
            {others.map((other) => (
              <PlainChip key={other.category} category={other.category} confidence={other.confidence}
                {...(mayEdit && { onPick: () => onDecide(other.category) })} />
            ))}
          </div>
        )}
        {picking && (
          <CategoryPicker first={others.map((other) => other.category)} onPick={onDecide} onLeave={() => setPicking(false)} />
        )}
        <footer>
          {mayEdit && known && !decided && (
            <button type="button" class="btn main" onClick={() => onDecide(category)}>
              {t('why.right', { category: name })} <kbd>↵</kbd>
            </button>
          )}
          {mayEdit && !picking && (
            <button type="button" class="btn" onClick={() => setPicking(true)}>{t('why.change')} <kbd>C</kbd></button>
          )}
          <span class="grow" />
          {row.trace_id && awryUrl && (
            <a href={`${awryUrl}/trace/${row.trace_id}?uiFind=model_prediction`} target="_blank" rel="noopener">{t('why.trace')}</a>
          )}
        </footer>
        <p class="note by">{decidedBy(row)}</p>
      </div>
    </div>
  );
}
