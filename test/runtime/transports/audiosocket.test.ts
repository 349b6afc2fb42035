import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { LineEvent } from '../../../runtime/contracts.js';
import { silentLog } from '../../../runtime/observe/log.js';
import { acceptAudioSocket, audioSocketFrame, AudioSocketFrames } from '../../../runtime/transports/audiosocket.js';
import { eventually, tone } from '../../conformance/line.js';

const uuid = '40325ec2-5efd-4bd3-805f-53576e581d13';
const uuidFrame = audioSocketFrame(0x01, Buffer.from(uuid.replaceAll('-', ''), 'hex'));
const sound = (samples: Int16Array): Buffer => audioSocketFrame(0x10, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)); // prettier-ignore

describe('AudioSocket as a line', () => {
  const closing: (() => void)[] = [];
  afterEach(() => closing.splice(0).forEach((close) => close()));

  async function sockets(): Promise<{ ours: Socket; theirs: Socket; got: { kind: number; payload: Buffer }[] }> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1');
    theirs.on('error', () => {});
    const [ours] = (await once(server, 'connection')) as [Socket];
    ours.on('error', () => {});
    const frames = new AudioSocketFrames();
    const got: { kind: number; payload: Buffer }[] = [];
    theirs.on('data', (bytes) => got.push(...frames.push(bytes)));
    closing.push(() => (ours.destroy(), theirs.destroy(), server.close()));
    return { ours, theirs, got };
  }

  async function connected() {
    const both = await sockets();
    const clock = new VirtualClock();
    const accepted = acceptAudioSocket(both.ours, {
      clock,
      log: silentLog,
      callOf: (given) => (given === uuid ? { id: 'one' } : undefined),
    });
    both.theirs.write(uuidFrame);
    const { line } = (await accepted)!;
    const events: LineEvent[] = [];
    const over = (async () => {
      for await (const event of line.events()) events.push(event);
    })();
    return { ...both, clock, line, events, over };
  }

  it('reads frames that come in pieces of seven bytes, and several in one piece', () => {
    const all = Buffer.concat([uuidFrame, sound(tone(160)), audioSocketFrame(0x03, Buffer.from('5')), audioSocketFrame(0x00)]); // prettier-ignore
    const expected = new AudioSocketFrames().push(all);
    expect(expected.map(({ kind, payload }) => [kind, payload.length])).toEqual([[1, 16], [16, 320], [3, 1], [0, 0]]); // prettier-ignore
    const torn = new AudioSocketFrames();
    const found = [];
    for (let at = 0; at < all.length; at += 7) found.push(...torn.push(all.subarray(at, at + 7)));
    expect(found).toEqual(expected);
  });

  it('gives the caller’s sound, keys and hang-up, and passes over what it does not know', async () => {
    const { theirs, line, events, over } = await connected();
    theirs.write(sound(tone(400)));
    theirs.write(audioSocketFrame(0x03, Buffer.from('#')));
    theirs.write(audioSocketFrame(0x03, Buffer.from('xx')));
    theirs.write(audioSocketFrame(0x42, Buffer.from('what')));
    theirs.write(audioSocketFrame(0x10, Buffer.alloc(3)));
    theirs.write(audioSocketFrame(0xff, Buffer.from([2])));
    theirs.write(audioSocketFrame(0x00));
    await over;
    expect(events.map(({ kind }) => kind)).toEqual(['audio', 'audio', 'key', 'hang_up']);
    expect(events[0]).toEqual({ kind: 'audio', samples: tone(160) });
    expect(line.counters).toEqual({ bad_messages: 1, unknown_messages: 1, bad_audio: 1, carrier_problems: 1 });
  });

  it('sends 20 ms every 20 ms, tells marks when they were played, and takes back what has not gone out', async () => {
    const { clock, line, got, events } = await connected();
    const spoken = tone(160 * 10);
    for (let at = 0; at < 5; at++) line.send(spoken.slice(at * 160, at * 160 + 160));
    line.mark('1:1');
    for (let at = 5; at < 10; at++) line.send(spoken.slice(at * 160, at * 160 + 160));
    line.mark('1:2');
    await eventually(() => got.length === 1);
    await clock.advance(79);
    await eventually(() => got.length === 4);
    await clock.advance(1);
    await eventually(() => got.length === 5);
    expect(events).toEqual([]);
    await clock.advance(20);
    await eventually(() => got.length === 6);
    await eventually(() => events.length === 1);
    expect(events).toEqual([{ kind: 'mark', name: '1:1' }]);
    line.clear();
    line.mark('2:1');
    await clock.advance(200);
    await eventually(() => events.length === 2);
    expect(events.at(-1)).toEqual({ kind: 'mark', name: '2:1' });
    expect(got.length).toBe(6);
    expect(Buffer.concat(got.map(({ payload }) => payload)).readInt16LE(2 * 200)).toBe(spoken[200]);
  });

  it('drops what comes faster than anybody speaks', async () => {
    const { theirs, line, events } = await connected();
    for (let n = 0; n < 12; n++) theirs.write(sound(tone(8000)));
    await eventually(() => (line.counters.dropped_audio ?? 0) > 0);
    await eventually(() => events.length === 10 * 50);
    expect(line.counters).toEqual({ dropped_audio: 2 });
  });

  it('ends when nothing comes for a minute, though the socket stays open', async () => {
    const { clock, line, events, over } = await connected();
    await clock.advance(60_001);
    await over;
    expect(events).toEqual([{ kind: 'hang_up', reason: 'connection_lost' }]);
    expect(line.counters).toEqual({ half_open: 1 });
  });

  it('ends when the connection breaks; and says its own hang-up as a frame', async () => {
    const broken = await connected();
    broken.theirs.resetAndDestroy();
    await broken.over;
    expect(broken.events.at(-1)).toEqual({ kind: 'hang_up', reason: 'caller_hung_up' });
    broken.line.send(tone(160));
    broken.line.close();
    const { line, got, theirs } = await connected();
    line.hangUp();
    line.close();
    await eventually(() => theirs.closed);
    expect(got.map(({ kind }) => kind)).toEqual([0x00]);
  });

  it('lets nobody in who does not begin with a UUID that is known', async () => {
    for (const first of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      audioSocketFrame(0x01, Buffer.alloc(16)),
      audioSocketFrame(0x01, Buffer.alloc(3)),
      sound(tone(160)),
    ]) {
      const { ours, theirs } = await sockets();
      const asked = acceptAudioSocket(ours, { clock: new VirtualClock(), log: silentLog, callOf: () => undefined });
      theirs.write(first);
      expect(await asked).toBeUndefined();
      await eventually(() => theirs.closed);
    }
    const { ours, theirs } = await sockets();
    const clock = new VirtualClock();
    const asked = acceptAudioSocket(ours, { clock, log: silentLog, callOf: () => ({ id: 'one' }) });
    theirs.write(uuidFrame.subarray(0, 7));
    await clock.advance(5001);
    expect(await asked).toBeUndefined();
  });
});
