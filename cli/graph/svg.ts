/**
 * An agent's flows as one SVG picture of our own: no library, no script, light and dark by CSS.
 * Every state is a `<g id="state-<flow>-<state>" class="state">`, so that a page can add the class `lit` to it.
 */
import type { Agent, Flow } from '../../engine/language/flow.js';
import { chartFlow, type Box, type Chart } from './flow-chart.js';
import { layOut, type Layout } from './layers.js';

const lineHeight = 16;
const padding = 12;
const maxTextWidth = 210;
const labelLine = 14;
const margin = 24;
const titleHeight = 34;
const rowWidth = 1500;

interface TextLine {
  text: string;
  kind: 'name' | 'words' | 'doing';
}

/** The picture of one flow, or of all flows of an agent. Text that is too long is shortened; its title tells all of it. */
export function drawSvg(agent: Agent, flowName?: string): string {
  const flows = [...agent.flows.values()].filter((flow) => flowName === undefined || flow.name === flowName);
  const parts = flows.map((flow) => drawFlow(agent, flow));
  // Flows stand side by side as long as a row has room.
  const widest = Math.max(rowWidth, ...parts.map((part) => part.width));
  let [x, y, rowHeight, width] = [margin, margin, 0, 0];
  const placed: string[] = [];
  for (const part of parts) {
    if (x > margin && x + part.width > widest) [x, y, rowHeight] = [margin, y + rowHeight + margin, 0];
    placed.push(`<g transform="translate(${round(x)} ${round(y)})">${part.svg}</g>`);
    x += part.width + margin;
    width = Math.max(width, x);
    rowHeight = Math.max(rowHeight, part.height);
  }
  const legend = drawLegend();
  const height = y + rowHeight + margin + 30;
  width = Math.max(width, legend.width + margin * 2);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="flow-graph" role="img" aria-label="${escape(`The flows of ${agent.name}`)}" ` +
    `viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}">` +
    `<style>${style}</style>${arrowHead}${placed.join('')}` +
    `<g transform="translate(${margin} ${round(height - 30)})">${legend.svg}</g></svg>`
  );
}

function drawFlow(agent: Agent, flow: Flow): { svg: string; width: number; height: number } {
  const chart = chartFlow(agent, flow);
  const texts = new Map(chart.boxes.map((box) => [box.id, textOf(box)]));
  const first = chart.boxes.find((box) => box.first);
  const ordered = [...chart.boxes].sort((one, other) => Number(other === first) - Number(one === first));
  const layout = layOut(
    ordered.map((box) => ({ id: box.id, ...sizeOf(box, texts.get(box.id)!) })),
    chart.arrows.map((arrow) => {
      const labels = arrow.labels.map((label) => shorten(label, 190, 11));
      return {
        from: arrow.from,
        to: arrow.to,
        labelWidth: Math.max(8, ...labels.map((label) => textWidth(label, 11) + 10)),
        labelHeight: labels.length * labelLine + (labels.length > 0 ? 2 : 0),
      };
    }),
  );
  const title = flow.title ? `${flow.name}: ${flow.title}` : flow.name;
  const width = Math.max(layout.width + margin * 2, textWidth(title, 15) + margin * 2);
  const height = layout.height + titleHeight + margin * 2;
  const shift = (width - layout.width) / 2;
  const svg =
    `<rect class="flow" width="${round(width)}" height="${round(height)}" rx="14"/>` +
    `<text class="title" x="${margin}" y="30">${escape(flow.name)}` +
    (flow.title ? `<tspan class="subtitle" dx="8">${escape(flow.title)}</tspan>` : '') +
    `</text><g transform="translate(${round(shift)} ${titleHeight + margin})">` +
    drawArrows(chart, layout) +
    chart.boxes.map((box) => drawBox(flow, box, texts.get(box.id)!, layout)).join('') +
    '</g>';
  return { svg, width, height };
}

function drawBox(flow: Flow, box: Box, lines: TextLine[], layout: Layout): string {
  const { x, y } = layout.boxes.get(box.id)!;
  const { width, height } = sizeOf(box, lines);
  const [left, top] = [round(x - width / 2), round(y - height / 2)];
  if (box.kind === 'exit') {
    return (
      `<g class="exit exit-${box.exit ?? 'flow'}"><rect x="${left}" y="${top}" width="${round(width)}" height="${height}" rx="${height / 2}"/>` +
      `<text x="${round(x)}" y="${round(y + 4)}" text-anchor="middle">${escape(box.name)}</text></g>`
    );
  }
  const id =
    box.kind === 'state'
      ? ` id="${escape(`state-${flow.name}-${box.name}`)}" data-state="${escape(`${flow.name}/${box.name}`)}"`
      : '';
  const whole = [box.name, ...box.lines.map(({ text }) => text)].join('\n');
  const text = lines.map(
    (line, index) =>
      `<text class="${line.kind}" x="${left + padding}" y="${round(top + padding + 11 + index * lineHeight)}">${escape(line.text)}</text>`,
  );
  return (
    `<g${id} class="${box.kind}${box.first ? ' first' : ''}"><title>${escape(whole)}</title>` +
    `<rect x="${left}" y="${top}" width="${round(width)}" height="${round(height)}" rx="9"/>${text.join('')}</g>`
  );
}

function drawArrows(chart: Chart, layout: Layout): string {
  const curves: string[] = [];
  const labels: string[] = [];
  chart.arrows.forEach((arrow, index) => {
    const { points, label } = layout.links[index]!;
    const loop = arrow.from === arrow.to;
    const kind = arrow.labels.some((one) => one.includes('on '))
      ? 'event'
      : arrow.labels.length > 0
        ? 'choice'
        : 'default';
    curves.push(
      `<path class="arrow ${kind}" d="${loop ? loopOf(points) : curveOf(points)}" marker-end="url(#flow-graph-head)"/>`,
    );
    arrow.labels.forEach((text, line) => {
      const short = shorten(text, 190, 11);
      const width = textWidth(short, 11) + 6;
      const y = label.y + (line - (arrow.labels.length - 1) / 2) * labelLine;
      labels.push(
        `<g class="label"><title>${escape(text)}</title><rect x="${round(label.x - width / 2)}" y="${round(y - 7)}" width="${round(width)}" height="14" rx="4"/>` +
          `<text x="${round(label.x)}" y="${round(y + 4)}" text-anchor="middle">${escape(short)}</text></g>`,
      );
    });
  });
  return curves.join('') + labels.join('');
}

/** Smooth through all points, upright at each: neighbours meet without a corner. */
function curveOf(points: readonly { x: number; y: number }[]): string {
  let path = `M${round(points[0]!.x)} ${round(points[0]!.y)}`;
  for (let at = 1; at < points.length; at++) {
    const [from, to] = [points[at - 1]!, points[at]!];
    const bend = (to.y - from.y) / 2;
    path += `C${round(from.x)} ${round(from.y + bend)} ${round(to.x)} ${round(to.y - bend)} ${round(to.x)} ${round(to.y)}`;
  }
  return path;
}

function loopOf(points: readonly { x: number; y: number }[]): string {
  const [start, out, end] = [points[0]!, points[1]!, points[2]!];
  return `M${round(start.x)} ${round(start.y)}C${round(out.x)} ${round(start.y - 8)} ${round(out.x)} ${round(end.y + 8)} ${round(end.x)} ${round(end.y)}`;
}

function textOf(box: Box): TextLine[] {
  const lines: TextLine[] = [{ text: box.name, kind: 'name' }];
  if (box.kind === 'exit') return lines;
  for (const { kind, text } of box.lines) {
    const wrapped = kind === 'words' ? wrap(text.replace(/\s+/g, ' '), 3) : [shorten(text, maxTextWidth, 12)];
    lines.push(...wrapped.map((line): TextLine => ({ text: line, kind })));
  }
  return lines;
}

function sizeOf(box: Box, lines: readonly TextLine[]): { width: number; height: number } {
  const widths = lines.map((line) => textWidth(line.text, line.kind === 'name' ? 13.5 : 12));
  if (box.kind === 'exit') return { width: Math.max(...widths) + 20, height: 24 };
  return {
    width: Math.max(90, Math.max(...widths) + padding * 2),
    height: lines.length * lineHeight + padding * 2 - 4,
  };
}

function wrap(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && textWidth(longer, 12) > maxTextWidth) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  lines.push(line);
  if (lines.length > most) {
    lines.length = most;
    lines[most - 1] = `${lines[most - 1]!} …`;
  }
  return lines.map((one) => shorten(one, maxTextWidth + 20, 12));
}

function shorten(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  let short = text;
  while (short.length > 1 && textWidth(`${short}…`, size) > width) short = short.slice(0, -1);
  return `${short.trimEnd()}…`;
}

/** About how wide text is: there is no font here to ask. A little too wide rather than too narrow. */
function textWidth(text: string, size: number): number {
  let width = 0;
  for (const sign of text)
    width += /[ilj.,:;'|!“”’()[\]tfr ]/.test(sign)
      ? 0.38
      : /[mwMW@—]/.test(sign)
        ? 0.92
        : /[A-Z_]/.test(sign)
          ? 0.7
          : 0.63;
  return width * size;
}

function drawLegend(): { svg: string; width: number } {
  let x = 0;
  const parts: string[] = [];
  const entry = (draw: string, room: number, text: string): void => {
    parts.push(
      `<g transform="translate(${x} 0)">${draw}<text class="legend" x="${room + 6}" y="12">${text}</text></g>`,
    );
    x += room + 6 + textWidth(text, 11) + 18;
  };
  const line = (kind: string): string => `<path class="arrow ${kind}" d="M0 8H30" marker-end="url(#flow-graph-head)"/>`;
  entry('<g class="state first"><rect x="0" y="1" width="24" height="14" rx="4"/></g>', 24, 'begins here');
  entry('<g class="state"><rect x="0" y="1" width="24" height="14" rx="4"/></g>', 24, 'state');
  entry(line('choice'), 34, 'the caller’s choice, a key or a condition');
  entry(line('event'), 34, 'an event or a tool’s outcome');
  entry(line('default'), 34, 'otherwise, once its work is done');
  entry('<g class="exit exit-flow"><rect x="0" y="1" width="24" height="14" rx="7"/></g>', 24, 'leaves this flow');
  return { svg: parts.join(''), width: x };
}

const arrowHead =
  '<defs><marker id="flow-graph-head" viewBox="0 0 10 10" refX="8.5" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">' +
  '<path d="M0 1L9 5L0 9z" fill="context-stroke"/></marker></defs>';

const style = `
.flow-graph{--paper:#fbfbf9;--card:#fff;--ink:#1d2430;--soft:#667085;--line:#98a2b3;--edge:#d5dae1;--accent:#2563eb;--event:#c2410c;--lit:#fde68a;background:var(--paper);color:var(--ink);font-family:system-ui,-apple-system,"Segoe UI",Roboto,Ubuntu,"DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){.flow-graph:not([data-theme=light]){--paper:#14171d;--card:#1f242d;--ink:#e8ecf2;--soft:#98a2b3;--line:#667085;--edge:#39414e;--accent:#7aa8ff;--event:#fb923c;--lit:#7c5e10}}
[data-theme=dark] .flow-graph,.flow-graph[data-theme=dark]{--paper:#14171d;--card:#1f242d;--ink:#e8ecf2;--soft:#98a2b3;--line:#667085;--edge:#39414e;--accent:#7aa8ff;--event:#fb923c;--lit:#7c5e10}
.flow-graph text{fill:var(--ink);font-size:12px}
.flow-graph .flow{fill:none;stroke:var(--edge);stroke-dasharray:3 4}
.flow-graph .title{font-size:15px;font-weight:650}
.flow-graph .subtitle{font-size:12px;font-weight:400;fill:var(--soft)}
.flow-graph .state rect,.flow-graph .listen rect{fill:var(--card);stroke:var(--line);stroke-width:1.2}
.flow-graph .listen rect{stroke-dasharray:4 3}
.flow-graph .state.first>rect{stroke:var(--accent);stroke-width:2.2}
.flow-graph .state.lit>rect{fill:var(--lit);stroke:var(--accent);stroke-width:2.6}
.flow-graph .name{font-size:13.5px;font-weight:650}
.flow-graph .words{fill:var(--soft)}
.flow-graph .state.lit text{fill:var(--ink)}
.flow-graph .doing{fill:var(--accent);font-size:12px}
.flow-graph .exit rect{fill:var(--paper);stroke:var(--line)}
.flow-graph .exit text{fill:var(--soft);font-size:12px}
.flow-graph .exit-flow rect{stroke:var(--accent)}.flow-graph .exit-flow text{fill:var(--accent)}
.flow-graph .exit-human rect{stroke:var(--event)}.flow-graph .exit-human text{fill:var(--event)}
.flow-graph .arrow{fill:none;stroke:var(--line);stroke-width:1.4}
.flow-graph .arrow.choice{stroke:var(--accent)}
.flow-graph .arrow.event{stroke:var(--event);stroke-dasharray:5 3}
.flow-graph .label rect{fill:var(--paper);opacity:.92}
.flow-graph .label text,.flow-graph .legend{font-size:11px;fill:var(--soft)}
`.trim();

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => entities[sign]!);
}
