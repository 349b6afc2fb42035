/** What we ask of Telnyx's REST interface (Call Control v2): place and answer calls with our stream, hand over, hang up. */
import type { Json } from '../../engine/contracts.js';
import { askCarrier } from './carrier-api.js';
import { recordOf } from './media-line.js';

/** "The call has already ended": for a hang-up as good as done. */
const alreadyEnded = '90018';

/** Where the sound of a call goes, and what its `start` brings back. */
export interface TelnyxStream {
  url: string;
  parameters: Record<string, string>;
}

export interface TelnyxTransfer {
  to: string;
  /** Webhooks of the new leg carry it. */
  legState: string;
  ringMs?: number;
  maxMs?: number;
  /** The caller stays with us when the other side hangs up; else their call ends then. */
  comesBack: boolean;
}

export interface TelnyxDial {
  to: string;
  from: string;
  /** The Call Control application that places it. */
  connectionId: string;
  webhook: string;
  ringMs: number;
  /** Webhooks of the call carry it. */
  clientState: string;
  detectsMachine: boolean;
}

export class TelnyxApi {
  readonly #apiKey: string;
  readonly #base: string;

  /** @param options.apiBase where the interface is; for a loopback twin */
  constructor(options: { apiKey: string; apiBase?: string }) {
    this.#apiKey = options.apiKey;
    this.#base = (options.apiBase ?? 'https://api.telnyx.com/v2').replace(/\/$/, '');
  }

  /** Takes the call and opens a stream of its sound, both ways. @throws OutsideError */
  async answer(callControlId: string, stream: TelnyxStream): Promise<void> {
    await this.#act(callControlId, 'answer', streamed(stream));
  }

  /** @returns the new call's `call_control_id`. @throws OutsideError; its text never holds a number */
  async call({ to, from, connectionId, webhook, ringMs, clientState, detectsMachine }: TelnyxDial): Promise<string> {
    const { data } = await this.#ask('/calls', 'call', {
      to,
      from,
      connection_id: connectionId,
      webhook_url: webhook,
      timeout_secs: seconds(ringMs, 5, 600),
      client_state: stateOf(clientState),
      // A person is told apart at once, and of a machine that its greeting is over.
      ...(detectsMachine && { answering_machine_detection: 'greeting_end' }),
    });
    const id = recordOf(data).call_control_id;
    if (typeof id !== 'string') throw new TypeError('Telnyx took the call and named no call_control_id');
    return id;
  }

  /** Opens a stream of the sound of a call that was taken, both ways. @throws OutsideError */
  async stream(callControlId: string, stream: TelnyxStream): Promise<void> {
    await this.#act(callControlId, 'streaming_start', streamed(stream));
  }

  /** Refuses a call that nobody has answered. @throws OutsideError */
  async reject(callControlId: string): Promise<void> {
    await this.#act(callControlId, 'reject', { cause: 'USER_BUSY' });
  }

  /**
   * Dials `to` and connects the call to it. Telnyx rings for `timeout_secs` (5 to 600, 30 by default) and hangs up after
   * `time_limit_secs` of talk (30 to 14,400, the default).
   * @throws OutsideError; its text never holds the number
   */
  async transfer(callControlId: string, { to, legState, ringMs, maxMs, comesBack }: TelnyxTransfer): Promise<void> {
    await this.#act(callControlId, 'transfer', {
      to,
      target_leg_client_state: stateOf(legState),
      ...(ringMs !== undefined && { timeout_secs: seconds(ringMs, 5, 600) }),
      ...(maxMs !== undefined && { time_limit_secs: seconds(maxMs, 30, 14_400) }),
      ...(comesBack && { park_after_unbridge: 'self' }),
    });
  }

  /** @throws OutsideError */
  async hangUp(callControlId: string): Promise<void> {
    await this.#act(callControlId, 'hangup', {});
  }

  async #act(callControlId: string, action: string, body: Record<string, Json>): Promise<void> {
    await this.#ask(`/calls/${encodeURIComponent(callControlId)}/actions/${action}`, action, body);
  }

  #ask(path: string, what: string, body: Record<string, Json>): Promise<Record<string, unknown>> {
    return askCarrier({
      carrier: 'telnyx',
      url: `${this.#base}${path}`,
      authorization: `Bearer ${this.#apiKey}`,
      body,
      what,
      cure: 'check TELNYX_API_KEY',
      isFine: (_, text) => what === 'hangup' && text.includes(`"${alreadyEnded}"`),
    });
  }
}

function streamed({ url, parameters }: TelnyxStream): Record<string, Json> {
  return {
    stream_url: url,
    stream_track: 'inbound_track',
    stream_codec: 'PCMU',
    // Without these what is sent back is dropped without a word.
    stream_bidirectional_mode: 'rtp',
    stream_bidirectional_codec: 'PCMU',
    stream_bidirectional_sampling_rate: 8000,
    custom_parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
  };
}

/** `client_state` is base64. */
function stateOf(text: string): string {
  return Buffer.from(text).toString('base64');
}

function seconds(ms: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.ceil(ms / 1000)));
}
