/**
 * Layered layout: arrows run downwards, few cross, labels have room of their own.
 * In four steps (Sugiyama's): turn the arrows that would close a circle, give every box a layer, order each layer by
 * the middle of its neighbours, then place. Between two layers of boxes stands a layer of labels, so that a
 * label is laid out like a box and never lies upon one.
 */
export interface Sized {
  id: string;
  width: number;
  height: number;
}

export interface Link {
  from: string;
  to: string;
  /** Room for the label; 0 by 0 when there is none. */
  labelWidth: number;
  labelHeight: number;
}

export interface Layout {
  width: number;
  height: number;
  /** Middles. */
  boxes: Map<string, { x: number; y: number }>;
  /** In the order of the links: the points a curve goes through, from the box it leaves to the box it enters. */
  links: { points: { x: number; y: number }[]; label: { x: number; y: number } }[];
}

interface Cell {
  width: number;
  height: number;
  layer: number;
  x: number;
  above: Cell[];
  below: Cell[];
  /** Boxes are moved rather than the bends of long arrows, which should be straight. */
  bend: boolean;
}

const gapX = 26;
const gapBoxLayers = 18;

/** Where boxes and arrows stand. `boxes[0]` is where it begins. A link from a box to itself gets a loop on its right. */
export function layOut(boxes: readonly Sized[], links: readonly Link[]): Layout {
  const turned = linksToTurn(boxes, links);
  const layerOf = layersOf(boxes, links, turned);
  const cells = new Map<string, Cell>();
  const layers: Cell[][] = [];
  const add = (layer: number, width: number, height: number, bend: boolean): Cell => {
    const cell: Cell = { width, height, layer, x: 0, above: [], below: [], bend };
    (layers[layer] ??= []).push(cell);
    return cell;
  };
  for (const box of boxes) cells.set(box.id, add(layerOf.get(box.id)! * 2, box.width, box.height, false));

  const chains = links.map((link, index) => {
    const [top, bottom] = turned.has(index) ? [link.to, link.from] : [link.from, link.to];
    const [first, last] = [cells.get(top)!, cells.get(bottom)!];
    if (first === last) return [];
    const chain = [first];
    // The label stands right beneath the box that the arrow leaves: there it is read as this box's choice.
    const labelLayer = turned.has(index) ? last.layer - 1 : first.layer + 1;
    for (let layer = first.layer + 1; layer < last.layer; layer++) {
      const here = layer === labelLayer;
      chain.push(add(layer, here ? link.labelWidth : 4, here ? link.labelHeight : 0, true));
    }
    chain.push(last);
    for (let at = 1; at < chain.length; at++) {
      chain[at - 1]!.below.push(chain[at]!);
      chain[at]!.above.push(chain[at - 1]!);
    }
    return chain;
  });
  for (let layer = 0; layer < layers.length; layer++) layers[layer] ??= [];
  order(layers);
  place(layers);

  const tops: number[] = [];
  let y = 0;
  layers.forEach((layer, index) => {
    tops[index] = y;
    y += Math.max(index % 2 ? 14 : 0, ...layer.map((cell) => cell.height)) + gapBoxLayers;
  });
  const middle = (cell: Cell): number => {
    const height = Math.max(index(cell) ? 14 : 0, ...layers[cell.layer]!.map((one) => one.height));
    return tops[cell.layer]! + height / 2;
  };
  const index = (cell: Cell): boolean => cell.layer % 2 === 1;
  const left = Math.min(...layers.flat().map((cell) => cell.x - cell.width / 2));
  const right = Math.max(...layers.flat().map((cell) => cell.x + cell.width / 2));

  const placed = new Map([...cells].map(([id, cell]) => [id, { x: cell.x - left, y: middle(cell) }]));
  let width = right - left;
  const routes = chains.map((chain, at): Layout['links'][number] => {
    const link = links[at]!;
    if (chain.length === 0) {
      const cell = cells.get(link.from)!;
      const edge = { x: cell.x - left + cell.width / 2, y: middle(cell) };
      const reach = 34;
      width = Math.max(width, edge.x + reach + link.labelWidth);
      const points = [
        { x: edge.x, y: edge.y - 10 },
        { x: edge.x + reach, y: edge.y },
        { x: edge.x, y: edge.y + 10 },
      ];
      return { points, label: { x: edge.x + reach + link.labelWidth / 2, y: edge.y } };
    }
    const points = chain.map((cell) => ({ x: cell.x - left, y: middle(cell) }));
    const [first, last] = [chain[0]!, chain.at(-1)!];
    points[0]!.y += first.height / 2;
    points.at(-1)!.y -= last.height / 2;
    spread(points[0]!, first, first.below.indexOf(chain[1]!), first.below);
    spread(points.at(-1)!, last, last.above.indexOf(chain.at(-2)!), last.above);
    const labelAt = turned.has(at) ? points.length - 2 : 1;
    const label = { ...points[labelAt]! };
    return { points: turned.has(at) ? points.reverse() : points, label };
  });
  return { width, height: y - gapBoxLayers, boxes: placed, links: routes };
}

/** Several arrows at one side of a box leave it side by side. */
function spread(point: { x: number }, box: Cell, index: number, all: readonly Cell[]): void {
  if (all.length < 2) return;
  const rank = [...all].sort((one, other) => one.x - other.x).indexOf(all[index]!);
  const room = Math.min(box.width * 0.6, all.length * 26);
  point.x += ((rank + 0.5) / all.length - 0.5) * room;
}

/** Arrows that go back to a box from which their own box is reached. */
function linksToTurn(boxes: readonly Sized[], links: readonly Link[]): Set<number> {
  const turned = new Set<number>();
  const seen = new Map<string, 'open' | 'done'>();
  const visit = (id: string): void => {
    seen.set(id, 'open');
    links.forEach((link, index) => {
      if (link.from !== id || link.to === id) return;
      const state = seen.get(link.to);
      if (state === 'open') turned.add(index);
      else if (state === undefined) visit(link.to);
    });
    seen.set(id, 'done');
  };
  for (const box of boxes) if (!seen.has(box.id)) visit(box.id);
  return turned;
}

function layersOf(boxes: readonly Sized[], links: readonly Link[], turned: ReadonlySet<number>): Map<string, number> {
  const down = links
    .map((link, index) => (turned.has(index) ? { from: link.to, to: link.from } : link))
    .filter((link) => link.from !== link.to);
  const layer = new Map<string, number>();
  const of = (id: string): number => {
    const known = layer.get(id);
    if (known !== undefined) return known;
    const value = Math.max(0, ...down.filter((link) => link.to === id).map((link) => of(link.from) + 1));
    layer.set(id, value);
    return value;
  };
  for (const box of boxes) of(box.id);
  return layer;
}

/** Orders every layer so that few arrows cross: to and fro, each cell goes to the middle of its neighbours. */
function order(layers: Cell[][]): void {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < 24 && fewest > 0; sweep++) {
    const down = sweep % 2 === 0;
    const sequence = down ? layers.keys() : [...layers.keys()].reverse();
    for (const at of sequence) {
      const beside = layers[down ? at - 1 : at + 1];
      if (!beside) continue;
      const rank = new Map(beside.map((cell, index) => [cell, index]));
      const here = new Map(layers[at]!.map((cell, index) => [cell, index]));
      const weight = new Map(
        layers[at]!.map((cell) => {
          const ranks = (down ? cell.above : cell.below).map((one) => rank.get(one)!);
          return [cell, ranks.length > 0 ? mean(ranks) : here.get(cell)!];
        }),
      );
      layers[at]!.sort((one, other) => weight.get(one)! - weight.get(other)! || here.get(one)! - here.get(other)!);
    }
    const count = crossings(layers);
    if (count < fewest) [fewest, best] = [count, layers.map((layer) => [...layer])];
  }
  best.forEach((layer, index) => (layers[index] = layer));
}

function crossings(layers: readonly Cell[][]): number {
  let count = 0;
  for (let at = 0; at + 1 < layers.length; at++) {
    const rank = new Map(layers[at + 1]!.map((cell, index) => [cell, index]));
    const ends = layers[at]!.flatMap((cell, index) => cell.below.map((one) => [index, rank.get(one)!] as const));
    for (let i = 0; i < ends.length; i++) {
      for (let j = i + 1; j < ends.length; j++) {
        const [a, b] = [ends[i]!, ends[j]!];
        if ((a[0] - b[0]) * (a[1] - b[1]) < 0) count++;
      }
    }
  }
  return count;
}

/** Moves every cell towards the middle of its neighbours as far as those beside it allow. */
function place(layers: Cell[][]): void {
  for (const layer of layers) {
    let x = 0;
    for (const cell of layer) {
      cell.x = x + cell.width / 2;
      x += cell.width + gapX;
    }
    const shift = (x - gapX) / 2;
    for (const cell of layer) cell.x -= shift;
  }
  for (let sweep = 0; sweep < 40; sweep++) {
    const down = sweep % 2 === 0;
    for (const at of down ? layers.keys() : [...layers.keys()].reverse()) {
      settleLayer(layers[at]!, (cell) => {
        const beside = down ? cell.above : cell.below;
        const other = down ? cell.below : cell.above;
        const wanted = beside.length > 0 ? beside : other;
        return wanted.length > 0 ? mean(wanted.map((one) => one.x)) : cell.x;
      });
    }
  }
}

/** Least moves from the wished places that keep the order and the gaps (pool adjacent violators). */
function settleLayer(layer: Cell[], wish: (cell: Cell) => number): void {
  interface Pool {
    cells: Cell[];
    offsets: number[];
    weight: number;
    sum: number;
  }
  const pools: Pool[] = [];
  for (const cell of layer) {
    const weight = cell.bend && cell.above.length === 1 && cell.above[0]!.bend ? 4 : 1;
    let pool: Pool = { cells: [cell], offsets: [0], weight, sum: wish(cell) * weight };
    for (;;) {
      const before = pools.at(-1);
      if (!before) break;
      const lastCell = before.cells.at(-1)!;
      const distance = lastCell.width / 2 + gapX + pool.cells[0]!.width / 2;
      const reach = before.offsets.at(-1)! + distance;
      if (before.sum / before.weight + reach <= pool.sum / pool.weight) break;
      pools.pop();
      pool = {
        cells: [...before.cells, ...pool.cells],
        offsets: [...before.offsets, ...pool.offsets.map((offset) => offset + reach)],
        weight: before.weight + pool.weight,
        sum: before.sum + pool.sum - pool.weight * reach,
      };
    }
    pools.push(pool);
  }
  for (const pool of pools) {
    const start = pool.sum / pool.weight;
    pool.cells.forEach((cell, index) => (cell.x = start + pool.offsets[index]!));
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
