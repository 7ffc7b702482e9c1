// The flame graph: call paths merged, width is time; a click looks closer.
import { useMemo, useState } from 'preact/hooks';
import { count, duration, percent } from '../format';
import { Svc } from '../parts/marks';
import { monogram, slot } from '../services';
import type { Node, Tree } from '../tree';
import { short } from './cut';
import { flames, mergePaths } from './paths';
import type { Path } from './paths';

export function FlameView({ tree, hidden, found, show }: { tree: Tree; hidden: ReadonlySet<string>; found: Set<Node> | null; show: (node: Node) => void }) {
  const paths = useMemo(() => mergePaths(tree, hidden), [tree, hidden]);
  const [focus, setFocus] = useState<Path | null>(null);
  const kept = focus && paths.includes(focus) ? focus : null;
  const [over, setOver] = useState<Path | null>(null);
  const { flames: list, rows, left_out } = useMemo(() => flames(paths, kept), [paths, kept]);
  const matching = useMemo(() => (found ? new Set([...found].map((n) => `${n.service}\0${n.span.operationName}`)) : null), [found]);
  const whole = paths.reduce((sum, p) => sum + p.self, 0);
  const about = over ?? kept ?? paths[0];
  if (!about) return <p class="gloss">Every span is of a hidden service.</p>;
  return (
    <section aria-label="Flame graph">
      <div class="kv small flamehead" aria-live="polite">
        <Svc name={about.service} /><span><b>{short(about.name)}</b></span><span><b>{count(about.count)}</b> {about.count === 1 ? 'span' : 'spans'}</span>
        <span>total <b>{duration(about.total)}</b></span><span>self <b>{duration(about.self)}</b>, {percent(about.self, whole)} of the work</span>
        {about.errors > 0 ? <span class="c-error">{count(about.errors)} with errors</span> : null}
        <span class="acts end">
          {kept ? <button class="link" onClick={() => setFocus(null)}>whole trace</button> : null}
          <button class="link" onClick={() => show(about.longest)}>longest such span</button>
        </span>
      </div>
      <div class="flame" style={{ height: `${rows * 20}px` }} onMouseLeave={() => setOver(null)}>
        {list.map(({ path, left, width, row }) => (
          <button key={`${row}/${left}/${path.service}/${path.name}`} class={`f s${slot(path.service)}${matching && !matching.has(`${path.service}\0${path.name}`) ? ' faded' : ''}${path === kept ? ' on' : ''}`}
            style={{ left: `${left * 100}%`, width: `${width * 100}%`, top: `${row * 20}px` }}
            aria-label={`${short(path.name)} of ${path.service}: ${count(path.count)} spans, ${duration(path.total)}, self ${duration(path.self)}${path.errors ? ', with errors' : ''}`}
            onMouseEnter={() => setOver(path)} onFocus={() => setOver(path)} onClick={() => setFocus(path === kept ? null : path)}>
            {width > 0.02 ? <><b>{monogram(path.service)}</b> {path.errors > 0 ? '× ' : ''}{short(path.name)} <span class="dim">{duration(path.value)}</span></> : null}
          </button>
        ))}
      </div>
      <p class="dim small tight">Spans of one call path are one bar; its width is the time spent in it and under it, what runs at once counted each.
        {left_out > 0 ? ` ${count(left_out)} bars are too narrow or too deep to draw: look closer to see them.` : ''}</p>
    </section>
  );
}
