import type { LanguageModel, ModelPiece, ModelRequest, ModelUsage } from '../contracts.js';
import { TooLate } from '../errors.js';

/** About so many characters a token, where a model was stopped before it told its own count. */
const charactersPerToken = 4;

interface Cost {
  inputTokens: number;
  outputTokens: number;
}

interface Asked {
  /** Whose answer it is. */
  who: string;
  cost?: Cost;
  wasted: boolean;
}

/**
 * What models had to do for one dialog: by their names, also what was stopped before its end, with what nobody took of
 * it told apart. An answer is known by the signal that it was asked with.
 */
export class ModelMeter {
  readonly #usage = new Map<string, ModelUsage>();
  readonly #asked = new WeakMap<AbortSignal, Asked>();

  /** So far, in the order of their first use. */
  get usage(): ModelUsage[] {
    return [...this.#usage.values()].map((one) => ({ ...one }));
  }

  /** The model, counted. */
  of(model: LanguageModel): LanguageModel {
    return this.#counted(model, false);
  }

  /** The same for a question that only a whole answer is one to: what was stopped before its end was for nothing. */
  readonly ofQuestions = (model: LanguageModel): LanguageModel => this.#counted(model, true);

  /** Nobody takes the answer that was asked for with this signal, whether it has come or not. */
  waste(signal: AbortSignal): void {
    const asked = this.#asked.get(signal);
    if (!asked || asked.wasted) return;
    asked.wasted = true;
    if (asked.cost) addWaste(this.#of(asked.who), asked.cost);
  }

  #counted(model: LanguageModel, isWastedWhenStopped: boolean): LanguageModel {
    const { name, hears } = model;
    return {
      name,
      ...(hears !== undefined && { hears }),
      stream: (request, signal) => this.#stream(model, request, signal, isWastedWhenStopped),
    };
  }

  async *#stream(
    model: LanguageModel,
    request: ModelRequest,
    signal: AbortSignal,
    isWastedWhenStopped: boolean,
  ): AsyncGenerator<ModelPiece> {
    const asked: Asked = { who: model.name, wasted: false };
    this.#asked.set(signal, asked);
    let told: Cost | undefined;
    let characters = 0;
    let failed = false;
    try {
      for await (const piece of model.stream(request, signal)) {
        if (piece.kind === 'usage') told = piece;
        if (piece.kind === 'answers') asked.who = piece.model;
        if (piece.kind === 'failed') this.#of(piece.model).failures += 1;
        if (piece.kind === 'text') characters += piece.text.length;
        if (piece.kind === 'call') characters += piece.arguments.length;
        yield piece;
      }
    } catch (problem) {
      failed = !signal.aborted;
      throw problem;
    } finally {
      const usage = this.#of(asked.who);
      if (failed || signal.reason instanceof TooLate) usage.failures += 1;
      // One that fails before its first word has done nothing.
      if (told || characters > 0 || !failed) asked.cost = told ?? estimate(request, characters);
      if (asked.cost) {
        usage.inputTokens += asked.cost.inputTokens;
        usage.outputTokens += asked.cost.outputTokens;
        if (asked.wasted || (isWastedWhenStopped && signal.aborted)) addWaste(usage, asked.cost);
      }
    }
  }

  #of(name: string): ModelUsage {
    const fresh = { model: name, inputTokens: 0, outputTokens: 0, wastedInputTokens: 0, wastedOutputTokens: 0, failures: 0 }; // prettier-ignore
    const usage = this.#usage.get(name) ?? fresh;
    this.#usage.set(name, usage);
    return usage;
  }
}

function addWaste(usage: ModelUsage, { inputTokens, outputTokens }: Cost): void {
  usage.wastedInputTokens += inputTokens;
  usage.wastedOutputTokens += outputTokens;
}

function estimate({ messages, functions = [] }: ModelRequest, outputCharacters: number): Cost {
  const input = messages.reduce((sum, { content }) => sum + content.length, 0);
  const described = functions.length === 0 ? 0 : JSON.stringify(functions).length;
  return {
    inputTokens: Math.ceil((input + described) / charactersPerToken),
    outputTokens: Math.ceil(outputCharacters / charactersPerToken),
  };
}

/** The model, telling of each first piece of an answer. */
export function tellingOfFirst(model: LanguageModel, tell: () => void): LanguageModel {
  return {
    name: model.name,
    async *stream(request, signal) {
      for await (const piece of model.stream(request, signal)) {
        if (piece.kind === 'text' || piece.kind === 'call') tell();
        yield piece;
      }
    },
  };
}
