/** One conversation at random, and what must hold after every step of it. */
import type { Input, Out, ToolCall, ToolResult } from '../../../../engine/contracts.js';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { openState } from '../../../../engine/dialog/open-state.js';
import type { DialogState, Effect, StepEvent, StepResult, StepWorld } from '../../../../engine/dialog/seam.js';
import { inside } from '../../../../engine/dialog/state.js';
import { step } from '../../../../engine/dialog/step.js';
import { understand } from '../../../../engine/dialog/understand.js';
import type { Agent } from '../../../../engine/language/flow.js';
import type { TestScript } from '../../../../engine/language/script.js';
import { findTool } from '../../../../engine/tools/find-tool.js';
import { WordRouter } from '../../../fakes/router.js';
import { anything, Dice, valueOfType } from './dice.js';
import { RandomCaller, type Act } from './random-caller.js';

const longestConversation = 60;
/** A checkpoint is written every turn. */
const mostStateCharacters = 120_000;
const mostEffectsATurn = 150;
/** What a caller must never hear: an empty value, a template, an object. */
const broken = /\bundefined\b|\bNaN\b|\[object|\{\{|\}\}|\bnull\b|Infinity/;

/** Plays one conversation of an agent. @returns how many turns it had */
export async function playAtRandom(agent: Agent, tests: readonly TestScript[], seed: number): Promise<number> {
  const dice = new Dice(seed);
  const play = new RandomPlay(agent, new RandomCaller(agent, tests, dice), dice);
  try {
    return await play.run();
  } catch (error) {
    throw new Error(
      `${agent.name}, seed ${String(seed)}, turn ${String(play.turns)}: ${(error as Error).message}\n  last: ${play.last.slice(-4).join('\n        ')}`,
      { cause: error },
    );
  }
}

class RandomPlay {
  turns = 0;
  /** The last things that happened, to tell a failure with. */
  last: string[] = [];
  #state: DialogState;
  #ended = false;
  /** In this turn: its words went to the caller as they came, not with the rest. */
  #modelSpoke = false;
  #said: { id: string; text: string }[] = [];
  readonly #router: WordRouter;
  readonly #writes = new Set<string>();
  readonly #late: { callId: string; result: ToolResult }[] = [];
  #atMs = 0;

  constructor(
    private readonly agent: Agent,
    private readonly caller: RandomCaller,
    private readonly dice: Dice,
  ) {
    this.#router = routerOf(agent);
    this.#state = openState(agent, { dialogId: 'fuzz', call: { from: '+35312345678' } }, this.#world());
  }

  async run(): Promise<number> {
    await this.#turn({ kind: 'open' });
    const length = 5 + this.dice.below(longestConversation);
    // A few inputs after the end too: nothing may come of them.
    for (let after = 0; this.turns < length && after < 4; after += this.#ended ? 1 : 0) {
      const late = this.dice.is(0.5) ? this.#late.shift() : undefined;
      await this.#turn(late ? { kind: 'tool', ...late } : this.caller.act());
    }
    return this.turns;
  }

  #world(): StepWorld {
    const day = String(1 + (this.turns % 27)).padStart(2, '0');
    return {
      agent: this.agent,
      now: `2026-03-${day}T1${String(this.turns % 10)}:00:00`,
      env: {},
      random: this.dice.share,
    };
  }

  async #turn(act: Act): Promise<void> {
    this.turns++;
    this.last.push(JSON.stringify(act).slice(0, 300));
    const wasEnded = this.#ended;
    const heard = this.caller.heard(this.#said);
    const input = { ...act, atMs: (this.#atMs += 1000), ...(heard && { heard }) } as Input;
    const event: StepEvent = { kind: 'input', input };
    if (input.kind === 'utterance') {
      const { text, confidence } = input;
      const signal = new AbortController().signal;
      const utterance = { text, ...(confidence !== undefined && { confidence }) };
      // Now and then what was understood of a state that is no more.
      if (!this.dice.is(0.01))
        event.understanding = await understand(this.#world(), this.#state, utterance, this.#router, signal);
    }
    this.#modelSpoke = false;
    const outs = this.#effects(event);
    if (wasEnded) {
      check(!outs.some((out) => out.kind === 'words'), 'words after the end');
      check(this.#ended, 'a conversation that was over goes on');
    }
    // Silence and speech always lead somewhere: words, or something that is under way.
    const asksForWords = ['no_input', 'utterance', 'not_heard', 'too_long'].includes(input.kind);
    const isBusy = inside(this.#state).pending !== null;
    if (asksForWords && !wasEnded && !this.#ended && !isBusy) {
      check(
        this.#modelSpoke || outs.some((out) => out.kind === 'words' || out.kind === 'transfer'),
        `nothing was said to ${input.kind}`,
      );
    }
  }

  /** One input and every effect that follows, up to the end of the turn. */
  #effects(first: StepEvent): Out[] {
    const outs: Out[] = [];
    let event: StepEvent | undefined = first;
    for (let round = 0; event; round++) {
      check(round < mostEffectsATurn, 'the turn does not come to an end');
      const result = this.#step(event);
      outs.push(...result.out);
      this.#said = result.out.flatMap((out) => (out.kind === 'words' ? [{ id: out.id, text: out.text }] : []));
      event = this.#perform(result.effect);
    }
    return outs;
  }

  #step(event: StepEvent): StepResult {
    const before = this.dice.is(0.05) ? JSON.stringify(this.#state) : undefined;
    const given = this.#state;
    const result = step(this.#world(), given, event);
    if (before !== undefined) check(JSON.stringify(given) === before, 'the state given was changed');
    checkResult(result, this.agent, this.turns);
    const { ended } = inside(this.#state);
    if (ended) check(inside(result.state).ended, 'ended is undone');
    this.#state = result.state;
    if (result.effect.kind === 'end') this.#ended = true;
    return result;
  }

  #perform(effect: Effect): StepEvent | undefined {
    const { dice } = this;
    switch (effect.kind) {
      case 'listen':
      case 'end':
        return undefined;
      case 'wait':
        // Mostly what is waited for; else the caller's next act comes first.
        if (dice.is(0.2)) return undefined;
        return this.#input(effect.for === 'played' ? { kind: 'played' } : { kind: 'transfer', outcome: dice.one(['ok', 'busy', 'no_answer', 'far_hang_up']) }); // prettier-ignore
      case 'model_words':
        this.#modelSpoke = true;
        return { kind: 'words_done', id: effect.id, text: effect.fallback, interrupted: dice.is(0.1) };
      case 'enter':
        return { kind: 'go_on' };
      case 'generate': {
        const { id, frame, state } = effect;
        const made = { text: 'I see.', fills: {}, tools: [], llmCalls: 1, notes: [] };
        return { kind: 'generated', id, frame, state, ...made, interrupted: dice.is(0.1), failed: dice.is(0.2) };
      }
      case 'tool': {
        const { callId } = effect.call;
        for (const call of [effect.call, ...(effect.beside ?? [])]) this.#noteCall(call);
        const result = this.#resultOf(effect.call);
        if (effect.beside) result.beside = effect.beside.map((call) => this.#resultOf(call));
        if (dice.is(0.15)) {
          this.#late.push({ callId, result });
          return { kind: 'tool_pending', callId };
        }
        return { kind: 'tool_settled', callId, result };
      }
    }
  }

  #noteCall(call: ToolCall): void {
    check(!this.#ended, `${call.tool} was called after the end`);
    this.caller.callIds.push(call.callId);
    if (call.effect !== 'write') return;
    check(!this.#writes.has(call.callId), 'a write was sent twice');
    this.#writes.add(call.callId);
  }

  #resultOf(call: ToolCall): ToolResult {
    const { dice } = this;
    const tool = findTool(this.agent, call);
    check(tool !== undefined, 'a tool that is not there was called');
    const fields = Object.fromEntries([...tool.output].map(([name, type]) => [name, valueOfType(type, dice)]));
    return dice.weighted<() => ToolResult>([
      [12, () => ({ outcome: 'ok', value: fields })],
      [1, () => ({ outcome: 'ok', value: {} })],
      [1, () => ({ outcome: 'ok', value: anything(dice) })],
      [1, () => ({ outcome: 'ok' })],
      [2, () => ({ outcome: dice.one(['error', 'timeout', 'cancelled', 'unknown']), problem: 'made up' })],
      [2, () => ({ outcome: tool.outcomes.length > 0 ? dice.one(tool.outcomes).name : 'never_declared', value: fields })],
    ])(); // prettier-ignore
  }

  #input(act: Act): StepEvent {
    return { kind: 'input', input: { ...act, atMs: (this.#atMs += 500) } as Input };
  }
}

/** What holds of every step. */
function checkResult({ state, out, effect }: StepResult, agent: Agent, turns: number): void {
  const text = JSON.stringify(state);
  check(JSON.stringify(JSON.parse(text)) === text, 'the state is not JSON');
  check(text.length < mostStateCharacters, `the state has ${String(text.length)} characters`);
  const s = inside(state);
  check(s.frames.length <= agent.flows.size, `the stack is ${String(s.frames.length)} deep`);
  check(s.queue.length <= agent.flows.size, `${String(s.queue.length)} requests are queued`);
  for (const frame of s.frames) {
    check(agent.flows.get(frame.flow)?.states.has(frame.state) === true, 'a flow stands in a state that is not there');
    const counts = [
      ...Object.values(frame.visits),
      ...Object.values(frame.counters).flatMap((one) => Object.values(one)),
    ];
    // A state may be passed more than once a turn, within the walk's budget.
    check(
      counts.every((one) => Number.isInteger(one) && one >= 0 && one <= turns * 101),
      'a counter is not sane',
    );
  }
  for (const one of out) {
    if (one.kind === 'words') check(!broken.test(one.text), `the caller hears "${one.text.slice(0, 200)}" (${one.id})`);
    if (one.kind === 'trace') {
      const fault = one.trace.notes.find((note) => note.startsWith('internal error'));
      check(fault === undefined, fault ?? '');
    }
  }
  const ends = out.filter((one) => one.kind === 'listen' || one.kind === 'wait' || one.kind === 'end');
  const isOver = effect.kind === 'listen' || effect.kind === 'wait' || effect.kind === 'end';
  check(ends.length === (isOver ? 1 : 0), `${String(ends.length)} ends of a turn whose effect is ${effect.kind}`);
}

function check(holds: boolean, told: string): asserts holds {
  if (!holds) throw new Error(told);
}

const routers = new WeakMap<Agent, WordRouter>();

/** One for all conversations of an agent; it remembers its requests, so those are let go. */
function routerOf(agent: Agent): WordRouter {
  let router = routers.get(agent);
  if (!router) routers.set(agent, (router = new WordRouter(trainingSet(agent))));
  router.requests.length = 0;
  return router;
}
