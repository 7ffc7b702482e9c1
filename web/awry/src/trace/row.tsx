// One span in the timeline: its name in the tree, its bar in the lane.
import type { UnusualFact } from '../api';
import { count, duration } from '../format';
import { Glyph, Svc } from '../parts/marks';
import { slot } from '../services';
import { tag } from '../tree';
import type { Node, Tree } from '../tree';
import { short } from './cut';
import { place } from './range';
import type { Range } from './range';

export interface RowLook {
  closed: boolean; open: boolean; faded: boolean; found: boolean; focused: boolean; label: 'wrong' | 'right' | null;
  crit: [number, number][]; facts: number; setSize: number;
}

export const DEEPEST = 20;  // deeper spans are not moved further right
const EVENTS = 30;

export function Row({ node, tree, range, look, onToggle, onOpen }: {
  node: Node; tree: Tree; range: Range; look: RowLook; onToggle: () => void; onOpen: () => void;
}) {
  const name = short(node.span.operationName);
  const classes = ['r row', look.open && 'open', look.label === 'wrong' && 'lbl-wrong', look.faded && 'faded', look.found && 'found', look.focused && 'focused'];
  const callee = calls(node);
  const failing = look.closed && !node.error && failsBelow(node, tree);
  return (
    <div class={classes.filter(Boolean).join(' ')} style={{ '--d': Math.min(node.depth, DEEPEST) }} role="listitem" aria-level={node.depth + 1} aria-setsize={look.setSize} aria-posinset={node.index + 1}>
      <div class="name">
        {node.children.length > 0
          ? <button class="tog" aria-label={`${look.closed ? 'expand' : 'collapse'} ${name}`} aria-expanded={!look.closed} onClick={onToggle}>{look.closed ? '▸' : '▾'}</button>
          : <span class="tog" />}
        <Svc name={node.service} short />
        {node.error ? <Glyph name="error" label="error" /> : failing ? <Glyph name="error" label="an error below" /> : null}
        <button class="op" title={name} aria-expanded={look.open} data-op={node.key} onClick={onOpen}>{name === '' ? <i>no name</i> : name}{callee ? <span class="dim"> → {callee}</span> : null}</button>
        <span class="count">
          {look.closed ? <span class="dim small">+{count(node.below)}</span> : null}
          {node.depth > DEEPEST ? <span class="dim small" title="depth">{node.depth + 1}</span> : null}
          {node.orphan ? <span class="chip c-slow" title="its parent is not in the trace">no parent</span> : null}
          {look.facts > 0 ? <span class="chip c-unusual" title={`${look.facts} unusual`}><Glyph name="unusual" label="unusual" />{look.facts}</span> : null}
          {look.label ? <span class={`chip c-${look.label}`}><Glyph name={look.label} /><span class="hide-s">{look.label}</span></span> : null}
        </span>
      </div>
      <Lane node={node} tree={tree} range={range} crit={look.crit} onOpen={onOpen} />
    </div>
  );
}

function Lane({ node, tree, range, crit, onOpen }: { node: Node; tree: Tree; range: Range; crit: [number, number][]; onOpen: () => void }) {
  const at = place(range, node.start, node.end, tree.duration);
  return (
    <div class={`lane s${slot(node.service)}`} onClick={onOpen}>
      {at ? <Bar at={at} lasts={node.end - node.start} /> : <span class={`off ${node.end / tree.duration < range[0] ? 'before' : 'after'}`} aria-hidden="true">{node.end / tree.duration < range[0] ? '‹' : '›'}</span>}
      {node.span.logs.slice(0, EVENTS).map((log, i) => {
        const x = place(range, log.timestamp - tree.start, log.timestamp - tree.start, tree.duration);
        return x ? <span class="evt" key={i} style={{ left: `${x.left}%` }} /> : null;
      })}
      {crit.map(([from, to]) => {
        const x = place(range, from, to, tree.duration);
        return x ? <span class="crit" key={from} style={{ left: `${x.left}%`, width: `${x.width}%` }} /> : null;
      })}
    </div>
  );
}

function Bar({ at: { left, width }, lasts }: { at: { left: number; width: number }; lasts: number }) {
  const right = left + width;
  const where = right < 86 ? 'dur' : left > 14 ? 'dur l' : null;  // no room: the details tell it
  return (
    <>
      <span class="bar" style={{ left: `${left}%`, width: `${width}%` }} />
      {where ? <span class={where} style={{ left: `${where === 'dur' ? right : left}%` }}>{duration(lasts)}</span> : null}
    </>
  );
}

/** A client span's other side: the service of its child, or what the span says. */
function calls(node: Node): string | null {
  const other = node.children.length === 1 && node.children[0]!.service !== node.service ? node.children[0]!.service : null;
  if (other) return other;
  const kind = tag(node.span, 'span.kind');
  if ((kind !== 'client' && kind !== 'producer') || node.children.length > 0) return null;
  const peer = tag(node.span, 'peer.service');
  return typeof peer === 'string' ? short(peer) : null;
}

function failsBelow(node: Node, tree: Tree): boolean {
  for (let i = node.index + 1; i <= node.index + node.below; i++) if (tree.order[i]!.error) return true;
  return false;
}

export function FactRow({ fact, depth }: { fact: UnusualFact; depth: number }) {
  return (
    <div class="r fact" style={{ '--d': Math.min(depth, DEEPEST) }} role="listitem" aria-level={depth + 2}>
      <div class="name"><Glyph name="unusual" label="unusual" /><code>{fact.attribute}</code></div>
      <div class="val"><code>{fact.value || 'missing'}</code> <span class="u">usually</span> <code>{fact.usual}</code>{fact.of > 0 ? <span class="u"> in {count(fact.with)} of {count(fact.of)}</span> : null}</div>
    </div>
  );
}
