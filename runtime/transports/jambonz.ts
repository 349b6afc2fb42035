/**
 * jambonz' `listen` verb, and FreeSWITCH's mod_audio_fork behind it: one text that tells of the call, then PCM as binary
 * frames; back come binary frames (`bidirectionalAudio.streaming`), and `killAudio`, `mark`, `clearMarks` and
 * `disconnect` as texts. A key is a text too (`passDtmf`). What `mark` is answered with, as its newer releases do it:
 * `{"type":"mark","data":{"name":…,"event":"playout"|"cleared"}}`.
 */
import { recordOf } from './media-line.js';
import type { PcmDialect, PcmMessage } from './pcm-line.js';

/** The sub-protocols that such sockets ask for. */
export const jambonzProtocols = ['audio.jambonz.org', 'audio.drachtio.org'];

const rates = [8000, 16_000, 24_000, 48_000];

export interface JambonzStart {
  call: string;
  rateHz: number;
  from?: string;
  to?: string;
}

/** One channel at a rate that we know, or nothing. */
export function jambonzStart(message: PcmMessage): JambonzStart | undefined {
  const { callSid, sampleRate = 8000, mixType = 'mono', from, to } = message;
  if (mixType !== 'mono' || typeof sampleRate !== 'number' || !rates.includes(sampleRate)) return undefined;
  return {
    call: typeof callSid === 'string' ? callSid : '',
    rateHz: sampleRate,
    ...(typeof from === 'string' && { from }),
    ...(typeof to === 'string' && { to }),
  };
}

/** @param marks the far end answers marks: jambonz of 0.9.3 or later; else the clock has to tell what was heard */
export function jambonzDialect(rateHz: number, marks: boolean): PcmDialect {
  return {
    transport: 'jambonz',
    inHz: rateHz,
    outHz: rateHz,
    read(message) {
      if (message.event === 'dtmf')
        return typeof message.dtmf === 'string' ? { kind: 'key', digit: message.dtmf } : 'bad';
      if (message.type === 'mark') {
        const { name, event } = recordOf(message.data);
        if (typeof name !== 'string') return 'bad';
        return event === 'playout' ? { kind: 'mark', name } : 'nothing';
      }
      return message.type === 'playDone' ? 'nothing' : undefined;
    },
    ...(marks && { mark: (name: string) => ({ type: 'mark', data: { name } }) }),
    clear: () => ({ type: 'killAudio' }),
  };
}
