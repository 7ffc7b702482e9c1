// The rows of a month, or those that answer a question to all months; what the model made of each.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Account, get, mayEditAccount, type Transaction, transaction, type TransactionFilter } from '../api';
import { useApp } from '../app';
import { CATEGORIES, nameOf } from '../categories';
import { longDay, longMonth, monthName } from '../dates';
import { useDecide } from '../deciding';
import { addressOf, apiFilter, type Filter, isEverywhere, readFilter, rowAddress, whenOf } from '../filter';
import { useTitle } from '../frame';
import { t, tn } from '../i18n';
import { type Total, totals } from '../ledger_api';
import { useLoad, useRepeat } from '../load';
import { AddRow } from '../parts/add_row';
import { Amount } from '../parts/amount';
import { BulkBar, type BulkTool, pairOf } from '../parts/bulk_bar';
import { KeyHelp, useKeys } from '../parts/keys';
import { Period } from '../parts/period';
import { type DetailPlace, RowDetail } from '../parts/row_detail';
import { RowsTable } from '../parts/rows_table';
import { SearchField } from '../parts/search_field';
import { Empty, Shown, wordsFor } from '../parts/states';
import { sayError } from '../parts/toast';
import { WhyPopover } from '../parts/why';
import { follow, go, usePlace } from '../route';
import { byDay, fetchRows, latestMonth, type Rows, ROWS_AT_ONCE, thisMonth } from '../rows';

// Which row the keys are at, what is open below it, and whether its category is being chosen.
interface Focus {
  at: string | null;
  open: { id: string; what: 'why' | DetailPlace } | null;
  picking: boolean;
}

const NONE: ReadonlySet<string> = new Set();
const accountsOf = (signal: AbortSignal) => get<{ accounts: Account[] }>('/api/accounts', {}, signal).then((answer) => answer.accounts);

export function TransactionsPage() {
  const { query } = usePlace();
  const filter = readFilter(query);
  const accounts = useLoad(accountsOf, []);
  const known = accounts.value !== undefined;
  const placed = filter.month !== null || filter.day !== undefined || isEverywhere(filter);
  const wanted = query.get('row');
  useEffect(() => {
    if (placed) return;
    if (wanted) { // a row alone: its day is asked for
      transaction(wanted).then((row) => go(rowAddress(row, query.get('why') === '1'), true), () => go('/transactions', true));
      return;
    }
    latestMonth().then((month) => go(addressOf({ ...filter, month: month ?? thisMonth() }), true), () => go(addressOf({ ...filter, month: thisMonth() }), true));
  }, [placed]);
  if (accounts.error !== undefined) return <Shown loaded={accounts}>{() => null}</Shown>;
  return placed && known ? <RowsPage filter={filter} accounts={accounts.value!} wanted={wanted} why={query.get('why') === '1'} /> : null;
}

// `wanted`: the row that somebody asked for, with its `why` when so.
function RowsPage({ filter, accounts, wanted, why }: { filter: Filter; accounts: Account[]; wanted: string | null; why: boolean }) {
  const { config, acting } = useApp();
  const asked = apiFilter(filter, accounts);
  const question = JSON.stringify(asked);
  const loaded = useLoad<Rows>((signal) => fetchRows(asked, signal), [question]);
  const sums = useLoad((signal) => totals(asked, signal), [question]);
  const unsure = useLoad((signal) => totals({ ...asked, review: 1 }, signal), [question]);
  const [focus, setFocus] = useState<Focus>({ at: null, open: null, picking: false });
  useEffect(() => {
    if (wanted !== null) setFocus({ at: wanted, open: why ? { id: wanted, what: 'why' } : null, picking: false });
  }, [wanted]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(NONE);
  const [tool, setTool] = useState<BulkTool>(null);
  const [adding, setAdding] = useState(false);
  const close = useCallback(() => setFocus((was) => ({ ...was, open: null, picking: false })), []);
  const all = loaded.value?.rows ?? [];
  const flat = byDay(all).flatMap((group) => group.rows);
  const open = accounts.filter((account) => account.closed !== true && mayEditAccount(acting, account.id));
  const names = new Map(accounts.map((account) => [account.id, account.name]));
  // Rows that are on their way change by themselves; not under the hands of who is answering.
  const queued = all.filter((row) => row.processing === 'queued').length;
  const reload = () => { loaded.reload(); sums.reload(); unsure.reload(); };
  useRepeat(queued > 0 && focus.open === null && chosen.size === 0 && all.length <= ROWS_AT_ONCE, 3000, reload);
  const { decide, put, undo } = useDecide(all, (rows) => loaded.replace({ ...loaded.value!, rows }), close);
  const everywhere = isEverywhere(filter);
  useTitle(everywhere ? t('tx.search_title') : `${t('nav.transactions')}, ${whenOf(filter)}`);
  const change = (part: Partial<Filter>) => {
    close();
    setChosen(NONE);
    go(addressOf({ ...filter, ...part }), part.q !== undefined);
  };
  const toReview = (unsure.value ?? []).reduce((n, one) => n + one.rows, 0);

  const search = useRef<HTMLInputElement>(null);
  useFocusBack(focus);
  const move = (by: number) => {
    const at = flat.findIndex((row) => row.id === focus.at);
    const next = flat[Math.max(0, Math.min(flat.length - 1, at < 0 ? 0 : at + by))];
    if (next) setFocus({ at: next.id, open: null, picking: false });
  };
  const marked = flat.find((row) => row.id === focus.at);
  const openMarked = (what: 'why' | DetailPlace, picking = false) => {
    if (marked && (what !== 'why' || marked.processing === 'done')) setFocus({ at: marked.id, open: { id: marked.id, what }, picking });
  };
  const last = useRef<string | null>(null);
  const choose = (row: Transaction, whole: boolean) => {
    const next = new Set(chosen);
    const [from, to] = [flat.findIndex((one) => one.id === last.current), flat.indexOf(row)];
    const range = whole && from >= 0 ? flat.slice(Math.min(from, to), Math.max(from, to) + 1) : [row];
    const on = !chosen.has(row.id);
    for (const one of range) if (on) next.add(one.id); else next.delete(one.id);
    last.current = row.id;
    setChosen(next);
  };
  const picked = flat.filter((row) => chosen.has(row.id));
  const pair = pairOf(picked);
  useKeys({
    '/': () => search.current?.focus(),
    j: () => move(1),
    k: () => move(-1),
    ' ': () => { if (acting.may_edit && marked) choose(marked, false); },
    w: () => openMarked('why'),
    c: () => { if (acting.may_edit) { if (picked.length > 0) setTool('category'); else openMarked('why', true); } },
    t: () => { if (acting.may_edit) { if (picked.length > 0) setTool('tag'); else openMarked('tags'); } },
    s: () => { if (acting.may_edit) openMarked('split'); },
    n: () => openMarked('note'),
    l: () => { if (pair) document.querySelector<HTMLElement>('.bulk [data-link]')?.click(); },
    u: undo,
    r: () => { if (toReview > 0) go(reviewAddress(filter)); },
    Escape: () => { if (focus.open) close(); else if (tool) setTool(null); else setChosen(NONE); },
  });

  const changed = (row: Transaction) => { put(row); sums.reload(); };
  const merchants = new Set(picked.map((row) => row.merchant));
  const same = merchants.size === 1 ? flat.filter((row) => row.merchant === picked[0]!.merchant && !chosen.has(row.id)) : [];
  return (
    <>
      <div class="head">
        <div>
          <h1>{everywhere ? t('tx.search_title') : t('nav.transactions')}</h1>
          <p>{sums.value ? <Totals sums={sums.value} filter={filter} queued={queued} /> : '\u00a0'}</p>
        </div>
        {filter.day && <a class="btn" href={addressOf({ ...filter, day: undefined, month: filter.day.slice(0, 7) })} onClick={follow}>{t('tx.whole_month', { month: longMonth(filter.day.slice(0, 7)) })}</a>}
        {!everywhere && !filter.day && <Period month={filter.month!} onChange={(month) => change({ month })} />}
      </div>
      <div class="bar">
        <SearchField input={search} value={filter.q} onSearch={(q) => change({ q })} />
        {accounts.length > 1 && (
          <select class="field" aria-label={t('tx.account')} value={filter.account} onChange={(event) => change({ account: event.currentTarget.value })}>
            <option value="">{t('tx.every_account')}</option>
            {accounts.map((account) => <option key={account.id} value={account.id}>{account.name}</option>)}
          </select>
        )}
        <select class="field" aria-label={t('tx.category')} value={filter.category} onChange={(event) => change({ category: event.currentTarget.value })}>
          <option value="">{t('tx.every_category')}</option>
          {CATEGORIES.map((id) => <option key={id} value={id}>{nameOf(id)}</option>)}
        </select>
        <button type="button" class={filter.unsure ? 'btn on' : 'btn'} aria-pressed={filter.unsure} onClick={() => change({ unsure: !filter.unsure })}>
          {t('tx.unsure_only')}&nbsp;<span class="count">{toReview}</span>
        </button>
        {!adding && open.length > 0 && <button type="button" class="btn" onClick={() => setAdding(true)}>{t('add.open')}</button>}
        {toReview > 0 && acting.may_edit && <a class="btn main" href={reviewAddress(filter)} onClick={follow}>{t('review.short')} <kbd>R</kbd></a>}
      </div>
      {adding && <AddRow accounts={open} chosen={filter.account} onClose={() => setAdding(false)}
        onAdded={(row) => { setAdding(false); reload(); go(rowAddress(row, false)); }} />}
      <p class="note links">{t('tx.search_hint')} <a href="/transfers" onClick={follow}>{t('nav.transfers')}</a> · <a href="/rules" onClick={follow}>{t('nav.rules')}</a></p>
      <Shown loaded={loaded} rows={12}>
        {() => (flat.length === 0 ? <NoRows filter={filter} change={change} /> : (
          <RowsTable rows={all} accounts={names} at={focus.at} chosen={chosen} mayChoose={acting.may_edit} open={focus.open?.id ?? null}
            onChoose={choose} onWhy={(row) => setFocus({ at: row.id, open: focus.open?.id === row.id && focus.open.what === 'why' ? null : { id: row.id, what: 'why' }, picking: false })}
            onDetail={(row) => setFocus({ at: row.id, open: focus.open?.id === row.id && focus.open.what !== 'why' ? null : { id: row.id, what: 'note' }, picking: false })}
            below={(row) => (focus.open?.what === 'why' ? (
              <div class="popanchor">
                <WhyPopover row={row} awryUrl={config.awry_url} startWithPicker={focus.picking} mayEdit={mayEditAccount(acting, row.account)}
                  onDecide={(category) => void decide(row, category)} onClose={close} />
              </div>
            ) : (
              <RowDetail key={row.id} row={row} start={focus.open!.what as DetailPlace} mayEdit={mayEditAccount(acting, row.account)} awryUrl={config.awry_url} onChange={changed} onClose={close} />
            ))} />
        ))}
      </Shown>
      {loaded.value?.next && <More asked={asked} rows={loaded.value} onRows={loaded.replace} />}
      {picked.length > 0 && (
        <BulkBar rows={picked} sameMerchant={same.length} tool={tool} setTool={setTool}
          onSelectMerchant={() => setChosen(new Set([...chosen, ...same.map((row) => row.id)]))}
          onDone={() => { setChosen(NONE); reload(); }} onClear={() => setChosen(NONE)} />
      )}
      <KeyHelp keys={[['/', 'key.search'], ['J', 'key.next'], ['K', 'key.previous'], ['␣', 'key.select'], ['W', 'key.why'], ['C', 'key.category'],
        ['N', 'key.note'], ['T', 'key.tag'], ['S', 'key.split'], ['↵', 'key.confirm'], ['U', 'key.undo'], ['R', 'key.review'], ['Esc', 'key.back']]} />
    </>
  );
}

const reviewAddress = (filter: Filter) => (filter.month && !isEverywhere(filter) ? `/review?month=${filter.month}` : '/review');

// A popover that closes gives the focus back to where it came from.
function useFocusBack(focus: Focus): void {
  const was = useRef<string | null>(null);
  useEffect(() => {
    if (focus.open === null && was.current !== null && document.activeElement === document.body) {
      document.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(was.current)}"] button.chip`)?.focus();
    }
    was.current = focus.open?.id ?? null;
  }, [focus.open]);
}

function Totals({ sums, filter, queued }: { sums: Total[]; filter: Filter; queued: number }) {
  const rows = sums.reduce((n, one) => n + one.rows, 0);
  return (
    <>
      {filter.q ? tn('tx.found', rows, { q: filter.q }) : isEverywhere(filter) ? tn('rows', rows)
        : filter.day ? tn('tx.count_day', rows, { day: longDay(filter.day) }) : tn('tx.count', rows, { month: monthName(filter.month!) })}
      {sums.filter((one) => one.out_minor !== 0n).map((one) => <span key={one.currency}> · <Amount minor={-one.out_minor} currency={one.currency} /> {t('tx.out')}</span>)}
      {sums.filter((one) => one.in_minor !== 0n).map((one) => <span key={one.currency}> · <Amount minor={one.in_minor} currency={one.currency} /> {t('tx.in')}</span>)}
      {rows > 0 && <> · {t('tx.without_transfers')}</>}
      {queued > 0 && <> · {tn('tx.queued', queued)}</>}
    </>
  );
}

// The next rows come when the end of the list comes near; the button, when one goes there by keyboard.
function More({ asked, rows, onRows }: { asked: TransactionFilter; rows: Rows; onRows: (rows: Rows) => void }) {
  const end = useRef<HTMLParagraphElement>(null);
  const busy = useRef(false);
  const more = async () => {
    if (busy.current || !rows.next) return;
    busy.current = true;
    try {
      const page = await fetchRows({ ...asked, cursor: rows.next });
      onRows({ rows: [...rows.rows, ...page.rows], next: page.next });
    } catch (failure) {
      sayError(wordsFor(failure).what);
    } finally {
      busy.current = false;
    }
  };
  const latest = useRef(more);
  latest.current = more;
  useEffect(() => {
    const watch = new IntersectionObserver((seen) => { if (seen.some((one) => one.isIntersecting)) void latest.current(); }, { rootMargin: '600px' });
    watch.observe(end.current!);
    return () => watch.disconnect();
  }, [rows.next]);
  return <p class="after" ref={end}><button type="button" class="btn" onClick={() => void more()}>{t('tx.more')}</button></p>;
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
  if (filter.q || filter.category || filter.account) {
    return (
      <Empty title={t('tx.none_found')}>
        <p>{t('tx.none_found.text')}</p>
        <button type="button" class="btn main" onClick={() => change({ q: '', category: '', account: '', unsure: false })}>{t('tx.show_all')}</button>
      </Empty>
    );
  }
  return (
    <Empty title={filter.day ? t('tx.none_day', { day: longDay(filter.day) }) : t('tx.none', { month: longMonth(filter.month!) })}>
      <p>{t('tx.none.text')}</p>
      <a class="btn main" href="/import" onClick={follow}>{t('nav.import')}</a>{' '}
      <a class="btn" href="/welcome" onClick={follow}>{t('welcome.short')}</a>
    </Empty>
  );
}
