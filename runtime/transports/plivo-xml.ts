/** The few documents we answer Plivo with: https://www.plivo.com/docs/voice/xml */
import type { TransferTerms } from '../contracts.js';
import { withoutPlus } from './e164.js';
import { attributesOf, escape, secondsOf, twiml } from './twiml.js';

/** What `plivoStream` sends along, and `start` brings back. */
export interface PlivoNumbers {
  from?: string;
  to?: string;
}

/**
 * Connects the call to our stream, mu-law both ways. Nothing comes after it: the call ends with its stream.
 * @param numbers go in one extra header: Plivo's pages say once that commas and once that semicolons part them, and
 *   that they hold letters and digits only
 * @param status is told when the stream stops or fails, also where its socket stays half open
 */
export function plivoStream(url: string, numbers: PlivoNumbers, status: string): string {
  const [from, to] = [digitsOf(numbers.from), digitsOf(numbers.to)];
  const attributes = attributesOf({
    bidirectional: 'true',
    keepCallAlive: 'true',
    audioTrack: 'inbound',
    contentType: 'audio/x-mulaw;rate=8000',
    statusCallbackUrl: status,
    ...(from !== '' || to !== '' ? { extraHeaders: `numbers=${from}to${to}` } : {}),
  });
  return twiml(`<Stream${attributes}>${escape(url)}</Stream>`);
}

/** See {@link plivoStream}. Plivo has written what comes back in more than one way. */
export function numbersOf(extraHeaders: unknown): PlivoNumbers {
  const [, from = '', to = ''] =
    (typeof extraHeaders === 'string' && /numbers[^0-9a-z]{1,5}(\d{0,20})to(\d{0,20})/i.exec(extraHeaders)) || [];
  return { ...(from !== '' && { from }), ...(to !== '' && { to }) };
}

/** Refuses the call: the caller hears the busy tone. */
export function plivoBusy(): string {
  return twiml('<Hangup reason="busy"/>');
}

export function plivoHangUp(): string {
  return twiml('<Hangup/>');
}

/**
 * Hands the call over. Plivo rings for `timeout` seconds and hangs up after `timeLimit` seconds of talk (4 hours by
 * default, at most 24).
 * @param callbacks.action asked what comes next; `told` hears when the other side answers; `whisper` is asked what they
 *   hear then, and only the key 1 connects the two
 */
export function plivoDial(
  to: string,
  terms: TransferTerms,
  callbacks: { action: string; told: string; whisper?: string },
): string {
  const { answerWithinMs, maxMs } = terms;
  const dial = attributesOf({
    action: callbacks.action,
    callbackUrl: callbacks.told,
    ...(callbacks.whisper !== undefined && { confirmSound: callbacks.whisper, confirmKey: '1', confirmTimeout: '30' }),
    ...(answerWithinMs !== undefined && { timeout: String(secondsOf(answerWithinMs, 600)) }),
    ...(maxMs !== undefined && { timeLimit: String(secondsOf(maxMs, 86_399)) }),
  });
  const leg = to.startsWith('sip:') ? `<User>${escape(to)}</User>` : `<Number>${escape(withoutPlus(to))}</Number>`;
  return twiml(`<Dial${dial}>${leg}</Dial>`);
}

/** Said to the person who picked up, before they talk with the caller. @param language with its region: `en-US` */
export function plivoWhisper(texts: readonly string[], language: string): string {
  return twiml(texts.map((text) => `<Speak${attributesOf({ language })}>${escape(text)}</Speak>`).join(''));
}

function digitsOf(number = ''): string {
  const digits = withoutPlus(number);
  return /^\d{1,20}$/.test(digits) ? digits : '';
}
