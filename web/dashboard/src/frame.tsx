// The head and foot of every page: whose book this is, and where one can go.
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ActingRight, type Me, post } from './api';
import { useApp } from './app';
import { t, type Key } from './i18n';
import { AlertIcon, BudgetsIcon, HouseIcon, ImportIcon, OverviewIcon, RowsIcon } from './parts/icons';
import { sayError } from './parts/toast';
import { wordsFor } from './parts/states';
import { follow, usePlace } from './route';

const PLACES: { path: string; name: Key; short: Key; Icon: ComponentType }[] = [
  { path: '/', name: 'nav.overview', short: 'nav.overview', Icon: OverviewIcon },
  { path: '/transactions', name: 'nav.transactions', short: 'nav.rows', Icon: RowsIcon },
  { path: '/budgets', name: 'nav.budgets', short: 'nav.budgets', Icon: BudgetsIcon },
  { path: '/alerts', name: 'nav.alerts', short: 'nav.alerts', Icon: AlertIcon },
  { path: '/import', name: 'nav.import', short: 'nav.import', Icon: ImportIcon },
];

export function householdName(right: ActingRight, me: Me): string {
  if (!right.sample) return me.name;
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
              <a key={place.path} href={place.path} onClick={follow} {...current(place.path)}>{t(place.name)}</a>
            ))}
          </nav>
          <div class="tools"><button type="button" class="btn bare" onClick={leave}>{t('logout')}</button></div>
        </div>
      </header>
      <main class="page" id="main">{children}</main>
      <nav class="tabbar" aria-label={t('nav.label')}>
        {PLACES.map(({ path: place, short, Icon }) => (
          <a key={place} href={place} onClick={follow} {...current(place)}><Icon />{t(short)}</a>
        ))}
      </nav>
    </>
  );
}

// The title of the browser's tab follows the page.
export function useTitle(title: string): void {
  const { acting, me } = useApp();
  useEffect(() => { document.title = `${title} · ${householdName(acting, me)}`; }, [title, acting, me]);
}
