import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { isSigned, signatureOf } from '../../../runtime/transports/twilio-signature.js';
import { twimlConnect, twimlDial, twimlReject, twimlWhisper } from '../../../runtime/transports/twiml.js';

const token = '12345678901234567890123456789012';
const fields = { CallSid: 'CA1', From: '+353870000001', To: '+35315550000', SpeechResult: 'é & ü = 100%' };

describe('Twilio’s signature', () => {
  it('is the one that Twilio’s own library computes and accepts', () => {
    for (const url of [
      'https://voice.example.com/twilio/voice?agent=acme',
      'https://voice.example.com:8443/twilio/voice',
    ]) {
      const ours = signatureOf(token, url, fields);
      expect(ours).toBe(twilio.getExpectedTwilioSignature(token, url, fields));
      expect(twilio.validateRequest(token, ours, url, fields)).toBe(true);
    }
    const stream = 'wss://voice.example.com/twilio/media';
    expect(twilio.validateRequest(token, signatureOf(token, stream), stream, {})).toBe(true);
  });

  it('is refused when anything was changed', () => {
    const url = 'https://voice.example.com/twilio/voice';
    const good = signatureOf(token, url, fields);
    expect(isSigned(good, token, url, fields)).toBe(true);
    expect(isSigned(good, token, `${url}/`, fields)).toBe(false);
    expect(isSigned(good, token, url, { ...fields, From: '+1' })).toBe(false);
    expect(isSigned(good, 'another', url, fields)).toBe(false);
    expect(isSigned(good.slice(1), token, url, fields)).toBe(false);
    expect(isSigned('', token, url, fields)).toBe(false);
    expect(isSigned(undefined, token, url, fields)).toBe(false);
  });
});

describe('TwiML', () => {
  it('is what Twilio’s own library writes, escaping included', () => {
    const { VoiceResponse } = twilio.twiml;
    const connect = new VoiceResponse();
    const stream = connect.connect().stream({ url: 'wss://voice.example.com/twilio/media' });
    stream.parameter({ name: 'token', value: 'a<b>&"c"' });
    expect(parsed(twimlConnect('wss://voice.example.com/twilio/media', { token: 'a<b>&"c"' }))).toBe(
      parsed(connect.toString()),
    );
    const dial = new VoiceResponse();
    dial.dial().number('+35315551234');
    expect(parsed(twimlDial('+35315551234'))).toBe(parsed(dial.toString()));
    const limited = new VoiceResponse();
    limited.dial({ timeout: 25, timeLimit: 900 }).number('+35315551234');
    expect(parsed(twimlDial('+35315551234', { answerWithinMs: 24_500, maxMs: 900_000 }))).toBe(
      parsed(limited.toString()),
    );
    const told = new VoiceResponse();
    told
      .dial({ action: 'https://v.example.com/over?call=CA1', answerOnBridge: true })
      .number({ url: 'https://v.example.com/whisper', statusCallback: 'https://v.example.com/up', statusCallbackEvent: ['answered'] }, '+35315551234'); // prettier-ignore
    const callbacks = {
      action: 'https://v.example.com/over?call=CA1',
      whisper: 'https://v.example.com/whisper',
      answered: 'https://v.example.com/up',
    };
    expect(parsed(twimlDial('+35315551234', {}, callbacks))).toBe(parsed(told.toString()));
    const whisper = new VoiceResponse();
    const gather = whisper.gather({ input: ['dtmf'], numDigits: 1, timeout: 10, action: 'https://v.example.com/a' });
    gather.say({ language: 'en-IE' }, 'A "call" & more.');
    whisper.hangup();
    expect(parsed(twimlWhisper(['A "call" & more.'], { language: 'en-IE', accept: 'https://v.example.com/a' }))).toBe(
      parsed(whisper.toString()),
    );
    const watched = new VoiceResponse();
    watched
      .connect()
      .stream({ url: 'wss://v.example.com/m', statusCallback: 'https://v.example.com/s' })
      .parameter({ name: 'token', value: 't' });
    expect(parsed(twimlConnect('wss://v.example.com/m', { token: 't' }, 'https://v.example.com/s'))).toBe(
      parsed(watched.toString()),
    );
    const sip = new VoiceResponse();
    sip.dial().sip('sip:desk@example.com');
    expect(parsed(twimlDial('sip:desk@example.com'))).toBe(parsed(sip.toString()));
    const reject = new VoiceResponse();
    reject.reject({ reason: 'busy' });
    expect(parsed(twimlReject())).toBe(parsed(reject.toString()));
  });
});

/** The same document: in an attribute ">" and "'" may stand as they are. */
function parsed(xml: string): string {
  return xml
    .replaceAll('&apos;', "'")
    .replaceAll('&gt;', '>')
    .replaceAll(/(?<=>[^<]*)&quot;(?=[^<]*<)/g, '"');
}
