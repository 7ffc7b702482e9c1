// The timeline: a row a span, bars on one time axis, details and unusual facts under their span; Jaeger's keys.
import { useEffect, useLayoutEffect, useMemo, useState } from 'preact/hooks';
import type { JaegerTrace, Label, UnusualFact } from '../api';
import { count, duration } from '../format';
import { useKeys } from '../keys';
import { SpanDetail } from '../parts/spandetail';
import { Windowed } from '../parts/windowed';
import type { Target, WindowRow } from '../parts/windowed';
import { criticalPath } from '../tree';
import type { Node, Tree } from '../tree';
import { useBrush, zoom, pan, ALL } from './range';
import type { Range } from './range';
import { FactRow, Row } from './row';
import { collapseAll, collapseOne, expandOne, reveal, visibleNodes } from './rows';
import type { Closed, Pruned } from './rows';

type TimelineRow = WindowRow & ({ kind: 'span' | 'detail'; node: Node } | { kind: 'fact'; node: Node; fact: UnusualFact } | { kind: 'pruned'; node: Node; pruned: Pruned });

export interface TimelineProps {
  trace: JaegerTrace; tree: Tree; labels: Label[]; facts: UnusualFact[]; changed: () => void;
  found: Set<Node> | null; hidden: ReadonlySet<string>; range: Range; setRange: (range: Range) => void;
  jumpTo: Target | null; opened: Node | undefined; showPath: boolean; showFacts: boolean;
}

const PAN = 0.05, ZOOM = 0.05, FAST = 5;

export function Timeline(props: TimelineProps) {
  const { trace, tree, labels, facts, found, hidden, range, setRange, opened } = props;
  const [closed, setClosed] = useState<Closed>(new Set());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(opened ? [opened.key] : []));
  const [focus, setFocus] = useState<Target>({ key: '', turn: 0 });
  const phone = usePhone();
  const path = useMemo(() => criticalPath(tree.roots[0]!), [tree]);
  const factsOf = useMemo(() => bySpan(facts), [facts]);
  const labelOf = useMemo(() => new Map(labels.filter((l) => l.span_id).map((l) => [l.span_id!, l.label])), [labels]);
  const visible = useMemo(() => visibleNodes(tree, closed, hidden), [tree, closed, hidden]);
  const at = useMemo(() => visible.nodes.findIndex((n) => n.key === focus.key), [visible, focus.key]);

  const toggle = (set: ReadonlySet<string>, key: string) => { const next = new Set(set); if (!next.delete(key)) next.add(key); return next; };
  const to = (node: Node | undefined) => { if (node) setFocus({ key: node.key, turn: focus.turn + 1, near: true }); };
  const marked = (step: number) => {
    for (let i = (at < 0 && step < 0 ? visible.nodes.length : at) + step; i >= 0 && i < visible.nodes.length; i += step) {
      if (factsOf.has(visible.nodes[i]!.span.spanID)) return to(visible.nodes[i]);
    }
  };
  // A span that something else on the page points at.
  useEffect(() => {
    const node = props.jumpTo ? tree.byKey.get(props.jumpTo.key) : undefined;
    if (!node) return;
    setClosed((now) => reveal(now, node));
    setFocus((old) => ({ ...props.jumpTo!, turn: old.turn + 1 }));
  }, [props.jumpTo?.key, props.jumpTo?.turn]);
  useEffect(() => { if (opened) setOpen((now) => new Set([...now, opened.key])); }, [opened]);
  useLayoutEffect(() => {
    if (focus.key === '') return;
    const frame = requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-op="${CSS.escape(focus.key)}"]`)?.focus({ preventScroll: true }));
    return () => cancelAnimationFrame(frame);
  }, [focus]);
  const key = (keys: string[], text: string, run: () => void) => ({ keys, text, run });
  useKeys('Timeline', [
    key(['f', 'j'], 'next span', () => to(visible.nodes[at + 1])),
    key(['b', 'k'], 'previous span', () => to(visible.nodes[at < 0 ? 0 : at - 1])),
    key(['n'], 'next unusual fact', () => marked(1)),
    key(['N'], 'previous unusual fact', () => marked(-1)),
    key(['Enter'], 'open or close the details', () => { if (focus.key) setOpen(toggle(open, focus.key)); }),
    key(['a', 'ArrowLeft'], 'pan left', () => setRange(pan(range, -PAN))),
    key(['d', 'ArrowRight'], 'pan right', () => setRange(pan(range, PAN))),
    key(['A'], 'pan left, large step (also shift ←)', () => setRange(pan(range, -PAN * FAST))),
    key(['D'], 'pan right, large step (also shift →)', () => setRange(pan(range, PAN * FAST))),
    key(['ArrowUp'], 'zoom in; with shift: more', () => setRange(zoom(range, ZOOM))),
    key(['ArrowDown'], 'zoom out; with shift: more', () => setRange(zoom(range, -ZOOM))),
    key([']'], 'collapse all', () => setClosed(collapseAll(tree))),
    key(['['], 'expand all', () => setClosed(new Set())),
    key(['p'], 'collapse one level', () => setClosed(collapseOne(tree, closed))),
    key(['o'], 'expand one level', () => setClosed(expandOne(tree, closed))),
  ].map((k) => ({ ...k, run: (e: KeyboardEvent) => shifted(e, range, setRange) || k.run() })));

  const rows = useMemo(() => {
    const list: TimelineRow[] = [];
    const line = phone ? 42 : 26;
    for (const node of visible.nodes) {
      list.push({ kind: 'span', key: node.key, height: line, node });
      const own = factsOf.get(node.span.spanID);
      if (open.has(node.key)) list.push({ kind: 'detail', key: `${node.key}/detail`, height: 260, measured: true, node });
      else if (own && props.showFacts) own.forEach((fact, i) => list.push({ kind: 'fact', key: `${node.key}/${i}`, height: 22, measured: true, node, fact }));
      const pruned = visible.pruned.get(node);
      if (pruned) list.push({ kind: 'pruned', key: `${node.key}/hidden`, height: 22, measured: true, node, pruned });
    }
    return list;
  }, [visible, open, factsOf, props.showFacts, phone]);
  const draw = (row: TimelineRow) => {
    const { node } = row;
    switch (row.kind) {
      case 'detail': return <SpanDetail node={node} trace={trace} facts={factsOf.get(node.span.spanID) ?? []} start={tree.start} labels={labels} changed={props.changed} />;
      case 'fact': return <FactRow fact={row.fact} depth={node.depth} />;
      case 'pruned': return <div class="pruned dim small" style={{ '--d': Math.min(node.depth, 20) }} role="listitem">{count(row.pruned.spans)} spans of hidden services{row.pruned.errors > 0 ? `, ${count(row.pruned.errors)} with errors` : ''}</div>;
      case 'span': {
        const look = {
          closed: closed.has(node.key), open: open.has(node.key), faded: found !== null && !found.has(node), found: found?.has(node) ?? false,
          focused: focus.key === node.key, label: labelOf.get(node.span.spanID) ?? null, crit: props.showPath ? path.get(node) ?? [] : [],
          facts: factsOf.get(node.span.spanID)?.length ?? 0, setSize: tree.order.length,
        };
        return <Row node={node} tree={tree} range={range} look={look} onToggle={() => setClosed(toggle(closed, node.key))}
          onOpen={() => { setFocus({ key: node.key, turn: focus.turn, near: true }); setOpen(toggle(open, node.key)); }} />;
      }
    }
  };
  const [width, setWidth] = useTreeWidth();
  return (
    <div class="tl" style={width ? { '--tree': `${width}px` } : {}}>
      <Ruler tree={tree} range={range} setRange={setRange} width={width} setWidth={setWidth}
        buttons={<><button class="link" title="[" onClick={() => setClosed(new Set())}>expand all</button><button class="link" title="]" onClick={() => setClosed(collapseAll(tree))}>collapse all</button></>} />
      <div class="quarters" aria-hidden="true" />
      <Windowed rows={rows} draw={draw} {...(focus.key ? { target: focus } : {})} box={{ role: 'list', 'aria-label': 'Spans' }} />
    </div>
  );
}

/** Shift with an arrow: the large step. */
function shifted(e: KeyboardEvent, range: Range, setRange: (range: Range) => void): boolean {
  if (!e.shiftKey || !e.key.startsWith('Arrow')) return false;
  const by = PAN * FAST;
  setRange(e.key === 'ArrowLeft' ? pan(range, -by) : e.key === 'ArrowRight' ? pan(range, by) : zoom(range, e.key === 'ArrowUp' ? by : -by));
  return true;
}

function Ruler({ tree, range, setRange, width, setWidth, buttons }: {
  tree: Tree; range: Range; setRange: (range: Range) => void; width: number; setWidth: (px: number) => void; buttons: preact.ComponentChildren;
}) {
  const span = range[1] - range[0];
  const { drag, handlers } = useBrush((from, to) => setRange([range[0] + from * span, range[0] + to * span]));
  const zoomed = span < 1;
  const label = (share: number) => duration((range[0] + share * span) * tree.duration);
  return (
    <div class="r head">
      <div class="treehead"><span class="one">Service and operation</span><span class="acts end">{buttons}</span><Divider width={width} setWidth={setWidth} /></div>
      <div class="ruler" {...handlers} title="Drag to look at a part">
        <svg width="100%" height="24" aria-hidden="true">
          {drag ? <rect class="drag" x={`${Math.min(...drag) * 100}%`} width={`${Math.abs(drag[1] - drag[0]) * 100}%`} height="24" /> : null}
          {[0, 0.25, 0.5, 0.75].map((x) => <text key={x} x={`${x * 100}%`} y="16" dx="4">{label(x)}</text>)}
          {zoomed ? null : <text x="100%" y="16" text-anchor="end" class="hide-s">{label(1)}</text>}
        </svg>
        {zoomed ? <button class="link whole" onClick={() => setRange(ALL)}>whole trace</button> : null}
      </div>
    </div>
  );
}

const WIDTH_KEY = 'awry.trace.tree';
const widthIn = (px: number) => Math.round(Math.min(900, Math.max(160, px)));

/** How wide the names' column is, 0: as drawn. Kept on this browser. */
function useTreeWidth(): [number, (px: number) => void] {
  const [width, set] = useState(() => { try { const px = Number(localStorage.getItem(WIDTH_KEY)); return px > 0 ? widthIn(px) : 0; } catch { return 0; } });
  return [width, (px) => {
    set(widthIn(px));
    try { localStorage.setItem(WIDTH_KEY, String(widthIn(px))); } catch { /* this page only */ }
  }];
}

const DRAWN = 400;

function Divider({ width, setWidth }: { width: number; setWidth: (px: number) => void }) {
  const [from, setFrom] = useState<number | null>(null);
  const now = width || DRAWN;
  return (
    <div class="divider" role="separator" aria-orientation="vertical" aria-label="Width of the names" aria-valuenow={now} aria-valuemin={160} aria-valuemax={900} tabIndex={0}
      onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); setFrom(now - e.clientX); }}
      onPointerMove={(e) => { if (from !== null) setWidth(from + e.clientX); }}
      onPointerUp={() => setFrom(null)}
      onKeyDown={(e) => {
        if (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight') return;
        e.preventDefault();
        setWidth(now + (e.key === 'ArrowLeft' ? -20 : 20));
      }} />
  );
}

function bySpan(facts: UnusualFact[]): Map<string, UnusualFact[]> {
  const map = new Map<string, UnusualFact[]>();
  for (const fact of facts) {
    const list = map.get(fact.span_id);
    if (list) list.push(fact);
    else map.set(fact.span_id, [fact]);
  }
  return map;
}

const PHONE = '(max-width: 700px)';

export function usePhone(): boolean {
  const [phone, set] = useState(() => matchMedia(PHONE).matches);
  useEffect(() => {
    const list = matchMedia(PHONE);
    const update = () => set(list.matches);
    list.addEventListener('change', update);
    return () => list.removeEventListener('change', update);
  }, []);
  return phone;
}
