import type { Heard, Input, LanguageModel, Out, ToolResult, Understanding } from '../contracts.js';
import type { DialogState, StepWorld } from '../dialog/seam.js';
import { AsyncQueue } from './async-queue.js';
import { performGenerate } from './perform-generate.js';
import { performWords } from './perform-words.js';
import type { TurnHost } from './turn-host.js';

type Words = Extract<Out, { kind: 'words' }>;

/** States that a turn may pass without saying anything: more is a circle. */
const mostStates = 100;

/**
 * Steps a turn without committing it, up to the first thing that somebody else would notice: its words come, a model
 * may begin its own, no tool is called.
 *
 * @param options.model the model as a rehearsal asks it
 */
export async function* rehearse(
  said: { text: string; heard?: Heard },
  options: {
    state: DialogState;
    world: StepWorld;
    understand: (signal: AbortSignal) => Promise<Understanding>;
    host: TurnHost;
    model: LanguageModel | undefined;
    signal: AbortSignal;
  },
): AsyncIterable<Words> {
  const { state, world, host, model, signal } = options;
  const understanding = await options.understand(signal);
  const input: Input = {
    kind: 'utterance',
    text: said.text,
    atMs: host.clock.now(),
    ...(said.heard && { heard: said.heard }),
  };
  let result = host.step(world, state, { kind: 'input', input, understanding });
  for (let passed = 0; result.effect.kind === 'enter' && passed < mostStates; passed++) {
    yield* result.out.filter(isWords);
    result = host.step(world, result.state, { kind: 'go_on' });
  }
  yield* result.out.filter(isWords);
  const { effect } = result;
  if (!model || (effect.kind !== 'model_words' && effect.kind !== 'generate')) return;
  const given = new AsyncQueue<Words>();
  const stop = new AbortController();
  const seen: Partial<TurnHost> = {
    model,
    signal: AbortSignal.any([signal, stop.signal]),
    problem: () => {},
    emit: (out) => {
      if (isWords(out)) given.push(out);
    },
    tools: {
      // Looking something up is for the turn itself.
      run: (): Promise<ToolResult> => {
        stop.abort(new Error('a rehearsal calls no tool'));
        return Promise.resolve({ outcome: 'cancelled' });
      },
    },
  };
  const stage = Object.create(host, Object.getOwnPropertyDescriptors(seen)) as TurnHost;
  const work = (effect.kind === 'generate' ? performGenerate(stage, effect) : performWords(stage, effect)).finally(() =>
    given.close(),
  );
  for (let next = await given.next(); !next.done; next = await given.next()) yield next.value;
  await work;
}

function isWords(out: Out): out is Words {
  return out.kind === 'words';
}
