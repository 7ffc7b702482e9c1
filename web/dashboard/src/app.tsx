// Decides what a visitor sees: the first visit, the door, or the book itself.
import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useState } from 'preact/hooks';
import { ApiError, type ActingRight, type Config, type Me, get, session } from './api';
import { Frame, MorePage } from './frame';
import { currentLanguage } from './i18n';
import { lazy } from './lazy';
import { FirstVisit, invitationCode, LogIn } from './pages/door';
import { Overview } from './pages/overview';
import { TransactionsPage } from './pages/transactions';
import { ErrorBox, Waiting } from './parts/states';
import { Toast } from './parts/toast';
import { onLanguage } from './look';
import { go, usePlace } from './route';

export interface AppState {
  config: Config;
  me: Me;
  acting: ActingRight;
  actAs: (id: string) => void;
  refresh: () => Promise<Me>;
  refreshConfig: () => void;
  signedOut: () => void;
}

const Context = createContext<AppState | null>(null);

export function useApp(): AppState {
  const state = useContext(Context);
  if (!state) throw new Error('outside of the app');
  return state;
}

const REMEMBERED = 'finance.acting';

// The user that was chosen last, while the right to act for them stands.
function rememberedUser(me: Me): string {
  const id = localStorage.getItem(REMEMBERED);
  return id !== null && me.users.some((user) => user.id === id) ? id : me.user_id;
}

async function fetchMe(): Promise<Me | null> {
  const acting = session.user;
  session.user = '';  // a right that has gone must not refuse this question
  try {
    return await get<Me>('/api/me');
  } catch (failure) {
    if (failure instanceof ApiError && failure.status === 401) return null;
    throw failure;
  } finally {
    session.user = acting;
  }
}

// What is seen first comes with the first file; the rest when it is first shown.
const AlertsPage = lazy(async () => (await import('./pages/alerts')).AlertsPage);
const BankPage = lazy(async () => (await import('./pages/bank')).BankPage);
const BudgetsPage = lazy(async () => (await import('./pages/budgets')).BudgetsPage);
const FraudPage = lazy(async () => (await import('./pages/fraud')).FraudPage);
const FlowPage = lazy(async () => (await import('./pages/flow')).FlowPage);
const ImportPage = lazy(async () => (await import('./pages/import')).ImportPage);
const RecurringPage = lazy(async () => (await import('./pages/recurring')).RecurringPage);
const ReviewPage = lazy(async () => (await import('./pages/review')).ReviewPage);
const RulesPage = lazy(async () => (await import('./pages/rules')).RulesPage);
const SettingsPage = lazy(async () => (await import('./pages/settings')).SettingsPage);
const TransfersPage = lazy(async () => (await import('./pages/transfers')).TransfersPage);
const Welcome = lazy(async () => (await import('./pages/welcome')).Welcome);

function Page() {
  const { path } = usePlace();
  const { acting } = useApp();
  // Another user is another page: nothing of the one before is kept.
  switch (path) {
    case '/transactions': return <TransactionsPage key={acting.id} />;
    case '/review': return <ReviewPage key={acting.id} />;
    case '/budgets': return <BudgetsPage key={acting.id} />;
    case '/fraud': return <FraudPage key={acting.id} />;
    case '/bank': return <BankPage key={acting.id} />;
    case '/alerts': return <AlertsPage key={acting.id} />;
    case '/import': return <ImportPage key={acting.id} />;
    case '/flow': return <FlowPage key={acting.id} />;
    case '/recurring': return <RecurringPage key={acting.id} />;
    case '/rules': return <RulesPage key={acting.id} />;
    case '/transfers': return <TransfersPage key={acting.id} />;
    case '/settings': return <SettingsPage key={acting.id} />;
    case '/more': return <MorePage />;
    case '/welcome': return <Welcome />;
    default: return <Overview key={acting.id} />;
  }
}

export function App() {
  const [config, setConfig] = useState<Config | null>(null);
  const [me, setMe] = useState<Me | null>(null);
  const [user, setUser] = useState('');
  const [error, setError] = useState<unknown>(undefined);
  const [ready, setReady] = useState(false);
  const [language, setLanguage] = useState(currentLanguage);
  useEffect(() => onLanguage(() => setLanguage(currentLanguage())), []);

  const take = useCallback((known: Me | null) => {
    setMe(known);
    if (!known) return;
    session.csrf = known.csrf;
    session.user = rememberedUser(known);
    setUser(session.user);
  }, []);
  const start = useCallback(async () => {
    setError(undefined);
    try {
      setConfig(await get<Config>('/api/config'));
      take(await fetchMe());
      setReady(true);
    } catch (failure) {
      setError(failure);
    }
  }, [take]);
  useEffect(() => {
    session.onSignedOut = () => setMe(null);
    void start();
  }, [start]);

  const refresh = useCallback(async () => {
    const known = await fetchMe();
    take(known);
    if (!known) throw new ApiError(401, 'UNAUTHENTICATED', '');
    return known;
  }, [take]);
  const refreshConfig = useCallback(() => { get<Config>('/api/config').then(setConfig, () => {}); }, []);
  const actAs = useCallback((id: string) => {
    localStorage.setItem(REMEMBERED, id);
    session.user = id;
    setUser(id);
  }, []);
  const signedOut = useCallback(() => {
    localStorage.removeItem(REMEMBERED);
    session.user = '';
    setMe(null);
  }, []);

  if (error !== undefined) return <main class="page"><ErrorBox error={error} onRetry={() => void start()} /></main>;
  if (!ready || !config) return <main class="page"><Waiting /></main>;
  if (!me) {
    const enter = async (first: boolean) => {
      setConfig({ ...config, has_owner: true });
      take(await fetchMe());
      go(first ? '/welcome' : location.pathname + location.search, true);
    };
    const invitation = invitationCode();
    if (invitation !== '') return <FirstVisit config={config} invitation={invitation} onEnter={() => enter(true)} />;
    return config.has_owner ? <LogIn onEnter={() => enter(false)} /> : <FirstVisit config={config} onEnter={() => enter(true)} />;
  }
  const acting = me.users.find((right) => right.id === user) ?? { id: me.user_id, may_edit: true, sample: false };
  return (
    <Context.Provider value={{ config, me, acting, actAs, refresh, refreshConfig, signedOut }}>
      <Frame key={language}><Page /></Frame>
      <Toast />
    </Context.Provider>
  );
}
