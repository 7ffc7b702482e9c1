// Keys of the page that is shown, and the help that lists them.
import { useEffect, useRef, useState } from 'preact/hooks';

/** `keys` as in KeyboardEvent.key, with `ctrl+` before; several do the same. `run` may refuse with false: then others see the key. */
export interface Key { keys: string[]; text: string; run: (event: KeyboardEvent) => void | boolean }

const shown = new Set<{ part: string; list: Key[] }>();

/** Is the person writing, or does the browser want this key itself? */
export const busyWith = (event: KeyboardEvent) =>
  event.metaKey || event.altKey || (event.target as Element | null)?.closest?.('input,textarea,select,dialog,[contenteditable]') != null;

const nameOf = (event: KeyboardEvent) => (event.ctrlKey ? 'ctrl+' : '') + event.key;

/** Makes keys work while the component is there; `part` heads them in the help. */
export function useKeys(part: string, list: Key[]): void {
  const now = useRef(list);
  now.current = list;
  useEffect(() => {
    const entry = { part, get list() { return now.current; } };
    shown.add(entry);
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (busyWith(event) && event.key !== 'Escape')) return;
      // On a link or button, Enter and Space are its own.
      if ((event.key === 'Enter' || event.key === ' ') && (event.target as Element | null)?.closest?.('a,button,summary,label')) return;
      const key = now.current.find((k) => k.keys.includes(nameOf(event)));
      if (key && key.run(event) !== false) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => { shown.delete(entry); removeEventListener('keydown', onKey); };
  }, [part]);
}

const NAMES: Record<string, string> = { ' ': 'Space', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc' };
const nice = (key: string) => NAMES[key] ?? key;

/** The help itself, opened with `?`. */
export function Keys() {
  const [open, set] = useState(false);
  const box = useRef<HTMLDialogElement>(null);
  useKeys('Everywhere', [
    { keys: ['/'], text: 'trace id or query', run: () => { const jump = document.getElementById('jump'); if (!jump) return false; jump.focus(); return undefined; } },
    { keys: ['?'], text: 'these keys', run: () => set(true) },
  ]);
  useEffect(() => { if (open) box.current?.showModal(); }, [open]);
  useEffect(() => {
    const ask = () => set(true);
    addEventListener('awry:keys', ask);
    return () => removeEventListener('awry:keys', ask);
  }, []);
  if (!open) return null;
  return (
    <dialog class="keys" ref={box} onClose={() => set(false)} aria-labelledby="keys-title"
      onClick={(event) => { if (event.target === box.current) box.current?.close(); }}>
      <div class="keyhead"><h2 id="keys-title">Keys</h2><button class="btn" onClick={() => box.current?.close()}>Close <kbd>Esc</kbd></button></div>
      {[...shown].reverse().filter((s) => s.list.length > 0).map((s) => (
        <section key={s.part}><h3>{s.part}</h3>
          <dl>{s.list.map((k) => <div key={k.text}><dt>{k.keys.map((name) => <kbd key={name}>{nice(name)}</kbd>)}</dt><dd>{k.text}</dd></div>)}</dl>
        </section>
      ))}
      <p class="dim small">None work while a field has the cursor.</p>
    </dialog>
  );
}

/** Opens the help from a button. */
export const showKeys = () => dispatchEvent(new Event('awry:keys'));
