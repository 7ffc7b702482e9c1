// Spending so far, day by day, against the month before. Drawn at the width it gets, not shrunk.
import { niceStep, useWidth } from '../charts/axis';
import { monthName, type Month } from '../dates';
import { currentLocale, t } from '../i18n';
import { exponentOf, formatMoney, formatWhole, type Minor } from '../money';

interface Props {
  month: Month;
  currency: string;
  spent: Minor[]; // by day, from the 1st, up to the last day that counts
  before: Minor[]; // the whole month before; empty: unknown
  beforeMonth: Month;
  days: number;
}

const HEIGHT = 224;
const PAD = { left: 52, right: 96, top: 16, bottom: 24 };

export function DayChart(props: Props) {
  const [box, width] = useWidth();
  const money = (minor: Minor) => formatWhole({ minor, currency: props.currency }, currentLocale());
  const total = props.spent.at(-1) ?? 0n;
  return (
    <div ref={box} class="daychart">
      {width > 0 && <Drawing {...props} width={width} />}
      <details class="note">
        <summary>{t('chart.table')}</summary>
        <table class="mini">
          <tbody>
            {props.spent.map((minor, i) => (
              <tr key={i}><td>{i + 1}</td><td>{formatMoney({ minor, currency: props.currency }, 'never', currentLocale())}</td></tr>
            ))}
          </tbody>
        </table>
      </details>
      <p class="vh">{t('chart.text', { amount: money(total), day: props.spent.length, month: monthName(props.month) })}</p>
    </div>
  );
}

function Drawing({ month, currency, spent, before, beforeMonth, days, width }: Props & { width: number }) {
  const unit = 10 ** exponentOf(currency);
  const values = spent.map((minor) => Number(minor) / unit);
  const earlier = before.map((minor) => Number(minor) / unit);
  const step = niceStep(Math.max(...values, ...earlier, 1));
  const steps = Math.ceil(Math.max(...values, ...earlier, 1) / step);
  const right = width < 480 ? 76 : PAD.right;
  const x = (day: number) => PAD.left + ((day - 1) / (days - 1)) * (width - PAD.left - right);
  const y = (value: number) => HEIGHT - PAD.bottom - (value / (step * steps)) * (HEIGHT - PAD.top - PAD.bottom);
  const line = (list: number[]) => list.slice(0, days).map((value, i) => `${x(i + 1).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const end = values.at(-1) ?? 0;
  const endBefore = earlier.slice(0, days).at(-1) ?? 0;
  const words = (minor: Minor) => formatWhole({ minor, currency }, currentLocale());
  const finished = values.length >= days;
  // Two labels at the line ends must not lie on each other.
  const gap = Math.abs(y(end) - y(endBefore)) < 34 && finished ? 34 : 0;
  const endY = gap && end < endBefore ? Math.min(y(end) + gap, HEIGHT - PAD.bottom - 4) : y(end);
  const beforeY = gap && end >= endBefore ? Math.min(y(endBefore) + gap, HEIGHT - PAD.bottom - 4) : y(endBefore);
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} aria-hidden="true">
      {Array.from({ length: steps + 1 }, (_unused, i) => (
        <g key={i}>
          <line class={i === 0 ? 'zero' : 'grid'} x1={PAD.left} x2={width - right} y1={y(i * step)} y2={y(i * step)} />
          <text x={PAD.left - 8} y={y(i * step) + 4} text-anchor="end">{words(BigInt(Math.round(i * step * unit)))}</text>
        </g>
      ))}
      {[1, 7, 14, 21, days].map((day) => (
        <text key={day} x={x(day)} y={HEIGHT - 6} text-anchor="middle">{day}</text>
      ))}
      {earlier.length > 0 && <polyline class="before" points={line(earlier)} />}
      <polyline class="so-far" points={line(values)} />
      <circle class="now" cx={x(values.length)} cy={y(end)} r="4" />
      <text class="l halo" x={finished ? width - right + 10 : x(values.length) - 10} y={finished ? endY : y(end) - 8}
        text-anchor={finished ? 'start' : 'end'}>
        {finished ? monthName(month) : t('chart.so_far', { amount: words(spent.at(-1) ?? 0n) })}
        {finished && <tspan x={width - right + 10} dy="14">{words(spent.at(-1) ?? 0n)}</tspan>}
      </text>
      {earlier.length > 0 && (
        <text class="s halo" x={width - right + 10} y={beforeY}>
          {monthName(beforeMonth)}<tspan x={width - right + 10} dy="14">{words(before.slice(0, days).at(-1) ?? 0n)}</tspan>
        </text>
      )}
    </svg>
  );
}
