/** Whole calls by Telnyx with the embedded speech, against a twin that checks what it is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialog, Out } from '../../engine/contracts.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { eventually } from '../conformance/line.js';
import { TelnyxTwin, type TelnyxTwinCall } from '../loopback/telnyx.js';
import { startReal, type RealServer } from './real-server.js';

const number = '+353861234567';
const desk = `
flow: desk
slots: { floor: { type: digits, ask: Which floor?, dtmf: { length: 2 } } }
states:
  ask: { collect: floor, to: told }
  told:
    say: "Floor {{ floor }} it is. Is there more?"
    transitions: [{ intent: yes, to: over }, { intent: no, to: bye }]
  over:
    transfer: { to: "+35315550199", wait: 20s, max: 10m }
    transitions: [{ on: busy, to: engaged }, { on: no_answer, to: nobody }, { on: max_time, to: long }]
    to: bye
  nobody: { say: Nobody picks up., hang_up: true }
  long: { say: You talked for long., hang_up: true }
  engaged: { say: They are busy., hang_up: true }
  bye: { say: Goodbye then., hang_up: true }
`;

const leave = `
flow: leave
states: { over: { say: One moment., transfer: { to: "+35315550199" }, transitions: [{ on: busy, to: end }], to: end } }
`;

describe('a call by Telnyx', () => {
  let twin: TelnyxTwin;
  let server: RealServer;
  const outs: Out[] = [];
  const voice = embeddedTts({ voice: 'rms' });
  const webhook = (): string => `${server.started.server.url}/telnyx/voice?agent=desk`;
  const said = (): string[] => outs.flatMap((out) => (out.kind === 'words' ? [out.text] : []));

  const watched = (dialog: Dialog): Dialog => ({
    id: dialog.id,
    async *turn(input, run) {
      for await (const out of dialog.turn(input, run)) {
        outs.push(out);
        yield out;
      }
    },
    understand: (text, signal) => dialog.understand(text, signal),
    settlements: (signal) => dialog.settlements(signal),
    close: (reason) => dialog.close(reason),
  });

  beforeAll(async () => {
    twin = await TelnyxTwin.start();
    server = await startReal({
      agents: { desk, leave },
      env: { TELNYX_API_KEY: twin.apiKey, TELNYX_PUBLIC_KEY: twin.publicKey, TELNYX_API_BASE: twin.apiBase },
      wrapDialog: watched,
    });
  });
  afterAll(async () => {
    voice.close?.();
    await server.close();
    await twin.close();
  });

  const actions = (call: TelnyxTwinCall): string[] =>
    twin.commands.filter((one) => one.call === call.id).map(({ action }) => action);
  /** What is said after so many pieces of sound has been heard to its end. */
  const heardOut = (call: TelnyxTwinCall, after: number): Promise<void> =>
    eventually(() => call.heard.slice(-30).every(isSilent) && !call.heard.slice(after).every(isSilent), 15_000);
  async function say(call: TelnyxTwinCall, text: string): Promise<void> {
    for await (const piece of voice.speak({ text, language: 'en' }, new AbortController().signal))
      if (piece.kind === 'audio') call.speak(piece.samples);
  }
  async function upTo(floor: string): Promise<TelnyxTwinCall> {
    outs.length = 0;
    server.records.length = 0;
    const { call, status } = await twin.ring(webhook(), { from: number });
    expect(status).toBe(200);
    await eventually(() => said().includes('Which floor?'), 8000);
    await heardOut(call, 0);
    const before = call.heard.length;
    for (const digit of floor) call.key(digit);
    await eventually(() => said().some((text) => text.startsWith('Floor')), 8000);
    await heardOut(call, before);
    return call;
  }

  it('is answered with a stream both ways, takes keys, and understands sound whose pieces come out of order', async () => {
    const call = await upTo('12');
    await say(call, 'no');
    await eventually(() => said().includes('Goodbye then.'), 10_000);
    await eventually(() => call.ended, 10_000);
    await eventually(() => server.records.length === 1);
    // What is heard to its end is hung up over the REST interface: a stream that closes does not end a call there.
    expect(actions(call)).toEqual(['answer', 'hangup']);
    expect(server.records[0]).toMatchObject({ transport: 'telnyx', ended: 'completed' });
    expect(server.records[0]!.counters).not.toHaveProperty('repeated_media');
    expect(call.marks.length).toBeGreaterThan(5);
    expect(twin.problems).toEqual([]);
    expect(server.lines.join('\n')).not.toContain(number.slice(1));
  }, 60_000);

  it('is handed over; when the person hangs up the caller hears how the flow goes on', async () => {
    const call = await upTo('13');
    await say(call, 'yes please');
    await eventually(() => actions(call).includes('transfer'), 10_000);
    expect(twin.commands.at(-1)!.body).toMatchObject({
      to: '+35315550199',
      timeout_secs: 20,
      time_limit_secs: 600,
      park_after_unbridge: 'self',
    });
    await call.legTold('call.bridged');
    // What the two say to each other is not ours to hear.
    const before = outs.length;
    await say(call, 'no');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(outs.slice(before).some((out) => out.kind === 'words')).toBe(false);
    await call.legTold('call.hangup', 'normal_clearing');
    await eventually(() => said().includes('Goodbye then.'), 8000);
    await eventually(() => server.records.length === 1, 8000);
    await eventually(() => call.ended);
    expect(actions(call)).toEqual(['answer', 'transfer', 'hangup']);
  }, 60_000);

  it('is left to the person where the flow has nothing more to say', async () => {
    outs.length = 0;
    server.records.length = 0;
    const { call } = await twin.ring(`${server.started.server.url}/telnyx/voice?agent=leave`, {
      from: '+353861234599',
    });
    await eventually(() => actions(call).includes('transfer'), 10_000);
    expect(twin.commands.at(-1)!.body).not.toHaveProperty('park_after_unbridge');
    await call.legTold('call.bridged');
    await eventually(() => server.records.length === 1, 8000);
    expect(actions(call)).toEqual(['answer', 'transfer']);
  }, 60_000);

  for (const [cause, text] of [
    ['user_busy', 'They are busy.'],
    ['call_rejected', 'They are busy.'],
    ['timeout', 'Nobody picks up.'],
  ] as const)
    it(`hears that the other side did not take it (${cause}), and goes on`, async () => {
      const call = await upTo('14');
      await say(call, 'yes please');
      await eventually(() => actions(call).includes('transfer'), 10_000);
      await call.legTold('call.hangup', cause);
      await eventually(() => said().includes(text), 8000);
      await eventually(() => call.ended, 10_000);
    }, 60_000);

  it('is told that the two have talked for as long as they may', async () => {
    const call = await upTo('15');
    await say(call, 'yes please');
    await eventually(() => actions(call).includes('transfer'), 10_000);
    await call.legTold('call.bridged');
    await call.legTold('call.hangup', 'time_limit');
    await eventually(() => said().includes('You talked for long.'), 8000);
    await eventually(() => call.ended, 10_000);
  }, 60_000);

  it('ends when the caller hangs up in the middle of a word', async () => {
    outs.length = 0;
    server.records.length = 0;
    const { call } = await twin.ring(webhook(), { from: number });
    await eventually(() => call.heard.some((frame) => !isSilent(frame)), 8000);
    await call.hangUp();
    await eventually(() => server.records.length === 1, 8000);
    expect(server.records[0]!.ended).toBe('caller_hung_up');
  }, 30_000);

  it('is not begun by who cannot sign, or plays an old webhook again', async () => {
    const before = twin.commands.length;
    const payload = { call_control_id: 'v3:forged', direction: 'incoming', from: number, to: '+1' };
    for (const forge of ['key', 'old', 'none'] as const) {
      expect(await twin.post(webhook(), 'call.initiated', payload, forge)).toBe(403);
    }
    expect(await twin.post(webhook(), 'call.initiated', {})).toBe(400);
    expect(twin.commands.length).toBe(before);
  });

  it('does no harm when the REST interface refuses to answer it', async () => {
    twin.fails.set('answer', { status: 500, code: '10001' });
    try {
      expect((await twin.ring(webhook(), { from: number })).status).toBe(200);
    } finally {
      twin.fails.clear();
    }
    expect(server.lines.some((line) => line.includes('call not answered'))).toBe(true);
    expect(server.started.server.calls.size).toBe(0);
  });
});

function isSilent(frame: Int16Array): boolean {
  return frame.every((sample) => Math.abs(sample) < 200);
}
