import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isPlivoSigned, plivoSignature } from '../../../runtime/transports/plivo-signature.js';
import { numbersOf, plivoDial, plivoStream } from '../../../runtime/transports/plivo-xml.js';

const post = {
  url: 'https://voice.example.com/plivo/voice',
  fields: { To: '2', CallUUID: 'c', From: '1' },
  nonce: '42',
};
const hmac = (text: string): string => createHmac('sha256', 'token').update(text).digest('base64');

describe('Plivo’s signature, version 3', () => {
  it('is over the address, the sorted query, the sorted form and the nonce, parted as Plivo’s libraries part them', () => {
    const signature = plivoSignature('token', post);
    expect(signature).toBe(hmac('https://voice.example.com/plivo/voice?CallUUIDcFrom1To2.42'));
    const query = { ...post, url: `${post.url}?b=2&agent=a%20b` };
    expect(plivoSignature('token', query)).toBe(
      hmac('https://voice.example.com/plivo/voice?agent=a b&b=2.CallUUIDcFrom1To2.42'),
    );
    expect(plivoSignature('token', { ...query, fields: {} })).toBe(
      hmac('https://voice.example.com/plivo/voice?agent=a b&b=2.42'),
    );
    expect(plivoSignature('token', { ...post, fields: {} })).toBe(hmac('https://voice.example.com/plivo/voice.42'));
  });

  it('may be one of several, and is refused when anything was changed or is missing', () => {
    const good = plivoSignature('token', post);
    expect(isPlivoSigned(`another,${good}`, 'token', post)).toBe(true);
    expect(isPlivoSigned(good, 'another', post)).toBe(false);
    expect(isPlivoSigned(good, 'token', { ...post, nonce: '43' })).toBe(false);
    expect(isPlivoSigned(good, 'token', { ...post, nonce: undefined })).toBe(false);
    expect(isPlivoSigned(good, 'token', { ...post, fields: { ...post.fields, From: '3' } })).toBe(false);
    expect(isPlivoSigned(undefined, 'token', post)).toBe(false);
    expect(isPlivoSigned('', 'token', post)).toBe(false);
  });
});

describe('Plivo’s XML', () => {
  it('carries the numbers in one extra header, which is read back however Plivo writes it', () => {
    const xml = plivoStream(
      'wss://voice.example.com/plivo/media?token=t&agent=a',
      { from: '+353861', to: '1555' },
      'https://s',
    );
    expect(xml).toContain('extraHeaders="numbers=353861to1555"');
    expect(xml).toContain('>wss://voice.example.com/plivo/media?token=t&amp;agent=a</Stream>');
    for (const written of ['numbers=353861to1555', '{"numbers":"353861to1555"}', 'X-PH-numbers: 353861to1555'])
      expect(numbersOf(written)).toEqual({ from: '353861', to: '1555' });
    expect(numbersOf('{}')).toEqual({});
    expect(numbersOf(undefined)).toEqual({});
    expect(plivoStream('wss://x', { from: 'sip:anna@example.com' }, 'https://s')).not.toContain('extraHeaders');
  });

  it('dials a number without its plus, and an address of SIP as a user', () => {
    const callbacks = { action: 'https://a', told: 'https://t' };
    expect(plivoDial('+35315550199', { answerWithinMs: 20_000, maxMs: 600_000 }, callbacks)).toContain(
      ' timeout="20" timeLimit="600"><Number>35315550199</Number></Dial>',
    );
    expect(plivoDial('sip:a&b@example.com', {}, callbacks)).toContain('<User>sip:a&amp;b@example.com</User>');
  });
});
