/** The one thing we ask of Twilio's REST interface: change a running call. */
import { OutsideError } from '../../engine/errors.js';
import type { TransferLimits } from '../contracts.js';
import { twimlDial } from './twiml.js';

const deadlineMs = 5000;

export class TwilioRest {
  readonly #accountSid: string;
  readonly #authToken: string;
  readonly #apiBase: string;

  /** @param options.apiBase where the interface is; for a region of its own, or a loopback twin */
  constructor(options: { accountSid: string; authToken: string; apiBase?: string }) {
    this.#accountSid = options.accountSid;
    this.#authToken = options.authToken;
    this.#apiBase = options.apiBase ?? 'https://api.twilio.com';
  }

  /** Takes the call out of our stream and dials `to`. @throws OutsideError; its text never holds the number */
  async dial(callSid: string, to: string, limits: TransferLimits = {}): Promise<void> {
    await this.#update(callSid, { Twiml: twimlDial(to, limits) });
  }

  async #update(callSid: string, fields: Record<string, string>): Promise<void> {
    const path = `/2010-04-01/Accounts/${encodeURIComponent(this.#accountSid)}/Calls/${encodeURIComponent(callSid)}.json`;
    let answer: Response;
    try {
      answer = await fetch(new URL(path, this.#apiBase), {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${this.#accountSid}:${this.#authToken}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(fields).toString(),
        signal: AbortSignal.timeout(deadlineMs),
      });
      await answer.arrayBuffer();
    } catch (cause) {
      const timeout = cause instanceof Error && cause.name === 'TimeoutError';
      throw new OutsideError('twilio', timeout ? 'timeout' : 'unreachable', 'its REST interface did not answer', {
        retryable: true,
        cause,
      });
    }
    if (answer.ok) return;
    const refused = answer.status === 401 || answer.status === 403;
    throw new OutsideError(
      'twilio',
      refused ? 'refused' : answer.status === 429 ? 'busy' : 'protocol',
      `its REST interface answered ${String(answer.status)}${refused ? '; check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN' : ''}`,
      { retryable: answer.status === 429 || answer.status >= 500 },
    );
  }
}
