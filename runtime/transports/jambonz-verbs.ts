/** The few applications we answer jambonz with: https://docs.jambonz.org/verbs */
import type { TransferTerms } from '../contracts.js';
import { secondsOf } from './twiml.js';

export type Verbs = readonly ({ verb: string } & Readonly<Record<string, unknown>>)[];

const rateHz = 8000;

/** Takes the call and connects it to our socket. @param over asked what comes next when the socket is over */
export function jambonzListen(url: string, over: string): Verbs {
  return [
    { verb: 'answer' },
    {
      verb: 'listen',
      url,
      actionHook: over,
      mixType: 'mono',
      sampleRate: rateHz,
      passDtmf: true,
      // Without streaming what is sent back is dropped without a word.
      bidirectionalAudio: { enabled: true, streaming: true, sampleRate: rateHz },
    },
    { verb: 'hangup' },
  ];
}

/** Refuses the call: the caller hears the busy tone. */
export function jambonzBusy(): Verbs {
  return [{ verb: 'sip:decline', status: 486, reason: 'Busy Here' }];
}

export function jambonzHangUp(): Verbs {
  return [{ verb: 'hangup' }];
}

/**
 * Hands the call over. jambonz rings for `timeout` seconds (60 by default) and hangs up after `timeLimit` seconds of talk.
 * @param hooks.over asked what comes next; `picked` is asked what the other side hears before the two are connected
 */
export function jambonzDial(to: string, terms: TransferTerms, hooks: { over: string; picked: string }): Verbs {
  const { answerWithinMs, maxMs } = terms;
  return [
    {
      verb: 'dial',
      actionHook: hooks.over,
      confirmHook: hooks.picked,
      ...(answerWithinMs !== undefined && { timeout: secondsOf(answerWithinMs, 600) }),
      ...(maxMs !== undefined && { timeLimit: secondsOf(maxMs, 86_400) }),
      target: [to.startsWith('sip:') ? { type: 'sip', sipUri: to } : { type: 'phone', number: to }],
    },
    { verb: 'hangup' },
  ];
}

/** Said to the person who picked up: any key takes the call, else it is not theirs. In the voice of their application. */
export function jambonzWhisper(texts: readonly string[], accept: string): Verbs {
  return [
    {
      verb: 'gather',
      input: ['digits'],
      numDigits: 1,
      timeout: 10,
      actionHook: accept,
      say: { text: texts.join(' ') },
    },
    { verb: 'hangup' },
  ];
}

/** The two are connected when this is over; an application of nothing would not count as one. */
export function jambonzConnect(): Verbs {
  return [{ verb: 'pause', length: 0.1 }];
}
