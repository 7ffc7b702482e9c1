// The shell: top bar, the page that the address names, help with the keys.
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { getFindings } from './api';
import { Keys } from './keys';
import { lazy } from './lazy';
import { Symbols, Top } from './parts/marks';
import { followLinks, go, pageOf, usePlace } from './route';
import { applyTheme } from './theme';

const Findings = lazy(() => import('./pages/findings').then((m) => m.Findings));
const Search = lazy(() => import('./pages/search').then((m) => m.Search));
const TracePage = lazy(() => import('./pages/trace').then((m) => m.TracePage));
const Compare = lazy(() => import('./pages/compare').then((m) => m.Compare));
const Groups = lazy(() => import('./pages/groups').then((m) => m.Groups));
const Checks = lazy(() => import('./pages/checks').then((m) => m.Checks));
const Labels = lazy(() => import('./pages/labels').then((m) => m.Labels));
const Graph = lazy(() => import('./pages/graph').then((m) => m.Graph));
const DeepGraph = lazy(() => import('./pages/graph').then((m) => m.DeepGraph));
const Monitor = lazy(() => import('./pages/monitor').then((m) => m.Monitor));
const Drift = lazy(() => import('./pages/drift').then((m) => m.Drift));

function App() {
  const { path, params } = usePlace();
  const [standing, setStanding] = useState(0);
  useEffect(() => {
    getFindings().then((list) => setStanding(list.filter((f) => f.state === 'new' || f.state === 'confirmed').length), () => undefined);
  }, [path]);
  const embedded = params.has('uiEmbed');
  const asked = params.get('uiTheme');
  useEffect(() => applyTheme(embedded ? asked : null), [embedded, asked]);
  return (
    <>
      <Symbols />
      {embedded ? null : <><a class="skip" href="#content">Skip to the page</a><Top standing={standing} /></>}
      <div id="content" tabIndex={-1}><Shown path={path} onStanding={setStanding} /></div>
      <Keys />
    </>
  );
}

function Shown({ path, onStanding }: { path: string; onStanding: (n: number) => void }) {
  const place = pageOf(path);
  switch (place.page) {
    case 'findings': return <Findings onStanding={onStanding} />;
    case 'search': return <Search />;
    case 'trace': return <TracePage id={place.id} key={place.id} />;
    case 'compare': return <Compare a={place.a} b={place.b} />;
    case 'groups': return <Groups />;
    case 'checks': return <Checks />;
    case 'labels': return <Labels />;
    case 'graph': return <Graph />;
    case 'deep': return <DeepGraph />;
    case 'monitor': return <Monitor />;
    case 'drift': return <Drift />;
    case 'unknown': return <Unknown path={path} />;
  }
}

function Unknown({ path }: { path: string }) {
  useEffect(() => { document.title = 'No such page · Awry'; }, []);
  return (
    <main><div class="pagehead"><h1>There is no page at <code>{path}</code></h1></div>
      <p class="acts"><button class="btn main" onClick={() => go('/')}>Findings</button><button class="btn" onClick={() => go('/search')}>Search</button></p></main>
  );
}

applyTheme(new URLSearchParams(location.search).get('uiTheme'));
followLinks();
render(<App />, document.getElementById('app')!);
