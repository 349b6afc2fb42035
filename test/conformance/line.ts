import { afterEach, describe, expect, it } from 'vitest';
import type { Line, LineEvent } from '../../runtime/contracts.js';

/** The far end of a line, as its own protocol has it. */
export interface LinePeer {
  /** 8 kHz, any length. */
  speak(samples: Int16Array): void;
  key(digit: string): void;
  /** What reached us, in order. Audio at 8 kHz. */
  readonly got: ({ kind: 'audio'; samples: Int16Array } | { kind: 'mark'; name: string } | { kind: 'clear' })[];
  answerMark(name: string): void;
  /** Things no peer should send: each is passed over, and counted. */
  garbage(): number;
  hangUp(): void;
  /** The connection breaks without a word. */
  vanish(): void;
  readonly closed: boolean;
}

export interface ConnectedLine {
  line: Line;
  peer: LinePeer;
  close(): Promise<void>;
}

/** What every transport has to keep. `loss` is the noise that the way may add to a tone of 8,000 (mu-law, rounding). */
export function describeLine(name: string, connect: () => Promise<ConnectedLine>, loss: number): void {
  describe(`${name} as a line`, () => {
    let connected: ConnectedLine | undefined;
    afterEach(async () => connected?.close());

    const open = async () => {
      connected = await connect();
      const events: LineEvent[] = [];
      const over = (async () => {
        for await (const event of connected.line.events()) events.push(event);
      })();
      return { ...connected, events, over };
    };

    it('gives the caller’s sound as frames of 20 ms at 8 kHz, whatever pieces it comes in', async () => {
      const { peer, events } = await open();
      const sound = tone(4000);
      for (const [from, to] of [
        [0, 160],
        [160, 500],
        [500, 3700],
        [3700, 4000],
      ] as const)
        peer.speak(sound.subarray(from, to));
      await eventually(() => events.length >= 24);
      const audio = events.flatMap((event) => (event.kind === 'audio' ? [event.samples] : []));
      expect(audio.every((frame) => frame.length === 160)).toBe(true);
      expect(level(joined(audio).subarray(160, 3800))).toBeGreaterThan(level(sound) * 0.95);
      expect(level(joined(audio).subarray(160, 3800))).toBeLessThan(level(sound) * 1.05);
    });

    it('sends the agent’s sound so that it arrives as it was', async () => {
      const { line, peer } = await open();
      const sound = tone(3200);
      for (let at = 0; at < sound.length; at += 160) line.send(sound.slice(at, at + 160));
      const heard = () => joined(peer.got.flatMap((one) => (one.kind === 'audio' ? [one.samples] : [])));
      await eventually(() => heard().length >= 3100);
      const { amplitude, rest } = residue(heard());
      expect(amplitude).toBeGreaterThan(8000 * 0.97);
      expect(amplitude).toBeLessThan(8000 * 1.03);
      expect(rest).toBeLessThan(loss);
    });

    it('keeps marks, sound and clear in the order in which they were sent', async () => {
      const { line, peer } = await open();
      line.send(tone(160));
      line.mark('1:1');
      line.clear();
      line.mark('2:1');
      await eventually(() => peer.got.filter((one) => one.kind !== 'audio').length === 3);
      expect(peer.got.filter((one) => one.kind !== 'audio')).toEqual([
        { kind: 'mark', name: '1:1' },
        { kind: 'clear' },
        { kind: 'mark', name: '2:1' },
      ]);
      expect(peer.got[0]!.kind).toBe('audio');
    });

    it('gives marks that come back, and keys', async () => {
      const { peer, events } = await open();
      peer.answerMark('1:1');
      peer.key('7');
      peer.key('#');
      await eventually(() => events.length === 3);
      expect(events).toEqual([
        { kind: 'mark', name: '1:1' },
        { kind: 'key', digit: '7' },
        { kind: 'key', digit: '#' },
      ]);
    });

    it('B72 passes over what is malformed, counts it, and lives on', async () => {
      const { line, peer, events } = await open();
      const sent = peer.garbage();
      peer.key('5');
      await eventually(() => events.some((event) => event.kind === 'key'));
      expect(events.filter((event) => event.kind !== 'audio')).toEqual([{ kind: 'key', digit: '5' }]);
      const counted = Object.values(line.counters ?? {}).reduce((sum, count) => sum + count, 0);
      expect(counted).toBe(sent);
    });

    it('ends with a hang-up when the caller hangs up', async () => {
      const { peer, events, over } = await open();
      peer.hangUp();
      await over;
      expect(events.at(-1)).toEqual({ kind: 'hang_up', reason: 'caller_hung_up' });
    });

    it('ends with a hang-up when the connection breaks, and takes what is still sent for nothing', async () => {
      const { line, peer, events, over } = await open();
      peer.vanish();
      await over;
      expect(events.at(-1)?.kind).toBe('hang_up');
      line.send(tone(160));
      line.mark('x');
      line.clear();
      line.notify({ kind: 'ended', reason: 'test' });
      line.hangUp();
      line.close();
    });

    it('closes the connection when we hang up, and more than once does no harm', async () => {
      const { line, peer } = await open();
      line.hangUp();
      line.close();
      line.close();
      await eventually(() => peer.closed);
      expect(peer.closed).toBe(true);
    });
  });
}

/** Waits for what comes over a real socket. */
export async function eventually(test: () => boolean, withinMs = 3000): Promise<void> {
  const until = performance.now() + withinMs;
  while (!test()) {
    if (performance.now() > until) throw new Error(`it did not happen within ${String(withinMs)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export function tone(length: number, hz = 500): Int16Array {
  return Int16Array.from({ length }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * hz * i) / 8000)));
}

export function joined(pieces: Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

export function level(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}

/** What is left of a tone of 500 Hz when the tone itself, at whatever delay, is taken out; and how loud it was. */
function residue(samples: Int16Array): { amplitude: number; rest: number } {
  const middle = samples.subarray(200, 200 + Math.floor((samples.length - 400) / 16) * 16);
  const angle = (i: number): number => (2 * Math.PI * 500 * i) / 8000;
  let sine = 0;
  let cosine = 0;
  middle.forEach((sample, i) => {
    sine += (2 / middle.length) * sample * Math.sin(angle(i));
    cosine += (2 / middle.length) * sample * Math.cos(angle(i));
  });
  const rest = middle.map((sample, i) => sample - sine * Math.sin(angle(i)) - cosine * Math.cos(angle(i)));
  return { amplitude: Math.hypot(sine, cosine), rest: level(rest) };
}
