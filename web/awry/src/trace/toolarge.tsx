// A trace with more spans than a tab can hold: what is known of it, and how to get at its parts.
import { count, duration, moment, nsToMs } from '../format';
import { Glyph, Say, Svc } from '../parts/marks';
import { address } from '../route';
import { SPANS_MAX, jsonLinks } from './api';
import type { TooLarge } from './api';
import { short } from './cut';

export function TooLargeState({ id, summary: { hit, failing } }: { id: string; summary: TooLarge }) {
  const quoted = `trace:id = "${id.padStart(32, '0')}"`;
  const part = (more: string) => address(`/search?lookback=all&query=${encodeURIComponent(`{ ${quoted} && ${more} }`)}`);
  return (
    <main>
      <div class="pagehead"><h1>{hit ? <>{short(hit.root.name)} <span class="dim light">{short(hit.root.service)}</span></> : <>Trace <code>{id}</code></>}</h1></div>
      {hit ? (
        <div class="kv below">
          <span>trace <b><code>{id}</code></b></span><span>start <b>{moment(nsToMs(hit.start_ns))}</b></span><span>duration <b>{duration(Number(hit.duration_ns) / 1000)}</b></span>
          <span><b>{count(hit.spans)}</b> spans</span><span><b>{count(hit.errors)}</b> errors</span>
        </div>) : null}
      <Say state="Large" title={hit ? `${count(hit.spans)} spans are more than a page can show` : 'This trace is larger than the server answers in one piece'} first>
        <p class="gloss">{hit ? `Up to ${count(SPANS_MAX)} are drawn. ` : <>Start the server with more <code>--memory</code>, or look from a terminal. </>}The whole trace can be saved and read with other tools{hit ? '; a query finds parts of it' : ''}.</p>
        <p class="acts block">{jsonLinks(id).map((l) => <a class="btn" key={l.name} href={l.href} download={l.file}>Save {l.name}</a>)}</p>
        <ul class="block">
          {hit ? <li><a href={part('status = error')}>its spans with errors</a></li> : null}
          {hit ? <li><a href={part(`duration > ${Math.max(1, Math.round(Number(hit.duration_ns) / 1e7))}ms`)}>its spans longer than a tenth of it</a></li> : null}
          <li><code>awry trace {id}</code> prints it in a terminal</li>
        </ul>
      </Say>
      {hit && failing.length > 0 ? (
        <section class="sec"><div class="rail"><p class="state c-error"><Glyph name="error" />Errors</p><p>the first {count(failing.length)} of {count(hit.errors)}</p></div>
          <ul>{failing.map((s) => <li key={s.span_id} class="acts"><Svc name={s.service} /> {short(s.name)} <code class="dim">{s.span_id}</code></li>)}</ul></section>
      ) : null}
    </main>
  );
}
