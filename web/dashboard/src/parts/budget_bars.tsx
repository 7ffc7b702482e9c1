import { budgetAddress, budgetName, type BudgetState, kindText, periodText } from '../budget';
import { currentLocale, t } from '../i18n';
import { formatMoney, formatWhole, type Minor } from '../money';
import { follow } from '../route';
import { Amount } from './amount';

function verdict(state: BudgetState): { kind: string; text: string } {
  const money = (minor: Minor) => formatMoney({ minor, currency: state.budget.currency }, 'never', currentLocale());
  if (state.left < 0n) return { kind: 'over', text: t('budget.over', { amount: money(-state.left) }) };
  const left = t('budget.left', { amount: money(state.left) });
  if (state.projected === null) return { kind: state.used >= 80 ? 'up' : '', text: left };
  const course = formatWhole({ minor: state.projected, currency: state.budget.currency }, currentLocale());
  const over = state.projected > state.budget.available_minor;
  return {
    kind: over || state.used >= 80 ? 'up' : '',
    text: `${left} · ${t(over ? 'budget.course_over' : 'budget.course', { amount: course })}`,
  };
}

// The bar ends at 125 % of the limit: what is beyond is said in words.
export function Bar({ used, elapsed }: { used: number; elapsed: number }) {
  const fill = used > 100 ? 'var(--over-fill)' : used >= 80 ? 'var(--near-fill)' : 'var(--bar)';
  const running = elapsed > 0 && elapsed < 100;
  const label = t('budget.bar', { used: Math.round(used), time: Math.round(elapsed) });
  return (
    <div class="bbar" role="img" aria-label={label} style={{ '--v': String(Math.max(0, Math.min(used, 125))), '--f': fill }}>
      {used > 100 && <span class="ov" />}
      <span class="m at80" /><span class="m full at100" />
      {running && <span class="pace" style={{ left: `${elapsed * 0.8}%` }} />}
    </div>
  );
}

// What was carried in, and rows that are not booked yet.
function Aside({ state }: { state: BudgetState }) {
  const { carried_minor: carried, pending_minor: pending, currency } = state.budget;
  const money = (minor: Minor) => formatMoney({ minor: minor < 0n ? -minor : minor, currency }, 'never', currentLocale());
  const parts = [
    ...(state.budget.period === 'month' ? [] : [`${kindText(state.budget)}, ${periodText(state.budget)}`]),
    ...(carried > 0n ? [t('budget.carried', { amount: money(carried) })] : carried < 0n ? [t('budget.deficit', { amount: money(carried) })] : []),
    ...(pending > 0n ? [t('budget.pending', { amount: money(pending) })] : []),
  ];
  return parts.length > 0 ? <span class="st wide">{parts.join(' · ')}</span> : null;
}

export function BudgetBars({ states }: { states: readonly BudgetState[] }) {
  return (
    <div class="buds">
      {states.map((state) => {
        const { budget } = state;
        const { kind, text } = verdict(state);
        const limit = formatWhole({ minor: budget.available_minor, currency: budget.currency }, currentLocale());
        return (
          <div class="bud" key={budget.id} data-budget={budget.id}>
            <a class="nm plain" href={budgetAddress(budget.id, budget.from)} onClick={follow}>{budgetName(budget)}</a>
            <span class="fig">
              <Amount minor={state.spent} currency={budget.currency} sign="never" /> <span class="soft">{t('budget.of', { limit })}</span>
            </span>
            <Bar used={state.used} elapsed={state.elapsed} />
            <span class={`st ${kind}`}>{text}</span>
            <span class={`st end ${kind}`}>{t('percent', { n: Math.round(state.used) })}</span>
            <Aside state={state} />
          </div>
        );
      })}
    </div>
  );
}
