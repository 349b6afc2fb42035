import { expect, it } from 'vitest';
import { webRtcIn } from '../../cli/webrtc-settings.js';
import { UsageError } from '../../engine/errors.js';

it('reads how browsers reach us', () => {
  expect(webRtcIn({})).toEqual({});
  expect(
    webRtcIn({
      PARLEY_PUBLIC_IP: '203.0.113.7',
      PARLEY_RTC_PORTS: '40000-40999',
      PARLEY_STUN: 'stun.example.com:3478',
      PARLEY_TURN: 'turn:me:pass@turn.example.com:3478?transport=tcp',
    }),
  ).toEqual({
    publicIp: '203.0.113.7',
    ports: [40_000, 40_999],
    stun: 'stun.example.com:3478',
    turn: { url: 'turn:turn.example.com:3478?transport=tcp', user: 'me', password: 'pass' },
  });
});

it('reads what callers are to ask for a way', () => {
  expect(
    webRtcIn({
      PARLEY_CALLER_STUN: 'stun.example.com:3478, 203.0.113.7:3478',
      PARLEY_CALLER_TURN: 'turns:turn.example.com:443?transport=tcp',
      PARLEY_CALLER_TURN_SECRET: 'hunter2',
    }),
  ).toEqual({
    callers: {
      stun: ['stun.example.com:3478', '203.0.113.7:3478'],
      turn: { urls: ['turns:turn.example.com:443?transport=tcp'], secret: 'hunter2' },
    },
  });
  expect(() => webRtcIn({ PARLEY_CALLER_TURN: 'turn:turn.example.com:3478' })).toThrow('PARLEY_CALLER_TURN_SECRET');
});

it('gives each of several workers its own part of the ports, and says when there are too few', () => {
  const parts = [1, 2, 3].map((number) => webRtcIn({ PARLEY_RTC_PORTS: '40000-40009' }, { number, count: 3 }).ports);
  expect(parts).toEqual([[40_000, 40_002], [40_003, 40_005], [40_006, 40_008]]); // prettier-ignore
  expect(() => webRtcIn({ PARLEY_RTC_PORTS: '40000-40004' }, { number: 1, count: 4 })).toThrow('4 workers');
});

it.each([
  ['PARLEY_CALLER_STUN', 'stun.example.com'],
  ['PARLEY_PUBLIC_IP', 'voice.example.com'],
  ['PARLEY_RTC_PORTS', '40000'],
  ['PARLEY_RTC_PORTS', '40999-40000'],
  ['PARLEY_STUN', 'stun.example.com'],
  ['PARLEY_TURN', 'turn:hunter2@turn.example.com'],
])('says which setting is wrong: %s, and never its secret', (name, value) => {
  expect(() => webRtcIn({ [name]: value })).toThrow(UsageError);
  expect(() => webRtcIn({ [name]: value })).toThrow(name);
  expect(() => webRtcIn({ [name]: value })).not.toThrow(/hunter2/);
});
