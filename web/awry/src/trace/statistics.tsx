// Statistics: a row a group, sortable by each figure.
import { useMemo, useState } from 'preact/hooks';
import type { JaegerTrace } from '../api';
import { count, duration } from '../format';
import { Glyph, Svc } from '../parts/marks';
import type { Node, Tree } from '../tree';
import { short } from './cut';
import { SortButton, ariaSort, compare, useSort } from './sortable';
import { attributeKeys, statistics } from './stats';
import type { By, Group } from './stats';

type Column = 'name' | 'count' | 'errors' | 'total' | 'avg' | 'min' | 'max' | 'self' | 'selfAvg' | 'share';
const COLUMNS: { by: Column; name: string; show: (g: Group) => string }[] = [
  { by: 'count', name: 'Count', show: (g) => count(g.count) }, { by: 'errors', name: 'Errors', show: (g) => count(g.errors) },
  { by: 'total', name: 'Total', show: (g) => duration(g.total) }, { by: 'avg', name: 'Average', show: (g) => duration(g.avg) },
  { by: 'min', name: 'Min', show: (g) => duration(g.min) }, { by: 'max', name: 'Max', show: (g) => duration(g.max) },
  { by: 'self', name: 'Self', show: (g) => duration(g.self) }, { by: 'selfAvg', name: 'Self average', show: (g) => duration(g.selfAvg) },
  { by: 'share', name: 'Self, share', show: (g) => `${(g.share * 100).toFixed(1)} %` },
];
const GROUPS_MAX = 1000;

export function StatisticsView({ tree, trace, nodes, show }: { tree: Tree; trace: JaegerTrace; nodes: Node[]; show: (node: Node) => void }) {
  const [by, setBy] = useState<By>('service');
  const [then, setThen] = useState<By | ''>('operation');
  const [sort, setSort] = useSort<Column>('self');
  const keys = useMemo(() => attributeKeys(tree, 200), [tree]);
  const groups = useMemo(() => {
    const order = compare<Group>((g) => (sort.by === 'name' ? g.name : g[sort.by]), sort.down);
    return statistics(nodes, trace, by, then === '' || then === by ? null : then).sort(order)
      .map((g) => ({ ...g, under: g.under.sort(order) }));
  }, [nodes, trace, by, then, sort]);
  const choices = <><option value="service">service</option><option value="operation">operation</option>{keys.map((k) => <option key={k} value={`.${k}`}>{short(k)}</option>)}</>;
  return (
    <section aria-label="Statistics">
      <div class="acts below">
        <label class="check">Group by <select class="field" value={by} onChange={(e) => setBy(e.currentTarget.value as By)}>{choices}</select></label>
        <label class="check">then by <select class="field" value={then} onChange={(e) => setThen(e.currentTarget.value as By | '')}><option value="">nothing</option>{choices}</select></label>
        <span class="dim">{count(nodes.length)} spans in {count(groups.length)} groups</span>
      </div>
      <div class="wide">
        <table class="stats duo stack">
          <thead><tr>
            <th aria-sort={ariaSort(sort, 'name')}><SortButton sort={sort} by="name" set={setSort}>Name</SortButton></th>
            {COLUMNS.map((c) => <th key={c.by} class="num" aria-sort={ariaSort(sort, c.by)}><SortButton sort={sort} by={c.by} set={setSort}>{c.name}</SortButton></th>)}
          </tr></thead>
          <tbody>
            {groups.slice(0, GROUPS_MAX).map((g, i) => [
              <Row key={i} group={g} whole={then !== '' && then !== by} show={show} />,
              ...g.under.slice(0, GROUPS_MAX).map((u, k) => <Row key={`${i}/${k}`} group={u} under show={show} />),
            ])}
          </tbody>
        </table>
      </div>
      {groups.length > GROUPS_MAX ? <p class="dim">{count(groups.length - GROUPS_MAX)} more groups are not shown.</p> : null}
    </section>
  );
}

function Row({ group, whole, under, show }: { group: Group; whole?: boolean; under?: boolean; show: (node: Node) => void }) {
  return (
    <tr class={whole ? 'whole' : under ? 'under' : ''}>
      <td class="head"><span class="lab">{group.service && !under ? <Svc name={group.service} short /> : null}{group.errors > 0 ? <Glyph name="error" label="errors" /> : null}
        <button class="link plainer" title="its longest span" onClick={() => show(group.longest)}>{short(group.name)}</button></span></td>
      {COLUMNS.map((c) => <td key={c.by} class={`num${c.by === 'share' ? ' sharecell' : ''}`} data-l={c.name}>
        {c.by === 'share' ? <svg width="48" height="6" aria-hidden="true"><rect width="48" height="6" fill="var(--sunk)" /><rect width={48 * group.share} height="6" fill="var(--ink-2)" /></svg> : null}<span class={c.by === 'share' ? 'fig' : ''}>{c.show(group)}</span></td>)}
    </tr>
  );
}
