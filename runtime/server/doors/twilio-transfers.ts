/**
 * How a transfer goes on Twilio. The caller is taken out of our stream by new TwiML: `<Dial>`, during which they hear it
 * ring. Twilio tells here when the person answers, lets them hear first what it is about (warm), and asks what comes
 * next when they were not reached or have hung up: the caller comes back in a stream of the same call, or has gone.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/hand-over.js';
import { twimlDial, twimlHangUp, twimlNothing, twimlWhisper } from '../../transports/twiml.js';
import { whisperOf } from '../../transports/whisper.js';
import { callOf, CarrierTransfers, type Told, type Transfer } from './carrier-transfers.js';
import type { DoorHost } from './door.js';
import type { TwilioGuard } from './twilio-guard.js';

const paths = {
  over: '/transfer/over',
  answered: '/transfer/answered',
  whisper: '/transfer/whisper',
  accept: '/transfer/accept',
} as const;

/** The person listens to what it is about, and presses a key. */
const whisperMs = 45_000;
/** How Twilio says that the other side was not reached (`DialCallStatus`). */
const unreached: Record<string, TransferOutcome> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  canceled: 'no_answer',
  failed: 'error',
};

/** What the door that has the call does for it. */
export interface TwilioSteps {
  /** The call goes on with this TwiML. @throws OutsideError */
  go(twiml: string): Promise<void>;
  /** TwiML that brings the caller back. */
  connect(): Promise<string>;
  /** Where `go` does not serve: the caller's session with us is over by then. Default `go`. @throws OutsideError */
  goBack?(twiml: string): Promise<void>;
}

export class TwilioTransfers extends CarrierTransfers {
  readonly #guard: TwilioGuard;
  readonly #paths: Record<keyof typeof paths, string>;
  readonly #steps = new Map<string, TwilioSteps>();

  /** @param base where its addresses begin: `/twilio` */
  constructor(host: DoorHost, guard: TwilioGuard, base: string) {
    super(host, 'twilio');
    this.#guard = guard;
    this.#paths = {
      over: base + paths.over,
      answered: base + paths.answered,
      whisper: base + paths.whisper,
      accept: base + paths.accept,
    };
  }

  routes(app: FastifyInstance): void {
    const { over, answered, whisper, accept } = this.#paths;
    app.post(over, (request, reply) => this.#answer(request, reply, (sid, fields) => this.#dialled(sid, fields)));
    app.post(answered, (request, reply) => this.#answer(request, reply, (sid, fields) => this.#answered(sid, fields)));
    app.post(whisper, (request, reply) => this.#answer(request, reply, (sid) => this.#whisper(sid, request.raw)));
    app.post(accept, (request, reply) => this.#answer(request, reply, (sid) => this.#accept(sid)));
  }

  /** @param callSid of the caller's leg. @throws OutsideError */
  async transfer(callSid: string, order: TransferOrder, request: IncomingMessage, steps: TwilioSteps): Promise<Told> {
    const { to, mode, terms } = order;
    const at = (path: string): string => this.at(request, path, callSid);
    const dial = twimlDial(to, terms, {
      action: at(this.#paths.over),
      answered: at(this.#paths.answered),
      ...(mode === 'warm' && { whisper: at(this.#paths.whisper) }),
    });
    this.#steps.set(callSid, steps);
    try {
      return await this.begin(callSid, order, {
        start: () => steps.go(dial),
        fetchBack: async () => (steps.goBack ?? steps.go)(await steps.connect()),
        ...(mode === 'warm' && { moreMs: whisperMs }),
      });
    } finally {
      this.#steps.delete(callSid);
    }
  }

  async #answer(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: (callSid: string, fields: Record<string, string>) => string | Promise<string>,
  ): Promise<unknown> {
    const fields = this.#guard.fieldsOf(request);
    if (!fields) return reply.code(403).send({ error: 'the signature is wrong' });
    void reply.type('text/xml');
    return answer(callOf(request), fields);
  }

  /** The other leg is picked up; whether a machine or a person, a warm transfer asks. */
  #answered(callSid: string, { CallStatus: status }: Record<string, string>): string {
    const one = this.find(callSid);
    if (one && status === 'in-progress' && one.order.mode === 'cold') this.take(callSid, one);
    return twimlNothing();
  }

  #whisper(callSid: string, request: IncomingMessage): string {
    const one = this.find(callSid);
    if (!one) return twimlHangUp();
    const { language, texts } = whisperOf(one.order.packet);
    return twimlWhisper(texts, { language, accept: this.at(request, this.#paths.accept, callSid) });
  }

  /** A key was pressed. The TwiML of the other leg ends here: Twilio connects the two. */
  #accept(callSid: string): string {
    const one = this.find(callSid);
    if (!one) return twimlHangUp();
    this.take(callSid, one);
    return twimlNothing();
  }

  /** `<Dial>` is over. */
  async #dialled(callSid: string, fields: Record<string, string>): Promise<string> {
    const connect = this.#steps.get(callSid)?.connect;
    const one = this.over(callSid, {
      hasHungUp: fields.CallStatus === 'completed',
      outcomeOf: (transfer) => this.#outcomeOf(transfer, fields),
    });
    return one && connect ? connect() : twimlHangUp();
  }

  #outcomeOf(
    one: Transfer,
    { DialCallStatus: status = '', DialCallDuration, DialBridged }: Record<string, string>,
  ): TransferOutcome {
    if (Object.hasOwn(unreached, status)) return unreached[status]!;
    // Picked up by who does not press a key: a machine, or nobody who wants the call.
    const isDeclined = one.order.mode === 'warm' && one.takenMs === undefined;
    if (isDeclined || DialBridged === 'false') return 'no_answer';
    return this.parted(one, Number(DialCallDuration) * 1000);
  }
}
