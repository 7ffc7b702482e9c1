// Long texts: cut, with a button for the whole; copying.
import { useEffect, useState } from 'preact/hooks';
import { count } from '../format';

const SHORT = 600;
const NAME = 160;

/** A name for one line of a page. */
export const short = (name: string) => (name.length > NAME ? `${name.slice(0, NAME)}…` : name);

export function Value({ text }: { text: string }) {
  const [all, show] = useState(false);
  if (text.length <= SHORT) return text === '' ? <span class="dim">empty</span> : <code class="value">{text}</code>;
  return (
    <>
      {all ? <code class="value whole" tabIndex={0}>{chunks(text).map((chunk, i) => <span class="chunk" key={i}>{chunk}</span>)}</code>
        : <><code class="value">{text.slice(0, SHORT)}</code>… </>}
      <button class="link nw" onClick={() => show(!all)}>{all ? 'show less' : `show all ${count(text.length)} characters`}</button>
    </>
  );
}

const CHUNK = 8_000;

/** Pieces that the browser lays out only when they come into view. */
function chunks(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / CHUNK) }, (_, i) => text.slice(i * CHUNK, (i + 1) * CHUNK));
}

/** Copies and says so. Without leave to use the clipboard it says that instead. */
export function Copy({ text, label, name }: { text: () => string; label: string; name?: string }) {
  const [said, say] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = setTimeout(() => say(''), 1500);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <button class="link nw" {...(name ? { 'aria-label': name } : {})} onClick={() => { copy(text()).then(() => say('copied'), () => say('not allowed')); }}>
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}

/** Over plain HTTP from another machine there is no clipboard object: the old way still works there. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'vh';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('not allowed');
}
