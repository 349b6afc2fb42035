/**
 * Records of calls that are over, one JSON file each under `<home>/records`, readable by their owner only. They hold
 * what the record holds: words that were secret are masked there already. Written only where somebody said for how long.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../engine/contracts.js';
import { messageOf } from '../engine/errors.js';
import type { DialogStore } from '../engine/stores/dialog-store.js';
import type { CallRecord } from '../runtime/call/call.js';
import { writeWav } from '../runtime/audio/wav.js';

/** A record as it is kept: its sound, if there is any, in a file beside it. */
export interface KeptCall extends Omit<CallRecord, 'audio'> {
  /** In the file's folder: the caller left, the agent right. */
  recording?: string;
}

/** A file of the shelf; without `call` it cannot be read. */
export interface ShelfEntry {
  /** The file's name without `.json`: a dialog may come back in several calls. */
  name: string;
  endedMs: number;
  call?: KeptCall;
}

export class CallShelf {
  readonly #folder: string;

  constructor(home: string) {
    this.#folder = join(home, 'records');
  }

  /** @throws when not all of it could be written; the words are kept if there is room for them alone */
  async put({ audio, ...record }: CallRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // What stands in a name is ours; an id is only taken for a part of one when it looks like ours.
    const name = `${record.started.replace(/[:.]/g, '-')}-${/^[\w-]{1,64}$/.test(record.id) ? record.id : randomUUID()}`;
    let problem: unknown;
    let recording: string | undefined;
    try {
      if (audio) {
        recording = `${name}.wav`;
        await this.#write(recording, writeWav([audio.caller, audio.agent], audio.sampleRateHz));
      }
    } catch (error) {
      // What was said is smaller than how it sounded: a disk that is full for the one may have room for the other.
      problem = error;
      recording = undefined;
    }
    const kept: KeptCall = { ...record, ...(recording !== undefined && { recording }) };
    await this.#write(`${name}.json`, `${JSON.stringify(kept)}\n`);
    if (problem !== undefined) throw problem as Error;
  }

  /** Nobody reads half a file, whenever the process ends; none is left where there was no room for it. */
  async #write(file: string, content: string | Uint8Array): Promise<void> {
    const half = join(this.#folder, `.${file}.half`);
    try {
      await writeFile(half, content, { mode: 0o600 });
      await rename(half, join(this.#folder, file));
    } catch (error) {
      await rm(half, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** The newest first. */
  async list(): Promise<ShelfEntry[]> {
    const files = (await readdir(this.#folder).catch(() => [])).filter((file) => file.endsWith('.json'));
    const entries = await Promise.all(files.map((file) => this.#read(file.slice(0, -'.json'.length))));
    return entries.sort((a, b) => b.endedMs - a.endedMs);
  }

  async delete(name: string): Promise<void> {
    await Promise.all([`${name}.json`, `${name}.wav`].map((file) => rm(join(this.#folder, file), { force: true })));
  }

  async #read(name: string): Promise<ShelfEntry> {
    // `2026-03-02T10-00-00-000Z-…`
    const [, day, h, m, s] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)/.exec(name) ?? [];
    const endedMs = day === undefined ? 0 : Date.parse(`${day}T${h!}:${m!}:${s!}Z`);
    try {
      const call = JSON.parse(await readFile(join(this.#folder, `${name}.json`), 'utf8')) as KeptCall;
      return { name, endedMs: Date.parse(call.started) + call.durationMs, call };
    } catch {
      return { name, endedMs };
    }
  }
}

/** A dialog that nobody has open: its checkpoint and its ledger go. @throws DialogHeld while somebody has it */
export async function forgetDialog(store: DialogStore, dialogId: string): Promise<void> {
  const claim = await store.claim(dialogId);
  try {
    await store.delete(dialogId);
  } finally {
    await claim.release();
  }
}

const everyMs = 60 * 60_000;

export interface Sweep {
  shelf: CallShelf;
  clock: Clock;
  keepMs: number;
  /** Forgets the dialog: its checkpoint and its writes. Rejects for one that is open somewhere. */
  forget: (dialogId: string) => Promise<void>;
  isRunning: (dialogId: string) => boolean;
  onProblem: (problem: string) => void;
}

/**
 * Removes what is older than `keepMs`: a call's record, its recording, and its dialog when no later call of it is kept.
 * A dialog that goes on is left alone with all of its records.
 * @returns how many records went
 */
export async function sweep({ shelf, clock, keepMs, forget, isRunning, onProblem }: Sweep): Promise<number> {
  const all = await shelf.list();
  const beforeMs = clock.date() - keepMs;
  const isOld = ({ endedMs }: ShelfEntry): boolean => endedMs < beforeMs;
  const young = new Set(all.filter((entry) => !isOld(entry)).map(({ call }) => call?.id));
  let gone = 0;
  for (const { name, call } of all.filter(isOld)) {
    try {
      if (call && isRunning(call.id)) continue;
      if (call && !young.has(call.id)) await forget(call.id);
      await shelf.delete(name);
      gone += 1;
    } catch (error) {
      // It stays until the next time.
      onProblem(messageOf(error));
    }
  }
  return gone;
}

/** Sweeps at once and every hour. @returns ends that; resolves when nothing is swept any more */
export function sweepHourly(options: Sweep): () => Promise<void> {
  const { clock } = options;
  let stopped = false;
  let cancel = (): void => {};
  let work: Promise<unknown> = Promise.resolve();
  const round = (): void => {
    work = sweep(options).then(
      () => {
        if (!stopped) cancel = clock.at(clock.now() + everyMs, round);
      },
      (error: unknown) => options.onProblem(messageOf(error)),
    );
  };
  round();
  return async () => {
    stopped = true;
    cancel();
    await work;
  };
}
