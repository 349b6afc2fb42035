import type { LanguageModel, ModelPiece, ModelRequest } from '../contracts.js';
import type { ModelMeter } from './model-meter.js';

/**
 * A dialog's model, which may be asked ahead of time: what a rehearsal began to say is given to the turn that makes
 * the same request, so that it is made, and paid for, once.
 */
export class RehearsedModel implements LanguageModel {
  readonly name: string;
  readonly #inner: LanguageModel;
  readonly #meter: ModelMeter;
  #tape: { request: string; tape: Tape } | undefined;

  constructor(inner: LanguageModel, meter: ModelMeter) {
    this.#inner = meter.of(inner);
    this.#meter = meter;
    this.name = inner.name;
  }

  /** The model as a rehearsal asks it: its first answer is kept for the turn until `dropped` fires. */
  ahead(dropped: AbortSignal): LanguageModel {
    return {
      name: this.name,
      stream: (request) => {
        const tape = new Tape(this.#inner, request);
        if (this.#tape) return tape.play(dropped);
        const kept = { request: wordsIn(request), tape };
        this.#tape = kept;
        const drop = (): void => {
          this.#waste(tape);
          if (this.#tape === kept) this.#tape = undefined;
        };
        dropped.addEventListener('abort', drop, { once: true });
        tape.onTaken = () => dropped.removeEventListener('abort', drop);
        return tape.play(dropped);
      },
    };
  }

  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelPiece> {
    const kept = this.#tape;
    this.#tape = undefined;
    if (!kept) return this.#inner.stream(request, signal);
    if (kept.request !== wordsIn(request)) {
      this.#waste(kept.tape);
      return this.#inner.stream(request, signal);
    }
    kept.tape.onTaken();
    return kept.tape.play(signal, true);
  }

  /** A turn begins that was not rehearsed. */
  forget(): void {
    if (this.#tape) this.#waste(this.#tape.tape);
    this.#tape = undefined;
  }

  #waste(tape: Tape): void {
    tape.stop();
    this.#meter.waste(tape.signal);
  }
}

/** One answer of a model, recorded as it comes, and played from its beginning to whoever asks. */
class Tape {
  onTaken: () => void = () => {};
  readonly #pieces: ModelPiece[] = [];
  readonly #stop = new AbortController();
  #end: { problem?: unknown } | undefined;
  #wake: (() => void)[] = [];

  constructor(model: LanguageModel, request: ModelRequest) {
    void this.#record(model, request);
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  stop(why: unknown = new Error('nobody wants it any more')): void {
    this.#stop.abort(why);
  }

  /** @param owns the model is stopped when this reader leaves */
  async *play(signal: AbortSignal, owns = false): AsyncIterable<ModelPiece> {
    const leave = (): void => {
      if (owns) this.stop(signal.reason);
      this.#tell();
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      for (let at = 0; ;) {
        signal.throwIfAborted();
        const piece = this.#pieces[at];
        if (piece) {
          at += 1;
          yield piece;
        } else if (this.#end) {
          if ('problem' in this.#end) throw this.#end.problem;
          return;
        } else await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      signal.removeEventListener('abort', leave);
      if (owns && !this.#end) this.stop();
    }
  }

  async #record(model: LanguageModel, request: ModelRequest): Promise<void> {
    try {
      for await (const piece of model.stream(request, this.#stop.signal)) {
        this.#pieces.push(piece);
        this.#tell();
      }
      this.#end = {};
    } catch (problem) {
      this.#end = { problem };
    }
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** What is asked, without what an interim transcript spells otherwise than the final one. */
function wordsIn(request: ModelRequest): string {
  return JSON.stringify(request)
    .toLowerCase()
    .replace(/\\n/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ');
}
