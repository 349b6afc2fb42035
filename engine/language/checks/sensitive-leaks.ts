import type { Agent, Flow, Slot, State, Tool, Value } from '../flow.js';
import type { Check, Report } from './check.js';
import { at } from './check.js';
import type { Reader } from './readers.js';
import { eachReader } from './readers.js';

/** Secrets that would be spoken, logged or stored, and personal data that a language model would read. */
export const sensitiveLeaks: Check = {
  needs: 'agent',
  run({ agent, flows }, report) {
    const shared = [...agent.slots.values()].filter(({ sensitive }) => sensitive !== undefined);
    for (const flow of flows) {
      const own = [...flow.slots.values()].filter(({ sensitive }) => sensitive !== undefined);
      const known = new Map([...shared, ...own].map((slot) => [slot.name, slot]));
      if (known.size > 0) checkFlow(flow, agent, known, report);
    }
    const known = new Map(shared.map((slot) => [slot.name, slot]));
    if (known.size === 0) return;
    const { flows: skipped, tools, ...rest } = agent;
    void skipped;
    void tools;
    eachReader(rest, (reader) => checkReader(reader, known, report), notSpoken);
  },
};

type Known = ReadonlyMap<string, Slot>;

/** Names inside these are not slots: inputs of a tool, fields of a value. */
const notSpoken: ReadonlySet<string> = new Set(['tools', 'spoken', 'environment']);

function checkFlow(flow: Flow, agent: Agent, known: Known, report: Report): void {
  const { tools, ...rest } = flow;
  void tools;
  eachReader(rest, (reader) => checkReader(reader, known, report), notSpoken);
  for (const slot of flow.slots.values()) if (slot.value) checkCopy(slot.value, slot, known, report);
  for (const state of flow.states.values()) {
    for (const { set } of [...state.transitions, ...flow.listen])
      for (const { slot: name, value } of set) {
        const slot = flow.slots.get(name) ?? agent.slots.get(name);
        if (slot) checkCopy(value, slot, known, report);
      }
    checkHandedOver(state, agent, known, report);
    const tool = state.call && (flow.tools.get(state.call.tool) ?? agent.tools.get(state.call.tool));
    if (tool) checkTool(state, tool, known, report);
  }
  for (const example of flow.examples) {
    for (const { slot: name } of example.values) {
      if (name === undefined || known.get(name)?.sensitive !== 'secret') continue;
      report(
        'sensitive-leak',
        at(known.get(name)!),
        `An example marks a value of the secret "${name}", and examples are shown to the router and in reports.`,
        'Take the value out of the example: a secret is only heard when it is asked for.',
      );
    }
  }
}

/** What is spoken, or given to a model. */
function checkReader({ reads, place, source, path, phrase }: Reader, known: Known, report: Report): void {
  const forModel = (phrase !== undefined && phrase.mode !== 'fixed') || path.includes('generate');
  const isTransfer = path.includes('transfer');
  if (phrase === undefined && !forModel && !isTransfer && !path.includes('ssml')) return;
  for (const read of reads) {
    const slot = known.get(read.split('.')[0]!);
    if (slot === undefined) continue;
    if (slot.sensitive === 'secret') {
      const where =
        isTransfer && phrase === undefined
          ? 'given to whoever takes the call'
          : 'spoken, and heard by whoever stands by';
      report(
        'sensitive-leak',
        { place, length: source.length },
        `"${slot.name}" is secret, and here it would be ${where}.`,
        'Speak of it without its value, as in "your code".',
      );
    } else if (forModel) {
      report(
        'sensitive-leak',
        { place, length: source.length },
        `"${slot.name}" is personal, and here a language model would read it.`,
        'Say it with `mode: fixed`, or leave the value out of these words.',
        'warning',
      );
    }
  }
}

function readsOf(value: Value): readonly string[] {
  if (value.kind === 'literal') return [];
  return value.kind === 'expression' ? value.expression.reads : value.template.reads;
}

function placeOf(value: Value, slot: { place: Slot['place'] }): Slot['place'] {
  if (value.kind === 'literal') return slot.place;
  return value.kind === 'expression' ? value.expression.place : value.template.place;
}

/** A secret that goes into a slot which is none is stored and logged under that slot's name. */
function checkCopy(value: Value, to: Slot, known: Known, report: Report): void {
  if (to.sensitive === 'secret') return;
  const secret = readsOf(value).find((name) => known.get(name)?.sensitive === 'secret');
  // Whether there is one, and whether it is right, may be known.
  if (secret === undefined || to.type === 'yes_no') return;
  report(
    'sensitive-leak',
    { place: placeOf(value, to) },
    `This puts the secret "${secret}" into "${to.name}", which is stored and logged.`,
    `Make "${to.name}" \`sensitive: secret\` too, or compute it with a tool.`,
  );
}

function checkHandedOver({ callFlow }: State, agent: Agent, known: Known, report: Report): void {
  const called = callFlow && agent.flows.get(callFlow.flow);
  for (const [name, value] of callFlow?.with ?? []) {
    const slot = called?.slots.get(name);
    if (slot) checkCopy(value, slot, known, report);
  }
}

/** Addresses stand in the logs of every server on the way, and keys of writes in our own store. */
function checkTool({ call }: State, tool: Tool, known: Known, report: Report): void {
  for (const input of tool.input.keys()) {
    const given = call!.with.get(input);
    const secret = (given ? readsOf(given) : [input]).find((name) => known.get(name)?.sensitive === 'secret');
    if (secret === undefined) continue;
    const exposed = [
      {
        template: tool.http?.url,
        where: 'in an address, which servers log',
        cure: 'Send it in the `body:` of a post.',
      },
      {
        template: tool.idempotencyKey,
        where: 'in a key that is stored',
        cure: 'Make the key of something else, such as {{ call.id }}.',
      },
    ];
    for (const { template, where, cure } of exposed) {
      if (template?.reads.includes(input) !== true) continue;
      report(
        'sensitive-leak',
        { place: template.place, length: template.source.length },
        `The tool "${tool.name}" sends the secret "${secret}" ${where}.`,
        cure,
      );
    }
  }
}
