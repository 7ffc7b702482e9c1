// Lays out a directed graph in layers from left to right, after Sugiyama: cut cycles, put each box one layer behind the last that
// calls it, order the layers so that few lines cross, then pull boxes towards their neighbours. Same input, same picture.

export interface Box { id: string; width: number; height: number }
export interface Line { from: string; to: string }
export interface Placed { x: number; y: number; width: number; height: number; layer: number }
/** `x`, `y`: where a line's label stands. */
export interface Layout { at: Map<string, Placed>; lines: { from: string; to: string; path: string; x: number; y: number }[]; width: number; height: number }

const GAP_X = 84, GAP_Y = 16, SWEEPS = 12;

interface Cell { id: string; width: number; height: number; layer: number; y: number; before: Cell[]; after: Cell[] }

/** `layerOf` fixes the layers; without it they follow from the lines. */
export function layered(boxes: Box[], lines: Line[], layerOf?: (id: string) => number): Layout {
  const cells = new Map(boxes.map((b) => [b.id, { ...b, layer: 0, y: 0, before: [], after: [] } as Cell]));
  const known = lines.filter((l) => l.from !== l.to && cells.has(l.from) && cells.has(l.to));
  if (layerOf) for (const cell of cells.values()) cell.layer = layerOf(cell.id);
  else setLayers(cells, withoutCycles(boxes, known));
  normalise(cells);
  const chains = connect(cells, known);
  const layers = inLayers([...cells.values(), ...chains.flatMap((c) => c.between)]);
  for (let i = 0; i < SWEEPS; i++) sweep(layers, i % 2 === 0);
  for (let i = 0; i < SWEEPS; i++) settle(layers, i % 2 === 0);
  return finish(layers, cells, lines, chains);
}

/** The lines without those that lead back, found by walking from boxes that nothing calls. */
function withoutCycles(boxes: Box[], lines: Line[]): Line[] {
  const out = new Map<string, string[]>(), called = new Set(lines.map((l) => l.to));
  for (const { from, to } of lines) out.set(from, [...(out.get(from) ?? []), to]);
  const state = new Map<string, 'open' | 'done'>();
  const kept: Line[] = [];
  for (const start of [...boxes.filter((b) => !called.has(b.id)), ...boxes]) {
    if (state.has(start.id)) continue;
    const stack: { id: string; next: number }[] = [{ id: start.id, next: 0 }];
    state.set(start.id, 'open');
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const to = (out.get(top.id) ?? [])[top.next++];
      if (to === undefined) { state.set(top.id, 'done'); stack.pop(); continue; }
      if (state.get(to) === 'open') continue;
      kept.push({ from: top.id, to });
      if (!state.has(to)) { state.set(to, 'open'); stack.push({ id: to, next: 0 }); }
    }
  }
  return kept;
}

function setLayers(cells: Map<string, Cell>, lines: Line[]): void {
  const waiting = new Map<string, number>(), out = new Map<string, string[]>();
  for (const { from, to } of lines) {
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    const list = out.get(from);
    if (list) list.push(to);
    else out.set(from, [to]);
  }
  const ready = [...cells.keys()].filter((id) => !waiting.has(id));
  while (ready.length > 0) {
    const id = ready.pop()!;
    for (const to of out.get(id) ?? []) {
      cells.get(to)!.layer = Math.max(cells.get(to)!.layer, cells.get(id)!.layer + 1);
      waiting.set(to, waiting.get(to)! - 1);
      if (waiting.get(to) === 0) ready.push(to);
    }
  }
}

/** Layers count from 0. */
function normalise(cells: Map<string, Cell>): void {
  const least = Math.min(0, ...[...cells.values()].map((c) => c.layer));
  for (const cell of cells.values()) cell.layer -= least;
}

interface Chain { from: Cell; to: Cell; between: Cell[] }

/** A line over several layers goes through a point in each, so that boxes leave it room. */
function connect(cells: Map<string, Cell>, lines: Line[]): Chain[] {
  return lines.map((line) => {
    const a = cells.get(line.from)!, b = cells.get(line.to)!;
    const [left, right] = a.layer <= b.layer ? [a, b] : [b, a];
    const between: Cell[] = [];
    let last = left;
    for (let layer = left.layer + 1; layer < right.layer; layer++) {
      const point: Cell = { id: '', width: 0, height: 4, layer, y: 0, before: [last], after: [] };
      last.after.push(point);
      between.push(point);
      last = point;
    }
    last.after.push(right);
    right.before.push(last);
    return { from: a, to: b, between: left === a ? between : between.reverse() };
  });
}

function inLayers(all: Cell[]): Cell[][] {
  const layers: Cell[][] = [];
  for (const cell of all) (layers[cell.layer] ??= []).push(cell);
  const dense = Array.from({ length: layers.length }, (_, i) => layers[i] ?? []);
  for (const layer of dense) stack(layer);
  return dense;
}

function stack(layer: Cell[]): void {
  let y = 0;
  for (const cell of layer) { cell.y = y; y += cell.height + GAP_Y; }
}

const middle = (cell: Cell) => cell.y + cell.height / 2;

function wish(cell: Cell, neighbours: Cell[]): number {
  return neighbours.length === 0 ? middle(cell) : neighbours.reduce((sum, n) => sum + middle(n), 0) / neighbours.length;
}

/** Orders each layer by the mean place of the neighbours in the layer before (or behind). */
function sweep(layers: Cell[][], forward: boolean): void {
  for (const layer of forward ? layers : [...layers].reverse()) {
    const wishes = new Map(layer.map((c) => [c, wish(c, forward ? c.before : c.after)]));
    layer.sort((a, b) => wishes.get(a)! - wishes.get(b)! || a.y - b.y);
    stack(layer);
  }
}

/** Moves boxes towards their neighbours without changing the order: wishes first, then apart again around the middle. */
function settle(layers: Cell[][], forward: boolean): void {
  for (const layer of forward ? layers : [...layers].reverse()) {
    const wishes = layer.map((c) => wish(c, [...c.before, ...c.after]) - c.height / 2);
    const blocks: { cells: Cell[]; offset: number[]; sum: number; height: number }[] = [];
    layer.forEach((cell, i) => {
      let block = { cells: [cell], offset: [0], sum: wishes[i]!, height: cell.height };
      for (let last = blocks[blocks.length - 1]; last && last.sum / last.cells.length + last.height + GAP_Y > block.sum / block.cells.length; last = blocks[blocks.length - 1]) {
        blocks.pop();
        const shift = last.height + GAP_Y;
        block = {
          cells: [...last.cells, ...block.cells], offset: [...last.offset, ...block.offset.map((o) => o + shift)],
          sum: last.sum + block.sum - shift * block.cells.length, height: shift + block.height,
        };
      }
      blocks.push(block);
    });
    for (const block of blocks) block.cells.forEach((cell, i) => { cell.y = block.sum / block.cells.length + block.offset[i]!; });
  }
}

function finish(layers: Cell[][], cells: Map<string, Cell>, lines: Line[], chains: Chain[]): Layout {
  const top = Math.min(0, ...layers.flatMap((l) => l.map((c) => c.y)));
  const xs: number[] = [];
  let x = 0;
  for (const layer of layers) { xs.push(x); x += Math.max(0, ...layer.map((c) => c.width)) + GAP_X; }
  const at = new Map<string, Placed>();
  let height = 0;
  for (const cell of cells.values()) {
    at.set(cell.id, { x: xs[cell.layer]!, y: cell.y - top, width: cell.width, height: cell.height, layer: cell.layer });
    height = Math.max(height, cell.y - top + cell.height);
  }
  const widths = layers.map((layer) => Math.max(0, ...layer.map((c) => c.width)));
  const points = new Map(chains.map((c) => [`${c.from.id}\0${c.to.id}`, c.between.map((p) => ({ x: xs[p.layer]!, width: widths[p.layer]!, y: middle(p) - top }))]));
  return {
    at, width: Math.max(0, x - GAP_X), height,
    lines: lines.filter((l) => at.has(l.from) && at.has(l.to)).map((l) => ({ ...l, ...curve(at.get(l.from)!, at.get(l.to)!, points.get(`${l.from}\0${l.to}`) ?? []) })),
  };
}

interface Through { x: number; width: number; y: number }

/** A curve from box to box; through a layer between them it runs level, so that it meets no box there. */
function curve(a: Placed, b: Placed, between: Through[]): { path: string; x: number; y: number } {
  const n = (v: number) => Math.round(v * 10) / 10;
  if (a === b) return { path: `M${n(a.x + a.width - 24)} ${n(a.y)}c0-18 20-18 20 0`, x: a.x + a.width - 14, y: a.y - 16 };
  const ya = a.y + a.height / 2, yb = b.y + b.height / 2;
  if (a.layer === b.layer) {
    const x = a.x + a.width, reach = 28 + Math.abs(a.y - b.y) / 8;
    return { path: `M${n(x)} ${n(ya)}C${n(x + reach)} ${n(ya)} ${n(x + reach)} ${n(yb)} ${n(x)} ${n(yb)}`, x: x + reach, y: (ya + yb) / 2 };
  }
  const back = a.layer > b.layer;
  let x = back ? a.x : a.x + a.width, y = ya;
  let path = `M${n(x)} ${n(y)}`;
  let last = { x, y };
  for (const stop of [...between.map((p) => ({ in: back ? p.x + p.width : p.x, out: back ? p.x : p.x + p.width, y: p.y })), { in: back ? b.x + b.width : b.x, out: null, y: yb }]) {
    const half = (x + stop.in) / 2;
    path += `C${n(half)} ${n(y)} ${n(half)} ${n(stop.y)} ${n(stop.in)} ${n(stop.y)}`;
    last = { x, y };
    if (stop.out !== null) { path += `H${n(stop.out)}`; x = stop.out; y = stop.y; }
  }
  // The label stands where the lines of one box have parted: on the level piece, else behind the middle of the curve.
  const level = between[0];
  if (level) return { path, x: level.x + level.width / 2, y: level.y + 4 };
  const end = back ? b.x + b.width : b.x;
  return { path, x: last.x + (end - last.x) * 0.61, y: last.y + (yb - last.y) * 0.74 + 4 };
}
