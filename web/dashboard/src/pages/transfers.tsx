// Pairs of rows that are one move between own accounts: proposals to decide, and those that are linked.
import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { shortDay } from '../dates';
import { useTitle } from '../frame';
import { t, tn } from '../i18n';
import { decideTransfer, type Transfer, transfers } from '../ledger_api';
import { useLoad } from '../load';
import { Amount } from '../parts/amount';
import { useKeys } from '../parts/keys';
import { Section } from '../parts/section';
import { Empty, Shown, wordsFor } from '../parts/states';
import { say, sayError } from '../parts/toast';
import { follow } from '../route';
import { said } from '../said';

export function TransfersPage() {
  const suggested = useLoad((signal) => transfers('suggested', signal), []);
  const linked = useLoad((signal) => transfers('linked', signal), []);
  const [at, setAt] = useState(0);
  const { acting } = useApp();
  useTitle(t('nav.transfers'));
  const open = suggested.value ?? [];
  const decide = async (transfer: Transfer, verdict: 'confirm' | 'reject') => {
    try {
      await decideTransfer(transfer.id, verdict);
      say(t(verdict === 'confirm' ? 'transfer.linked' : transfer.state === 'linked' ? 'transfer.unlinked' : 'transfer.rejected'));
      suggested.reload();
      linked.reload();
    } catch (failure) {
      const { what, more } = wordsFor(failure);
      sayError(`${what} ${more}`);
    }
  };
  const current = open[Math.min(at, open.length - 1)];
  useKeys({
    j: () => setAt(Math.min(at + 1, open.length - 1)),
    k: () => setAt(Math.max(at - 1, 0)),
    y: () => { if (current && acting.may_edit) void decide(current, 'confirm'); },
    n: () => { if (current && acting.may_edit) void decide(current, 'reject'); },
  });
  return (
    <>
      <div class="head"><div><h1>{suggested.value ? tn('transfers.title', open.length) : t('nav.transfers')}</h1><p>{t('transfers.text')}</p></div></div>
      <Section title={t('transfers.suggested')} note={open.length > 0 ? t('transfers.keys') : ''}>
        <Shown loaded={suggested} rows={3}>
          {(list) => (list.length === 0 ? <p class="soft">{t('transfers.none')}</p> : (
            <ul>{list.map((one) => <Pair key={one.id} transfer={one} marked={one === current} onDecide={decide} />)}</ul>
          ))}
        </Shown>
      </Section>
      <Section title={t('transfers.linked')} note={linked.value ? tn('transfers.count', linked.value.length) : ''}>
        <Shown loaded={linked} rows={3}>
          {(list) => (list.length === 0 ? (
            <Empty title={t('transfers.none_linked')}><p>{t('transfers.none_linked.text')}</p>
              <a class="btn" href="/transactions" onClick={follow}>{t('nav.transactions')}</a></Empty>
          ) : <ul>{list.map((one) => <Pair key={one.id} transfer={one} marked={false} onDecide={decide} />)}</ul>)}
        </Shown>
      </Section>
    </>
  );
}

function Pair({ transfer, marked, onDecide }:
{ transfer: Transfer; marked: boolean; onDecide: (transfer: Transfer, verdict: 'confirm' | 'reject') => Promise<void> }) {
  const { acting } = useApp();
  return (
    <li class={marked ? 'pair sel' : 'pair'} data-transfer={transfer.id} aria-current={marked || undefined}>
      <div class="two">
        {[transfer.out, transfer.in].map((row) => (
          <div key={row.id}>
            <span class="soft">{shortDay(row.date)}</span> <b class="medium">{row.merchant}</b>
            <Amount minor={row.amount_minor} currency={row.currency} column />
          </div>
        ))}
      </div>
      <p class="note">{said(transfer.reason)}</p>
      {acting.may_edit && (
        <div class="acts">
          {transfer.state === 'suggested' && <button type="button" class="btn main" onClick={() => void onDecide(transfer, 'confirm')}>{t('transfers.yes')} {marked && <kbd>Y</kbd>}</button>}
          <button type="button" class="btn" onClick={() => void onDecide(transfer, 'reject')}>
            {t(transfer.state === 'suggested' ? 'transfers.no' : 'transfer.unlink')} {marked && <kbd>N</kbd>}</button>
        </div>
      )}
    </li>
  );
}
