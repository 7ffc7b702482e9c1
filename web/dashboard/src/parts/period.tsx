import { addMonths, longMonth, type Month } from '../dates';
import { t } from '../i18n';

export function Period({ month, onChange }: { month: Month; onChange: (month: Month) => void }) {
  return (
    <div class="period" role="group" aria-label={t('period')}>
      <button type="button" aria-label={t('period.before')} onClick={() => onChange(addMonths(month, -1))}>‹</button>
      <b aria-live="polite">{longMonth(month)}</b>
      <button type="button" aria-label={t('period.after')} onClick={() => onChange(addMonths(month, 1))}>›</button>
    </div>
  );
}
