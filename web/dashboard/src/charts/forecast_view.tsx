// The balance of the coming weeks: a dashed line, in a band that holds four of five weeks of the past.
import { type Forecast } from '../ledger_api';
import { shortDay } from '../dates';
import { t } from '../i18n';
import { exponentOf, type Minor } from '../money';
import { Amount, whole } from '../parts/amount';
import { scaleOf, useWidth } from './axis';

const HEIGHT = 220;

interface Props {
  forecast: Forecast;
  balance: Minor; // today's
  currency: string;
}

export function ForecastView(props: Props) {
  const [box, width] = useWidth();
  const { forecast, currency } = props;
  return (
    <div ref={box}>
      {width > 0 && <Drawing {...props} width={width} />}
      <details class="note">
        <summary>{t('chart.table')}</summary>
        <table class="mini">
          <thead><tr><th>{t('forecast.week')}</th><th>{t('flow.came_in')}</th><th>{t('flow.went_out')}</th><th>{t('forecast.balance')}</th></tr></thead>
          <tbody>
            {forecast.weeks.map((week) => (
              <tr key={week.from}>
                <td>{shortDay(week.from)}</td>
                <td><Amount minor={week.in_minor} currency={currency} sign="never" column /></td>
                <td><Amount minor={week.out_minor} currency={currency} sign="never" column /></td>
                <td>≈ <Amount minor={week.balance_minor} currency={currency} column /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}

function Drawing({ forecast, balance, currency, width }: Props & { width: number }) {
  const unit = 10 ** exponentOf(currency);
  const value = (minor: Minor) => Number(minor) / unit;
  const middle = [value(balance), ...forecast.weeks.map((week) => value(week.balance_minor))];
  const low = [value(balance), ...forecast.weeks.map((week) => value(week.balance_low_minor))];
  const high = [value(balance), ...forecast.weeks.map((week) => value(week.balance_high_minor))];
  const scale = scaleOf(Math.min(...low), Math.max(...high), 12, HEIGHT - 24);
  const left = 60;
  const right = 30;
  const x = (i: number) => left + (i / (middle.length - 1)) * (width - left - right);
  const points = (list: number[]) => list.map((one, i) => `${x(i).toFixed(1)},${scale.at(one).toFixed(1)}`);
  const every = width < 480 ? 4 : 2;
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} aria-hidden="true">
      <polygon fill="var(--band)" points={[...points(high), ...points(low).reverse()].join(' ')} />
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line class={tick === 0 ? 'zero' : 'grid'} x1={left} x2={width - right} y1={scale.at(tick)} y2={scale.at(tick)} />
          <text x={left - 8} y={scale.at(tick) + 4} text-anchor="end">{(tick < 0 ? '\u2212' : '') + whole(BigInt(Math.round(Math.abs(tick) * unit)), currency)}</text>
        </g>
      ))}
      <polyline class="ahead" points={points(middle).join(' ')} />
      <circle class="now" cx={x(0)} cy={scale.at(middle[0]!)} r="4" />
      {forecast.weeks.map((week, i) => i % every === 0 && (
        <text key={week.from} x={x(i)} y={HEIGHT - 6} text-anchor="middle">{shortDay(week.from)}</text>
      ))}
    </svg>
  );
}
