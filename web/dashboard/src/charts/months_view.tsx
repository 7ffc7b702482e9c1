// Twelve months: a bar for what went out, a green line for what came in, amber where more went out.
import { monthOf, type Month, shortMonth, today } from '../dates';
import { t } from '../i18n';
import { exponentOf, type Minor } from '../money';
import { Amount, whole } from '../parts/amount';
import { follow } from '../route';
import { scaleOf, useWidth } from './axis';

export interface MonthFlow {
  month: Month;
  income: Minor;
  spent: Minor;
}

const HEIGHT = 300;
const PAD = { left: 60, right: 4, top: 30, bottom: 26 };

export function MonthsView({ months, currency }: { months: MonthFlow[]; currency: string }) {
  const [box, width] = useWidth();
  return (
    <div ref={box}>
      {width > 0 && <Drawing months={months} currency={currency} width={width} />}
      <details class="note">
        <summary>{t('chart.table')}</summary>
        <table class="mini">
          <thead><tr><th>{t('flow.month')}</th><th>{t('flow.came_in')}</th><th>{t('flow.went_out')}</th></tr></thead>
          <tbody>
            {months.map((one) => (
              <tr key={one.month}>
                <td><a href={`/flow?month=${one.month}`} onClick={follow}>{shortMonth(one.month)} {one.month.slice(0, 4)}</a></td>
                <td><Amount minor={one.income} currency={currency} sign="never" column /></td>
                <td><Amount minor={one.spent} currency={currency} sign="never" column /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}

function Drawing({ months, currency, width }: { months: MonthFlow[]; currency: string; width: number }) {
  const unit = 10 ** exponentOf(currency);
  const value = (minor: Minor) => Number(minor) / unit;
  const highest = Math.max(...months.map((one) => Math.max(value(one.income), value(one.spent))), 1);
  const scale = scaleOf(0, highest, PAD.top, HEIGHT - PAD.bottom);
  const step = (width - PAD.left - PAD.right) / months.length;
  const zero = scale.at(0);
  const running = monthOf(today());
  const bar = step * 0.64;
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} aria-hidden="true">
      <defs>
        <pattern id="unfinished" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2" height="5" fill="var(--bar)" />
        </pattern>
      </defs>
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line class={tick === 0 ? 'zero' : 'grid'} x1={PAD.left} x2={width - PAD.right} y1={scale.at(tick)} y2={scale.at(tick)} />
          <text x={PAD.left - 8} y={scale.at(tick) + 4} text-anchor="end">{whole(BigInt(Math.round(tick * unit)), currency)}</text>
        </g>
      ))}
      {months.map((one, i) => {
        const x = PAD.left + i * step;
        const out = scale.at(Math.max(value(one.spent), 0));
        const fill = one.month === running ? 'url(#unfinished)' : one.spent > one.income ? 'var(--near-fill)' : 'var(--bar)';
        const into = scale.at(Math.max(value(one.income), 0));
        return (
          <g key={one.month}>
            <rect x={x + (step - bar) / 2} y={out} width={bar} height={zero - out} fill={fill} />
            {one.income > 0n && <line class="came-in" x1={x + 3} x2={x + step - 3} y1={into} y2={into} />}
            {(step > 30 || i % 2 === months.length % 2) && <text x={x + step / 2} y={HEIGHT - 8} text-anchor="middle">{shortMonth(one.month)}</text>}
            {one.month === running && <text class="l halo" x={Math.min(x + step / 2, width - 30)} y={Math.min(out, into) - 8} text-anchor="middle">{t('flow.so_far')}</text>}
          </g>
        );
      })}
    </svg>
  );
}
