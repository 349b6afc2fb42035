/** Whole calls by Twilio ConversationRelay: Twilio hears and speaks, we get and give text. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Dialog, Input } from '../../engine/contracts.js';
import { eventually } from '../conformance/line.js';
import { RelayRefusal, RelayTwin, type RelayTwinOptions } from '../loopback/relay.js';
import { startReal, type RealServer } from './real-server.js';

const authToken = '12345678901234567890123456789012';
const long = 'We are open from nine to five on every weekday and from ten to two on Saturdays.';
const desk = `
flow: desk
slots:
  floor: { type: digits, ask: Which floor?, dtmf: { length: 2 } }
no_input_after: 1s
states:
  ask: { collect: floor, to: told }
  told:
    say: "Floor {{ floor }} it is. ${long} Is there more?"
    transitions: [{ intent: yes, to: over }, { intent: no, to: bye }]
  over: { transfer: { to: "+35315550199" } }
  bye: { say: { text: Goodbye then., barge_in: "off" }, hang_up: true }
`;

describe('a call by Twilio ConversationRelay', () => {
  let server: RealServer;
  const inputs: Input[] = [];
  const twins: RelayTwin[] = [];

  const watched = (dialog: Dialog): Dialog => ({
    ...dialog,
    id: dialog.id,
    turn: (input, run) => {
      inputs.push(input);
      return dialog.turn(input, run);
    },
    understand: (text, signal) => dialog.understand(text, signal),
    settlements: (signal) => dialog.settlements(signal),
    close: (reason) => dialog.close(reason),
  });

  beforeAll(async () => {
    server = await startReal({ agents: { desk }, env: { TWILIO_AUTH_TOKEN: authToken }, wrapDialog: watched });
  });
  afterAll(async () => {
    for (const twin of twins) twin.vanish();
    await server.close();
  });
  beforeEach(() => {
    inputs.length = 0;
    server.records.length = 0;
  });

  async function call(more: Partial<RelayTwinOptions> = {}): Promise<RelayTwin> {
    const twin = await RelayTwin.place({
      webhook: `${server.started.server.url}/twilio/relay?agent=desk`,
      authToken,
      ...more,
    });
    twins.push(twin);
    return twin;
  }
  const heard = (twin: RelayTwin, text: string): Promise<void> =>
    eventually(() => twin.spoken.some((one) => one.includes(text)), 10_000);
  async function upToFloor(twin: RelayTwin): Promise<void> {
    await heard(twin, 'Which floor?');
    twin.key('1');
    twin.key('2');
    await eventually(() => twin.tokens.some(({ token }) => token.includes('Floor')), 5000);
  }

  it('is answered in text, takes keys and words, says its last words to the end, and hangs up', async () => {
    const twin = await call();
    expect(twin.attributes).toMatchObject({ language: 'en-US', interruptible: 'any', dtmfDetection: 'true' });
    await upToFloor(twin);
    await heard(twin, 'Is there more?');
    twin.say('no thanks');
    await eventually(() => twin.ended, 10_000);
    expect(twin.spoken.at(-1)).toBe('Goodbye then.');
    expect(twin.tokens.find(({ token }) => token.includes('Goodbye'))!.interruptible).toBe(false);
    await eventually(() => twin.after !== undefined && server.records.length === 1);
    expect(twin.after).toContain('<Hangup/>');
    expect(server.records[0]).toMatchObject({ transport: 'twilio-relay', ended: 'completed' });
    const [greeting, , told] = server.records[0]!.turns;
    expect([greeting!.text, told!.text]).toEqual(['Which floor?', expect.stringContaining('Floor 1 2 it is.')]);
    expect(twin.problems).toEqual([]);
  }, 60_000);

  it('tells the dialog to a word what was heard when the caller cuts in, and says no more', async () => {
    const twin = await call();
    await upToFloor(twin);
    await eventually(() => twin.speakingNow.endsWith('from nine'), 10_000);
    const told = twin.cutIn()!;
    const before = twin.tokens.length;
    twin.say('no thanks');
    await eventually(() => inputs.some(({ kind }) => kind === 'utterance'), 5000);
    const { parts, estimated } = inputs.find(({ kind }) => kind === 'utterance')!.heard!;
    const words = parts.map(({ text, share }) => text.slice(0, Math.round(text.length * share)).trim()).filter(Boolean);
    expect(words.join(' ')).toBe(told);
    expect(estimated).toBe(false);
    await eventually(() => twin.ended, 10_000);
    expect(twin.tokens.slice(before).map(({ token }) => token.trim()).filter(Boolean)).toEqual(['Goodbye then.']); // prettier-ignore
    await eventually(() => server.records.length === 1);
    expect(server.records[0]!.turns.find(({ interrupted }) => interrupted)!.text).toBe(told);
    expect(twin.problems).toEqual([]);
  }, 60_000);

  it('hands over by what Twilio asks after the end', async () => {
    const twin = await call();
    await upToFloor(twin);
    await heard(twin, 'Is there more?');
    twin.say('yes please');
    await eventually(() => twin.after !== undefined, 10_000);
    await eventually(() => twin.dial?.to === '+35315550199');
    // They talk, and then the caller is gone.
    await twin.dialled('completed', { DialCallDuration: '5' }, 'completed');
    await eventually(() => server.records.length === 1);
    expect(twin.problems).toEqual([]);
  }, 60_000);

  it('asks again a caller who says nothing, counted from the end of its own words', async () => {
    const twin = await call();
    await heard(twin, 'Which floor?');
    await eventually(() => inputs.some(({ kind }) => kind === 'no_input'), 12_000);
    await eventually(() => twin.tokens.length > 1);
    twin.hangUp();
    await eventually(() => server.records.length === 1);
    expect(server.records[0]!.ended).toBe('caller_hung_up');
  }, 30_000);

  it('goes by the clock where Twilio tells nothing of who speaks', async () => {
    const twin = await call({ silentEvents: true });
    await upToFloor(twin);
    await heard(twin, 'Is there more?');
    twin.say('no thanks');
    await eventually(() => twin.ended, 15_000);
    await eventually(() => server.records.length === 1);
    expect(twin.problems).toEqual([]);
  }, 60_000);

  it.each([
    ['says everything twice', { twice: true }],
    ['swaps what comes next to each other', { order: [1, 0] }],
    ['mixes up four at a time', { order: [1, 0, 3, 2] }],
    ['tells the beginning of an utterance after its end', { order: [0, 3, 2, 1] }],
  ] as const)(
    'answers each utterance once, and comes to its end, when Twilio %s',
    async (_, faults) => {
      const twin = await call();
      await upToFloor(twin);
      await heard(twin, 'Is there more?');
      // Its silence is told before anything goes wrong.
      await new Promise((resolve) => setTimeout(resolve, 200));
      twin.faults = faults;
      twin.say('no thanks');
      await eventually(() => twin.ended, 15_000);
      await eventually(() => server.records.length === 1);
      expect(server.records[0]!.ended).toBe('completed');
      expect(inputs.filter(({ kind }) => kind === 'utterance')).toHaveLength(1);
      expect(twin.spoken.filter((text) => text === 'Goodbye then.')).toHaveLength(1);
      expect(twin.problems).toEqual([]);
    },
    60_000,
  );

  it.each([
    ['twice', { twice: true }],
    ['after what was said', { order: [1, 2, 3, 0] }],
  ] as const)(
    'goes on when it is told %s that it was cut into',
    async (_, faults) => {
      const twin = await call();
      await upToFloor(twin);
      await eventually(() => twin.speakingNow.endsWith('from nine'), 10_000);
      twin.faults = faults;
      twin.cutIn();
      twin.say('no thanks');
      await eventually(() => twin.ended, 15_000);
      await eventually(() => server.records.length === 1);
      expect(server.records[0]!.ended).toBe('completed');
      expect(inputs.filter(({ kind }) => kind === 'utterance')).toHaveLength(1);
      expect(twin.spoken.at(-1)).toBe('Goodbye then.');
      expect(twin.problems).toEqual([]);
    },
    60_000,
  );

  it('passes over what it does not understand, and counts it', async () => {
    const twin = await call();
    await heard(twin, 'Which floor?');
    const garbage = ['no JSON', '[]', '{"type":5}', { type: 'who knows' }, { type: 'constructor' }, { type: 'prompt' },
      { type: 'prompt', voicePrompt: 'x'.repeat(20_000), last: true }, { type: 'interrupt' }, { type: 'dtmf', digit: '77' }]; // prettier-ignore
    for (const one of garbage) twin.send(one);
    twin.send({
      type: 'interrupt',
      utteranceUntilInterrupt: 'words that were never ours',
      durationUntilInterruptMs: 400,
    });
    twin.send({ type: 'error', description: 'Something: of no matter' });
    twin.key('1');
    twin.key('2');
    await heard(twin, 'Is there more?');
    twin.hangUp();
    await eventually(() => server.records.length === 1);
    expect(server.records[0]!.counters).toMatchObject({ bad_messages: 7, unknown_messages: 2, carrier_problems: 1 });
  }, 60_000);

  it('is begun by nobody who cannot sign or has not the token', async () => {
    for (const forge of ['webhook', 'socket'] as const) {
      await expect(call({ forge })).rejects.toThrow(RelayRefusal);
    }
    const twin = await call({ forge: 'token' });
    await eventually(() => !twin.isOpen);
    expect(inputs).toEqual([]);
    expect(server.lines.join('\n')).not.toContain('353870000002');
  });
});
