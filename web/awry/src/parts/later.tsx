// What a page says while the server has no such route: an older Awry behind newer pages.
import type { ApiError } from '../api';
import { Away, Say } from './marks';

export function Missing({ what }: { what: string }) {
  return (
    <Say state="Not served" glyph="none" title={`This server does not serve ${what}`} first>
      <p class="gloss">The pages are newer than the server behind them. Start the <code>awry</code> that came with these pages.</p>
    </Say>
  );
}

/** A failed load: the route is not there, the server is away, or it says why not. */
export function Failed({ error, what, at, again }: { error: ApiError; what: string; at: number; again: () => void }) {
  if (error.status === 404 || error.status === 405 || error.status === 501) return <Missing what={what} />;
  if (error.status === 0 || error.status === 502 || error.status === 503) return <Away message={error.message} at={at} again={again} />;
  return <Say state="No answer" glyph="error" title={error.message} first><p class="acts tight"><button class="btn" onClick={again}>Ask again</button></p></Say>;
}
