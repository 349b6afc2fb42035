/** The few documents we answer Twilio with (TwiML). Values are escaped for XML. */
import type { TransferLimits } from '../contracts.js';

/** Connects the call to our stream; parameters come back in its `start`. */
export function twimlConnect(url: string, parameters: Readonly<Record<string, string>>): string {
  return twiml(`<Connect><Stream url="${escape(url)}">${elements(parameters)}</Stream></Connect>`);
}

/**
 * Connects the call to our text socket: Twilio hears and speaks. `action` is asked what comes after.
 * Speaker events tell when Twilio has fallen silent; partial prompts, what is being said.
 */
export function twimlRelay(
  relay: { url: string; action: string; language?: string },
  parameters: Readonly<Record<string, string>>,
): string {
  const attributes = {
    url: relay.url,
    ...(relay.language === undefined ? {} : { language: relay.language }),
    interruptible: 'any',
    dtmfDetection: 'true',
    partialPrompts: 'true',
    events: 'speaker-events',
  };
  const inside = elements(parameters);
  return twiml(
    `<Connect action="${escape(relay.action)}"><ConversationRelay${attributesOf(attributes)}>${inside}</ConversationRelay></Connect>`,
  );
}

/** The end of a call whose relay is over. */
export function twimlHangUp(): string {
  return twiml('<Hangup/>');
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

function elements(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `<Parameter${attributesOf({ name, value })}/>`)
    .join('');
}

function attributesOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escape(value)}"`)
    .join('');
}

function twiml(inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${inside}</Response>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
