import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type SpeechToText, type SttEvent, type SttInput } from '../contracts.js';
import { untilAborted } from '../stt/until-aborted.js';
import type { Circuit } from './circuit.js';

export interface SteadyRecogniserOptions {
  clock: Clock;
  circuit: Circuit;
  /** Listens while the circuit is open, and in a call that lost the first one twice in a row. */
  other?: SpeechToText;
  /** Languages that `other` hears; default all. */
  otherHears?: (language: string) => boolean;
}

/** Speech for so long, and no word of it: the connection is as good as dead. */
const stalledMs = 3000;
/** … or speech that is over, no shorter than this, of which nothing came so long after it: the slowest vendor takes 1.7 s. */
const spokenMs = 700;
const unansweredMs = 2500;
/** Who has heard somebody within this hears; what brings no words then is noise. */
const provenMs = 60_000;
/** Connections of one call in a row that may fail before the other recogniser is asked. */
const mostFailures = 2;

/**
 * A vendor's recogniser with all that is the same for every vendor: a connection on which nothing comes is given up,
 * failures are counted for the circuit and seconds for the bill. Which recogniser listens is chosen anew with each
 * connection; the ear connects again and repeats the open utterance, so that it changes in mid-utterance too.
 */
export function steadyRecogniser(
  main: SpeechToText,
  { clock, circuit, other, otherHears = () => true }: SteadyRecogniserOptions,
): SpeechToText {
  /** When it last heard a word of anybody, in whichever call. */
  let provedMs = -Infinity;
  const isProven = (): boolean => clock.now() - provedMs <= provenMs;
  return {
    name: main.name,
    ...(main.hearsWhole === undefined ? {} : { hearsWhole: main.hearsWhole }),
    warm: async () => main.warm?.(),
    close: () => main.close?.(),
    async *transcribe(audio, options, signal) {
      const spare = other && otherHears(options.language) ? other : undefined;
      const failures = options.failures ?? 0;
      if (spare && (circuit.why !== undefined || failures >= mostFailures)) {
        const { model, ...rest } = options;
        void model;
        return yield* spare.transcribe(metered(audio, spare.name, options.spent), rest, signal);
      }
      const stall = new AbortController();
      try {
        // A new connection that is as dumb is worth another recogniser, unless the vendor hears everybody else.
        const isWatched = main.hearsWhole !== true && (failures === 0 || (spare && !isProven()));
        const watch = isWatched ? new Watch(clock, () => stall.abort()) : undefined;
        yield* heard(metered(audio, main.name, options.spent, watch), options, { signal, stall: stall.signal, watch });
        if (!signal.aborted && !stall.signal.aborted) circuit.succeeded();
      } catch (problem) {
        if (signal.aborted) throw problem;
        circuit.failed(problem);
        throw spare ? retryable(main.name, problem) : problem;
      }
      if (!stall.signal.aborted || signal.aborted) return;
      const problem = new OutsideError(main.name, 'timeout', 'no word of what was said', { retryable: true });
      // Where it is noise that is taken for speech, no recogniser has words for it: not the circuit's affair.
      if (!isProven()) circuit.failed(problem);
      throw problem;
    },
  };

  async function* heard(
    audio: AsyncIterable<SttInput>,
    options: Parameters<SpeechToText['transcribe']>[1],
    by: { signal: AbortSignal; stall: AbortSignal; watch: Watch | undefined },
  ): AsyncGenerator<SttEvent> {
    try {
      const events = main.transcribe(audio, options, AbortSignal.any([by.signal, by.stall]));
      // One that does not look at its signal is not waited for.
      for await (const event of untilAborted(events, by.stall)) {
        by.watch?.event();
        if (event.kind === 'final' && event.text !== '') {
          provedMs = clock.now();
          circuit.succeeded();
        }
        yield event;
      }
    } finally {
      by.watch?.end();
    }
  }
}

/** What a circuit asks a recogniser for, to know whether it is back: a moment of silence. */
export async function probeRecogniser(recogniser: SpeechToText, language: string): Promise<void> {
  const signal = AbortSignal.timeout(5000);
  for await (const event of recogniser.transcribe(silence(), { language }, signal)) void event;
  signal.throwIfAborted();
}

async function* silence(): AsyncGenerator<SttInput> {
  yield { kind: 'speech_started', atMs: 0 };
  for (let atMs = 32; atMs <= 320; atMs += 32)
    yield { kind: 'audio', samples: new Int16Array((32 * lineRateHz) / 1000), atMs };
  yield { kind: 'speech_ended', atMs: 320 };
}

/** With another one to ask, trying again helps whatever is wrong with the first. */
function retryable(who: string, problem: unknown): unknown {
  if (!(problem instanceof OutsideError) || problem.retryable) return problem;
  const message = problem.message.replace(`${who}: `, '');
  return new OutsideError(who, problem.kind, message, { retryable: true, cause: problem });
}

/** Counts what passes, second by second: a call that ends in mid-air has its sum all the same. */
async function* metered(
  audio: AsyncIterable<SttInput>,
  who: string,
  spent: Parameters<SpeechToText['transcribe']>[1]['spent'],
  watch?: Watch,
): AsyncGenerator<SttInput> {
  for await (const input of audio) {
    watch?.input(input);
    if (input.kind === 'audio') spent?.({ who, what: 'stt_seconds', amount: input.samples.length / lineRateHz });
    yield input;
  }
}

/** Speech that brings nothing. */
class Watch {
  readonly #clock: Clock;
  readonly #stalled: () => void;
  #speaking = false;
  /** Since when somebody speaks, or spoke, of whom nothing came yet; by the sound's own time. */
  #openFromMs: number | undefined;
  #stop = (): void => {};

  constructor(clock: Clock, stalled: () => void) {
    this.#clock = clock;
    this.#stalled = stalled;
  }

  input(input: SttInput): void {
    if (input.kind === 'speech_started') {
      this.#speaking = true;
      this.#openFromMs ??= input.atMs;
      this.#wait(stalledMs);
    } else if (input.kind === 'speech_ended') {
      this.#speaking = false;
      const isOwed = this.#openFromMs !== undefined && input.atMs - this.#openFromMs >= spokenMs;
      this.#wait(isOwed ? unansweredMs : undefined);
    }
  }

  /** Something came: it lives. */
  event(): void {
    this.#openFromMs = undefined;
    this.#wait(this.#speaking ? stalledMs : undefined);
  }

  #wait(ms: number | undefined): void {
    this.#stop();
    if (ms !== undefined) this.#stop = this.#clock.at(this.#clock.now() + ms, this.#stalled);
  }

  end(): void {
    this.#speaking = false;
    this.#stop();
  }
}
