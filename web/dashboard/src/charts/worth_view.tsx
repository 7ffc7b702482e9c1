// Net worth month by month: what is owned is stacked above zero, what is owed below it, a line is the rest.
import type { Balance, Worth } from '../ledger_api';
import { longMonth, monthOf, shortMonth } from '../dates';
import { t } from '../i18n';
import { exponentOf, type Minor, sum } from '../money';
import { Amount, whole, wholeSigned } from '../parts/amount';
import { scaleOf, spread, useWidth } from './axis';

const HEIGHT = 300;
const FILLS = ['var(--bar)', 'var(--bar-2)', 'var(--band)'];
const OWED = ['var(--over-fill)', 'var(--over-wash)'];

interface Props {
  series: Worth[];
  accounts: Balance[]; // of one currency
  currency: string;
}

// What all accounts of the currency came to at each date.
export function netOf({ accounts }: Worth, own: readonly Balance[]): Minor {
  return sum(own.map((account) => accounts[account.id] ?? 0n));
}

export function WorthView(props: Props) {
  const [box, width] = useWidth();
  const { series, accounts, currency } = props;
  return (
    <div ref={box}>
      {width > 0 && <Drawing {...props} width={width} />}
      <details class="note">
        <summary>{t('chart.table')}</summary>
        <table class="mini">
          <tbody>
            {series.map((one) => (
              <tr key={one.date}><td>{longMonth(monthOf(one.date))}</td><td><Amount minor={netOf(one, accounts)} currency={currency} column /></td></tr>
            ))}
          </tbody>
        </table>
      </details>
    </div>
  );
}

interface Layer {
  name: string;
  fill: string;
  from: number[];
  to: number[];
  last: Minor;
}

// The largest lies nearest to zero, on both sides.
function layersOf({ series, accounts, currency }: Props): Layer[] {
  const unit = 10 ** exponentOf(currency);
  const last = (account: Balance) => series.at(-1)?.accounts[account.id] ?? 0n;
  const sorted = [...accounts].sort((a, b) => Number((last(b) < 0n ? -last(b) : last(b)) - (last(a) < 0n ? -last(a) : last(a))));
  const up = series.map(() => 0);
  const down = series.map(() => 0);
  let owned = 0;
  let owed = 0;
  return sorted.map((account) => {
    const debt = last(account) < 0n;
    const base = debt ? down : up;
    const from = [...base];
    series.forEach((one, i) => {
      const value = Number(one.accounts[account.id] ?? 0n) / unit;
      base[i]! += debt ? Math.min(value, 0) : Math.max(value, 0);
    });
    const fill = debt ? OWED[owed++ % OWED.length]! : FILLS[owned++ % FILLS.length]!;
    return { name: account.name, fill, from, to: [...base], last: last(account) };
  });
}

function Drawing(props: Props & { width: number }) {
  const { series, accounts, currency, width } = props;
  const unit = 10 ** exponentOf(currency);
  const layers = layersOf(props);
  const net = series.map((one) => Number(netOf(one, accounts)) / unit);
  const values = [...layers.flatMap((layer) => layer.to), ...net];
  const right = width < 480 ? 118 : 150;
  const left = 60;
  const scale = scaleOf(Math.min(...values), Math.max(...values), 16, HEIGHT - 26);
  const x = (i: number) => left + (series.length < 2 ? 0 : (i / (series.length - 1)) * (width - left - right));
  const points = (list: number[]) => list.map((value, i) => `${x(i).toFixed(1)},${scale.at(value).toFixed(1)}`);
  const total = netOf(series.at(-1)!, accounts);
  const labels = [
    { text: `${t('worth.net')} ${wholeSigned(total, currency)}`, y: scale.at(net.at(-1)!), strong: true },
    ...layers.filter((layer) => layer.last !== 0n).map((layer) => ({
      text: `${layer.name.length > 13 ? `${layer.name.slice(0, 12)}…` : layer.name} ${wholeSigned(layer.last, currency)}`,
      y: (scale.at(layer.from.at(-1)!) + scale.at(layer.to.at(-1)!)) / 2, strong: false,
    })),
  ];
  const placed = spread(labels.map((label) => label.y + 4), 15, HEIGHT - 28);
  const every = Math.max(1, Math.round(series.length / (width < 480 ? 3 : 5)));
  return (
    <svg class="chart" viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT} aria-hidden="true">
      {layers.map((layer) => (
        <polygon key={layer.name} fill={layer.fill} stroke="var(--paper)" points={[...points(layer.to), ...points(layer.from).reverse()].join(' ')} />
      ))}
      {scale.ticks.map((tick) => (
        <g key={tick}>
          <line class={tick === 0 ? 'zero' : 'grid'} x1={left} x2={width - right} y1={scale.at(tick)} y2={scale.at(tick)} />
          <text x={left - 8} y={scale.at(tick) + 4} text-anchor="end">{(tick < 0 ? '\u2212' : '') + whole(BigInt(Math.round(Math.abs(tick) * unit)), currency)}</text>
        </g>
      ))}
      <polyline class="so-far" points={points(net).join(' ')} />
      <circle class="now" cx={x(series.length - 1)} cy={scale.at(net.at(-1)!)} r="4" />
      {labels.map((label, i) => <text key={label.text} class={label.strong ? 'l' : 's'} x={width - right + 10} y={placed[i]}>{label.text}</text>)}
      {series.map((one, i) => i % every === 0 && (
        <text key={one.date} x={x(i)} y={HEIGHT - 6} text-anchor={i === 0 ? 'start' : 'middle'}>{shortMonth(monthOf(one.date))}</text>
      ))}
    </svg>
  );
}
