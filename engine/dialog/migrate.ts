/** A stored dialog, told in the names of a newer version of its agent: what `migrations:` say was renamed, added or dropped. */
import type { Json } from '../contracts.js';
import type { Agent, Migration } from '../language/flow.js';
import type { CalledFlow, Fill, Frame, Inside, Pending, ToolRecord } from './state.js';

/** What names nothing any more, whatever a later version may call so. */
export const gone = '';

/**
 * The state in today's names. `from` and `to` are versions; going back to an older one changes no names.
 * @param from undefined: stored before versions were written, so that every migration is new to it
 */
export function migrate(agent: Agent, s: Inside, from: number | undefined): Inside {
  return (agent.migrations ?? [])
    .filter(({ version }) => version > (from ?? 0))
    .reduce((state, migration) => migrateOnce(state, migration), s);
}

/**
 * The key of today under which a value of a caller is kept that was stored as `key` (`slot`, `flow.slot`), or undefined
 * when it was dropped. Values of callers carry no version: a key that the agent knows today is left alone.
 */
export function migrateKey(agent: Agent, key: string): string | undefined {
  let now: string | undefined = key;
  for (const migration of agent.migrations ?? []) now = now && new Names(migration).slot(now);
  return now;
}

function migrateOnce(s: Inside, migration: Migration): Inside {
  const names = new Names(migration);
  /** Values that are another flow's now, or the agent's. */
  const moved: Record<string, Json> = {};
  const frames = s.frames.map((frame, index) => frameOf(names, frame, s.frames[index - 1], moved));
  const past: Inside['past'] = {};
  for (const [flow, slots] of Object.entries(s.past)) {
    const now = names.flow(flow);
    const kept = valuesOf(names, flow, slots, moved);
    if (now !== gone) past[now] = { ...kept, ...past[now] };
  }
  const shared: Inside['shared'] = {};
  for (const [name, value] of Object.entries(s.shared)) put(moved, names.slot(name), value);
  for (const [key, value] of Object.entries(moved)) {
    const [flow, slot] = splitKey(key);
    if (flow === undefined) put(shared, slot, value);
    else {
      const its = frames.findLast((frame) => frame.flow === flow)?.slots ?? past[flow];
      if (its) put(its, slot, value);
    }
  }
  for (const [key, value] of migration.default) {
    const [flow, slot] = splitKey(key);
    const places = flow === undefined ? [shared] : frames.filter((one) => one.flow === flow).map(({ slots }) => slots);
    for (const place of places) put(place, slot, value);
  }
  const numbers = new Map(s.frames.map((frame) => [String(frame.n), frame.flow]));
  const secret = (key: string): string | undefined => {
    const at = key.indexOf('.');
    const flow = numbers.get(key.slice(0, at));
    const slot = names.seen(flow, key.slice(at + 1));
    return slot === undefined ? undefined : key.slice(0, at + 1) + slot;
  };
  const { withheld } = s as { withheld?: string[] };
  return {
    ...s,
    frames, past, shared,
    ...(withheld && { withheld: withheld.flatMap((key) => secret(key) ?? []) }),
    pastWrites: s.pastWrites.map(({ flow, used }) => ({ flow: names.flow(flow), used: usedOf(names, flow, used) })),
    lastFlow: s.lastFlow === null ? null : names.flow(s.lastFlow) || null,
    results: resultsOf(names, s.results),
    pending: s.pending && pendingOf(names, s.pending, numbers.get(String(s.pending.frame))),
    queue: s.queue.flatMap((one) => {
      const flow = names.flow(one.flow);
      if (flow === gone) return [];
      const { unsure, ...rest } = one;
      const slot = unsure ? names.read(one.flow, unsure.slot) : undefined;
      return [{ ...rest, flow, fills: fillsOf(names, one.flow, one.fills), ...(unsure && slot !== undefined && { unsure: { slot, values: unsure.values } }) }];
    }),
    clarify: clarifyOf(names, s),
    ...(s.memory && {
      memory: { ...s.memory, kept: keysBy(s.memory.kept, (key) => names.slot(key)), waiting: keysBy(s.memory.waiting, (key) => names.slot(key)) },
    }),
  }; // prettier-ignore
}

/** What one migration makes of a name. Names on its left are those of the version before. */
class Names {
  readonly #by: Migration;

  constructor(by: Migration) {
    this.#by = by;
  }

  flow(name: string): string {
    const { rename, drop } = this.#by;
    return drop.flows.has(name) ? gone : (rename.flows.get(name) ?? name);
  }

  state(flow: string, name: string): string {
    const { rename, drop } = this.#by;
    const key = `${flow}.${name}`;
    if (drop.states.has(key)) return gone;
    const now = rename.states.get(key);
    return now === undefined ? name : splitKey(now)[1];
  }

  /** `slot` or `flow.slot` → the same of the next version. */
  slot(key: string): string | undefined {
    const { rename, drop } = this.#by;
    if (drop.slots.has(key)) return undefined;
    const now = rename.slots.get(key);
    if (now !== undefined) return now;
    const [flow, slot] = splitKey(key);
    if (flow === undefined) return key;
    const its = this.flow(flow);
    return its === gone ? undefined : `${its}.${slot}`;
  }

  /** A slot as its flow calls it: its own or one of the agent's, by the bare name. Undefined when it is neither now. */
  seen(flow: string | undefined, name: string): string | undefined {
    const { rename, drop } = this.#by;
    const own = `${flow ?? ''}.${name}`;
    const isOwn = flow !== undefined && (rename.slots.has(own) || drop.slots.has(own));
    const now = isOwn ? this.slot(own) : rename.slots.has(name) || drop.slots.has(name) ? this.slot(name) : name;
    if (now === undefined) return undefined;
    const [its, slot] = splitKey(now);
    return its === undefined || its === this.flow(flow ?? '') ? slot : undefined;
  }

  /** A name that a state reads: a slot of its flow, `flow.slot` of another, or no slot at all. */
  read(flow: string, name: string): string | undefined {
    return name.includes('.') ? this.slot(name) : this.seen(flow, name);
  }
}

function frameOf(names: Names, frame: Frame, below: Frame | undefined, moved: Record<string, Json>): Frame {
  const state = (name: string): string => names.state(frame.flow, name);
  const seen = (name: string): string | undefined => names.seen(frame.flow, name);
  const slotOf = frame.question && 'slot' in frame.question ? seen(frame.question.slot) : undefined;
  return {
    ...frame,
    ...keptOf(names, frame, moved),
    state: state(frame.state),
    question: frame.question && 'slot' in frame.question ? { ...frame.question, slot: slotOf ?? gone } : frame.question,
    kept: keysBy(frame.kept, seen),
    near: keysBy(frame.near, seen),
    parts: keysBy(frame.parts, seen),
    visits: keysBy(frame.visits, state),
    counters: keysBy(frame.counters, state),
    openOver: frame.openOver.map(state),
    over: frame.over.map(state),
    toConfirm: frame.toConfirm.flatMap((name) => seen(name) ?? []),
    toEcho: frame.toEcho.flatMap((name) => seen(name) ?? []),
    ...(frame.generated && { generated: { ...frame.generated, state: state(frame.generated.state) } }),
    given: fillsOf(names, frame.flow, frame.given),
    from: fromOf(names, frame, below),
  };
}

/** What a flow on the stack has in common with one that was called and is over. */
function keptOf(names: Names, of: Frame | CalledFlow, moved: Record<string, Json>) {
  const state = (name: string): string => names.state(of.flow, name);
  return {
    flow: names.flow(of.flow),
    slots: valuesOf(names, of.flow, of.slots, moved),
    path: of.path.map(state),
    said: keysBy(of.said, state),
    left: of.left.flatMap((name) => names.seen(of.flow, name) ?? []),
    writes: of.writes.map((one) => ({
      ...one,
      state: one.state === '' ? '' : state(one.state),
      used: usedOf(names, of.flow, one.used),
    })),
    called: of.called.map((one): CalledFlow => ({
      ...one,
      ...keptOf(names, one, {}),
      inputs: keysBy(one.inputs, (name) => names.seen(one.flow, name)),
    })),
  };
}

/** Values that stay with their flow; the others are put aside by their new name. */
function valuesOf(names: Names, flow: string, slots: Record<string, Json>, moved: Record<string, Json>) {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(slots)) {
    const now = names.slot(`${flow}.${name}`);
    if (now === undefined) continue;
    const [its, slot] = splitKey(now);
    if (its === names.flow(flow)) put(kept, slot, value);
    else put(moved, now, value);
  }
  return kept;
}

function fromOf(names: Names, frame: Frame, below: Frame | undefined): Frame['from'] {
  const from = keysBy(frame.from, (name) => names.seen(frame.flow, name));
  return Object.fromEntries(
    Object.entries(from).map(([name, used]) => [name, below ? usedOf(names, below.flow, used) : used]),
  );
}

function usedOf(names: Names, flow: string, used: readonly string[]): string[] {
  return used.flatMap((name) => names.read(flow, name) ?? []);
}

function fillsOf(names: Names, flow: string, fills: readonly Fill[]): Fill[] {
  return fills.flatMap((fill) => {
    const slot = names.read(flow, fill.slot);
    return slot === undefined ? [] : [{ ...fill, slot }];
  });
}

function resultsOf(names: Names, results: Inside['results']): Inside['results'] {
  const now: Inside['results'] = {};
  for (const [key, record] of Object.entries(results)) {
    const flow = key.includes('/') ? key.slice(0, key.indexOf('/')) : undefined;
    const [atFlow, atState] = record.at?.split('/') ?? [];
    const of = flow ?? atFlow ?? '';
    const moved: ToolRecord = { ...record, used: usedOf(names, of, record.used) };
    if (atFlow !== undefined) moved.at = `${names.flow(atFlow)}/${names.state(atFlow, atState ?? '')}`;
    if (flow === undefined) now[key] = moved;
    else if (names.flow(flow) !== gone) now[names.flow(flow) + key.slice(flow.length)] = moved;
  }
  return now;
}

function pendingOf(names: Names, pending: Pending, flow: string | undefined): Pending {
  const inFlow = flow ?? '';
  const key = (one: string): string => {
    const at = one.indexOf('/');
    return at === -1 ? one : names.flow(one.slice(0, at)) + one.slice(at);
  };
  return {
    ...pending,
    key: key(pending.key),
    state: names.state(inFlow, pending.state),
    used: usedOf(names, inFlow, pending.used),
    ...(pending.beside && {
      beside: pending.beside.map((one) => ({ ...one, key: key(one.key), used: usedOf(names, inFlow, one.used) })),
    }),
  };
}

function clarifyOf(names: Names, { clarify, frames }: Inside): Inside['clarify'] {
  if (clarify?.kind === 'value') {
    const slot = names.seen(frames.at(-1)?.flow, clarify.slot);
    return slot === undefined ? null : { ...clarify, slot };
  }
  return (
    clarify && {
      ...clarify,
      intents: clarify.intents.map((intent) => {
        const [flow, name] = splitKey(intent);
        return flow === undefined ? names.flow(intent) : `${names.flow(flow)}.${name}`;
      }),
    }
  );
}

function keysBy<Value>(
  record: Readonly<Record<string, Value>>,
  nameOf: (name: string) => string | undefined,
): Record<string, Value> {
  const renamed: Record<string, Value> = {};
  for (const [name, value] of Object.entries(record)) {
    const now = nameOf(name);
    if (now !== undefined && now !== gone && !Object.hasOwn(renamed, now)) renamed[now] = value;
  }
  return renamed;
}

/** What is known already stays. */
function put(place: Record<string, Json>, name: string | undefined, value: Json): void {
  if (name !== undefined && (place[name] ?? null) === null) place[name] = value;
}

/** `flow.slot` → its parts; a name without a dot is one of the agent's. */
export function splitKey(key: string): [flow: string | undefined, name: string] {
  const at = key.indexOf('.');
  return at === -1 ? [undefined, key] : [key.slice(0, at), key.slice(at + 1)];
}
