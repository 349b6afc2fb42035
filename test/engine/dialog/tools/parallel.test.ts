/** `call: [a, b]`: reads that run at the same time. */
import { describe, expect, it } from 'vitest';
import { Conversation, loadText } from '../drive.js';
import { brief, load } from '../../language/load-text.js';

const hotel = `flow: stay
slots:
  city: { type: choice, options: [cork, galway], ask: Which city? }
tools:
  rooms:
    effect: read
    input: { city: text }
    output: { free: integer }
    outcomes: { full: free == 0 }
    http: { get: "http://127.0.0.1/rooms" }
    filler: { after: 900ms, say: Let me see. }
  weather: { effect: read, input: { city: text }, output: { sky: text }, http: { get: "http://127.0.0.1/weather" }, filler: { after: 400ms, say: One moment. } }
states:
  ask: { collect: city, to: look }
  look:
    call: [rooms, weather]
    transitions:
      - { on: full, to: full }
      - { on: [error, timeout], to: sorry }
    to: tell
  tell: { say: "{{ rooms.free }} rooms, {{ weather.sky }}.", hang_up: true }
  full: { say: All full., hang_up: true }
  sorry: { say: That didn't work., hang_up: true }
`;
const rooms = { outcome: 'ok', value: { free: 3 } };

/** Opens, answers, and hands the settlement of both over as one driver's event. */
async function settled(first: object, second: object) {
  const talk = Conversation.of(await loadText(hotel), { tools: { rooms: () => 'pending' } });
  talk.input({ kind: 'open' });
  const asked = await talk.say('cork');
  const { effect } = asked;
  const call = asked.tools[0]!;
  const beside = (asked.outs.filter((out) => out.kind === 'tool').length - 1) as number;
  const turn = talk.input({ kind: 'tool', callId: call.callId, result: { ...first, beside: [second] } as never });
  return { asked, turn, effect, beside };
}

describe('reads called together', () => {
  it('start together, each with its input by name, under one filler: the one that comes first', async () => {
    const { asked } = await settled(rooms, { outcome: 'ok', value: { sky: 'sun' } });
    const started = asked.outs.filter((out) => out.kind === 'tool' && out.phase === 'started');
    expect(started).toMatchObject([
      { name: 'rooms', filler: { afterMs: 400, texts: ['One moment.'] } },
      { name: 'weather' },
    ]);
    expect(started[1]).not.toHaveProperty('filler');
  });

  it('give their results by name', async () => {
    const { turn } = await settled(rooms, { outcome: 'ok', value: { sky: 'sun' } });
    expect(turn.text).toBe('3 rooms, sun.');
    expect(turn.traces[0]!.tools.map(({ name, input }) => [name, input])).toEqual([
      ['rooms', { city: 'cork' }],
      ['weather', { city: 'cork' }],
    ]);
  });

  it('come to the outcome of the first in the list that did not go well', async () => {
    const full = { outcome: 'full', value: { free: 0 } };
    expect((await settled(full, { outcome: 'error' })).turn.said).toEqual(['stay/full']);
    expect((await settled(rooms, { outcome: 'timeout' })).turn.said).toEqual(['stay/sorry']);
    expect((await settled({ outcome: 'error' }, { outcome: 'ok', value: { sky: 'sun' } })).turn.said).toEqual(['stay/sorry']); // prettier-ignore
  });

  it('are reads: a write among them is a problem', async () => {
    const { problems } = await load(hotel.replace('weather: { effect: read', 'weather: { effect: write'));
    expect(brief(problems)).toContain('wrong-combination 16:11');
    expect(problems.find((one) => one.code === 'wrong-combination')!.cure).toBe('Give the write a state of its own.');
  });
});
