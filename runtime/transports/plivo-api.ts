/** What we ask of Plivo's REST interface: take a call out of its stream, hang it up. */
import { askCarrier } from './carrier-api.js';

export class PlivoApi {
  readonly #authorization: string;
  readonly #base: string;

  /** @param options.apiBase where the interface is; for a loopback twin */
  constructor({ authId, authToken, apiBase }: { authId: string; authToken: string; apiBase?: string | undefined }) {
    this.#authorization = `Basic ${Buffer.from(`${authId}:${authToken}`).toString('base64')}`;
    const base = (apiBase ?? 'https://api.plivo.com').replace(/\/$/, '');
    this.#base = `${base}/v1/Account/${encodeURIComponent(authId)}/Call/`;
  }

  /** The call leaves its stream, and goes on with what it is answered at `url`. @throws OutsideError */
  async redirect(callUuid: string, url: string): Promise<void> {
    await this.#ask(callUuid, 'POST', 'transfer', { legs: 'aleg', aleg_url: url, aleg_method: 'POST' });
  }

  /** What is over already is as good as hung up. @throws OutsideError */
  async hangUp(callUuid: string): Promise<void> {
    await this.#ask(callUuid, 'DELETE', 'hang up');
  }

  async #ask(callUuid: string, method: 'POST' | 'DELETE', what: string, body?: object): Promise<void> {
    await askCarrier({
      carrier: 'plivo',
      url: `${this.#base}${encodeURIComponent(callUuid)}/`,
      method,
      authorization: this.#authorization,
      ...(body && { body }),
      what,
      cure: 'check PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN',
      isFine: (status) => method === 'DELETE' && status === 404,
    });
  }
}
