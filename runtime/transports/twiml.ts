/** The few documents we answer Twilio with (TwiML). Values are escaped for XML. */
import type { TransferTerms } from '../contracts.js';

/**
 * Connects the call to our stream; parameters come back in its `start`.
 * @param statusCallback is told when the stream stops or fails, also where its socket stays half open
 */
export function twimlConnect(
  url: string,
  parameters: Readonly<Record<string, string>>,
  statusCallback?: string,
): string {
  const attributes = attributesOf({ url, ...(statusCallback !== undefined && { statusCallback }) });
  return twiml(`<Connect><Stream${attributes}>${elements(parameters)}</Stream></Connect>`);
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

/** The end of a call whose relay or transfer is over. */
export function twimlHangUp(): string {
  return twiml('<Hangup/>');
}

/** Refuses the call: the caller hears the busy tone and pays nothing. */
export function twimlReject(): string {
  return twiml('<Reject reason="busy"/>');
}

/** Where Twilio tells how a transfer goes. Absolute: what is posted over REST has no address of its own. */
export interface DialCallbacks {
  /** Asked what comes next when the other side is not reached or has hung up. */
  action: string;
  /** Told when the other side answers. */
  answered: string;
  /** Asked what the other side hears before the two are connected. */
  whisper?: string;
}

/**
 * Hands the call over to a number or a SIP address. Twilio rings for `timeout` seconds (30 by default, at most 600) and
 * hangs up after `timeLimit` seconds of talk (4 hours by default, at most 24). The caller hears it ring until the two
 * are connected: https://www.twilio.com/docs/voice/twiml/dial
 */
export function twimlDial(
  to: string,
  { answerWithinMs, maxMs }: TransferTerms = {},
  callbacks?: DialCallbacks,
): string {
  const dial = attributesOf({
    ...(callbacks && { action: callbacks.action, answerOnBridge: 'true' }),
    ...(answerWithinMs !== undefined && { timeout: String(secondsOf(answerWithinMs, 600)) }),
    ...(maxMs !== undefined && { timeLimit: String(secondsOf(maxMs, 86_400)) }),
  });
  const noun = to.startsWith('sip:') ? 'Sip' : 'Number';
  const leg = callbacks
    ? attributesOf({
        ...(callbacks.whisper !== undefined && { url: callbacks.whisper }),
        statusCallback: callbacks.answered,
        statusCallbackEvent: 'answered',
      })
    : '';
  return twiml(`<Dial${dial}><${noun}${leg}>${escape(to)}</${noun}></Dial>`);
}

/** Said to the person who picked up, before they talk with the caller: any key takes the call, else it is not theirs. */
export function twimlWhisper(
  texts: readonly string[],
  { language, accept }: { language: string; accept: string },
): string {
  const says = texts.map((text) => `<Say${attributesOf({ language })}>${escape(text)}</Say>`).join('');
  const gather = attributesOf({ input: 'dtmf', numDigits: '1', timeout: '10', action: accept });
  return twiml(`<Gather${gather}>${says}</Gather><Hangup/>`);
}

/** Nothing more to do: the call goes on where it was. */
export function twimlNothing(): string {
  return twiml('');
}

export function secondsOf(ms: number, most: number): number {
  return Math.min(most, Math.max(1, Math.ceil(ms / 1000)));
}

function elements(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `<Parameter${attributesOf({ name, value })}/>`)
    .join('');
}

export function attributesOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escape(value)}"`)
    .join('');
}

export function twiml(inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${inside}</Response>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
