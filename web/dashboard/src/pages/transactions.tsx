// The rows of a month by day, and what the model made of each.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Account, get, setCategory, type Transaction } from '../api';
import { useApp } from '../app';
import { CATEGORIES, isCategory, nameOf } from '../categories';
import { firstDay, isMonth, lastDay, longDay, longMonth, monthName, type Month } from '../dates';
import { useTitle } from '../frame';
import { t, tn } from '../i18n';
import { useLoad, useRepeat } from '../load';
import { Amount } from '../parts/amount';
import { CategoryChip, isUnsure } from '../parts/chip';
import { KeyHelp, useKeys } from '../parts/keys';
import { Period } from '../parts/period';
import { Empty, Shown, wordsFor } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { WhyPopover } from '../parts/why';
import { follow, go, usePlace } from '../route';
import { byDay, fetchRows, latestMonth, mainCurrency, monthRows, ROWS_AT_ONCE, type Rows, sumsByCurrency, thisMonth } from '../rows';

interface Filter {
  month: Month | null; // null: not known yet
  q: string;
  category: string;
  unsure: boolean;
}

function readFilter(query: URLSearchParams): Filter {
  const month = query.get('month') ?? '';
  return { month: isMonth(month) ? month : null, q: query.get('q') ?? '', category: query.get('category') ?? '',
    unsure: query.get('unsure') === '1' };
}

function addressOf(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.month) query.set('month', filter.month);
  if (filter.q) query.set('q', filter.q);
  if (filter.category) query.set('category', filter.category);
  if (filter.unsure) query.set('unsure', '1');
  return query.size > 0 ? `/transactions?${query}` : '/transactions';
}

// A search looks at all months; without one the month is the page.
function load(filter: Filter, signal: AbortSignal): Promise<Rows> {
  const category = filter.category ? { category: filter.category } : {};
  if (filter.q) return fetchRows({ q: filter.q, ...category }, signal);
  return filter.category ? fetchRows({ from: firstDay(filter.month!), to: lastDay(filter.month!), ...category }, signal)
    : monthRows(filter.month!, signal);
}

async function accountNames(signal: AbortSignal): Promise<Map<string, string>> {
  const { accounts } = await get<{ accounts: Account[] }>('/api/accounts', {}, signal);
  return new Map(accounts.map((account) => [account.id, account.name]));
}

function Totals({ rows, filter }: { rows: Transaction[]; filter: Filter }) {
  const out = [...sumsByCurrency(rows, (row) => row.amount_minor < 0n)];
  const into = [...sumsByCurrency(rows, (row) => row.amount_minor > 0n)];
  return (
    <>
      {filter.q ? tn('tx.found', rows.length, { q: filter.q })
        : tn('tx.count', rows.length, { month: monthName(filter.month!) })}
      {out.map(([currency, minor]) => <span key={currency}> · <Amount minor={minor} currency={currency} /> {t('tx.out')}</span>)}
      {into.map(([currency, minor]) => <span key={currency}> · <Amount minor={minor} currency={currency} /> {t('tx.in')}</span>)}
      {rows.some((row) => row.category === 'transfer') && <> · {t('tx.without_transfers')}</>}
      {rows.some((row) => row.processing === 'queued') && <> · {tn('tx.queued', rows.filter((row) => row.processing === 'queued').length)}</>}
    </>
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
  open: boolean;
  onOpen: () => void;
}

function Row({ row, account, marked, open, onOpen }: RowProps) {
  const self = useRef<HTMLTableRowElement>(null);
  useEffect(() => { if (marked) self.current?.scrollIntoView({ block: 'nearest' }); }, [marked]);
  const raw = row.description !== row.merchant ? row.description : '';
  return (
    <tr ref={self} class={marked ? 'sel' : ''} data-id={row.id} aria-current={marked || undefined}>
      <td class="w" title={row.description}>
        <span class="who">{row.merchant}</span> {row.status === 'pending' && <span class="tag">{t('row.pending')}</span>}
        {raw && <span class="raw">{raw}</span>}
      </td>
      <td class="c"><CategoryChip row={row} open={open} onOpen={onOpen} /></td>
      <td class="a">{account}</td>
      <td class="m r"><Amount minor={row.amount_minor} currency={row.currency} column /></td>
    </tr>
  );
}

// Which row is marked by the keys, which one is explained, and whether its category is being chosen.
interface Focus {
  at: string | null;
  open: string | null;
  picking: boolean;
}

function useDecide(rows: Transaction[], replace: (rows: Transaction[]) => void, done: () => void) {
  const latest = useRef(rows);
  latest.current = rows;
  const undoLast = useRef<(() => void) | null>(null);
  const put = (row: Transaction) => replace(latest.current.map((one) => (one.id === row.id ? row : one)));
  const decide = useCallback(async (row: Transaction, category: string) => {
    const before = row;
    put({ ...row, category, category_source: 'user' });
    done();
    try {
      await setCategory(row.id, category);
    } catch (failure) {
      put(before);
      const { what, more } = wordsFor(failure);
      sayError(`${t('tx.unchanged')} ${what} ${more}`);
      return;
    }
    if (before.category === category) {
      say(t('tx.confirmed', { merchant: row.merchant, category: nameOf(category) }));
      return;
    }
    const back = before.category && isCategory(before.category) ? before.category : null;
    undoLast.current = back === null ? null : () => {
      undoLast.current = null;
      void decide({ ...before, category, category_source: 'user' }, back);
    };
    say(t('tx.changed', { merchant: row.merchant, category: nameOf(category) }), undoLast.current ?? undefined);
  }, [done]);
  return { decide, undo: () => undoLast.current?.() };
}

export function TransactionsPage() {
  const { config, acting } = useApp();
  const { query } = usePlace();
  const filter = readFilter(query);
  const accounts = useLoad(accountNames, []);
  const loaded = useLoad<Rows>(async (signal) => {
    if (filter.month || filter.q) return load(filter, signal);
    const month = (await latestMonth(signal)) ?? thisMonth();
    go(addressOf({ ...filter, month }), true);
    return new Promise<Rows>(() => {}); // the new address loads again
  }, [filter.month, filter.q, filter.category]);
  const [focus, setFocus] = useState<Focus>({ at: null, open: null, picking: false });
  const close = useCallback(() => setFocus((was) => ({ ...was, open: null, picking: false })), []);
  const all = loaded.value?.rows ?? [];
  // Rows that are on their way change by themselves; not under the hands of who is answering.
  const queued = all.filter((row) => row.processing === 'queued').length;
  useRepeat(queued > 0 && focus.open === null && all.length <= ROWS_AT_ONCE, 3000, loaded.reload);
  const shown = filter.unsure ? all.filter(isUnsure) : all;
  const unsure = all.filter(isUnsure).length;
  const ordered = byDay(shown);
  const flat = ordered.flatMap((group) => group.rows);
  const { decide, undo } = useDecide(all, (rows) => loaded.replace({ ...loaded.value!, rows }), close);
  useTitle(filter.q ? t('tx.search_title') : `${t('nav.transactions')}${filter.month ? `, ${longMonth(filter.month)}` : ''}`);
  const change = (part: Partial<Filter>) => { close(); go(addressOf({ ...filter, ...part }), part.q !== undefined); };

  const search = useRef<HTMLInputElement>(null);
  // A popover that closes gives the focus back to the chip that it came from.
  const wasOpen = useRef<string | null>(null);
  useEffect(() => {
    if (focus.open === null && wasOpen.current !== null && document.activeElement === document.body) {
      document.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(wasOpen.current)}"] button.chip`)?.focus();
    }
    wasOpen.current = focus.open;
  }, [focus.open]);
  const move = (by: number) => {
    const at = flat.findIndex((row) => row.id === focus.at);
    const next = flat[Math.max(0, Math.min(flat.length - 1, at < 0 ? 0 : at + by))];
    if (next) setFocus({ at: next.id, open: null, picking: false });
  };
  const openMarked = (picking: boolean) => {
    const row = flat.find((one) => one.id === focus.at);
    if (row && row.processing === 'done') setFocus({ at: row.id, open: row.id, picking });
  };
  useKeys({
    '/': () => search.current?.focus(),
    j: () => move(1),
    k: () => move(-1),
    w: () => openMarked(false),
    c: () => acting.may_edit && openMarked(true),
    u: undo,
    r: () => { if (unsure > 0 && filter.month) go(`/review?month=${filter.month}`); },
    Escape: close,
  });

  const more = async () => {
    if (!loaded.value?.next) return;
    try {
      const range = filter.q ? { q: filter.q } : { from: firstDay(filter.month!), to: lastDay(filter.month!) };
      const page = await fetchRows({ ...range, ...(filter.category && { category: filter.category }), cursor: loaded.value.next });
      loaded.replace({ rows: [...all, ...page.rows], next: page.next });
    } catch (failure) {
      sayError(wordsFor(failure).what);
    }
  };
  return (
    <>
      <div class="head">
        <div>
          <h1>{filter.q ? t('tx.search_title') : t('nav.transactions')}</h1>
          <p>{loaded.value && !loaded.value.next && (filter.month || filter.q) ? <Totals rows={all} filter={filter} /> : '\u00a0'}</p>
        </div>
        {filter.month && !filter.q && <Period month={filter.month} onChange={(month) => change({ month })} />}
      </div>
      <div class="bar">
        <SearchField input={search} value={filter.q} onSearch={(q) => change({ q })} />
        <select class="field" aria-label={t('tx.category')} value={filter.category}
          onChange={(event) => change({ category: event.currentTarget.value })}>
          <option value="">{t('tx.every_category')}</option>
          {CATEGORIES.map((id) => <option key={id} value={id}>{nameOf(id)}</option>)}
        </select>
        <button type="button" class={filter.unsure ? 'btn on' : 'btn'} aria-pressed={filter.unsure}
          onClick={() => change({ unsure: !filter.unsure })}>
          {t('tx.unsure_only')}&nbsp;<span class="count">{unsure}</span>
        </button>
        {unsure > 0 && filter.month && !filter.q && acting.may_edit && (
          <a class="btn main" href={`/review?month=${filter.month}`} onClick={follow}>{t('review.short')} <kbd>R</kbd></a>
        )}
      </div>
      <Shown loaded={loaded} rows={12}>
        {() => (flat.length === 0 ? <NoRows filter={filter} change={change} /> : (
          <table class="tx rows">
            <thead>
              <tr>
                <th>{t('tx.merchant')}</th><th class="c">{t('tx.category')}</th><th class="a">{t('tx.account')}</th>
                <th class="m r">{t('tx.amount', { currency: mainCurrency(all) ?? '' })}</th>
              </tr>
            </thead>
            {ordered.map((group) => (
              <tbody key={group.day}>
                <tr class="day">
                  <th colSpan={2} scope="rowgroup">{longDay(group.day)}</th>
                  <th class="r" colSpan={2}><DaySum rows={group.rows} /></th>
                </tr>
                {group.rows.map((row) => [
                  <Row key={row.id} row={row} account={accounts.value?.get(row.account ?? '') ?? ''} marked={focus.at === row.id}
                    open={focus.open === row.id}
                    onOpen={() => setFocus({ at: row.id, open: focus.open === row.id ? null : row.id, picking: false })} />,
                  focus.open === row.id && (
                    <tr key={`${row.id} why`} class="poprow">
                      <td colSpan={4}>
                        <div class="popanchor">
                          <WhyPopover row={row} awryUrl={config.awry_url} startWithPicker={focus.picking} mayEdit={acting.may_edit}
                            onDecide={(category) => void decide(row, category)} onClose={close} />
                        </div>
                      </td>
                    </tr>
                  ),
                ])}
              </tbody>
            ))}
          </table>
        ))}
      </Shown>
      {loaded.value?.next && <p class="after"><button type="button" class="btn" onClick={() => void more()}>{t('tx.more')}</button></p>}
      <KeyHelp keys={[['/', 'key.search'], ['J', 'key.next'], ['K', 'key.previous'], ['W', 'key.why'], ['C', 'key.category'],
        ['↵', 'key.confirm'], ['U', 'key.undo'], ['R', 'key.review'], ['Esc', 'key.back']]} />
    </>
  );
}

function SearchField({ input, value, onSearch }:
{ input: { current: HTMLInputElement | null }; value: string; onSearch: (q: string) => void }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return undefined;
    const timer = setTimeout(() => onSearch(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <input ref={input} class="field grow" type="search" placeholder={t('tx.search')} aria-label={t('tx.search_label')} value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => { if (event.key === 'Escape') event.currentTarget.blur(); }} />
  );
}

function NoRows({ filter, change }: { filter: Filter; change: (part: Partial<Filter>) => void }) {
  if (filter.unsure && !filter.q) {
    return (
      <Empty title={t('tx.none_unsure')}>
        <p>{t('tx.none_unsure.text')}</p>
        <button type="button" class="btn main" onClick={() => change({ unsure: false })}>{t('tx.show_all')}</button>
      </Empty>
    );
  }
  if (filter.q || filter.category) {
    return (
      <Empty title={t('tx.none_found')}>
        <p>{t('tx.none_found.text')}</p>
        <button type="button" class="btn main" onClick={() => change({ q: '', category: '', unsure: false })}>{t('tx.show_all')}</button>
      </Empty>
    );
  }
  return (
    <Empty title={t('tx.none', { month: longMonth(filter.month!) })}>
      <p>{t('tx.none.text')}</p>
      <a class="btn main" href="/import" onClick={follow}>{t('nav.import')}</a>{' '}
      <a class="btn" href="/welcome" onClick={follow}>{t('welcome.short')}</a>
    </Empty>
  );
}
