// A graph on the page: boxes of HTML over lines of SVG, in a frame that scrolls and zooms. Keyboard: the boxes are buttons or links.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { layered } from './layered';
import type { Box, Line } from './layered';

export interface BoardLine extends Line { weight: number; error?: boolean; label?: string; dim?: boolean }
export interface BoardBox extends Box { draw: () => ComponentChildren; dim?: boolean }

const MARGIN = 24;
const SMALLEST = 0.25;
const LABELLED_MAX = 80;  // more lines than this have no figures beside them: the tables have

export function Board({ boxes, lines, layerOf, label, tools }: {
  boxes: BoardBox[]; lines: BoardLine[]; layerOf?: (id: string) => number; label: string; tools?: ComponentChildren;
}) {
  const layout = useMemo(() => layered(boxes, lines, layerOf), [boxes.map((b) => `${b.id}\0${b.height}`).join('\n'), lines.map((l) => `${l.from}\0${l.to}`).join('\n'), layerOf]);
  const frame = useRef<HTMLDivElement>(null);
  const [zoom, setZoom] = useState(1);
  const width = layout.width + MARGIN * 2, height = layout.height + MARGIN * 2;
  const fit = () => { if (frame.current) setZoom(Math.max(SMALLEST, Math.min(1, frame.current.clientWidth / width))); };
  // Small graphs are shown whole; wide ones keep a readable size and scroll.
  useLayoutEffect(() => { if (frame.current) setZoom(Math.max(0.8, Math.min(1, frame.current.clientWidth / width))); }, [width]);
  // What is chosen stands in the middle of the frame.
  const chosen = frame.current?.querySelector('.node.on')?.textContent ?? '';
  useLayoutEffect(() => {
    const on = frame.current?.querySelector<HTMLElement>('.node.on')?.parentElement;
    if (on && frame.current) frame.current.scrollLeft = (on.offsetLeft + on.offsetWidth / 2) * zoom - frame.current.clientWidth / 2;
  }, [layout, chosen]);
  const most = Math.max(1, ...lines.map((l) => l.weight));
  const look = new Map(lines.map((l) => [`${l.from}\0${l.to}`, l]));
  return (
    <div class="board">
      <div class="acts below">{tools}
        <span class="acts end"><button class="btn" aria-label="smaller" onClick={() => setZoom(Math.max(SMALLEST, zoom / 1.25))}>−</button>
          <button class="btn" aria-label="larger" onClick={() => setZoom(Math.min(2, zoom * 1.25))}>+</button>
          <button class="btn" onClick={fit}>Fit</button><span class="dim num">{Math.round(zoom * 100)} %</span></span></div>
      <div class="frame" ref={frame} role="region" aria-label={label} tabIndex={0}>
        <div class="sheet" style={{ width: `${width * zoom}px`, height: `${height * zoom}px` }}>
          <div class="scaled" style={{ width: `${width}px`, height: `${height}px`, transform: `scale(${zoom})` }}>
            <svg width={width} height={height} aria-hidden="true">
              <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0 0 8 4 0 8z" fill="var(--ink-3)" /></marker></defs>
              <g transform={`translate(${MARGIN} ${MARGIN})`}>
                {layout.lines.map((l) => {
                  const own = look.get(`${l.from}\0${l.to}`)!;
                  return <path key={`${l.from}\0${l.to}`} d={l.path} fill="none" class={own.dim ? 'faded' : ''} stroke={own.error ? 'var(--error)' : 'var(--ink-3)'}
                    stroke-width={1 + 2 * Math.log1p(own.weight) / Math.log1p(most)} marker-end="url(#arrow)" />;
                })}
                {layout.lines.length <= LABELLED_MAX ? layout.lines.map((l) => {
                  const own = look.get(`${l.from}\0${l.to}`)!;
                  return own.label ? <EdgeLabel key={`${l.from}\0${l.to}`} x={l.x} y={l.y} text={own.label} dim={own.dim ?? false} /> : null;
                }) : null}
              </g>
            </svg>
            {boxes.map((b) => {
              const p = layout.at.get(b.id)!;
              return <div key={b.id} class={`place${b.dim ? ' faded' : ''}`} style={{ left: `${p.x + MARGIN}px`, top: `${p.y + MARGIN}px`, width: `${p.width}px`, height: `${p.height}px` }}>{b.draw()}</div>;
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

const LETTER = 6.6, LINE = 13;  // of the smallest type, about

/** On a ground of its own: figures that a line runs through cannot be read. */
function EdgeLabel({ x, y, text, dim }: { x: number; y: number; text: string; dim: boolean }) {
  const width = text.length * LETTER + 4;
  return (
    <g class={dim ? 'faded' : ''}>
      <rect class="edgeground" x={x - width / 2} y={y - LINE + 3} width={width} height={LINE} />
      <text class="edgelabel" x={x} y={y} text-anchor="middle">{text}</text>
    </g>
  );
}
