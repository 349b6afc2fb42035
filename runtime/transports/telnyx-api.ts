/** What we ask of Telnyx's REST interface (Call Control v2): answer with our stream, hand over, hang up. */
import type { Json } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';

const deadlineMs = 5000;
/** "The call has already ended": for a hang-up as good as done. */
const alreadyEnded = '90018';

export class TelnyxApi {
  readonly #apiKey: string;
  readonly #base: string;

  /** @param options.apiBase where the interface is; for a loopback twin */
  constructor(options: { apiKey: string; apiBase?: string }) {
    this.#apiKey = options.apiKey;
    this.#base = (options.apiBase ?? 'https://api.telnyx.com/v2').replace(/\/$/, '');
  }

  /** Takes the call and opens a stream of its sound to `url`, both ways. @throws OutsideError */
  async answer(callControlId: string, stream: { url: string; parameters: Record<string, string> }): Promise<void> {
    await this.#act(callControlId, 'answer', {
      stream_url: stream.url,
      stream_track: 'inbound_track',
      stream_codec: 'PCMU',
      // Without these what is sent back is dropped without a word.
      stream_bidirectional_mode: 'rtp',
      stream_bidirectional_codec: 'PCMU',
      stream_bidirectional_sampling_rate: 8000,
      custom_parameters: Object.entries(stream.parameters).map(([name, value]) => ({ name, value })),
    });
  }

  /** Refuses a call that nobody has answered. @throws OutsideError */
  async reject(callControlId: string): Promise<void> {
    await this.#act(callControlId, 'reject', { cause: 'USER_BUSY' });
  }

  /** Dials `to` and connects the call to it; the new leg's webhooks carry `legState`. @throws OutsideError; its text never holds the number */
  async transfer(callControlId: string, to: string, legState: string): Promise<void> {
    await this.#act(callControlId, 'transfer', {
      to,
      target_leg_client_state: Buffer.from(legState).toString('base64'),
    });
  }

  /** @throws OutsideError */
  async hangUp(callControlId: string): Promise<void> {
    await this.#act(callControlId, 'hangup', {});
  }

  async #act(callControlId: string, action: string, body: Record<string, Json>): Promise<void> {
    const url = `${this.#base}/calls/${encodeURIComponent(callControlId)}/actions/${action}`;
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(deadlineMs),
      });
      text = await answer.text();
    } catch (cause) {
      const timeout = cause instanceof Error && cause.name === 'TimeoutError';
      throw new OutsideError('telnyx', timeout ? 'timeout' : 'unreachable', 'its REST interface did not answer', {
        retryable: true,
        cause,
      });
    }
    if (answer.ok || (action === 'hangup' && text.includes(`"${alreadyEnded}"`))) return;
    const refused = answer.status === 401 || answer.status === 403;
    throw new OutsideError(
      'telnyx',
      refused ? 'refused' : answer.status === 429 ? 'busy' : 'protocol',
      `its REST interface answered ${String(answer.status)} to ${action}${refused ? '; check TELNYX_API_KEY' : ''}`,
      { retryable: answer.status === 429 || answer.status >= 500 },
    );
  }
}
