// Draws the flow of a month. Every ribbon opens its rows; narrow, the sources go into a table below.
import type { ComponentChildren } from 'preact';
import { nameOf } from '../categories';
import { t, tn } from '../i18n';
import { percent, type Minor } from '../money';
import { whole } from '../parts/amount';
import { go } from '../route';
import { useWidth } from './axis';
import { type Band, KEPT, ribbon, type Sankey, SAVED_BEFORE, SMALLER } from './sankey';

export interface Labels {
  currency: string;
  smaller: number; // how many are told together
  sourceName: (id: string) => string;
  hrefOf: (id: string, side: 'in' | 'out') => string | null;
}

const NODE = 12;

export function targetName(id: string, smaller: number): string {
  if (id === KEPT) return t('flow.kept');
  return id === SMALLER ? tn('flow.smaller', smaller) : nameOf(id);
}

export function colourOf(id: string): string {
  if (id === KEPT || id === 'income') return 'var(--cat-income)';
  return id === SMALLER || id === SAVED_BEFORE || id === 'uncategorized' ? 'var(--bar)' : `var(--cat-${id})`;
}

export function SankeyView({ flow, labels }: { flow: (height: number) => Sankey; labels: Labels }) {
  const [box, width] = useWidth();
  return <div ref={box}>{width > 0 && <Drawing flow={flow(width < 700 ? 380 : 430)} labels={labels} width={width} />}</div>;
}

function Drawing({ flow, labels, width }: { flow: Sankey; labels: Labels; width: number }) {
  const narrow = width < 700;
  const money = (minor: Minor) => whole(minor, labels.currency);
  const top = 20;
  const middle = narrow ? 0 : Math.round(width * 0.44);
  const left = 170;
  const right = narrow ? Math.round(width * 0.46) : width - 254;
  const smaller = labels.smaller;
  return (
    <svg class="chart flows" viewBox={`0 0 ${width} ${flow.height + top + 8}`} width={width} height={flow.height + top + 8}
      role="group" aria-label={t('flow.label')}>
      {!narrow && flow.sources.map((band) => {
        const y = band.y + top;
        const name = band.id === SAVED_BEFORE ? t('flow.saved') : labels.sourceName(band.id);
        return (
          <Ribbon key={band.id} href={labels.hrefOf(band.id, 'in')} name={`${name} ${money(band.minor)}`}>
            <path d={ribbon(left + NODE, y, middle, band.middle + top, band.height)} fill={colourOf(band.id === SAVED_BEFORE ? band.id : 'income')} />
            <rect x={left} y={y} width={NODE} height={Math.max(band.height, 1)} fill={colourOf(band.id === SAVED_BEFORE ? band.id : 'income')} />
            <Two x={left - 10} y={y + band.height / 2} first={shorten(name, 24)} second={money(band.minor)} />
          </Ribbon>
        );
      })}
      <rect class="trunk" x={middle} y={flow.bar.y + top} width={NODE} height={flow.bar.height} />
      <text class="l halo" x={narrow ? 0 : middle + NODE / 2} y={flow.bar.y + top - 8} text-anchor={narrow ? 'start' : 'middle'}>
        {t(flow.sources.some((band) => band.id === SAVED_BEFORE) ? 'flow.out' : 'flow.in', { amount: money(flow.total) })}
      </text>
      {flow.targets.map((band) => (
        <Target key={band.id} band={band} x={right} from={middle + NODE} top={top} width={width} narrow={narrow}
          name={targetName(band.id, smaller)} amount={money(band.minor)} share={percent(band.minor, flow.total)}
          href={labels.hrefOf(band.id, 'out')} />
      ))}
    </svg>
  );
}

interface TargetProps {
  band: Band;
  x: number;
  from: number;
  top: number;
  width: number;
  narrow: boolean;
  name: string;
  amount: string;
  share: number;
  href: string | null;
}

function Target({ band, x, from, top, width, narrow, name, amount, share, href }: TargetProps) {
  const y = band.y + top;
  const text = y + band.height / 2 + 4;
  return (
    <Ribbon href={href} name={`${name} ${amount}`}>
      <path d={ribbon(from, band.middle + top, x, y, band.height)} fill={colourOf(band.id)} />
      <rect x={x} y={y} width={NODE} height={Math.max(band.height, 1)} fill={colourOf(band.id)} />
      <text class="l" x={x + NODE + 8} y={text}>{narrow ? shorten(name, 13) : name}</text>
      <text class="s" x={narrow ? width : width - 50} y={text} text-anchor="end">{amount}</text>
      {!narrow && <text x={width - 2} y={text} text-anchor="end">{t('percent', { n: Math.round(share) })}</text>}
    </Ribbon>
  );
}

function Two({ x, y, first, second }: { x: number; y: number; first: string; second: string }) {
  return (
    <>
      <text class="l" x={x} y={y - 3} text-anchor="end">{first}</text>
      <text class="s" x={x} y={y + 12} text-anchor="end">{second}</text>
    </>
  );
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

function Ribbon({ href, name, children }: { href: string | null; name: string; children: ComponentChildren }) {
  if (href === null) return <g>{children}</g>;
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
    scrollTo(0, 0);
  };
  return <a href={href} aria-label={name} onClick={open}>{children}</a>;
}
