/** The few documents we answer Twilio with (TwiML). Values are escaped for XML. */
import type { TransferLimits } from '../contracts.js';

/** Connects the call to our stream; parameters come back in its `start`. */
export function twimlConnect(url: string, parameters: Readonly<Record<string, string>>): string {
  const inside = Object.entries(parameters)
    .map(([name, value]) => `<Parameter name="${escape(name)}" value="${escape(value)}"/>`)
    .join('');
  return twiml(`<Connect><Stream url="${escape(url)}">${inside}</Stream></Connect>`);
}

/** Refuses the call: the caller hears the busy tone and pays nothing. */
export function twimlReject(): string {
  return twiml('<Reject reason="busy"/>');
}

/**
 * Hands the call over to a number or a SIP address. Twilio rings for `timeout` seconds (30 by default, at most 600) and
 * hangs up after `timeLimit` seconds of talk (4 hours by default, at most 24): https://www.twilio.com/docs/voice/twiml/dial
 */
export function twimlDial(to: string, { answerWithinMs, maxMs }: TransferLimits = {}): string {
  const attributes = [
    ...(answerWithinMs === undefined ? [] : [` timeout="${String(secondsOf(answerWithinMs, 600))}"`]),
    ...(maxMs === undefined ? [] : [` timeLimit="${String(secondsOf(maxMs, 86_400))}"`]),
  ].join('');
  const target = to.startsWith('sip:') ? `<Sip>${escape(to)}</Sip>` : `<Number>${escape(to)}</Number>`;
  return twiml(`<Dial${attributes}>${target}</Dial>`);
}

function secondsOf(ms: number, most: number): number {
  return Math.min(most, Math.max(1, Math.ceil(ms / 1000)));
}

function twiml(inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${inside}</Response>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
