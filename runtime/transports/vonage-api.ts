/** What we ask of Vonage's REST interface (Voice v1): place a call, hand one over, hang it up. */
import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto';
import { askCarrier } from './carrier-api.js';
import { withoutPlus } from './e164.js';
import type { Ncco } from './vonage-ncco.js';

const tokenSeconds = 300;
/** How long a machine's greeting is waited out for its beep: 45 to 120. */
const beepSeconds = 45;

export interface VonageCall {
  to: string;
  from: string;
  /** Asked for its NCCO when somebody answers. */
  answered: string;
  /** Told how the call goes, and who answered. */
  told: string;
  ringMs: number;
  detectsMachine: boolean;
}

export class VonageApi {
  readonly #applicationId: string;
  readonly #key: KeyObject;
  readonly #base: string;

  /** @param options.privateKey the application's, as PEM. @throws RangeError when it is none */
  constructor(options: { applicationId: string; privateKey: string; apiBase?: string | undefined }) {
    this.#applicationId = options.applicationId;
    this.#base = (options.apiBase ?? 'https://api.nexmo.com').replace(/\/$/, '');
    try {
      // In the environment its lines are often written as one.
      this.#key = createPrivateKey(options.privateKey.replaceAll('\\n', '\n'));
    } catch {
      throw new RangeError('VONAGE_PRIVATE_KEY has to be the application’s private key, as PEM');
    }
  }

  /** @returns the new call's `uuid`. @throws OutsideError; its text never holds a number */
  async call({ to, from, answered, told, ringMs, detectsMachine }: VonageCall): Promise<string> {
    const { uuid } = await this.#ask('/v1/calls', 'POST', 'call', {
      to: [{ type: 'phone', number: withoutPlus(to) }],
      from: { type: 'phone', number: withoutPlus(from) },
      answer_url: [answered],
      answer_method: 'POST',
      event_url: [told],
      event_method: 'POST',
      ringing_timer: Math.min(120, Math.max(1, Math.round(ringMs / 1000))),
      ...(detectsMachine && {
        advanced_machine_detection: { behavior: 'continue', mode: 'detect_beep', beep_timeout: beepSeconds },
      }),
    });
    if (typeof uuid !== 'string') throw new TypeError('Vonage took the call and named no uuid');
    return uuid;
  }

  /** Takes the call out of what it is in, and goes on with this. @throws OutsideError */
  async transfer(uuid: string, ncco: Ncco): Promise<void> {
    await this.#put(uuid, 'transfer', { action: 'transfer', destination: { type: 'ncco', ncco } });
  }

  /** What is over already is as good as hung up. @throws OutsideError */
  async hangUp(uuid: string): Promise<void> {
    await this.#put(uuid, 'hang up', { action: 'hangup' });
  }

  async #put(uuid: string, what: string, body: object): Promise<void> {
    await this.#ask(`/v1/calls/${encodeURIComponent(uuid)}`, 'PUT', what, body);
  }

  #ask(path: string, method: 'POST' | 'PUT', what: string, body: object): Promise<Record<string, unknown>> {
    return askCarrier({
      carrier: 'vonage',
      url: `${this.#base}${path}`,
      method,
      authorization: `Bearer ${this.#token()}`,
      body,
      what,
      cure: 'check VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY',
      isFine: (status) => what === 'hang up' && (status === 404 || status === 400),
    });
  }

  #token(): string {
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      application_id: this.#applicationId,
      iat: seconds,
      exp: seconds + tokenSeconds,
      jti: randomUUID(),
    };
    const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
      .map((one) => Buffer.from(JSON.stringify(one)).toString('base64url'))
      .join('.');
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), this.#key).toString('base64url')}`;
  }
}
