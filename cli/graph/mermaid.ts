/** An agent's flows as Mermaid text, for a README or a wiki that draws it. */
import type { Agent } from '../../engine/language/flow.js';
import { chartFlow, type Box } from './flow-chart.js';

/** One `flowchart`, a subgraph for each flow, or only the flow named. */
export function drawMermaid(agent: Agent, flowName?: string): string {
  const lines = ['flowchart TD'];
  for (const flow of agent.flows.values()) {
    if (flowName !== undefined && flow.name !== flowName) continue;
    const chart = chartFlow(agent, flow);
    const idOf = (box: string): string =>
      `${flow.name}_${box}`.replace(/[^A-Za-z0-9_]/g, '__').replace(/_end$/, '_End');
    lines.push(`  subgraph ${flow.name}_flow["${clean(flow.title ?? flow.name)}"]`);
    for (const box of chart.boxes) lines.push(`    ${idOf(box.id)}${shape(box)}`);
    lines.push('  end');
    for (const { from, to, labels } of chart.arrows) {
      const label = labels.length > 0 ? `|"${labels.map(clean).join('<br>')}"|` : '';
      lines.push(`  ${idOf(from)} -->${label} ${idOf(to)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function shape(box: Box): string {
  if (box.kind === 'exit') return `(["${clean(box.name)}"])`;
  const text = [
    `<b>${clean(box.name)}</b>`,
    ...box.lines.map(({ kind, text: line }) => clean(kind === 'words' ? shorten(line) : line)),
  ];
  return box.kind === 'listen' ? `>"${text.join('<br>')}"]` : `["${text.join('<br>')}"]`;
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59).trimEnd()}…` : text;
}

/** Mermaid reads quotes, brackets and `#` as its own: they go in as entities. */
function clean(text: string): string {
  return text.replace(/[&#<>"]/g, (sign) => `#${sign.charCodeAt(0)};`).replace(/\s+/g, ' ');
}
