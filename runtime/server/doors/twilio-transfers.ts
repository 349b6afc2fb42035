/**
 * How a transfer goes on Twilio. The caller is taken out of our stream by new TwiML: `<Dial>`, during which they hear it
 * ring. Twilio tells here when the person answers, lets them hear first what it is about (warm), and asks what comes
 * next when they were not reached or have hung up: the caller comes back in a stream of the same call, or has gone.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/media-line.js';
import type { TwilioLine } from '../../transports/twilio.js';
import type { TwilioRest } from '../../transports/twilio-rest.js';
import { twimlDial, twimlHangUp, twimlNothing, twimlWhisper } from '../../transports/twiml.js';
import { whisperOf } from '../../transports/whisper.js';
import type { DoorHost } from './door.js';
import type { TwilioGuard } from './twilio-guard.js';

const paths = {
  over: '/twilio/transfer/over',
  answered: '/twilio/transfer/answered',
  whisper: '/twilio/transfer/whisper',
  accept: '/twilio/transfer/accept',
} as const;

/** Twilio rings so long where nobody says otherwise. */
const ringMs = 30_000;
/** Twilio rings up to five seconds longer than it is told; the rest is for what it has to tell. */
const ringSlackMs = 15_000;
/** The person listens to what it is about, and presses a key. */
const whisperMs = 45_000;
/** Asked for a stream, Twilio opens it in well under a second. */
const backMs = 10_000;

/** How Twilio says that the other side was not reached (`DialCallStatus`). */
const unreached: Record<string, TransferOutcome> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  canceled: 'no_answer',
  failed: 'error',
};

type Told = TransferOutcome | 'hung_up';

interface Transfer {
  order: TransferOrder;
  /** How the caller's stream is asked for again. */
  connect: () => Promise<string>;
  settle: (outcome: Told) => void;
  /** The two talk, or do as soon as Twilio has connected them. */
  isTaken: boolean;
  /** What the flow is told when the caller is back. */
  outcome?: TransferOutcome;
}

export class TwilioTransfers {
  readonly #host: DoorHost;
  readonly #guard: TwilioGuard;
  readonly #rest: TwilioRest;
  /** By the sid of the caller's leg. */
  readonly #running = new Map<string, Transfer>();

  constructor(host: DoorHost, guard: TwilioGuard, rest: TwilioRest) {
    this.#host = host;
    this.#guard = guard;
    this.#rest = rest;
  }

  routes(app: FastifyInstance): void {
    app.post(paths.over, (request, reply) => this.#answer(request, reply, (sid, fields) => this.#over(sid, fields)));
    app.post(paths.answered, (request, reply) => this.#answer(request, reply, (sid, fields) => this.#answered(sid, fields))); // prettier-ignore
    app.post(paths.whisper, (request, reply) => this.#answer(request, reply, (sid) => this.#whisper(sid, request.raw)));
    app.post(paths.accept, (request, reply) => this.#answer(request, reply, (sid) => this.#accept(sid)));
  }

  isRunning(callSid: string): boolean {
    return this.#running.has(callSid);
  }

  /** @param connect TwiML that brings the caller back. @throws OutsideError */
  async transfer(
    callSid: string,
    order: TransferOrder,
    request: IncomingMessage,
    connect: () => Promise<string>,
  ): Promise<Told> {
    const { to, mode, terms, underWay } = order;
    let settle!: Transfer['settle'];
    const told = new Promise<Told>((resolve) => (settle = resolve));
    const one: Transfer = { order, connect, settle, isTaken: false };
    this.#running.set(callSid, one);
    const at = (path: string): string =>
      `${this.#host.address('http', request, path)}?call=${encodeURIComponent(callSid)}`;
    try {
      await this.#rest.update(
        callSid,
        twimlDial(to, terms, {
          action: at(paths.over),
          answered: at(paths.answered),
          ...(mode === 'warm' && { whisper: at(paths.whisper) }),
        }),
      );
      const withinMs = (terms.answerWithinMs ?? ringMs) + ringSlackMs + (mode === 'warm' ? whisperMs : 0);
      underWay(withinMs + backMs);
      const { clock } = this.#host;
      const stop = clock.at(clock.now() + withinMs, () => {
        if (!one.isTaken) void this.#fetchBack(callSid, one);
      });
      return await told.finally(stop);
    } catch (error) {
      this.#running.delete(callSid);
      throw error;
    }
  }

  /** The caller's stream is here again. */
  back(callSid: string, line: TwilioLine, stream: TwilioLine): void {
    const one = this.#running.get(callSid);
    stream.comeBackTo(line);
    this.#end(callSid, one?.outcome ?? 'error');
  }

  /** The caller's call has ended. */
  hungUp(callSid: string): void {
    this.#end(callSid, 'hung_up');
  }

  #end(callSid: string, outcome: Told): void {
    const one = this.#running.get(callSid);
    this.#running.delete(callSid);
    one?.settle(outcome);
  }

  /** Nothing was told in time: what Twilio wanted to tell is lost, and the caller must not be. */
  async #fetchBack(callSid: string, one: Transfer): Promise<void> {
    this.#host.log.warn('twilio told nothing of a transfer', {});
    one.outcome = 'no_answer';
    try {
      await this.#rest.update(callSid, await one.connect());
      this.#awaitBack(callSid, one);
    } catch {
      this.#end(callSid, 'hung_up');
    }
  }

  #awaitBack(callSid: string, one: Transfer): void {
    this.#host.clock.at(this.#host.clock.now() + backMs, () => {
      if (this.#running.get(callSid) === one) this.#end(callSid, 'hung_up');
    });
  }

  async #answer(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (callSid: string, fields: Record<string, string>) => string | Promise<string>,
  ): Promise<unknown> {
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    void reply.type('text/xml');
    return answer((request.query as { call?: string }).call ?? '', fields);
  }

  /** The other leg is picked up; whether a machine or a person, a warm transfer asks. */
  #answered(callSid: string, { CallStatus: status }: Record<string, string>): string {
    const one = this.#running.get(callSid);
    if (one && status === 'in-progress' && one.order.mode === 'cold') this.#take(callSid, one);
    return twimlNothing();
  }

  #whisper(callSid: string, request: IncomingMessage): string {
    const one = this.#running.get(callSid);
    if (!one) return twimlHangUp();
    const { language, texts } = whisperOf(one.order.packet);
    const accept = `${this.#host.address('http', request, paths.accept)}?call=${encodeURIComponent(callSid)}`;
    return twimlWhisper(texts, { language, accept });
  }

  /** A key was pressed. The TwiML of the other leg ends here: Twilio connects the two. */
  #accept(callSid: string): string {
    const one = this.#running.get(callSid);
    if (!one) return twimlHangUp();
    this.#take(callSid, one);
    return twimlNothing();
  }

  #take(callSid: string, one: Transfer): void {
    one.isTaken = true;
    if (one.order.terms.comesBack) one.order.underWay();
    else this.#end(callSid, 'ok');
  }

  /** `<Dial>` is over. */
  async #over(callSid: string, fields: Record<string, string>): Promise<string> {
    const one = this.#running.get(callSid);
    // The flow has left the caller to the person, who has hung up.
    if (!one) return twimlHangUp();
    if (fields.CallStatus === 'completed') {
      this.#end(callSid, 'hung_up');
      return twimlHangUp();
    }
    const outcome = outcomeOf(one, fields);
    if (outcome === 'ok') {
      this.#end(callSid, 'ok');
      return twimlHangUp();
    }
    one.outcome = outcome;
    one.isTaken = true;
    this.#awaitBack(callSid, one);
    return one.connect();
  }
}

function outcomeOf(
  one: Transfer,
  { DialCallStatus: status = '', DialCallDuration, DialBridged }: Record<string, string>,
): TransferOutcome {
  // prettier-ignore
  const { mode, terms } = one.order;
  if (Object.hasOwn(unreached, status)) return unreached[status]!;
  // Picked up by who does not press a key: a machine, or nobody who wants the call.
  if ((mode === 'warm' && !one.isTaken) || DialBridged === 'false') return 'no_answer';
  // It was taken, and we were not told so.
  if (!terms.comesBack) return 'ok';
  const talkedMs = Number(DialCallDuration) * 1000;
  return terms.maxMs !== undefined && talkedMs >= terms.maxMs - 1000 ? 'max_time' : 'far_hang_up';
}
