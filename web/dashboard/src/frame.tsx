// The head and foot of every page: whose book this is, and where one can go.
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ActingRight, type Me, post } from './api';
import { useApp } from './app';
import { useOpenCases } from './fraud_api';
import { formatNumber, t, tn, type Key } from './i18n';
import { FlowIcon, HouseIcon, ImportIcon, MoreIcon, OverviewIcon, RowsIcon } from './parts/icons';
import { KeySheet } from './parts/key_sheet';
import { sayError } from './parts/toast';
import { wordsFor } from './parts/states';
import { follow, usePlace } from './route';

interface Place {
  path: string;
  name: Key;
  short?: Key;
  Icon?: ComponentType; // stands in the bar at the foot of a phone
  counts?: boolean; // shows how many cases are open
}

const PLACES: Place[] = [
  { path: '/', name: 'nav.overview', Icon: OverviewIcon },
  { path: '/transactions', name: 'nav.transactions', short: 'nav.rows', Icon: RowsIcon },
  { path: '/flow', name: 'nav.flow', short: 'nav.flow.short', Icon: FlowIcon },
  { path: '/budgets', name: 'nav.budgets' },
  { path: '/recurring', name: 'nav.recurring' },
  { path: '/fraud', name: 'nav.fraud', counts: true },
  { path: '/import', name: 'nav.import', Icon: ImportIcon },
];
// Reached from other pages, and on a phone from "More".
const FURTHER: Place[] = [
  { path: '/alerts', name: 'nav.alerts' },
  { path: '/transfers', name: 'nav.transfers' },
  { path: '/rules', name: 'nav.rules' },
  { path: '/bank', name: 'nav.bank' },
  { path: '/settings', name: 'nav.settings' },
];

function OpenCases({ count }: { count: number }) {
  if (count === 0) return null;
  return <span class="count hot"><span aria-hidden="true">{formatNumber(count)}</span><span class="vh"> {tn('nav.open_cases', count)}</span></span>;
}

// On a phone: what the bar at the foot has no room for.
export function MorePage() {
  useTitle(t('nav.more'));
  const cases = useOpenCases();
  return (
    <>
      <div class="head"><div><h1>{t('nav.more')}</h1></div></div>
      <ul class="places">
        {[...PLACES.filter((place) => !place.Icon), ...FURTHER].map((place) => (
          <li key={place.path}><a href={place.path} onClick={follow}>{t(place.name)}{place.counts && <OpenCases count={cases} />}</a></li>
        ))}
      </ul>
    </>
  );
}

export function householdName(right: ActingRight, me: Me): string {
  if (!right.sample) return right.name ?? me.name;
  const samples = me.users.filter((user) => user.sample).length;
  return samples > 1 ? t('house.sample.of', { user: right.id }) : t('house.sample');
}

function Household() {
  const { me, acting, actAs } = useApp();
  if (me.users.length < 2) return <a class="house" href="/" onClick={follow}><HouseIcon />{me.name}</a>;
  return (
    <div class="house">
      <a href="/" onClick={follow} aria-label={t('nav.overview')} class="plain"><HouseIcon /></a>
      <select class="field house-pick" aria-label={t('house.label')} value={acting.id}
        onChange={(event) => actAs(event.currentTarget.value)}>
        {me.users.map((right) => <option key={right.id} value={right.id}>{householdName(right, me)}</option>)}
      </select>
    </div>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  const { path } = usePlace();
  const { signedOut } = useApp();
  const cases = useOpenCases();
  const current = (place: string) => (place === path ? { 'aria-current': 'page' as const } : {});
  const leave = () => post('/api/logout').then(signedOut, (failure: unknown) => sayError(wordsFor(failure).what));
  return (
    <>
      <a class="skip" href="#main">{t('skip')}</a>
      <header class="top">
        <div>
          <Household />
          <nav class="nav" aria-label={t('nav.label')}>
            {PLACES.map((place) => (
              <a key={place.path} href={place.path} onClick={follow} {...current(place.path)}>{t(place.name)}{place.counts && <OpenCases count={cases} />}</a>
            ))}
          </nav>
          <div class="tools">
            <a class="btn bare opt" href="/settings" onClick={follow} {...current('/settings')}>{t('nav.settings')}</a>
            <button type="button" class="btn bare" onClick={leave}>{t('logout')}</button>
          </div>
        </div>
      </header>
      <main class="page" id="main">{children}</main>
      <KeySheet />
      <nav class="tabbar" aria-label={t('nav.label')}>
        {PLACES.map(({ path: place, name, short, Icon }) => Icon && (
          <a key={place} href={place} onClick={follow} {...current(place)}><Icon />{t(short ?? name)}</a>
        ))}
        <a href="/more" onClick={follow} {...current('/more')}><MoreIcon />{t('nav.more')}<OpenCases count={cases} /></a>
      </nav>
    </>
  );
}

// The title of the browser's tab follows the page.
export function useTitle(title: string): void {
  const { acting, me } = useApp();
  useEffect(() => { document.title = `${title} · ${householdName(acting, me)}`; }, [title, acting, me]);
}
