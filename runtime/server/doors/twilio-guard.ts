/** Who may come in by the doors that are Twilio's. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { UsageError } from '../../../engine/errors.js';
import { isSigned } from '../../transports/twilio-signature.js';
import { isLoopback } from '../admission.js';
import type { ServerOptions } from '../options.js';
import type { DoorHost } from './door.js';

export class TwilioGuard {
  readonly #host: DoorHost;
  readonly #account: NonNullable<ServerOptions['twilio']>;

  /** @throws UsageError when the door would stand open */
  constructor(host: DoorHost, account: NonNullable<ServerOptions['twilio']>) {
    this.#host = host;
    this.#account = account;
    if (!account.authToken && !account.insecure && !isLoopback(host.boundHost)) {
      throw new UsageError(
        `on ${host.boundHost} anybody could place calls as Twilio: set TWILIO_AUTH_TOKEN, or --insecure if something in front checks`,
      );
    }
  }

  /** By its signature; anybody where the operator said `insecure`; where no token is known, at least no page of a browser that came here by a trick. */
  isTwilio(request: IncomingMessage, url: string, fields: Record<string, string>): boolean {
    const { authToken, insecure } = this.#account;
    if (insecure) return true;
    if (!authToken) return this.#host.isOwnOrigin(request);
    const header = request.headers['x-twilio-signature'];
    return typeof header === 'string' && isSigned(header, authToken, url, fields);
  }

  /** What a webhook tells. Undefined when Twilio did not send it: refused, and counted. */
  fieldsOf(request: FastifyRequest): Record<string, string> | undefined {
    const fields = (request.body ?? {}) as Record<string, string>;
    if (this.isTwilio(request.raw, this.#host.address('http', request.raw), fields)) return fields;
    this.#host.refused('twilio signature wrong', 'webhook');
    return undefined;
  }
}
