/** Trained routers in a folder, so that the next start of the same agent learns nothing. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { background } from './classifier/background.js';
import { functionWords } from './classifier/function-words.js';
import { priors } from './classifier/prior-figures.js';
import { recipe } from './classifier/recipe.js';
import type { ClassifierState, TrainingBasis } from './classifier/training.js';

/** Raised by who changes how rows become a state, or what a state is made of: an older file must not stand for it. */
const make = 1;
/** The oldest are let go: an agent that is edited all day leaves one at every save. */
const mostFiles = 24;
const mostBytes = 200 * 2 ** 20;

const prefix = 'trained-';
const hashBytes = 32;

/** A file: the SHA-256 of what follows, then the state as V8 writes it. */
export class TrainedStates {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * What a training on this basis gave, or will give: learned by `train` and kept when it is not there. A file that is
   * damaged is as good as none; a folder that cannot be written costs only time.
   */
  async of(basis: TrainingBasis, train: () => Promise<ClassifierState>): Promise<ClassifierState> {
    const file = join(this.#folder, `${prefix}${keyOf(basis)}`);
    const kept = await readKept(file);
    if (kept) return kept;
    const state = await train();
    await this.#keep(file, state).catch(() => undefined);
    return state;
  }

  async #keep(file: string, state: ClassifierState): Promise<void> {
    const body = serialize(state);
    const draft = `${file}.${randomBytes(4).toString('hex')}`;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    try {
      await writeFile(draft, Buffer.concat([hashOf(body), body]), { mode: 0o600 });
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await this.#letGo(file);
  }

  /** The least lately used, beyond what a folder is to hold; never the newest. */
  async #letGo(newest: string): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.startsWith(prefix));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#folder, name);
        const { mtimeMs, size } = await stat(path);
        return { path, mtimeMs, size };
      }),
    );
    files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let [count, bytes] = [0, 0];
    for (const { path, size } of files) {
      count += 1;
      bytes += size;
      if (path !== newest && (count > mostFiles || bytes > mostBytes)) await rm(path, { force: true });
    }
  }
}

/** Names all that a state depends on; sums differ in their last bits from one kind of processor to another. */
function keyOf(basis: TrainingBasis): string {
  const { language } = basis;
  const made = [make, recipe, priors, background[language], [...(functionWords[language] ?? [])]];
  const machine = [process.arch, process.versions.v8];
  return createHash('sha256')
    .update(JSON.stringify([made, machine, basis]))
    .digest('hex')
    .slice(0, 32);
}

async function readKept(file: string): Promise<ClassifierState | undefined> {
  try {
    const bytes = await readFile(file);
    const body = bytes.subarray(hashBytes);
    if (!hashOf(body).equals(bytes.subarray(0, hashBytes))) return undefined;
    const state = deserialize(body) as ClassifierState;
    const now = new Date();
    await utimes(file, now, now).catch(() => undefined);
    return state;
  } catch {
    return undefined;
  }
}

function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
