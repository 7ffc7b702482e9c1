// Rate, errors and duration of each operation of a service, over time, with examples. Links as Jaeger's: /monitor?service=&spanKind=&timeframe=.
import { useEffect, useState } from 'preact/hooks';
import { getServices } from '../api';
import { getMonitor } from '../charts/api';
import type { MonitorAnswer, Operation, Point } from '../charts/api';
import { Waiting, ms, rate, setParams, share } from '../charts/parts';
import { Spark, TimeChart } from '../charts/timechart';
import { count, nsToMs, shortId } from '../format';
import { useLoad } from '../load';
import { Glyph, Say, Svc } from '../parts/marks';
import { address, usePlace } from '../route';
import { short } from '../trace/cut';
import { SortButton, ariaSort, compare, useSort } from '../trace/sortable';

const HOUR = 3_600_000;
const TIMES: [number, string][] = [[HOUR / 12, 'last 5 minutes'], [HOUR / 4, 'last 15 minutes'], [HOUR / 2, 'last 30 minutes'], [HOUR, 'last hour'], [2 * HOUR, 'last 2 hours'],
  [6 * HOUR, 'last 6 hours'], [12 * HOUR, 'last 12 hours'], [24 * HOUR, 'last day'], [48 * HOUR, 'last 2 days'], [168 * HOUR, 'last week']];
const KINDS = ['server', 'client', 'producer', 'consumer', 'internal'];

export function Monitor() {
  const { params } = usePlace();
  const services = useLoad(getServices, []);
  const service = params.get('service') || services.data?.[0] || '';
  const kind = KINDS.includes(params.get('spanKind') ?? '') ? params.get('spanKind')! : '';
  const asked = Number(params.get('timeframe'));
  const timeframe = asked > 0 && asked <= 365 * 24 * HOUR ? asked : HOUR;
  const load = useLoad(() => (service ? getMonitor(service, kind, timeframe) : Promise.resolve(null)), [service, kind, timeframe], 30_000);
  useEffect(() => { document.title = `${service ? `${short(service)} · ` : ''}Monitor · Awry`; }, [service]);
  const names = [...new Set([...(service ? [service] : []), ...(services.data ?? [])])].sort();
  return (
    <main class="broad">
      <div class="pagehead"><h1>Monitor</h1>
        <span class="acts end">
          <label class="check">Service <select class="field" value={service} onChange={(e) => setParams({ service: e.currentTarget.value })}>{names.map((s) => <option key={s} value={s}>{short(s)}</option>)}</select></label>
          <label class="check">Kind <select class="field" value={kind} onChange={(e) => setParams({ spanKind: e.currentTarget.value })}><option value="">all kinds</option>{KINDS.map((k) => <option key={k} value={k}>{k}</option>)}</select></label>
          <label class="check">Time <select class="field" value={String(timeframe)} onChange={(e) => setParams({ timeframe: e.currentTarget.value })}>
            {TIMES.some(([t]) => t === timeframe) ? null : <option value={String(timeframe)}>last {Math.round(timeframe / 60_000)} minutes</option>}
            {TIMES.map(([t, name]) => <option key={t} value={String(t)}>{name}</option>)}</select></label>
        </span></div>
      {services.data?.length === 0 ? <Say state="Empty store" title="No service has sent a span yet" first /> : <Waiting load={load} what="rates and latencies" />}
      {load.data ? <Shown answer={load.data} timeframe={timeframe} /> : null}
    </main>
  );
}

/** Of the step that still runs, what has passed: counted as a whole one it would look like a fall. */
const lastedS = (point: Point, stepNs: number) => Math.min(stepNs / 1e9, Date.now() / 1000 - point.at_ns / 1e9);
const perSecond = (points: Point[], stepNs: number) => points.map((p) => p.calls / lastedS(p, stepNs));
const errorShare = (points: Point[]) => points.map((p) => (p.calls > 0 ? p.errors / p.calls : null));

const RUNNING_LEAST = 0.1;  // of a step: a rate over less is chance

const shown = (points: Point[], stepNs: number) => points.filter((p) => lastedS(p, stepNs) >= (stepNs / 1e9) * RUNNING_LEAST);

function Charts({ points: all, stepNs }: { points: Point[]; stepNs: number }) {
  const points = shown(all, stepNs);
  const at = points.map((p) => nsToMs(p.at_ns));
  return (
    <div class="charts">
      <TimeChart title="Latency" at={at} show={(v) => ms(v)} series={[{ name: '95 %', look: 'main', values: points.map((p) => p.p95_ms) }, { name: 'median', look: 'second', values: points.map((p) => p.p50_ms) }]} />
      <TimeChart title="Errors" at={at} show={(v) => share(v)} series={[{ name: 'share of calls', look: 'error', values: errorShare(points) }]} />
      <TimeChart title="Calls" at={at} show={rate} series={[{ name: 'rate', look: 'main', values: perSecond(points, stepNs) }]} />
    </div>
  );
}

function Shown({ answer, timeframe }: { answer: MonitorAnswer; timeframe: number }) {
  if (answer.operations.length === 0) {
    return <Say state="Quiet" title={`${short(answer.service)} sent no such span in this time`} first><p class="gloss">Choose a longer time or another kind. <a href={address(`/search?service=${encodeURIComponent(answer.service)}&lookback=all`)}>Its newest traces</a></p></Say>;
  }
  return (
    <>
      <section class="sec first"><div class="rail"><h2><Svc name={answer.service} /></h2><p>over all {answer.total_of ?? 'entry spans'}</p></div><div><Charts points={answer.series} stepNs={answer.step_ns} /></div></section>
      {answer.complete ? null : <p class="dim">Not all spans of this time were looked at.</p>}
      <Operations answer={answer} timeframe={timeframe} />
    </>
  );
}

type Column = 'name' | 'impact' | 'rate' | 'errors' | 'p50' | 'p95' | 'p99';

function Operations({ answer, timeframe }: { answer: MonitorAnswer; timeframe: number }) {
  const [sort, setSort] = useSort<Column>('impact');
  const [open, setOpen] = useState('');
  const [filter, setFilter] = useState('');
  const value = (o: Operation) => ({ name: o.name, impact: o.impact, rate: o.rate, errors: o.error_rate ?? -1, p50: o.p50_ms ?? -1, p95: o.p95_ms ?? -1, p99: o.p99_ms ?? -1 })[sort.by];
  const head = (by: Column, name: string) => <th class={by === 'name' ? '' : 'num'} aria-sort={ariaSort(sort, by)}><SortButton sort={sort} by={by} set={setSort}>{name}</SortButton></th>;
  const list = answer.operations.filter((o) => o.name.toLowerCase().includes(filter.trim().toLowerCase())).sort(compare(value, sort.down));
  return (
    <section class="sec"><div class="rail"><h2>Operations</h2><p>impact is the time spent in one, beside the largest</p></div>
      <div>
        <div class="acts below"><input class="field filter" type="search" placeholder="Filter operations" aria-label="Filter operations" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} /><span class="dim">{count(list.length)} of {count(answer.operations.length)}</span></div>
        <div class="wide"><table class="duo stack ops">
          <thead><tr>{head('name', 'Operation')}{head('impact', 'Impact')}{head('rate', 'Calls')}{head('errors', 'Errors')}{head('p50', 'Median')}{head('p95', '95 %')}{head('p99', '99 %')}<th>Over time</th><th>Examples</th></tr></thead>
          <tbody>{list.slice(0, 500).map((o) => {
            const key = `${o.kind}\0${o.name}`;
            return [
              <OperationRow key={key} operation={o} service={answer.service} timeframe={timeframe} open={open === key} toggle={() => setOpen(open === key ? '' : key)} />,
              open === key ? <tr class="plain" key={`${key}\0`}><td colSpan={9} class="wide"><Charts points={o.series} stepNs={answer.step_ns} /></td></tr> : null,
            ];
          })}</tbody>
        </table></div>
      </div></section>
  );
}

function OperationRow({ operation: o, service, timeframe, open, toggle }: { operation: Operation; service: string; timeframe: number; open: boolean; toggle: () => void }) {
  const search = address(`/search?service=${encodeURIComponent(service)}&operation=${encodeURIComponent(o.name)}&lookback=${Math.max(1, Math.round(timeframe / 60_000))}m`);
  const example = (id: string, glyph: 'slow' | 'error') => <a key={glyph + id} class="nw" href={address(`/trace/${id}`)}><Glyph name={glyph} label={glyph} /> <code>{shortId(id)}</code></a>;
  return (
    <tr>
      <td class="head"><button class="link" aria-expanded={open} onClick={toggle}>{short(o.name)}</button> <span class="dim">{o.kind}</span></td>
      <td class="num sharecell" data-l="Impact"><svg width="48" height="6" aria-hidden="true"><rect width="48" height="6" fill="var(--sunk)" /><rect width={48 * o.impact} height="6" fill="var(--ink-2)" /></svg><span class="fig">{(o.impact * 100).toFixed(0)}</span></td>
      <td class="num" data-l="Calls">{count(o.calls)}, {rate(o.rate)}</td><td class={`num${o.errors > 0 ? ' c-error' : ''}`} data-l="Errors">{count(o.errors)}, {share(o.error_rate)}</td>
      <td class="num" data-l="Median">{ms(o.p50_ms)}</td><td class="num" data-l="95 %">{ms(o.p95_ms)}</td><td class="num" data-l="99 %">{ms(o.p99_ms)}</td>
      <td class="full" data-l="Over time"><Spark values={o.series.map((p) => p.calls)} errors={o.series.map((p) => p.errors)} label={`calls over time, ${count(o.calls)} in all`} /></td>
      <td class="full" data-l="Examples"><span class="examples">{o.examples.slow.slice(0, 2).map((id) => example(id, 'slow'))}{o.examples.error.slice(0, 2).map((id) => example(id, 'error'))}<a href={search} class="nw">all</a></span></td>
    </tr>
  );
}
