/** `/calls`: the operator's programs place calls, and ask what became of them. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OutsideError, UsageError } from '../../../engine/errors.js';
import { recordOf } from '../../transports/media-line.js';
import type { DialOrder } from '../options.js';
import { DialRefusal, type OutgoingCall, type OutgoingCalls } from '../outgoing-calls.js';
import type { Door, DoorHost } from './door.js';

export class CallsDoor implements Door {
  readonly name = 'calls';
  readonly #host: Pick<DoorHost, 'refused'>;
  readonly #calls: OutgoingCalls;
  readonly #secret: string;

  /** @param secret what the bearer has to be, always: every call costs money */
  constructor(host: Pick<DoorHost, 'refused'>, calls: OutgoingCalls, secret: string) {
    this.#host = host;
    this.#calls = calls;
    this.#secret = secret;
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      scope.post('/calls', (request, reply) => this.#place(request, reply));
      done();
    });
    app.get('/calls/:id', (request, reply) => {
      if (!this.#isOperator(request)) return this.#unauthorized(reply);
      const call = this.#calls.find((request.params as { id: string }).id);
      return call ? shown(call) : reply.code(404).send({ error: 'there is no such call' });
    });
  }

  async #place(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (!this.#isOperator(request)) return this.#unauthorized(reply);
    try {
      const call = await this.#calls.dial(orderOf(request.body));
      return await reply.code(201).send(shown(call));
    } catch (error) {
      if (error instanceof UsageError) {
        this.#host.refused('bad order', this.name);
        return reply.code(400).send({ error: error.message });
      }
      if (error instanceof DialRefusal) return reply.code(error.status).send({ error: error.message });
      if (error instanceof OutsideError) return reply.code(502).send({ error: error.message });
      throw error;
    }
  }

  #unauthorized(reply: FastifyReply): FastifyReply {
    this.#host.refused('token secret wrong', '/calls');
    return reply.code(401).send(unauthorized);
  }

  #isOperator({ headers: { authorization = '' } }: FastifyRequest): boolean {
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(authorization), digest(`Bearer ${this.#secret}`));
  }
}

const unauthorized = { error: 'give the token secret (PARLEY_TOKEN_SECRET) as bearer' };

/** @throws UsageError */
function orderOf(body: unknown): DialOrder {
  let fields: Record<string, unknown>;
  try {
    fields = recordOf(JSON.parse(typeof body === 'string' ? body : ''));
  } catch {
    throw new UsageError('the body has to be JSON: {"to": "+353870000001"}');
  }
  const { to, from, agent, carrier, machine, ring_seconds: ringSeconds, ...others } = fields;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new UsageError('there are to, from, agent, carrier, machine and ring_seconds, no other');
  if (typeof to !== 'string') throw new UsageError('to is missing: {"to": "+353870000001"}');
  for (const [name, value] of Object.entries({ from, agent, carrier }))
    if (value !== undefined && typeof value !== 'string') throw new UsageError(`${name} takes text`);
  if (machine !== undefined && typeof machine !== 'boolean') throw new UsageError('machine takes true or false');
  if (
    ringSeconds !== undefined &&
    !(Number.isInteger(ringSeconds) && Number(ringSeconds) >= 5 && Number(ringSeconds) <= 120)
  )
    throw new UsageError('ring_seconds takes 5 to 120');
  return {
    to,
    ...(from !== undefined && { from: from as string }),
    ...(agent !== undefined && { agent: agent as string }),
    ...(carrier !== undefined && { carrier: carrier as string }),
    ...(machine !== undefined && { detectsMachine: machine }),
    ...(ringSeconds !== undefined && { ringMs: Number(ringSeconds) * 1000 }),
  };
}

/** Without the numbers: whoever asks has them. */
function shown({ id, status, carrier, callSid, ended, answeredBy }: OutgoingCall): object {
  return { id, status, carrier, callSid, ended, answered_by: answeredBy };
}
