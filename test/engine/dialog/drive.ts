/** A conversation with the pure step, as talk: no graph, no clock, no audio. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  Input,
  Json,
  Listening,
  Out,
  Router,
  ToolCall,
  ToolResult,
  TransferOutcome,
  TurnTrace,
} from '../../../engine/contracts.js';
import { trainingSet } from '../../../engine/dialog/intents.js';
import { openState } from '../../../engine/dialog/open-state.js';
import type {
  DialogState,
  Effect,
  Generated,
  GenerateCall,
  StartOptions,
  StepEvent,
  StepResult,
  StepWorld,
} from '../../../engine/dialog/seam.js';
import { step } from '../../../engine/dialog/step.js';
import { understand } from '../../../engine/dialog/understand.js';
import { loadAgent } from '../../../engine/language/load.js';
import type { Agent } from '../../../engine/language/flow.js';
import { WordRouter } from '../../fakes/router.js';

export type ToolFake = (input: Record<string, Json>, call: ToolCall) => ToolResult | 'pending';

export interface DriveOptions {
  start?: Omit<StartOptions, 'dialogId'>;
  /** By tool name; a value is the output. */
  tools?: Record<string, ToolFake | Json>;
  /** `pending`: it rings on. */
  transfer?: TransferOutcome | 'pending';
  now?: string;
  env?: Record<string, string>;
  router?: Router;
  random?: () => number;
  /** Words of a model, or the part that was heard of them before the caller spoke; without it the fallback is said. */
  model?: (instruction: string) => string | { heard: string };
  /** What a model does in a `generate:` state; without it the model is absent. */
  generate?: (call: GenerateCall) => Partial<Generated>;
  /** False: `wait for played` is left to the test. */
  playsOut?: boolean;
}

/** What one act of the caller came to, up to the next listening, wait or end. */
export interface Turn {
  /** Ids of words, in order, without those of fillers. */
  said: string[];
  text: string;
  tools: ToolCall[];
  outs: Out[];
  trace: TurnTrace;
  traces: TurnTrace[];
  listening?: Listening;
  effect: Effect;
  ended: boolean;
}

let count = 0;

/** Loads an agent from the text of one file. Parts that are not ready are let through. */
export async function loadText(yaml: string, extra: Record<string, string> = {}): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'dialog-test-'));
  try {
    const file = join(folder, 'agent.yaml');
    writeFileSync(file, yaml);
    for (const [name, text] of Object.entries(extra)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const { agent, problems } = await loadAgent(file, { allowNotReady: true });
    if (!agent) throw new Error(problems.map((one) => `${one.line}: ${one.message}`).join('\n'));
    return agent;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export class Conversation {
  state: DialogState;
  readonly router: Router;
  readonly calls: ToolCall[] = [];
  /** Every state there was: none of them may change afterwards. */
  readonly #before: { state: DialogState; text: string }[] = [];
  #atMs = 0;

  private constructor(
    readonly agent: Agent,
    readonly options: DriveOptions,
  ) {
    this.router = options.router ?? new WordRouter(trainingSet(agent));
    this.state = openState(agent, { ...options.start, dialogId: `d${++count}` }, this.#world());
  }

  /** Opens the conversation and lets the agent say what it says of itself. */
  static async open(yaml: string, options: DriveOptions = {}): Promise<{ talk: Conversation; first: Turn }> {
    const talk = new Conversation(await loadText(yaml), options);
    return { talk, first: talk.input({ kind: 'open' }) };
  }

  static of(agent: Agent, options: DriveOptions = {}): Conversation {
    return new Conversation(agent, options);
  }

  /** `language`: what the recogniser says it was. */
  async say(text: string, confidence?: number, language?: string): Promise<Turn> {
    const understanding = await understand(
      this.#world(),
      this.state,
      { text, ...(confidence !== undefined && { confidence }), ...(language !== undefined && { language }) },
      this.router,
      new AbortController().signal,
    );
    return this.#run({
      kind: 'input',
      input: this.#input({
        kind: 'utterance',
        text,
        ...(confidence !== undefined && { confidence }),
        ...(language !== undefined && { language }),
      }),
      understanding,
    });
  }

  keys(digits: string, ended: 'full' | 'end_key' | 'pause' = 'full'): Turn {
    return this.input({ kind: 'keys', digits, ended });
  }

  silence(): Turn {
    return this.input({ kind: 'no_input' });
  }

  input(input: Parameters<typeof withTime>[0]): Turn {
    return this.#run({ kind: 'input', input: this.#input(input) });
  }

  event(event: StepEvent): Turn {
    return this.#run(event);
  }

  #input(input: Parameters<typeof withTime>[0]): Input {
    return withTime(input, (this.#atMs += 1000));
  }

  #world(): StepWorld {
    const { now = '2026-03-02T10:00:00', env = {}, random = () => 0 } = this.options;
    return { agent: this.agent, now, env, random };
  }

  #run(event: StepEvent): Turn {
    const outs: Out[] = [];
    const tools: ToolCall[] = [];
    let result = this.#step(event);
    for (let round = 0; ; round++) {
      if (round > 200) throw new Error('the conversation does not come to an end');
      outs.push(...result.out);
      const next = this.#perform(result.effect, tools);
      if (next?.kind === 'words_done')
        outs.push({
          kind: 'words',
          id: next.id,
          text: next.text,
          mustHear: false,
          bargeIn: 'speech',
          remembered: true,
        });
      if (next?.kind === 'generated' && next.text !== '')
        outs.push({
          kind: 'words',
          id: next.id,
          text: next.text,
          mustHear: false,
          bargeIn: 'speech',
          remembered: true,
        });
      if (!next) break;
      result = this.#step(next);
    }
    for (const { state, text } of this.#before)
      if (JSON.stringify(state) !== text) throw new Error('a state was changed after the step');
    return turnOf(outs, tools, result.effect);
  }

  #step(event: StepEvent): StepResult {
    this.#before.push({ state: this.state, text: JSON.stringify(this.state) });
    const result = step(this.#world(), this.state, event);
    if (JSON.stringify(JSON.parse(JSON.stringify(result.state))) !== JSON.stringify(result.state))
      throw new Error('the state is not JSON');
    this.state = result.state;
    return result;
  }

  #perform(effect: Effect, tools: ToolCall[]): StepEvent | undefined {
    const { tools: fakes = {}, transfer = 'ok', model, playsOut = true } = this.options;
    switch (effect.kind) {
      case 'tool': {
        tools.push(effect.call);
        this.calls.push(effect.call);
        const fake = fakes[effect.call.tool];
        const result: ToolResult | 'pending' =
          typeof fake === 'function'
            ? fake(effect.call.input, effect.call)
            : fake === undefined
              ? { outcome: 'error' }
              : { outcome: 'ok', value: fake };
        if (result === 'pending') return { kind: 'tool_pending', callId: effect.call.callId };
        return { kind: 'tool_settled', callId: effect.call.callId, result };
      }
      case 'wait':
        if (effect.for === 'transfer' && transfer === 'pending') return undefined;
        if (effect.for === 'transfer')
          return { kind: 'input', input: this.#input({ kind: 'transfer', outcome: transfer as TransferOutcome }) };
        return playsOut ? { kind: 'input', input: this.#input({ kind: 'played' }) } : undefined;
      case 'model_words': {
        const made = model?.(effect.instruction) ?? effect.fallback;
        const interrupted = typeof made !== 'string';
        return { kind: 'words_done', id: effect.id, text: interrupted ? made.heard : made, interrupted };
      }
      case 'generate': {
        const made = this.options.generate?.(effect) ?? { failed: true };
        const nothing = { text: '', interrupted: false, fills: {}, tools: [], llmCalls: 1, failed: false, notes: [] };
        const { id, frame, state } = effect;
        return { kind: 'generated', id, frame, state, ...nothing, ...made };
      }
      case 'enter':
        return { kind: 'go_on' };
      case 'listen':
      case 'end':
        return undefined;
    }
  }
}

type Untimed<T> = T extends unknown ? Omit<T, 'atMs'> : never;

function withTime(input: Untimed<Input>, atMs: number): Input {
  return { ...input, atMs } as Input;
}

function turnOf(outs: Out[], tools: ToolCall[], effect: Effect): Turn {
  const words = outs.filter((out) => out.kind === 'words');
  const traces = outs.flatMap((out) => (out.kind === 'trace' ? [out.trace] : []));
  const listening = outs.findLast((out) => out.kind === 'listen')?.listening;
  return {
    said: words.map((out) => out.id), text: words.map((out) => out.text).join(' '), tools, outs, effect, traces,
    trace: traces.at(-1)!, ended: effect.kind === 'end', ...(listening && { listening }),
  }; // prettier-ignore
}
