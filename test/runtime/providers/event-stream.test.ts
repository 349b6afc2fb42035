import { expect, it } from 'vitest';
import { decodeEventFrame, encodeEventFrame } from '../../../runtime/providers/event-stream.js';

/** The example of AWS's own test vectors: no headers, 13 bytes of JSON. */
const vector = '0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936';

it('reads and writes a frame to the byte of the published example', () => {
  const { headers, payload } = decodeEventFrame(Buffer.from(vector, 'hex'));
  expect([headers, Buffer.from(payload).toString()]).toEqual([{}, "{'foo':'bar'}"]);
  expect(encodeEventFrame({ headers, payload }).toString('hex')).toBe(vector);
});

it('gives back what was put in, also where a frame lies within other bytes', () => {
  const frame = { headers: { ':event-type': 'AudioEvent', name: 'ü' }, payload: Buffer.from([0, 255, 7]) };
  const among = Buffer.concat([Buffer.alloc(3), encodeEventFrame(frame), Buffer.alloc(5)]).subarray(3, -5);
  expect(decodeEventFrame(among)).toEqual(frame);
});

it('takes no frame with a wrong byte, wherever it is', () => {
  const whole = encodeEventFrame({ headers: { a: 'b' }, payload: Buffer.from('sound') });
  for (let n = 0; n < whole.length; n++) {
    const broken = Buffer.from(whole);
    broken[n]! ^= 0x40;
    expect(() => decodeEventFrame(broken), String(n)).toThrow(RangeError);
  }
  for (let length = 0; length < whole.length; length++)
    expect(() => decodeEventFrame(whole.subarray(0, length)), String(length)).toThrow(RangeError);
});
