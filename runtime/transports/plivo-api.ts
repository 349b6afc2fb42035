/** What we ask of Plivo's REST interface: place a call, take one out of its stream, hang it up. */
import { askCarrier } from './carrier-api.js';
import { withoutPlus } from './e164.js';

export interface PlivoCall {
  to: string;
  from: string;
  /** Asked for its XML when somebody answers. */
  answered: string;
  /** Told that it rings, and that it is over. */
  told: string;
  ringMs: number;
  /** Told whether a machine answered; that its greeting is over Plivo does not tell. */
  machine?: string;
}

export class PlivoApi {
  readonly #authorization: string;
  readonly #base: string;

  /** @param options.apiBase where the interface is; for a loopback twin */
  constructor({ authId, authToken, apiBase }: { authId: string; authToken: string; apiBase?: string | undefined }) {
    this.#authorization = `Basic ${Buffer.from(`${authId}:${authToken}`).toString('base64')}`;
    const base = (apiBase ?? 'https://api.plivo.com').replace(/\/$/, '');
    this.#base = `${base}/v1/Account/${encodeURIComponent(authId)}/Call/`;
  }

  /** @returns the call's `CallUUID`, as Plivo has it before it rings. @throws OutsideError; its text never holds a number */
  async call({ to, from, answered, told, ringMs, machine }: PlivoCall): Promise<string> {
    const { request_uuid: id } = await this.#ask('', 'POST', 'call', {
      to: withoutPlus(to),
      from: withoutPlus(from),
      answer_url: answered,
      answer_method: 'POST',
      ring_url: told,
      ring_method: 'POST',
      hangup_url: told,
      hangup_method: 'POST',
      ring_timeout: Math.round(ringMs / 1000),
      ...(machine !== undefined && {
        machine_detection: 'true',
        machine_detection_url: machine,
        machine_detection_method: 'POST',
      }),
    });
    if (typeof id !== 'string') throw new TypeError('Plivo took the call and named no request_uuid');
    return id;
  }

  /** The call leaves its stream, and goes on with what it is answered at `url`. @throws OutsideError */
  async redirect(callUuid: string, url: string): Promise<void> {
    await this.#ask(`${encodeURIComponent(callUuid)}/`, 'POST', 'transfer', {
      legs: 'aleg',
      aleg_url: url,
      aleg_method: 'POST',
    });
  }

  /** What is over already is as good as hung up. @throws OutsideError */
  async hangUp(callUuid: string): Promise<void> {
    await this.#ask(`${encodeURIComponent(callUuid)}/`, 'DELETE', 'hang up');
  }

  #ask(path: string, method: 'POST' | 'DELETE', what: string, body?: object): Promise<Record<string, unknown>> {
    return askCarrier({
      carrier: 'plivo',
      url: `${this.#base}${path}`,
      method,
      authorization: this.#authorization,
      ...(body && { body }),
      what,
      cure: 'check PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN',
      isFine: (status) => method === 'DELETE' && status === 404,
    });
  }
}
