import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { getFindings } from './api';
import { Symbols, Top } from './parts/marks';
import { Findings } from './pages/findings';
import { Search } from './pages/search';
import { TracePage } from './pages/trace';
import { followLinks, go, usePlace } from './route';

function App() {
  const { path, params } = usePlace();
  const [standing, setStanding] = useState(0);
  useEffect(() => {
    getFindings().then((list) => setStanding(list.filter((f) => f.state === 'new' || f.state === 'confirmed').length), () => undefined);
  }, [path]);
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.key !== '/' || (e.target as Element).closest?.('input,textarea,select')) return;
      const box = document.getElementById('jump');
      if (box) { e.preventDefault(); box.focus(); }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const trace = /^\/trace\/([0-9a-fA-F]{1,32})$/.exec(path);
  const embedded = params.has('uiEmbed');
  return (
    <>
      <Symbols />
      {embedded ? null : <Top standing={standing} />}
      {trace ? <TracePage id={trace[1]!.toLowerCase()} key={trace[1]} />
        : path === '/search' ? <Search />
        : path === '/' || path === '/findings' ? <Findings onStanding={setStanding} />
        : <Unknown path={path} />}
    </>
  );
}

function Unknown({ path }: { path: string }) {
  return (
    <main><div class="pagehead"><h1>There is no page at <code>{path}</code></h1></div>
      <p class="acts"><button class="btn main" onClick={() => go('/')}>Findings</button><button class="btn" onClick={() => go('/search')}>Search</button></p></main>
  );
}

followLinks();
render(<App />, document.getElementById('app')!);
