/** What we ask of Vonage's REST interface (Voice v1): hand a call over, hang it up. */
import { createPrivateKey, randomUUID, sign, type KeyObject } from 'node:crypto';
import type { TransferTerms } from '../contracts.js';
import { askCarrier } from './carrier-api.js';
import { withoutPlus } from './e164.js';
import { secondsOf } from './twiml.js';

const tokenSeconds = 300;

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

  /** Dials `to` and connects the call to it; when that is over, or nobody answers, the call ends. @throws OutsideError */
  async transfer(uuid: string, to: string, from: string | undefined, terms: TransferTerms): Promise<void> {
    const { answerWithinMs, maxMs } = terms;
    const endpoint = to.startsWith('sip:') ? { type: 'sip', uri: to } : { type: 'phone', number: withoutPlus(to) };
    const connect = {
      action: 'connect',
      ...(from !== undefined && { from: withoutPlus(from) }),
      ...(answerWithinMs !== undefined && { timeout: secondsOf(answerWithinMs, 120) }),
      ...(maxMs !== undefined && { limit: secondsOf(maxMs, 7200) }),
      endpoint: [endpoint],
    };
    await this.#put(uuid, 'transfer', { action: 'transfer', destination: { type: 'ncco', ncco: [connect] } });
  }

  /** What is over already is as good as hung up. @throws OutsideError */
  async hangUp(uuid: string): Promise<void> {
    await this.#put(uuid, 'hang up', { action: 'hangup' });
  }

  async #put(uuid: string, what: string, body: object): Promise<void> {
    await askCarrier({
      carrier: 'vonage',
      url: `${this.#base}/v1/calls/${encodeURIComponent(uuid)}`,
      method: 'PUT',
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
