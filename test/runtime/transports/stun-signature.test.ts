import { expect, it } from 'vitest';
import { isSigned } from '../../../runtime/transports/stun-signature.js';

/** The sample request of RFC 5769, 2.1, with its password. */
const sample = Buffer.from(
  '000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36' +
    '000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf',
  'hex',
);
const password = 'VOkJxbRl1RmTxUk/WvJxBt';

it('knows the signature of the standard’s own example, and that of nobody else', () => {
  expect(isSigned(sample, password)).toBe(true);
  expect(isSigned(sample, 'another')).toBe(false);
  const changed = Buffer.from(sample);
  changed[30] = 0;
  expect(isSigned(changed, password)).toBe(false);
});

it('takes what is cut short, has no signature, or one of another length for not signed', () => {
  for (let length = 0; length < sample.indexOf(Buffer.from('9aeaa70c', 'hex')) + 20; length++)
    expect(isSigned(sample.subarray(0, length), password)).toBe(false);
  expect(isSigned(Buffer.alloc(2000, 0xff), password)).toBe(false);
});
