// Rows by day. A row's chip opens its why; its name opens what else belongs to it.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Transaction } from '../api';
import { nameOf } from '../categories';
import { longDay } from '../dates';
import { t, tn } from '../i18n';
import { byDay, mainCurrency, sumsByCurrency } from '../rows';
import { Amount } from './amount';
import { CategoryChip } from './chip';

interface Props {
  rows: Transaction[];
  accounts: ReadonlyMap<string, string>;
  at: string | null; // the row that the keys are at
  chosen: ReadonlySet<string>;
  mayChoose: boolean;
  open: string | null; // the row that is explained or detailed below it
  below: (row: Transaction) => ComponentChildren;
  onWhy: (row: Transaction) => void;
  onDetail: (row: Transaction) => void;
  onChoose: (row: Transaction, whole: boolean) => void; // `whole`: all from the last one chosen
}

export function RowsTable({ rows, accounts, at, chosen, mayChoose, open, below, onWhy, onDetail, onChoose }: Props) {
  const columns = mayChoose ? 5 : 4;
  return (
    <table class={mayChoose ? 'tx rows chooses' : 'tx rows'}>
      <thead>
        <tr>
          {mayChoose && <th class="ck"><span class="vh">{t('tx.choose')}</span></th>}
          <th>{t('tx.merchant')}</th><th class="c">{t('tx.category')}</th><th class="a">{t('tx.account')}</th>
          <th class="m r">{t('tx.amount', { currency: mainCurrency(rows) ?? '' })}</th>
        </tr>
      </thead>
      {byDay(rows).map((group) => (
        <tbody key={group.day}>
          <tr class="day">
            <th colSpan={columns - 2} scope="rowgroup">{longDay(group.day)}</th>
            <th class="r" colSpan={2}><DaySum rows={group.rows} /></th>
          </tr>
          {group.rows.map((row) => [
            <Row key={row.id} row={row} account={accounts.get(row.account ?? '') ?? ''} marked={at === row.id} chosen={chosen.has(row.id)}
              mayChoose={mayChoose} open={open === row.id} onWhy={onWhy} onDetail={onDetail} onChoose={onChoose} />,
            open === row.id && <tr key={`${row.id} below`} class="poprow"><td colSpan={columns}>{below(row)}</td></tr>,
          ])}
        </tbody>
      ))}
    </table>
  );
}

function DaySum({ rows }: { rows: Transaction[] }) {
  const sums = [...sumsByCurrency(rows, () => true)];
  return <span title={t('tx.without_transfers')}>{sums.map(([currency, minor], i) => (
    <span key={currency}>{i > 0 && ' '}<Amount minor={minor} currency={currency} column /></span>))}</span>;
}

interface RowProps {
  row: Transaction;
  account: string;
  marked: boolean;
  chosen: boolean;
  mayChoose: boolean;
  open: boolean;
  onWhy: (row: Transaction) => void;
  onDetail: (row: Transaction) => void;
  onChoose: (row: Transaction, whole: boolean) => void;
}

function Row({ row, account, marked, chosen, mayChoose, open, onWhy, onDetail, onChoose }: RowProps) {
  const self = useRef<HTMLTableRowElement>(null);
  useEffect(() => { if (marked) self.current?.scrollIntoView({ block: 'nearest' }); }, [marked]);
  const raw = row.description !== row.merchant ? row.description : '';
  const kind = [(marked || chosen) && 'sel', row.status === 'pending' && 'pend'].filter(Boolean).join(' ');
  return (
    <tr ref={self} class={kind} data-id={row.id} aria-current={marked || undefined}>
      {mayChoose && (
        <td class="ck">
          <input type="checkbox" checked={chosen} aria-label={t('tx.choose_row', { merchant: row.merchant })}
            onClick={(event) => onChoose(row, event.shiftKey)} />
        </td>
      )}
      <td class="w" title={row.description}>
        <button type="button" class="who" onClick={() => onDetail(row)}>{row.merchant}</button>
        {row.status === 'pending' && <> <span class="tag">{t('row.pending')}</span></>}
        {row.transfer?.state === 'linked' && <> <span class="tag">{t('row.linked')}</span></>}
        {(row.tags ?? []).map((tag) => <span key={tag}> <span class="tag acc">{tag}</span></span>)}
        {(row.splits ?? []).length > 0 && <> <span class="tag" title={row.splits!.map((part) => nameOf(part.category)).join(', ')}>{tn('row.parts', row.splits!.length)}</span></>}
        {row.note && <span class="raw noted">{row.note}</span>}
        {raw && <span class="raw">{raw}</span>}
      </td>
      <td class="c"><CategoryChip row={row} open={open} onOpen={() => onWhy(row)} /></td>
      <td class="a">{account}</td>
      <td class="m r"><Amount minor={row.amount_minor} currency={row.currency} column /></td>
    </tr>
  );
}
