/** Packets as networks bring them, and sound at the pace at which it is heard. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import { encodeMuLaw } from '../../../runtime/audio/g711.js';
import { RtpIn, type RtpEvent } from '../../../runtime/transports/rtp-in.js';
import { RtpOut } from '../../../runtime/transports/rtp-out.js';
import { readOffer, withLiteInSession } from '../../../runtime/transports/sdp.js';

/** A stream whose packets can be told apart: the frame of packet n is all of its own value. */
function stream(first = 65_533) {
  const counts: Record<string, number> = {};
  const rtp = new RtpIn({ types: { pcmu: 0, keys: 101 }, count: (name) => (counts[name] = (counts[name] ?? 0) + 1), nowMs: 0 }); // prettier-ignore
  const valueOf = (n: number): number => 1000 + 400 * n;
  const packet = (n: number) => ({
    payloadType: 0,
    sequence: (first + n) & 0xffff,
    timestamp: (4_294_967_000 + n * 160) >>> 0,
    payload: encodeMuLaw(new Int16Array(160).fill(valueOf(n))),
  });
  const numbers = (events: RtpEvent[]): (number | string)[] =>
    events.map((event) => {
      if (event.kind === 'key') return event.digit;
      const [sample] = event.samples;
      return Math.abs(sample!) < 10 ? 'silence' : Math.round((sample! - 1000) / 400) + 0;
    });
  const push = (n: number, atMs = n * 20): (number | string)[] => numbers(rtp.push(packet(n), atMs));
  return { rtp, counts, push, packet, numbers };
}

describe('sound out of packets', () => {
  it('is in order though packets come in another, once though they come twice, also where their numbers run over', () => {
    const { push, counts } = stream();
    expect([0, 1, 3, 2, 2, 5, 4, 6].flatMap((n) => push(n))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(counts).toEqual({ late_packets: 1 });
  });

  it('has silence of the same length where a packet was lost, and says so', () => {
    const { push, counts } = stream();
    expect([0, 1, 4, 5, 6, 7].flatMap((n) => push(n))).toEqual([0, 1, 'silence', 'silence', 4, 5, 6, 7]);
    expect(counts).toEqual({ inbound_gaps: 1 });
    // The lost one comes after all: what is over is over.
    expect(push(2)).toEqual([]);
    expect(counts.late_packets).toBe(1);
  });

  it('is silence while nothing comes, so that who waits for the end of a turn gets there; the words that were held up are heard all the same', () => {
    const { rtp, push, numbers } = stream();
    for (const n of [0, 1, 2]) push(n);
    expect(numbers(rtp.idle(80))).toEqual([]);
    expect(numbers(rtp.idle(140))).toEqual(Array(5).fill('silence'));
    expect(numbers(rtp.idle(240))).toEqual(Array(5).fill('silence'));
    expect([3, 4, 5].flatMap((n) => push(n, 250))).toEqual([3, 4, 5]);
  });

  it('has the silence once where the caller’s machine sends nothing while they are quiet', () => {
    const { rtp, push, packet, numbers } = stream();
    for (const n of [0, 1, 2]) push(n);
    expect(numbers(rtp.idle(240))).toHaveLength(10);
    // Its clock has gone on by ten packets; it has numbered those only that it sent.
    const later = (n: number) => ({ ...packet(n + 10), sequence: packet(n).sequence });
    expect([3, 4].flatMap((n) => numbers(rtp.push(later(n), 250)))).toEqual([13, 14]);
  });

  it('goes on with a sender who begins anew, not with a single stray packet', () => {
    const { rtp, push, packet, counts, numbers } = stream(100);
    push(0);
    const stray = { ...packet(1), sequence: 40_000, timestamp: 7 };
    expect(numbers(rtp.push(stray, 20))).toEqual([]);
    expect(push(1)).toEqual([1]);
    const anew = [0, 1, 2].map((n) => ({ ...packet(n), sequence: 30_000 + n, timestamp: 5 + n * 160 }));
    expect(anew.flatMap((one) => numbers(rtp.push(one, 40)))).toEqual([1, 2]);
    expect(counts).toEqual({ strange_packets: 2, stream_restarts: 1 });
  });

  it('stays small when time stamps leap and packets flood in', () => {
    const { rtp, packet } = stream();
    let samples = 0;
    for (let n = 0; n < 3000; n++)
      for (const event of rtp.push({ ...packet(n), timestamp: (n * 1_000_000) >>> 0 }, 100))
        if (event.kind === 'audio') samples += event.samples.length;
    expect(samples / 8).toBeLessThanOrEqual(2200);
  });

  it('gives a key once, however often it is sent, and the next one though it is the same', () => {
    const { rtp, numbers, counts } = stream();
    const key = (sequence: number, timestamp: number, code: number, end = 0) =>
      numbers(rtp.push({ payloadType: 101, sequence, timestamp, payload: Uint8Array.of(code, end, 1, 0) }, 0));
    expect([key(1, 800, 5), key(2, 800, 5), key(3, 800, 5, 0x80), key(4, 800, 5, 0x80)].flat()).toEqual(['5']);
    expect([key(5, 1600, 5), key(6, 2400, 11)].flat()).toEqual(['5', '#']);
    expect(key(7, 3200, 77)).toEqual([]);
    expect(counts).toEqual({ bad_packets: 1 });
  });
});

describe('sound in packets', () => {
  function sender() {
    const clock = new VirtualClock();
    const sent: { atMs: number; timestamp: number; begins: boolean; loud: boolean }[] = [];
    const passed: [string, number][] = [];
    const counts: string[] = [];
    const out = new RtpOut(
      {
        clock,
        send: (payload, timestamp, begins) =>
          sent.push({ atMs: clock.now(), timestamp, begins, loud: payload[0] !== 0xff }),
        passed: (mark) => passed.push([mark, clock.now()]),
        count: (name) => counts.push(name),
      },
      2 ** 32 - 320,
    );
    const frames = (count: number) => {
      for (let i = 0; i < count; i++) out.push(new Int16Array(160).fill(5000));
    };
    return { clock, sent, passed, counts, out, frames };
  }

  it('leaves at once, then every 20 ms, with time stamps that go on through their end', async () => {
    const { clock, sent, frames } = sender();
    frames(4);
    await clock.advanceTo(60);
    expect(sent).toEqual([
      { atMs: 0, timestamp: 2 ** 32 - 320, begins: true, loud: true },
      { atMs: 20, timestamp: 2 ** 32 - 160, begins: false, loud: true },
      { atMs: 40, timestamp: 0, begins: false, loud: true },
      { atMs: 60, timestamp: 160, begins: false, loud: true },
    ]);
  });

  it('ends in silence for a while and then rests; after a pause the time stamps are where time is', async () => {
    const { clock, sent, frames } = sender();
    frames(1);
    await clock.advanceTo(3000);
    expect(sent.map(({ loud }) => loud)).toEqual([true, ...Array<boolean>(20).fill(false)]);
    frames(1);
    expect(sent.at(-1)).toEqual({ atMs: 3000, timestamp: 3000 * 8 - 320, begins: true, loud: true });
  });

  it('is silent within a frame of being told to stop, and what waited is never sent', async () => {
    const { clock, sent, out, frames, passed } = sender();
    frames(10);
    out.mark('end');
    await clock.advanceTo(50);
    out.clear();
    await clock.advanceTo(500);
    expect(sent.filter(({ loud }) => loud)).toHaveLength(3);
    expect(passed).toEqual([]);
  });

  it('passes a mark when the sound before it has left', async () => {
    const { clock, out, frames, passed } = sender();
    frames(3);
    out.mark('a');
    frames(1);
    out.mark('b');
    await clock.advanceTo(100);
    expect(passed).toEqual([['a', 40], ['b', 60]]); // prettier-ignore
  });

  it('does not send in a heap what it was kept from sending', () => {
    const timers: (() => void)[] = [];
    let now = 0;
    const clock = { ...new VirtualClock(), now: () => now, at: (_: number, run: () => void) => (timers.push(run), () => {}) }; // prettier-ignore
    const sent: number[] = [];
    const counts: string[] = [];
    const out = new RtpOut(
      { clock: clock as unknown as VirtualClock, send: (_, timestamp) => sent.push(timestamp), passed() {}, count: (name) => counts.push(name) },
      0,
    ); // prettier-ignore
    for (let i = 0; i < 20; i++) out.push(new Int16Array(160).fill(5000));
    // The process stands still for 400 ms.
    now = 420;
    timers.shift()!();
    expect(sent).toEqual([0, 420 * 8]);
    expect(counts).toEqual(['late_sends']);
  });
});

describe('an offer', () => {
  const chrome = [
    'v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0 1',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 9 126 0 8 110', 'c=IN IP4 0.0.0.0', 'a=candidate:1 1 udp 1 abc.local 5 typ host',
    'a=candidate:2 1 udp 1 192.0.2.9 5 typ host', 'a=ice-ufrag:abcd', 'a=ice-pwd:0123456789012345678901', 'a=fingerprint:sha-256 AA',
    'a=setup:actpass', 'a=mid:0', 'a=sendrecv', 'a=rtcp-mux', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10',
    'a=rtpmap:0 PCMU/8000', 'a=rtpmap:110 telephone-event/48000', 'a=rtpmap:126 telephone-event/8000',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:1', 'a=sctp-port:5000',
  ]; // prettier-ignore
  const text = (lines: string[]): string => `${lines.join('\r\n')}\r\n`;

  it('is left with PCMU, the keys of its rate, and no addresses', () => {
    const { sdp, ...read } = readOffer(text(chrome));
    expect(read).toEqual({ pcmu: 0, keys: 126, hasData: true });
    expect(sdp).toContain('m=audio 9 UDP/TLS/RTP/SAVPF 0 126\r\n');
    expect(sdp).not.toMatch(/opus|48000|candidate|minptime/);
  });

  it('keeps addresses where we look for ways too, but no name to be looked up', () => {
    const { sdp } = readOffer(text(chrome), true);
    expect(sdp).toContain('192.0.2.9');
    expect(sdp).not.toContain('.local');
  });

  it.each([
    ['no SDP', ['hello'], /no SDP/],
    ['no PCMU', chrome.map((line) => line.replace(' 0 8 110', '')), /PCMU/],
    ['video', [...chrome, 'm=video 9 UDP/TLS/RTP/SAVPF 96'], /no video/],
    ['no audio', chrome.slice(0, 5), /audio once/],
    ['one way', chrome.map((line) => line.replace('sendrecv', 'recvonly')), /both ways/],
    ['no DTLS', chrome.filter((line) => !line.includes('fingerprint')), /DTLS/],
  ])('is refused with the reason: %s', (_, lines, reason) => {
    expect(() => readOffer(text(lines))).toThrow(UsageError);
    expect(() => readOffer(text(lines))).toThrow(reason);
  });

  it('is answered with ice-lite where it belongs', () => {
    const sdp = withLiteInSession('v=0\r\ns=-\r\nt=0 0\r\nm=audio\r\na=ice-lite\r\na=mid:0\r\n');
    expect(sdp).toBe('v=0\r\ns=-\r\nt=0 0\r\na=ice-lite\r\nm=audio\r\na=mid:0\r\n');
  });
});
