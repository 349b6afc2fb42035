import { describe, expect, it } from 'vitest';
import { heardPart, momentOf } from '../../../cli/player/moments.js';
import { PlayerClock } from '../../../cli/player/player-clock.js';
import { ScriptedEar } from '../../../cli/player/scripted-ear.js';
import { startDate } from '../../../cli/player/start-date.js';
import { VirtualLine } from '../../../cli/player/virtual-line.js';
import { VirtualVoice, wordTimes } from '../../../cli/player/virtual-voice.js';
import type { EarEvent, LineEvent } from '../../../runtime/contracts.js';
import { frameSamples } from '../../../runtime/contracts.js';

const noSignal = new AbortController().signal;

function collect<T>(events: AsyncIterable<T>): T[] {
  const all: T[] = [];
  void (async () => {
    for await (const event of events) all.push(event);
  })();
  return all;
}

describe('the virtual voice', () => {
  it('speaks fifteen characters a second, with the time of every word', async () => {
    const voice = new VirtualVoice();
    const pieces = [];
    for await (const piece of voice.speak({ text: 'Order four four' }, noSignal)) pieces.push(piece);
    expect(pieces[0]).toEqual({ kind: 'words', words: wordTimes('Order four four') });
    expect(wordTimes('Order four four').map(({ text, endMs }) => [text, Math.round(endMs)])).toEqual([
      ['Order', 333],
      ['four', 667],
      ['four', 1000],
    ]);
    expect(pieces[1]).toMatchObject({ kind: 'audio', sampleRateHz: 8000 });
    expect((pieces[1] as { samples: Int16Array }).samples.length).toBe(8000);
  });
});

describe('the virtual line', () => {
  it('plays frames one after the other and returns a mark when it comes to it', async () => {
    const clock = new PlayerClock();
    const line = new VirtualLine(clock, 'test');
    const events = collect<LineEvent>(line.events());
    const frame = new Int16Array(frameSamples).fill(1);
    for (let sent = 0; sent < 5; sent++) line.send(frame);
    line.mark('a');
    await clock.advanceTo(99);
    expect(events).toEqual([]);
    await clock.advanceTo(100);
    expect(events).toEqual([{ kind: 'mark', name: 'a' }]);
    expect(line.sentences).toEqual([{ number: 1, fromMs: 0, toMs: 100, cut: false }]);
  });

  it('drops what was not played when it is cleared, marks too', async () => {
    const clock = new PlayerClock();
    const line = new VirtualLine(clock, 'test');
    const events = collect<LineEvent>(line.events());
    for (let sent = 0; sent < 10; sent++) line.send(new Int16Array(frameSamples).fill(1));
    line.mark('a');
    await clock.advanceTo(70);
    line.clear();
    expect(line.sentences).toEqual([{ number: 1, fromMs: 0, toMs: 70, cut: true }]);
    expect(line.playedUntilMs).toBe(70);
    await clock.advanceTo(500);
    expect(events).toEqual([]);
  });
});

describe('the scripted ear', () => {
  it('gives one interim a word, 350 ms each, and the final 100 ms after the last', async () => {
    const clock = new PlayerClock();
    const ear = new ScriptedEar(clock);
    const events = collect<EarEvent>(ear.events());
    ear.say('yes please', 1000, {});
    await clock.advanceTo(3000);
    expect(
      events.map((event) => [event.kind, 'atMs' in event ? event.atMs : 'text' in event ? event.text : '']),
    ).toEqual([
      ['speech_started', 1000],
      ['interim', 1350],
      ['interim', 1700],
      ['speech_ended', 1700],
      ['final', 'yes please'],
    ]);
  });

  it('speaks as long as the script says', () => {
    const clock = new PlayerClock();
    expect(new ScriptedEar(clock).say('well I never', 0, { takesMs: 6000 })).toEqual({ endMs: 6000, finalMs: 6100 });
  });
});

describe('the moment of an at', () => {
  const reply = { sentences: [{ text: 'One two.', fromMs: 1000 }, { text: 'Three four.' }], complete: true };

  it('falls after a word, counted over the sentences of the reply', () => {
    expect(momentOf({ kind: 'word', n: 1 }, reply, () => undefined)).toEqual({ atMs: 1000 + 200 + 10 });
    expect(momentOf({ kind: 'word', n: 3 }, reply, () => undefined)).toBeUndefined();
    const later = { ...reply, sentences: [reply.sentences[0]!, { text: 'Three four.', fromMs: 2000 }] };
    const third = momentOf({ kind: 'word', n: 3 }, later, () => undefined) as { atMs: number };
    expect(third.atMs).toBeCloseTo(2000 + 1000 / 3 + 10);
  });

  it('says so when the words are fewer', () => {
    expect(momentOf({ kind: 'word', n: 5 }, reply, () => undefined)).toEqual({
      problem: "the agent's words have only 4 words, so there is no word 5 to break in after",
    });
  });

  it('counts milliseconds and shares from the first frame of the words, tools from their start', () => {
    expect(momentOf({ kind: 'ms', ms: 900 }, reply, () => undefined)).toEqual({ atMs: 1900 });
    const quarter = momentOf({ kind: 'percent', share: 0.25 }, reply, () => undefined) as { atMs: number };
    expect(quarter.atMs).toBeCloseTo(1000 + ((8 + 11) / 15) * 250);
    expect(
      momentOf({ kind: 'tool', tool: 'find', afterMs: 1000 }, reply, (name) => (name === 'find' ? 400 : undefined)),
    ).toEqual({ atMs: 1400 });
    expect(momentOf({ kind: 'ms', ms: 900 }, { sentences: [], complete: false }, () => undefined)).toBeUndefined();
  });

  it('leaves what was heard ending with that word', () => {
    const text = 'Order 4 4 7 1 is shipped.';
    const length = text.length / 15;
    const { atMs } = momentOf(
      { kind: 'word', n: 3 },
      { sentences: [{ text, fromMs: 0 }], complete: true },
      () => undefined,
    ) as { atMs: number };
    expect(heardPart(text, atMs / 1000 / length)).toBe('Order 4 4');
    expect(heardPart(text, 1)).toBe(text);
    expect(heardPart(text, 0)).toBe('');
  });
});

describe('the start of a script', () => {
  it.each([
    ['2026-03-02T10:00', 'Europe/Dublin', '2026-03-02T10:00:00.000Z'],
    ['2026-07-02T10:00', 'Europe/Dublin', '2026-07-02T09:00:00.000Z'],
    ['2026-07-02T10:00', 'America/New_York', '2026-07-02T14:00:00.000Z'],
    ['2026-03-29T02:30', 'Europe/Dublin', '2026-03-29T01:30:00.000Z'],
  ])('%s in %s is %s', (local, zone, utc) => {
    expect(new Date(startDate(local, zone)).toISOString()).toBe(utc);
  });
});

describe('the player’s clock', () => {
  it('stands still while the dialog works, and moves while a tool only waits for time', async () => {
    const clock = new PlayerClock();
    let worked = false;
    void clock.during(new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => void (worked = true)));
    await clock.advanceTo(1000);
    expect(worked).toBe(true);

    let slept = false;
    void clock.during(clock.forDialog.sleep(4000).then(() => void (slept = true)));
    await clock.advanceTo(4999);
    expect(slept).toBe(false);
    await clock.advanceTo(5000);
    expect(slept).toBe(true);
  });
});
