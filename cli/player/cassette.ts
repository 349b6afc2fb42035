/**
 * A model's answers on a cassette: recorded once from a real one, and played back ever after, so that a script with a
 * model in it needs no network and comes out the same. One JSON file beside the scripts of a file.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { LanguageModel, ModelPiece, ModelRequest } from '../../engine/contracts.js';
import { UsageError } from '../../engine/errors.js';

/** What one request was answered. */
interface Recording {
  /** The last words the model was given, so that a person finds their way in the file. */
  of: string;
  pieces: ModelPiece[];
}

/** `orders.test.yaml` has `orders.test.cassette.json`. */
export function cassetteFile(scriptFile: string): string {
  return scriptFile.replace(/\.ya?ml$/, '') + '.cassette.json';
}

export class Cassette {
  readonly file: string;
  readonly #recordings: Map<string, Recording>;
  #isChanged = false;

  /** @throws UsageError when the file is there and is no cassette */
  constructor(file: string) {
    this.file = file;
    this.#recordings = new Map(existsSync(file) ? Object.entries(read(file)) : []);
  }

  find(request: ModelRequest): readonly ModelPiece[] | undefined {
    return this.#recordings.get(keyOf(request))?.pieces;
  }

  record(request: ModelRequest, pieces: ModelPiece[]): void {
    const of = request.messages.findLast(({ role }) => role === 'user')?.content ?? '';
    this.#recordings.set(keyOf(request), { of, pieces });
    this.#isChanged = true;
  }

  /** Writes what was recorded, in an order that does not depend on the order of recording. */
  save(): void {
    if (!this.#isChanged) return;
    const sorted = [...this.#recordings].sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(this.file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
    this.#isChanged = false;
  }
}

function read(file: string): Record<string, Recording> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const isCassette =
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((one) => Array.isArray((one as Recording | null)?.pieces));
    if (isCassette) return value as Record<string, Recording>;
  } catch {
    // Told below, as what is JSON and no cassette.
  }
  throw new UsageError(`${file} is no cassette. Delete it and record it again: flow test --record`);
}

/** Requests are the same when they ask the same with the same functions, however their lines are broken. */
function keyOf({ messages, functions = [], mustCall = false }: ModelRequest): string {
  const asked = {
    messages: messages.map(({ role, content, calls }) => ({
      role,
      content: content.replace(/\s+/g, ' ').trim(),
      calls,
    })),
    functions,
    mustCall,
  };
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16);
}

export interface CassetteModelOptions {
  cassette: Cassette;
  /** The real one, while recording. */
  live?: LanguageModel;
  /** Whether the turn being played is marked `needs: llm`. */
  mayAsk: () => boolean;
  /** Holds the script's time while the real one is asked. */
  hold: <T>(work: Promise<T>) => Promise<T>;
  /** The script lacks something: a recording, or the mark. */
  onProblem: (message: string) => void;
}

/** The model of a script: what is on the cassette, else the real one if there is one, else a turn that fails. */
export function cassetteModel({ cassette, live, mayAsk, hold, onProblem }: CassetteModelOptions): LanguageModel {
  return {
    name: live?.name ?? 'cassette',
    async *stream(request, signal) {
      if (!mayAsk()) {
        onProblem('the model was asked, and this turn is not marked for it; add "needs: llm" to the turn');
        throw new Error('not asked in this turn');
      }
      const known = live ? undefined : cassette.find(request);
      if (!known && !live) {
        onProblem(
          'no recording answers what the model was asked; record it with a model in the environment (OPENAI_BASE_URL, OPENAI_API_KEY):  flow test --record',
        );
        throw new Error('no recording');
      }
      yield* known ?? (await hold(recorded(cassette, live!, request, signal)));
    },
  };
}

/** The whole answer before its first piece: a script's time does not pass meanwhile. */
async function recorded(
  cassette: Cassette,
  live: LanguageModel,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelPiece[]> {
  const pieces: ModelPiece[] = [];
  for await (const piece of live.stream(request, signal)) pieces.push(piece);
  cassette.record(request, pieces);
  return pieces;
}
