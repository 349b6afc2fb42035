import { expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { readFragment, writeFragment } from '../../../runtime/transports/sdp-fragment.js';
import { Nonsense } from '../../calls/fuzz/nonsense.js';

const fragment = {
  user: 'EsAw',
  password: 'P2uYro0UCOQ4zxjKXaWCBui1',
  candidates: ['candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host generation 0'],
  isEnd: true,
};
const media = { line: 'm=audio 9 UDP/TLS/RTP/SAVPF 0', mid: '0' };

it('reads what it writes', () => {
  const text = writeFragment(fragment, media, true);
  expect(readFragment(text)).toEqual(fragment);
  expect(text.split('\r\n').slice(0, 5)).toEqual(['a=ice-lite', 'a=ice-ufrag:EsAw', 'a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1', media.line, 'a=mid:0']); // prettier-ignore
});

it('takes names that are said once for each section, and none that differ', () => {
  const names = 'a=ice-ufrag:EsAw\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\n';
  expect(readFragment(`${names}m=audio 9 RTP/AVP 0\n${names}`)).toEqual({ ...fragment, candidates: [], isEnd: false });
  expect(() => readFragment(`${names}a=ice-ufrag:other\n`)).toThrow('more than one a=ice-ufrag');
});

it('refuses whatever is none, and never otherwise than by saying so', () => {
  const nonsense = new Nonsense(7);
  const good = writeFragment(fragment, media, false);
  for (let i = 0; i < 2000; i++) {
    const bent = nonsense.of({ text: good }).toString();
    for (const text of [bent, good.slice(0, i % good.length), good.replaceAll('a', bent.slice(0, 5))])
      try {
        expect(readFragment(text).candidates.length).toBeLessThanOrEqual(30);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
  }
});
