import type { Clock, Json } from '../contracts.js';
import { callerSlots, hasMemory, keyOf } from '../dialog/caller-memory.js';
import { migrateKey } from '../dialog/migrate.js';
import type { DialogState } from '../dialog/seam.js';
import { inside } from '../dialog/state.js';
import type { Agent } from '../language/flow.js';
import type { CallerMemory, KeptValue } from '../stores/caller-memory.js';

/** How long values are kept where neither the slot nor the agent says: 90 days. */
const defaultTtlMs = 90 * 86_400_000;

/** Between a dialog and the memory of its caller: reads once at the beginning, writes when what is kept has changed. */
export class CallerRecord {
  readonly #agent: Agent;
  readonly #memory: CallerMemory;
  readonly #caller: string;
  readonly #clock: Clock;
  readonly #onProblem: (line: string) => void;
  #values: Record<string, KeptValue> = {};
  #text = '{}';
  #writing: Promise<void> = Promise.resolve();

  /** Undefined where the agent keeps nothing, there is no memory, or nobody knows who calls. */
  static async open(
    agent: Agent,
    memory: CallerMemory | undefined,
    caller: Json | undefined,
    clock: Clock,
    onProblem: (line: string) => void,
  ): Promise<CallerRecord | undefined> {
    if (!memory || !hasMemory(agent)) return undefined;
    if (typeof caller !== 'string' || caller === '') {
      onProblem(`${agent.name}: nobody knows who calls, so nothing is kept of the caller beyond the call`);
      return undefined;
    }
    const record = new CallerRecord(agent, memory, caller, clock, onProblem);
    try {
      record.#values = await memory.read(record.#caller);
    } catch (error) {
      onProblem(`${agent.name}: the memory of callers cannot be read: ${(error as Error).message}`);
    }
    record.#text = JSON.stringify(record.values());
    return record;
  }

  private constructor(
    agent: Agent,
    memory: CallerMemory,
    caller: string,
    clock: Clock,
    onProblem: (line: string) => void,
  ) {
    this.#agent = agent;
    this.#memory = memory;
    this.#caller = `${agent.name}\0${caller}`;
    this.#clock = clock;
    this.#onProblem = onProblem;
  }

  /** What is kept, by slot; of slots that the agent still has. */
  values(): Record<string, Json> {
    const known = new Set(callerSlots(this.#agent).map(keyOf));
    // What an older version kept under a name that is another one now comes after what is kept under today's.
    const now = Object.entries(this.#values).map(([key, { value }]) => ({
      key: known.has(key) ? key : migrateKey(this.#agent, key),
      isOld: !known.has(key),
      value,
    }));
    const values: Record<string, Json> = {};
    for (const { key, value } of now.sort((one, other) => Number(one.isOld) - Number(other.isOld)))
      if (key !== undefined && known.has(key) && !Object.hasOwn(values, key)) values[key] = value;
    return values;
  }

  /** Takes what the dialog keeps now; writes it behind the turn when it has changed. */
  take(state: DialogState): void {
    const kept = inside(state).memory?.kept;
    if (!kept) return;
    const text = JSON.stringify(kept);
    if (text === this.#text) return;
    this.#text = text;
    const now = this.#clock.date();
    const ttls = new Map(callerSlots(this.#agent).map((slot) => [keyOf(slot), slot.ttlMs]));
    const untilOf = (key: string): number => now + (ttls.get(key) ?? this.#agent.memory?.ttlMs ?? defaultTtlMs);
    this.#values = Object.fromEntries(
      Object.entries(kept).map(([key, value]) => {
        const before = this.#values[key];
        const isSame = before !== undefined && JSON.stringify(before.value) === JSON.stringify(value);
        return [key, isSame ? before : { value, untilMs: untilOf(key) }];
      }),
    );
    const values = this.#values;
    this.#writing = this.#writing
      .then(() => this.#memory.write(this.#caller, values))
      .catch((error: unknown) => {
        this.#onProblem(`${this.#agent.name}: the memory of callers was not written: ${(error as Error).message}`);
      });
  }

  /** Resolves when all that was taken is stored. */
  flush(): Promise<void> {
    return this.#writing;
  }
}
