/**
 * A call as spans of OpenTelemetry, made from its record when it is over: one of the call, under it one of each side's
 * turn, under an answer one of each of its stages. No word, number or name of a caller is in them.
 * JSON as OTLP has it: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { randomBytes } from 'node:crypto';
import type { CallRecord, CallTurn } from '../call/call.js';
import { stageLengths } from './stages.js';

type Value = { stringValue: string } | { intValue: string } | { doubleValue: number } | { boolValue: boolean };

export interface Attribute {
  key: string;
  value: Value;
}

export interface Span {
  /** Hex, 16 bytes. */
  traceId: string;
  /** Hex, 8 bytes. */
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 1 internal, 2 server, 3 client. */
  kind: 1 | 2 | 3;
  /** Nanoseconds since 1970, as text: they are longer than a number. */
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Attribute[];
  events: { timeUnixNano: string; name: string; attributes: Attribute[] }[];
  /** 0 unset, 2 error. */
  status: { code: 0 | 2 };
}

/** How a call ends that went wrong. */
const failures: ReadonlySet<string> = new Set(['error', 'no_voice', 'broken', 'no_dialog']);

export function spansOf(record: CallRecord): Span[] {
  const beganMs = Date.parse(record.started);
  const nano = (ms: number): string => String(BigInt(Math.round((beganMs + ms) * 1000)) * 1000n);
  const traceId = randomBytes(16).toString('hex');
  const make = (name: string, parent: Span | undefined, startMs: number, endMs: number, about: Fields): Span => ({
    traceId,
    spanId: randomBytes(8).toString('hex'),
    ...(parent && { parentSpanId: parent.spanId }),
    name,
    kind: parent ? 1 : 2,
    startTimeUnixNano: nano(startMs),
    endTimeUnixNano: nano(Math.max(startMs, endMs)),
    attributes: attributesOf(about),
    events: [],
    status: { code: 0 },
  });
  const { agent, version } = record.about ?? {};
  const call = make('call', undefined, 0, record.durationMs, {
    'parley.call.id': record.id,
    'parley.call.transport': record.transport,
    'parley.call.direction': record.direction ?? 'inbound',
    'parley.call.end': record.ended,
    'parley.agent': agent,
    'parley.agent.version': version,
    'parley.call.turns': record.turns.length,
    'parley.call.interruptions': record.interruptions.length,
  });
  if (failures.has(record.ended)) call.status.code = 2;
  const event = (name: string, atMs: number, about: Fields): void =>
    void call.events.push({ timeUnixNano: nano(atMs), name, attributes: attributesOf(about) });
  for (const { flow, state, atMs } of record.states)
    event('state', atMs, { 'parley.flow': flow ?? undefined, 'parley.state': state });
  for (const { name, outcome, atMs } of record.tools)
    event('tool', atMs, { 'parley.tool': name, 'parley.tool.outcome': outcome });
  for (const { silentMs } of record.interruptions) event('interruption', silentMs, {});
  const spans = [call];
  for (const turn of record.turns) {
    const stages = turn.stages ? stageLengths(turn.stages) : [];
    // An answer begins where the caller's last sound was.
    const span = make(`${turn.who} turn`, call, Math.min(turn.startMs, ...stages.map(({ fromMs }) => fromMs)), turn.endMs, ofTurn(turn)); // prettier-ignore
    spans.push(span);
    for (const { stage, fromMs, ms } of stages)
      if (stage === 'gap') span.attributes.push(...attributesOf({ 'parley.turn.gap_ms': ms }));
      else spans.push(make(stage, span, fromMs, fromMs + ms, {}));
  }
  return spans;
}

function ofTurn({ who, by, interrupted, rehearsed }: CallTurn): Fields {
  return {
    'parley.turn.who': who,
    'parley.turn.by': by,
    'parley.turn.interrupted': interrupted,
    'parley.turn.rehearsed': rehearsed,
  };
}

/** What is undefined is left out. */
export type Fields = Readonly<Record<string, unknown>>;

export function attributesOf(fields: Fields): Attribute[] {
  return Object.entries(fields).flatMap(([key, given]) => {
    const value = valueOf(given);
    return value ? [{ key, value }] : [];
  });
}

function valueOf(given: unknown): Value | undefined {
  if (typeof given === 'string') return { stringValue: given };
  if (typeof given === 'boolean') return { boolValue: given };
  if (typeof given !== 'number') return undefined;
  return Number.isInteger(given) ? { intValue: String(given) } : { doubleValue: given };
}
