import type { BudgetState } from '../budget';
import { nameOf } from '../categories';
import { currentLocale, t } from '../i18n';
import { formatMoney, formatWhole, type Minor } from '../money';
import { Amount } from './amount';

export function budgetName(categories: readonly string[]): string {
  return categories.map(nameOf).join(', ');
}

function verdict(state: BudgetState): { kind: string; text: string } {
  const money = (minor: Minor) => formatMoney({ minor, currency: state.budget.currency }, 'never', currentLocale());
  if (state.left < 0n) return { kind: 'over', text: t('budget.over', { amount: money(-state.left) }) };
  const left = t('budget.left', { amount: money(state.left) });
  if (state.projected === null) return { kind: state.used >= 80 ? 'up' : '', text: left };
  const course = formatWhole({ minor: state.projected, currency: state.budget.currency }, currentLocale());
  const over = state.projected > state.budget.limit_minor;
  return {
    kind: over || state.used >= 80 ? 'up' : '',
    text: `${left} · ${t(over ? 'budget.course_over' : 'budget.course', { amount: course })}`,
  };
}

function Bar({ state }: { state: BudgetState }) {
  const fill = state.used > 100 ? 'var(--over-fill)' : state.used >= 80 ? 'var(--near-fill)' : 'var(--bar)';
  const running = state.elapsed > 0 && state.elapsed < 100;
  const label = t('budget.bar', { used: Math.round(state.used), time: Math.round(state.elapsed) });
  // The bar ends at 125 % of the limit: what is beyond is said in words.
  return (
    <div class="bbar" role="img" aria-label={label}
      style={{ '--v': String(Math.max(0, Math.min(state.used, 125))), '--f': fill }}>
      {state.used > 100 && <span class="ov" />}
      <span class="m at80" /><span class="m full at100" />
      {running && <span class="pace" style={{ left: `${state.elapsed * 0.8}%` }} />}
    </div>
  );
}

export function BudgetBars({ states }: { states: readonly BudgetState[] }) {
  return (
    <div class="buds">
      {states.map((state) => {
        const { kind, text } = verdict(state);
        const limit = formatWhole({ minor: state.budget.limit_minor, currency: state.budget.currency }, currentLocale());
        return (
          <div class="bud" key={state.budget.id ?? state.budget.categories.join()}>
            <span class="nm">{budgetName(state.budget.categories)}</span>
            <span class="fig">
              <Amount minor={state.spent} currency={state.budget.currency} sign="never" /> <span class="soft">{t('budget.of', { limit })}</span>
            </span>
            <Bar state={state} />
            <span class={`st ${kind}`}>{text}</span>
            <span class={`st end ${kind}`}>{t('percent', { n: Math.round(state.used) })}</span>
          </div>
        );
      })}
    </div>
  );
}
