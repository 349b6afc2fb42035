/**
 * The thread in which the recogniser runs. It keeps a few decoders and swaps grammars among them; a call borrows
 * one from the beginning of an utterance to its end. Requests are answered in order, so an utterance that begins
 * while its grammar is being built waits for it.
 */
import type { Listening } from '../../../engine/contracts.js';
import { flitePhones } from '../../tts/embedded/flite.js';
import { answerRequests } from '../../worker-thread.js';
import { grammarOf, type Grammar } from './grammar.js';
import { openRecogniser, type DecoderSlot, type Recogniser } from './recogniser.js';
import { interimText, judge, type Verdict } from './verdict.js';

export type SttRequest =
  | { kind: 'warm' }
  /** What this call can hear from now on. `key` names the listening's content. */
  | { kind: 'tune'; call: string; key: string; listening: Listening }
  | { kind: 'start'; call: string }
  | { kind: 'audio'; call: string; samples: Int16Array }
  | { kind: 'stop'; call: string }
  | { kind: 'leave'; call: string };

export interface SttAnswer {
  /** To `start`: false when too many utterances are open. */
  open?: boolean;
  /** To `audio`: the words so far. */
  interim?: string;
  /** To `stop`. */
  verdict?: Verdict;
}

/** Utterances open at a time in one worker: more would make every final late on one core. */
const mostOpen = 4;
const mostGrammars = 200;

interface Seat {
  decoder: DecoderSlot;
  /** Who spoke on it last: the decoder has settled on that line's sound. */
  lastCall: string | undefined;
  busy: boolean;
  usedAt: number;
}

const grammars = new Map<string, Grammar>();
const keyOf = new Map<string, string>();
const seats: Seat[] = [];
const seatOf = new Map<string, Seat>();
let recogniser: Promise<Recogniser> | undefined;
let turn = 0;

const handlers: { [K in SttRequest['kind']]: (request: Extract<SttRequest, { kind: K }>) => Promise<SttAnswer> } = {
  async warm() {
    await freeSeat('', undefined);
    return {};
  },

  async tune({ call, key, listening }) {
    const grammar = grammars.get(key) ?? grammarOf(listening);
    grammars.delete(key);
    grammars.set(key, grammar);
    if (grammars.size > mostGrammars) grammars.delete(grammars.keys().next().value!);
    keyOf.set(call, key);
    // Ready before the caller speaks, when a decoder is free for it.
    const seat = await freeSeat(call, key);
    await seat?.decoder.load(key, grammar);
    return {};
  },

  async start({ call }) {
    const key = keyOf.get(call);
    const grammar = key === undefined ? undefined : grammars.get(key);
    if (key === undefined || grammar === undefined) return { open: false };
    const seat = seatOf.get(call) ?? (await freeSeat(call, key));
    if (seat === undefined) return { open: false };
    await seat.decoder.load(key, grammar);
    if (seat.lastCall !== call) await seat.decoder.reset();
    seat.lastCall = call;
    seat.busy = true;
    seat.usedAt = ++turn;
    seatOf.set(call, seat);
    seat.decoder.start();
    return { open: true };
  },

  async audio({ call, samples }) {
    const seat = seatOf.get(call);
    if (seat === undefined) return {};
    seat.decoder.hear(samples);
    return { interim: interimText(seat.decoder.words()) };
  },

  async stop({ call }) {
    const seat = seatOf.get(call);
    if (seat === undefined) return {};
    seat.busy = false;
    seatOf.delete(call);
    return { verdict: judge(seat.decoder.stop()) };
  },

  async leave({ call }) {
    await handlers.stop({ kind: 'stop', call });
    keyOf.delete(call);
    return {};
  },
};

/** The call's own decoder, else one with its grammar that nobody else settled on, else a new one, else the longest unused. */
async function freeSeat(call: string, key: string | undefined): Promise<Seat | undefined> {
  const free = seats.filter(({ busy }) => !busy).sort((a, b) => a.usedAt - b.usedAt);
  const unowned = (seat: Seat): boolean => seat.lastCall === undefined || !keyOf.has(seat.lastCall);
  const best =
    free.find(({ lastCall }) => lastCall === call) ??
    free.find((seat) => unowned(seat) && seat.decoder.loaded === key) ??
    free.find(unowned);
  if (best !== undefined) return best;
  if (seats.length >= mostOpen) return free[0];
  recogniser ??= openRecogniser(flitePhones);
  const seat: Seat = { decoder: await (await recogniser).open(), lastCall: undefined, busy: false, usedAt: 0 };
  seats.push(seat);
  return seat;
}

answerRequests<SttRequest>((request) => handlers[request.kind](request as never));
