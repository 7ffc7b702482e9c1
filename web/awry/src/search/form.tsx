// Jaeger's search form and the query.
import { useEffect, useState } from 'preact/hooks';
import { getOperations, getServices } from '../api';
import { config } from '../config';
import { useLoad } from '../load';
import { QueryField } from '../parts/queryfield';
import { linkOf, strayTag } from '../querytext';
import type { Form } from '../querytext';
import { go } from '../route';

const LOOKBACKS: [string, string][] = [['5m', 'Last 5 minutes'], ['15m', 'Last 15 minutes'], ['30m', 'Last 30 minutes'], ['1h', 'Last hour'], ['2h', 'Last 2 hours'],
  ['3h', 'Last 3 hours'], ['6h', 'Last 6 hours'], ['12h', 'Last 12 hours'], ['24h', 'Last day'], ['2d', 'Last 2 days'], ['3d', 'Last 3 days'], ['5d', 'Last 5 days'],
  ['7d', 'Last week'], ['2w', 'Last 2 weeks'], ['4w', 'Last 4 weeks'], ['all', 'All time'], ['custom', 'Custom range']];

const DURATION = '(\\d+(\\.\\d+)?(ns|us|µs|ms|s|m|h)?)+';

/** Microseconds as a datetime-local field wants them, and back; local time. */
const toLocal = (us: string) => {
  if (!/^\d+$/.test(us)) return '';
  const date = new Date(Number(us) / 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60e3).toISOString().slice(0, 19);
};
const toMicros = (local: string) => { const ms = new Date(local).getTime(); return Number.isFinite(ms) ? String(ms * 1000) : ''; };

export function SearchForm({ asked, more, onTail, tailing }: { asked: Form; more: Record<string, string>; onTail: () => void; tailing: boolean }) {
  const [form, set] = useState(asked);
  const [all, showAll] = useState(false);  // on a phone, the less used fields fold
  const key = JSON.stringify(asked);
  useEffect(() => set(asked), [key]);
  const services = useLoad(getServices, []);
  const operations = useLoad(() => (form.service ? getOperations(form.service) : Promise.resolve([])), [form.service]);
  const change = (name: keyof Form) => (e: { currentTarget: { value: string } }) => set({ ...form, [name]: e.currentTarget.value });
  const stray = strayTag(form.tags);
  const submit = () => { if (stray === null) go(linkOf(form, more)); };
  const reset = () => go('/search');
  const setLookback = (lookback: string) => {
    if (lookback !== 'custom' || form.start) { set({ ...form, lookback }); return; }
    const now = Date.now();
    set({ ...form, lookback, start: String((now - 3600e3) * 1000), end: String(now * 1000) });
  };
  return (
    <form class={`form${all ? ' all' : ''}`} onSubmit={(e) => { e.preventDefault(); submit(); }} aria-label="Search for traces">
      <div><label for="f-service">Service</label>
        <select class="field" id="f-service" value={form.service} onChange={(e) => set({ ...form, service: e.currentTarget.value, operation: '' })}>
          <option value="">any</option>
          {[...new Set([...(services.data ?? []), form.service])].filter(Boolean).map((s) => <option key={s} value={s}>{s}</option>)}
        </select></div>
      <div class="fold"><label for="f-operation">Operation</label>
        <select class="field" id="f-operation" value={form.operation} onChange={change('operation')}>
          <option value="">any</option>
          {[...new Set([...(operations.data ?? []), form.operation])].filter(Boolean).map((o) => <option key={o} value={o}>{o}</option>)}
        </select></div>
      <div class="fold"><label for="f-tags">Tags <span class="dim">k=v, as in Jaeger</span></label>
        <input class="field" id="f-tags" value={form.tags} placeholder="user_id=user123 error=true" onInput={change('tags')} spellcheck={false} autocomplete="off"
          aria-invalid={stray !== null} {...(stray !== null ? { 'aria-describedby': 'f-tags-bad' } : {})} />
        {stray !== null ? <p class="c-error small" id="f-tags-bad">“{stray}” is no tag: write key=value, values with spaces in quotes.</p> : null}</div>
      <div><label for="f-query">Query</label>
        <QueryField id="f-query" value={form.query} service={form.service} placeholder={'{ name = "fetch_user_context" }'}
          onInput={(query) => set((f) => ({ ...f, query }))} onSubmit={submit} describedBy="f-query-help" />
        <p class="dim small hide-s" id="f-query-help"><kbd>Tab</kbd> completes, <kbd>Enter</kbd> finds</p></div>
      <div class="two fold">
        <div><label for="f-lookback">Lookback</label>
          <select class="field" id="f-lookback" value={form.lookback} onChange={(e) => setLookback(e.currentTarget.value)}>
            {LOOKBACKS.map(([v, name]) => <option key={v} value={v}>{name}</option>)}
            {LOOKBACKS.some(([v]) => v === form.lookback) ? null : <option value={form.lookback}>{form.lookback}</option>}
          </select></div>
        <div><label for="f-limit">Limit</label>
          <input class="field" id="f-limit" type="number" min="1" max={config().maxLimit} value={form.limit} onInput={change('limit')} /></div>
        {form.lookback === 'custom' ? (
          <>
            <div class="wide2"><label for="f-start">From</label>
              <input class="field" id="f-start" type="datetime-local" step="1" value={toLocal(form.start)} onChange={(e) => set({ ...form, start: toMicros(e.currentTarget.value) })} /></div>
            <div class="wide2"><label for="f-end">Until</label>
              <input class="field" id="f-end" type="datetime-local" step="1" value={toLocal(form.end)} onChange={(e) => set({ ...form, end: toMicros(e.currentTarget.value) })} /></div>
          </>
        ) : null}
        <div><label for="f-minDuration">Min duration</label>
          <input class="field" id="f-minDuration" value={form.minDuration} placeholder="1.2s, 100ms" pattern={DURATION} title="a number with its unit: 1.2s, 100ms, 500us" onInput={change('minDuration')} /></div>
        <div><label for="f-maxDuration">Max duration</label>
          <input class="field" id="f-maxDuration" value={form.maxDuration} placeholder="none" pattern={DURATION} title="a number with its unit: 1.2s, 100ms, 500us" onInput={change('maxDuration')} /></div>
        <div><label for="f-label">Label</label>
          <select class="field" id="f-label" value={form.label} onChange={change('label')}>
            <option value="">any</option><option value="wrong">wrong</option><option value="right">right</option><option value="none">none</option>
          </select></div>
      </div>
      <div class="acts"><button class="btn main" type="submit">Find traces</button>
        <button class="btn" type="button" aria-pressed={tailing} onClick={onTail}>{tailing ? 'Stop tail' : 'Live tail'}</button>
        <button class="btn bare" type="button" onClick={reset}>Reset</button>
        <button class="btn more" type="button" aria-expanded={all} onClick={() => showAll(!all)}>{all ? 'Fewer fields' : 'More fields'}</button></div>
    </form>
  );
}
