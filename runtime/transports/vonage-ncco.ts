/** The few NCCOs we answer Vonage with: https://developer.vonage.com/en/voice/voice-api/ncco-reference */
import type { TransferTerms } from '../contracts.js';
import { withoutPlus } from './e164.js';
import { secondsOf } from './twiml.js';
import { vonageContentType } from './vonage.js';

export type Ncco = readonly object[];

/** Connects the call to our socket. Nothing comes after it: the call ends with the socket. */
export function vonageStream(uri: string, headers: Readonly<Record<string, string>>): Ncco {
  return [{ action: 'connect', endpoint: [{ type: 'websocket', uri, 'content-type': vonageContentType, headers }] }];
}

/** Without an action Vonage hangs up. */
export function vonageHangUp(): Ncco {
  return [];
}

export interface VonageDialCallbacks {
  /** Told how the other leg goes; what it answers replaces this NCCO where that leg was not reached. */
  told: string;
  /** Asked what comes next when the dialling is over. */
  over: string;
  /** Asked what the other side hears before the two are connected. */
  whisper?: string;
}

/**
 * Hands the call over. Vonage rings for `timeout` seconds (60 by default, at most 120) and hangs up after `limit` seconds
 * of talk (two hours, the most). `synchronous` makes the next action wait for the end of it.
 * @param from our number: another is not shown
 */
export function vonageDial(
  to: string,
  { answerWithinMs, maxMs }: TransferTerms,
  { from, callbacks }: { from: string | undefined; callbacks: VonageDialCallbacks },
): Ncco {
  const onAnswer = callbacks.whisper === undefined ? {} : { onAnswer: { url: callbacks.whisper } };
  const endpoint = to.startsWith('sip:')
    ? { type: 'sip', uri: to, ...onAnswer }
    : { type: 'phone', number: withoutPlus(to), ...onAnswer };
  return [
    {
      action: 'connect',
      ...(from !== undefined && { from: withoutPlus(from) }),
      ...(answerWithinMs !== undefined && { timeout: secondsOf(answerWithinMs, 120) }),
      ...(maxMs !== undefined && { limit: secondsOf(maxMs, 7200) }),
      eventType: 'synchronous',
      eventUrl: [callbacks.told],
      endpoint: [endpoint],
    },
    { action: 'notify', payload: { dialled: true }, eventUrl: [callbacks.over], eventMethod: 'POST' },
  ];
}

/** Said to the person who picked up, before they are joined with the caller. */
export function vonageWhisper(texts: readonly string[], language: string): Ncco {
  return texts.map((text) => ({ action: 'talk', text: text.replace(/[<>&]/g, ' '), language }));
}
