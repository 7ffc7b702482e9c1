// Traces as they arrive. Nothing moves by itself: what came is counted, and shown on request.
import { useEffect, useRef, useState } from 'preact/hooks';
import { tail } from '../api';
import type { Hit } from '../api';
import { count } from '../format';
import { Glyph } from '../parts/marks';
import { List } from './list';

const KEPT_MAX = 500;
const none: ReadonlyMap<string, string> = new Map();

export function Tail({ query, onStop }: { query: string; onStop: () => void }) {
  const [shown, show] = useState<Hit[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [state, setState] = useState('connecting');
  const [skipped, setSkipped] = useState(0);
  const fresh = useRef<Hit[]>([]);
  useEffect(() => {
    fresh.current = [];
    show([]); setWaiting(0); setSkipped(0); setState('connecting');
    return tail(query, {
      ready: () => setState('live'),
      trace: (hit) => { fresh.current = [hit, ...fresh.current].slice(0, KEPT_MAX); setWaiting((n) => n + 1); },
      skipped: (n) => setSkipped((old) => old + n),
      end: (why) => setState(why || 'ended'),
    });
  }, [query]);
  const showNew = () => { show((old) => [...fresh.current, ...old].slice(0, KEPT_MAX)); fresh.current = []; setWaiting(0); };
  // The first ones come at once: an empty page would say nothing.
  useEffect(() => { if (shown.length === 0 && waiting > 0) showNew(); }, [waiting]);
  const live = state === 'live' || state === 'connecting';
  return (
    <>
      <div class="pick" role="status">
        <b>{state === 'live' ? 'Live' : state === 'connecting' ? 'Connecting' : <><Glyph name="error" /> Ended</>}</b>
        {live ? <span class="dim">{count(shown.length)} shown{skipped > 0 ? `, ${count(skipped)} left out at this rate` : ''}</span> : <span class="mid">{state}</span>}
        {waiting > 0 && shown.length > 0 ? <button class="btn main" onClick={showNew}>{count(waiting)} new</button> : null}
        <button class="btn" onClick={onStop}>{live ? 'Stop' : 'Back to the search'}</button>
      </div>
      {shown.length === 0 && live ? <p class="gloss tight">Waiting for traces that match; each appears when its last span has arrived.</p> : null}
      {shown.length > 0 ? <List hits={shown} chosen={new Set()} cursor="" sort="newest" onSort={() => undefined} highlight={none} /> : null}
    </>
  );
}
