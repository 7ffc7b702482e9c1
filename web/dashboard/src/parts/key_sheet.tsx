// "?": every key of every page, over the page that one is at.
import { useEffect, useRef, useState } from 'preact/hooks';
import { t, type Key } from '../i18n';
import { KeySwitch, useKeys } from './keys';

const GROUPS: { title: Key; keys: [string, Key][] }[] = [
  { title: 'keys.everywhere', keys: [['?', 'key.all'], ['Esc', 'key.back'], ['J', 'key.next'], ['K', 'key.previous'], ['W', 'key.why'], ['U', 'key.undo']] },
  { title: 'keys.rows', keys: [['/', 'key.search'], ['R', 'key.review'], ['␣', 'key.select'], ['C', 'key.category'], ['N', 'key.note'], ['T', 'key.tag'],
    ['S', 'key.split'], ['L', 'key.link'], ['↵', 'key.confirm']] },
  { title: 'review.short', keys: [['1–4', 'key.choose'], ['↵', 'key.confirm'], ['C', 'key.category'], ['S', 'key.skip'], ['X', 'key.apart']] },
  { title: 'nav.fraud', keys: [['Y', 'key.me'], ['N', 'key.not_me'], ['S', 'key.skip']] },
];

export function KeySheet() {
  const [open, setOpen] = useState(false);
  const sheet = useRef<HTMLDialogElement>(null);
  useKeys({ '?': () => setOpen(true) });
  useEffect(() => { if (open) sheet.current?.showModal(); }, [open]);
  if (!open) return null;
  return (
    <dialog class="pop key-sheet" aria-labelledby="keys-title" ref={sheet} onClose={() => setOpen(false)}
      onClick={(event) => { if (event.target === sheet.current) sheet.current?.close(); }}>
      <header><h2 id="keys-title">{t('keys.title')}</h2>
        <button type="button" class="btn bare" aria-label={t('close')} onClick={() => sheet.current?.close()}>✕</button></header>
      <div class="groups">
        {GROUPS.map(({ title, keys }) => (
          <section key={title}>
            <h3>{t(title)}</h3>
            <dl>{keys.map(([key, name]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{t(name)}</dd></div>)}</dl>
          </section>
        ))}
      </div>
      <p class="note">{t('keys.note')} <KeySwitch /></p>
    </dialog>
  );
}
