import type { Heard, Input, LanguageModel, Out, ToolResult, Understanding } from '../contracts.js';
import type { DialogState, StepResult, StepWorld } from '../dialog/seam.js';
import { AsyncQueue } from './async-queue.js';
import { performGenerate } from './perform-generate.js';
import { performWords } from './perform-words.js';
import type { TurnHost } from './turn-host.js';

type Words = Extract<Out, { kind: 'words' }>;
/** `guess`: what would be said if the model that is still being asked answers what is likeliest. */
type RehearsedWords = Words & { guess?: true };

/** States that a turn may pass without saying anything: more is a circle. */
const mostStates = 100;

/**
 * Steps a turn without committing it, up to the first thing that somebody else would notice: its words come, a model
 * may begin its own, no tool is called.
 *
 * @param options.understand tells when it asks a model
 * @param options.guess what the answer of that model will be, where one may be guessed
 * @param options.model the model as a rehearsal asks it
 */
export async function* rehearse(
  said: { text: string; heard?: Heard },
  options: {
    state: DialogState;
    world: StepWorld;
    understand: (signal: AbortSignal, asksModel: () => void) => Promise<Understanding>;
    guess: () => Promise<Understanding | undefined>;
    host: TurnHost;
    model: LanguageModel | undefined;
    signal: AbortSignal;
  },
): AsyncIterable<RehearsedWords> {
  const { host, model, signal } = options;
  let asksModel = (): void => {};
  const asked = new Promise<true>((resolve) => {
    asksModel = () => resolve(true);
  });
  const understood = options.understand(signal, asksModel);
  if (await Promise.race([understood.then(() => false), asked])) {
    // It is waited for below; until then nobody else listens to it.
    understood.catch(() => {});
    const guessed = await options.guess().catch(() => undefined);
    if (guessed) for (const words of stepped(said, guessed, options).out) yield { ...words, guess: true };
  }
  const { out, result } = stepped(said, await understood, options);
  yield* out;
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

/** The words of a turn up to where it waits, calls a tool or asks a model. */
function stepped(
  { text, heard }: Parameters<typeof rehearse>[0],
  understanding: Understanding,
  { state, world, host }: Pick<Parameters<typeof rehearse>[1], 'state' | 'world' | 'host'>,
): { out: Words[]; result: StepResult } {
  const input: Input = { kind: 'utterance', text, atMs: host.clock.now(), ...(heard && { heard }) };
  let result = host.step(world, state, { kind: 'input', input, understanding });
  const out = result.out.filter(isWords);
  for (let passed = 0; result.effect.kind === 'enter' && passed < mostStates; passed++) {
    result = host.step(world, result.state, { kind: 'go_on' });
    out.push(...result.out.filter(isWords));
  }
  return { out, result };
}

function isWords(out: Out): out is Words {
  return out.kind === 'words';
}
