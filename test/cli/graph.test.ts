import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layOut, type Link } from '../../cli/graph/layers.js';
import { drawMermaid } from '../../cli/graph/mermaid.js';
import { drawSvg } from '../../cli/graph/svg.js';
import type { Agent } from '../../engine/language/flow.js';
import { loadAgent } from '../../engine/language/load.js';

async function agentOf(yaml: string): Promise<Agent> {
  const file = join(mkdtempSync(join(tmpdir(), 'flow-graph-')), 'one.flow.yaml');
  writeFileSync(file, yaml);
  const { agent, problems } = await loadAgent(file);
  if (!agent) throw new Error(problems.map(({ message }) => message).join('\n'));
  return agent;
}

const order = `
flow: order
title: <your> & "my" order
slots: { size: { type: choice, options: { small: [], large: [] }, ask: "Small or large?" } }
tools: { send: { effect: write, input: { size: text }, output: {}, http: { post: "{{ env.SHOP_URL }}/orders" } } }
listen: [{ on: error, to: sorry }]
states:
  size: { collect: size, to: agree }
  agree:
    say: A {{ size }} one. Shall I send it?
    transitions:
      - { intent: yes, to: send }
      - { intent: no, clear: size, to: size }
      - { key: "9", to: human }
  send: { call: send, transitions: [{ on: timeout, to: sorry }], to: done }
  done: { say: On its way., hang_up: true }
  sorry: { say: Something broke., to: end }
`;

describe('the SVG of a flow', () => {
  it('has every state as an element that a page can light up', async () => {
    const svg = drawSvg(await agentOf(order));
    for (const state of ['size', 'agree', 'send', 'done', 'sorry']) {
      expect(svg).toContain(`<g id="state-order-${state}" data-state="order/${state}" class="state`);
    }
    expect(svg.match(/ id="state-/g)).toHaveLength(5);
  });

  it('shows words, work, labels and where the flow is left', async () => {
    const svg = drawSvg(await agentOf(order));
    for (const text of [
      'Small or large?',
      'collect size',
      'A ‹size› one.',
      'call send',
      '“yes”',
      '“no”',
      'key 9',
      'on timeout',
      'on error',
      'a person',
      'hang up',
    ]) {
      expect(svg).toContain(text);
    }
  });

  it('keeps what a designer wrote from becoming markup', async () => {
    const svg = drawSvg(await agentOf(order));
    expect(svg).toContain('&lt;your&gt; &amp; &quot;my&quot; order');
    expect(svg).not.toContain('<your>');
  });

  it('draws one flow when it is named', async () => {
    const agent = await agentOf(
      `${order}\n---\nflow: other\nexamples: [something else]\nstates: { tell: { say: Hello., to: end } }\n`,
    );
    expect(drawSvg(agent, 'other')).toContain('state-other-tell');
    expect(drawSvg(agent, 'other')).not.toContain('state-order-size');
  });
});

describe('Mermaid text', () => {
  it('has each state, each label and each end', async () => {
    const text = drawMermaid(await agentOf(order));
    expect(text).toMatch(/^flowchart TD\n/);
    expect(text).toContain('order_agree -->|"“yes”"| order_send');
    expect(text).toContain('order_size --> order_agree');
    expect(text).toContain('order_sorry__End(["end"])');
    expect(text).toContain('#60;your#62; #38; #34;my#34; order');
  });
});

describe('the layered layout', () => {
  const boxes = (...ids: string[]): { id: string; width: number; height: number }[] =>
    ids.map((id) => ({ id, width: 100, height: 40 }));
  const link = (from: string, to: string, labelWidth = 0): Link => ({
    from,
    to,
    labelWidth,
    labelHeight: labelWidth > 0 ? 14 : 0,
  });

  it('runs arrows downwards, and turns the one that closes a circle', () => {
    const { boxes: at, links } = layOut(boxes('a', 'b', 'c'), [link('a', 'b'), link('b', 'c'), link('c', 'a')]);
    expect(at.get('a')!.y).toBeLessThan(at.get('b')!.y);
    expect(at.get('b')!.y).toBeLessThan(at.get('c')!.y);
    const [back] = links.slice(2);
    expect(back!.points[0]!.y).toBeGreaterThan(back!.points.at(-1)!.y);
  });

  it('lays no box and no label upon another', () => {
    const all = boxes('a', 'b', 'c', 'd', 'e', 'f', 'g');
    const links = [
      link('a', 'b', 80),
      link('a', 'c', 80),
      link('a', 'd', 80),
      link('b', 'e', 60),
      link('c', 'e', 60),
      link('d', 'e', 60),
      link('a', 'e', 60),
      link('e', 'f', 120),
      link('e', 'g', 120),
    ];
    const layout = layOut(all, links);
    const rooms = [
      ...[...layout.boxes.values()].map(({ x, y }) => ({ x, y, width: 100, height: 40 })),
      ...layout.links.map(({ label }, index) => ({ ...label, width: links[index]!.labelWidth, height: 14 })),
    ];
    for (const [index, one] of rooms.entries()) {
      for (const other of rooms.slice(index + 1)) {
        const apart =
          Math.abs(one.x - other.x) >= (one.width + other.width) / 2 - 0.01 ||
          Math.abs(one.y - other.y) >= (one.height + other.height) / 2 - 0.01;
        expect(apart).toBe(true);
      }
    }
  });

  it('uncrosses two arrows that were written crosswise', () => {
    const { boxes: at } = layOut(boxes('top', 'a', 'b', 'x', 'y'), [
      link('top', 'a'),
      link('top', 'b'),
      link('a', 'y'),
      link('b', 'x'),
    ]);
    expect(Math.sign(at.get('a')!.x - at.get('b')!.x)).toBe(Math.sign(at.get('y')!.x - at.get('x')!.x));
  });

  it('draws a state that leads to itself as a loop beside it', () => {
    const { links, width } = layOut(boxes('a'), [link('a', 'a', 50)]);
    expect(links[0]!.points).toHaveLength(3);
    expect(width).toBeGreaterThan(150);
  });
});
