// All spans in a table that sorts and filters, and all events in order of time.
import { useMemo, useState } from 'preact/hooks';
import type { JaegerTag } from '../api';
import { count, duration } from '../format';
import { Glyph, Svc } from '../parts/marks';
import { Windowed } from '../parts/windowed';
import { tag } from '../tree';
import type { Node, Tree } from '../tree';
import { short } from './cut';
import { SortButton, ariaSort, compare, useSort } from './sortable';
import { usePhone } from './timeline';

type Column = 'service' | 'name' | 'start' | 'duration' | 'self' | 'kind' | 'below' | 'id';
const COLUMNS: { by: Column; name: string; num?: boolean; value: (n: Node) => number | string }[] = [
  { by: 'service', name: 'Service', value: (n) => n.service }, { by: 'name', name: 'Operation', value: (n) => n.span.operationName },
  { by: 'start', name: 'Start', num: true, value: (n) => n.start }, { by: 'duration', name: 'Duration', num: true, value: (n) => n.end - n.start },
  { by: 'self', name: 'Self', num: true, value: (n) => n.self }, { by: 'below', name: 'Spans below', num: true, value: (n) => n.below },
  { by: 'kind', name: 'Kind', value: (n) => String(tag(n.span, 'span.kind') ?? '') }, { by: 'id', name: 'Span id', value: (n) => n.span.spanID },
];

export function SpanTable({ nodes, show }: { nodes: Node[]; show: (node: Node) => void }) {
  const [sort, setSort] = useSort<Column>('start', false);
  const [errors, setErrors] = useState(false);
  const [least, setLeast] = useState('');
  const phone = usePhone();
  const from = Number(least) * 1000 || 0;
  const rows = useMemo(() => {
    const kept = nodes.filter((n) => (!errors || n.error) && n.end - n.start >= from);
    const column = COLUMNS.find((c) => c.by === sort.by)!;
    return kept.sort(compare(column.value, sort.down)).map((node) => ({ key: node.key, height: phone ? 46 : 27, node }));
  }, [nodes, errors, from, sort, phone]);
  return (
    <section aria-label="Span table">
      <div class="acts below">
        <label class="check"><input type="checkbox" checked={errors} onChange={() => setErrors(!errors)} />Errors only</label>
        <label class="check">at least <input class="field least" inputMode="decimal" value={least} onInput={(e) => setLeast(e.currentTarget.value)} aria-label="shortest duration in ms" /> ms</label>
        <span class="dim">{count(rows.length)} spans</span>
      </div>
      <div class="spans" role="table" aria-label="Spans" aria-rowcount={rows.length + 1}>
        <div class="line h" role="row">{COLUMNS.map((c) => <span key={c.by} role="columnheader" class={`c-${c.by}${c.num ? ' num' : ''}`} aria-sort={ariaSort(sort, c.by)}><SortButton sort={sort} by={c.by} set={setSort}>{c.name}</SortButton></span>)}</div>
        <Windowed rows={rows} box={{ role: 'rowgroup' }} draw={({ node }) => (
          <div class="line" role="row">
            <span role="cell" class="c-service one"><Svc name={node.service} /></span>
            <span role="cell" class="c-name one">{node.error ? <Glyph name="error" label="error" /> : null} <button class="link plainer" onClick={() => show(node)}>{short(node.span.operationName)}</button></span>
            <span role="cell" class="c-start num">{duration(node.start)}</span><span role="cell" class="c-duration num">{duration(node.end - node.start)}</span>
            <span role="cell" class="c-self num">{duration(node.self)}</span><span role="cell" class="c-below num">{count(node.below)}</span>
            <span role="cell" class="c-kind">{String(tag(node.span, 'span.kind') ?? '')}</span><span role="cell" class="c-id"><code>{node.span.spanID}</code></span>
          </div>
        )} />
      </div>
    </section>
  );
}

interface Entry { at: number; node: Node; name: string; fields: JaegerTag[] }

export function LogsView({ tree, nodes, show }: { tree: Tree; nodes: Node[]; show: (node: Node) => void }) {
  const phone = usePhone();
  const rows = useMemo(() => {
    const list: Entry[] = [];
    for (const node of nodes) {
      for (const log of node.span.logs) {
        const name = log.fields.find((f) => f.key === 'event');
        list.push({ at: log.timestamp - tree.start, node, name: String(name?.value ?? ''), fields: log.fields.filter((f) => f !== name) });
      }
    }
    return list.sort((a, b) => a.at - b.at || a.node.index - b.node.index).map((entry, i) => ({ key: `${entry.node.key}/${i}`, height: phone ? 46 : 27, entry }));
  }, [tree, nodes, phone]);
  if (rows.length === 0) return <p class="gloss block">No span here has an event.</p>;
  return (
    <section aria-label="Logs">
      <p class="dim below">{count(rows.length)} {rows.length === 1 ? 'event' : 'events in order of time'}</p>
      <div class="spans logs" role="table" aria-label="Events" aria-rowcount={rows.length + 1}>
        <div class="line h" role="row"><span role="columnheader" class="num">Time</span><span role="columnheader">Span</span><span role="columnheader">Event</span></div>
        <Windowed rows={rows} box={{ role: 'rowgroup' }} draw={({ entry }) => (
          <div class="line" role="row">
            <span role="cell" class="num">{duration(entry.at)}</span>
            <span role="cell" class="one"><Svc name={entry.node.service} short /> <button class="link plainer" onClick={() => show(entry.node)}>{short(entry.node.span.operationName)}</button></span>
            <span role="cell" class="one"><b>{short(entry.name)}</b> {entry.fields.slice(0, 12).map((f, i) => <span key={i}><code class="dim">{short(f.key)}=</code><code>{short(String(f.value))}</code> </span>)}</span>
          </div>
        )} />
      </div>
    </section>
  );
}
