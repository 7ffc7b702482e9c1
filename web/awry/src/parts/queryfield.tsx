// A field for a query: keys and values complete with Tab, and a text that does not parse is underlined where it is wrong.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError, getAttributes, getValues, parseQuery } from '../api';
import { contextAt, fieldText, fixedValues, INTRINSICS, OPERATORS, readField, STAGES } from '../complete';
import type { Context } from '../complete';
import { count } from '../format';
import { indexOfColumn, quote } from '../querytext';

interface Offer { text: string; note: string }

const ASK_AFTER_MS = 120, PARSE_AFTER_MS = 500, OFFERS_MAX = 12;

const starts = (list: [string, string][], prefix: string): Offer[] =>
  list.filter(([text]) => text.toLowerCase().startsWith(prefix.toLowerCase())).map(([text, note]) => ({ text, note }));

async function offersFor(context: Context, service: string, signal: AbortSignal): Promise<Offer[]> {
  if (context.kind === 'operator') return starts(OPERATORS, '');
  if (context.kind === 'stage') return starts(STAGES, context.prefix);
  if (context.kind === 'key') {
    const own = context.scope === '' ? starts(INTRINSICS, context.prefix) : [];
    const asked = context.scope === '' || context.scope === '.' || context.scope === 'trace' || context.scope === 'parent' ? undefined : context.scope;
    const keys = await getAttributes(context.prefix, service, undefined, signal).catch(() => []);
    return [...own, ...keys.filter((k) => asked === undefined || k.scope === asked).map((k) => ({
      text: fieldText(context.scope === '.' ? '' : context.scope === 'trace' || context.scope === 'parent' ? context.scope : k.scope, k.key),
      note: `${k.types.join(', ')} · ${count(k.count)}`,
    }))];
  }
  if (context.kind === 'value') {
    const fixed = fixedValues(context.field);
    if (fixed) return fixed.filter((v) => v.startsWith(context.prefix)).map((text) => ({ text, note: '' }));
    const { key, scope } = readField(context.field);
    const values = await getValues(key, key === 'service.name' ? undefined : scope, context.prefix, signal).catch(() => []);
    return values.map((v) => ({ text: typeof v.value === 'number' || typeof v.value === 'boolean' ? String(v.value) : quote(String(v.value)), note: count(v.count) }));
  }
  return [];
}

export interface Bad { message: string; column?: number }

/** The text with its wrong place underlined, and what was expected there. */
export function BadText({ text, bad }: { text: string; bad: Bad }) {
  const at = bad.column === undefined ? text.length : indexOfColumn(text, bad.column);
  return (
    <>
      <div class="code">{text.slice(0, at)}<mark class="err">{text.slice(at, at + 1).trim() === '' ? ' ' : text.slice(at, at + 1)}</mark>{text.slice(at + 1)}</div>
      <p class="c-error small tight">{bad.message}</p>
    </>
  );
}

export function QueryField({ id, value, onInput, onSubmit, label, placeholder, rows = 3, service = '', describedBy }: {
  id: string; value: string; onInput: (text: string) => void; onSubmit?: () => void; label?: string; placeholder?: string; rows?: number; service?: string;
  describedBy?: string;
}) {
  const list = useId();
  const box = useRef<HTMLTextAreaElement>(null);
  const [offers, setOffers] = useState<Offer[]>([]);
  const [active, setActive] = useState(0);
  const [moved, setMoved] = useState(false);
  const [context, setContext] = useState<Context>({ kind: 'none' });
  const [bad, setBad] = useState<Bad | null>(null);
  const asking = useRef<AbortController | null>(null);
  const timer = useRef(0);

  const close = () => { clearTimeout(timer.current); asking.current?.abort(); setOffers([]); };
  const ask = (always = false) => {
    clearTimeout(timer.current);
    asking.current?.abort();
    const field = box.current;
    if (!field) return;
    const found = contextAt(field.value, field.selectionStart);
    // An empty key would open the list at every brace: it opens on a letter, or on request.
    if (found.kind === 'none' || (!always && (found.kind === 'key' || found.kind === 'stage' || found.kind === 'operator') && found.prefix === '' && !('scope' in found && found.scope))) { setOffers([]); return; }
    timer.current = window.setTimeout(() => {
      const control = new AbortController();
      asking.current = control;
      offersFor(found, service, control.signal).then((got) => {
        if (control.signal.aborted) return;
        const typed = field.value.slice(found.from, found.to);
        setContext(found); setActive(0); setMoved(false);
        setOffers(got.filter((o) => o.text !== typed).slice(0, OFFERS_MAX));
      }, () => undefined);
    }, always ? 0 : ASK_AFTER_MS);
  };
  const take = (offer: Offer) => {
    const field = box.current;
    if (!field || context.kind === 'none') return;
    const text = field.value.slice(0, context.from) + offer.text + field.value.slice(context.to);
    onInput(text);
    close();
    const at = context.from + offer.text.length;
    requestAnimationFrame(() => { field.focus(); field.setSelectionRange(at, at); });
  };

  useEffect(() => () => close(), []);
  useEffect(() => {
    if (value.trim() === '') { setBad(null); return; }
    const control = new AbortController();
    const wait = setTimeout(() => {
      parseQuery(value, control.signal).then(() => setBad(null), (error) => {
        if (control.signal.aborted) return;
        setBad(error instanceof ApiError && error.status === 400 && error.column !== undefined ? { message: error.message, column: error.column } : null);
      });
    }, PARSE_AFTER_MS);
    return () => { clearTimeout(wait); control.abort(); };
  }, [value]);

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.ctrlKey && e.key === ' ') { e.preventDefault(); ask(true); return; }
    if (offers.length > 0) {
      if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
        e.preventDefault();
        setMoved(true);
        setActive((active + (e.key === 'ArrowDown' ? 1 : offers.length - 1)) % offers.length);
        return;
      }
      if ((e.key === 'Tab' && !e.shiftKey) || (e.key === 'Enter' && moved)) { e.preventDefault(); take(offers[active]!); return; }
      if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); close(); return; }
    }
    if (e.key === 'Enter' && !e.shiftKey && onSubmit) { e.preventDefault(); close(); onSubmit(); }
  };
  const open = offers.length > 0;
  return (
    <div class="qf">
      <textarea class="field mono" id={id} ref={box} rows={rows} value={value} placeholder={placeholder} spellcheck={false} autocomplete="off"
        {...(label ? { 'aria-label': label } : {})} aria-autocomplete="list" {...(open ? { 'aria-controls': list, 'aria-activedescendant': `${list}-${active}` } : {})}
        aria-invalid={bad !== null} {...(describedBy ? { 'aria-describedby': describedBy } : {})}
        onInput={(e) => { onInput(e.currentTarget.value); ask(); }} onKeyDown={onKeyDown} onBlur={() => setTimeout(close, 150)} />
      {open ? (
        <ul class="offers" role="listbox" id={list} aria-label="Completions">
          {offers.map((o, i) => (
            <li key={o.text} id={`${list}-${i}`} role="option" aria-selected={i === active} onMouseDown={(e) => { e.preventDefault(); take(o); }}>
              <code>{o.text}</code><span class="dim">{o.note}</span></li>
          ))}
        </ul>
      ) : null}
      {bad && !open ? <div class="qf-bad" role="status"><BadText text={value} bad={bad} /></div> : null}
    </div>
  );
}
