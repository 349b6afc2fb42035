import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { OutsideError } from '../../../engine/errors.js';
import type { TextToSpeech, TtsPiece } from '../../../runtime/contracts.js';
import { Circuit } from '../../../runtime/providers/circuit.js';
import { probeVoice, steadyVoice } from '../../../runtime/providers/steady-voice.js';
import { UsageSheet } from '../../../runtime/providers/usage.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';
import { ScriptedVoice, type ScriptedVoiceOptions } from '../../fakes/voice.js';

/** Fails as the list says, one entry a request; after its end it speaks. */
function troubled(clock: VirtualClock, list: ReturnType<NonNullable<ScriptedVoiceOptions['fails']>>[]): ScriptedVoice {
  return new ScriptedVoice(clock, { fails: () => list.shift() }, 'vendor');
}

function world(list: Parameters<typeof troubled>[1]) {
  const clock = new VirtualClock();
  const vendor = troubled(clock, list);
  const other = new ScriptedVoice(clock, {}, 'other');
  const circuit = new Circuit({ clock, probe: () => probeVoice(vendor, 'en') });
  return { clock, vendor, other, circuit, voice: steadyVoice(vendor, { clock, circuit, other }) };
}

async function said(
  voice: TextToSpeech,
  clock: VirtualClock,
  text = 'Hello there.',
  more: object = {},
): Promise<{ ms: number; problem?: unknown }> {
  let ms = 0;
  let done = false;
  const run = (async (): Promise<{ ms: number; problem?: unknown }> => {
    try {
      for await (const piece of voice.speak({ text, language: 'en', ...more }, new AbortController().signal))
        if (piece.kind === 'audio') ms += piece.samples.length / 8;
      return { ms };
    } catch (problem) {
      return { ms, problem };
    } finally {
      done = true;
    }
  })();
  while (!done) await clock.advance(50);
  return run;
}

describe('a steady voice', () => {
  it('B60 asks once more, within a second, where the connection died before the first sound', async () => {
    const { voice, clock, vendor } = world(['refuse']);
    const failed: string[] = [];
    const more = { failed: (who: string) => failed.push(who) };
    expect(await said(voice, clock, 'Hello there.', more)).toEqual({ ms: vendor.msOf('Hello there.') });
    // Its caller heard nothing of it; who runs the server is told.
    expect(failed).toEqual(['vendor']);
    expect(vendor.asked.map(({ atMs }) => atMs)).toEqual([0, 0]);
  });

  it('B60 fails in mid-sentence with what was said: only the call knows what was heard', async () => {
    const { voice, clock, vendor } = world([400]);
    expect(await said(voice, clock)).toMatchObject({ ms: 400, problem: { kind: 'closed', retryable: true } });
    expect(vendor.asked).toHaveLength(1);
  });

  it('B61 takes a success without sound for a failure: asked once more, then it fails', async () => {
    const once = world(['empty']);
    expect(await said(once.voice, once.clock)).toEqual({ ms: once.vendor.msOf('Hello there.') });
    const twice = world(['empty', 'empty']);
    expect(await said(twice.voice, twice.clock)).toMatchObject({
      ms: 0,
      problem: { kind: 'protocol', message: 'vendor: it gave no sound' },
    });
    const nothing = world(['empty']);
    expect(await said(nothing.voice, nothing.clock, ' … ')).toEqual({ ms: 0 });
    expect(nothing.vendor.asked).toHaveLength(1);
  });

  it('B61 is not asked for 30 s after three in a row: the other voice speaks at once', async () => {
    const { voice, clock, vendor, other } = world(['empty', 'empty', 'empty', 'empty']);
    await said(voice, clock);
    await said(voice, clock);
    expect(vendor.asked).toHaveLength(4);
    expect(await said(voice, clock, 'Good morning.')).toEqual({ ms: other.msOf('Good morning.') });
    expect(vendor.asked).toHaveLength(4);
    await clock.advance(30_000);
    // This caller hears the other voice still; the vendor is asked for a word of ours, and has the next sentence.
    await said(voice, clock, 'Good evening.');
    await clock.advance(500);
    await said(voice, clock, 'Good night.');
    expect(other.asked.map(({ text }) => text)).toEqual(['Good morning.', 'Good evening.']);
    expect(vendor.asked.slice(4).map(({ text }) => text)).toEqual(['OK.', 'Good night.']);
  });

  it('B70 does not ask again what was refused, in no call', async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const vendor: TextToSpeech = {
      name: 'vendor',
      // eslint-disable-next-line require-yield
      async *speak({ text }): AsyncGenerator<TtsPiece> {
        asked.push(text);
        throw new OutsideError('vendor', 'refused', 'not authorised (401)', { retryable: false });
      },
    };
    const other = new ScriptedVoice(clock, {}, 'other');
    const circuit = new Circuit({ clock, probe: () => probeVoice(vendor, 'en') });
    const voice = steadyVoice(vendor, { clock, circuit, other });
    expect(await said(voice, clock)).toMatchObject({ problem: { kind: 'refused' } });
    for (const text of ['One.', 'Two.']) await said(voice, clock, text, { voice: 'its own', ssml: '<b/>' });
    expect(asked).toEqual(['Hello there.', 'OK.']);
    expect(other.asked.map(({ text }) => text)).toEqual(['One.', 'Two.']);
  });

  it('B62 counts a sentence that was given up for its silence as a failure, and an interruption as none', async () => {
    const { voice, clock, circuit } = world(['silent', 'silent', 'silent', 'silent']);
    for (const [n, ms] of [300, 2000, 2000, 2000].entries()) {
      expect(circuit.why, String(n)).toBeUndefined();
      const stop = new AbortController();
      const run = (async () => {
        for await (const piece of voice.speak({ text: 'Hello.', language: 'en' }, stop.signal)) void piece;
      })();
      run.catch(() => {});
      await clock.advance(ms);
      stop.abort(new Error('enough'));
      await expect(run).rejects.toThrow('enough');
    }
    expect(circuit.why).toContain('it stopped speaking');
  });

  it('B62 in a call: two seconds of silence in mid-sentence, then the other voice goes on from there', async () => {
    const text = 'We are open every day from nine in the morning until ten in the evening.';
    const stalls: TextToSpeech = {
      name: 'vendor',
      async *speak(sentence, signal): AsyncGenerator<TtsPiece> {
        const samples = new Int16Array(16_000).fill(5000);
        yield { kind: 'audio', samples, sampleRateHz: 8000 };
        await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        });
      },
    };
    let other!: ScriptedVoice;
    const scene = callWorld({
      answer: () => [words('hours', text), listen()],
      fallbackVoice: (clock) => (other = new ScriptedVoice(clock, {}, 'other')),
    });
    const circuit = new Circuit({ clock: scene.clock });
    scene.voice.speak = steadyVoice(stalls, { clock: scene.clock, circuit }).speak;
    await scene.until(12_000);
    expect(other.asked).toHaveLength(1);
    // No more than 2.3 s after the last sound of the first voice, which was handed over at once.
    expect(other.asked[0]!.atMs).toBeLessThanOrEqual(2300);
    expect(text.endsWith(other.asked[0]!.text)).toBe(true);
    scene.call.hangUp();
    expect((await scene.ended()).turns[0]!.text).toBe(text);
  });

  it('B69 keeps its connection warm while nobody calls, until it is closed', async () => {
    const clock = new VirtualClock();
    let warmed = 0;
    const vendor: TextToSpeech = Object.assign(troubled(clock, []), {
      warm: () => {
        warmed += 1;
        return Promise.resolve();
      },
    });
    const voice = steadyVoice(vendor, { clock, circuit: new Circuit({ clock }) });
    await voice.warm!();
    await clock.advance(5 * 60_000);
    expect(warmed).toBe(11);
    voice.close!();
    await clock.advance(5 * 60_000);
    expect(warmed).toBe(11);
  });

  it('B92 counts characters by who was given them, what nobody heard too', async () => {
    const { voice, clock, vendor } = world(['refuse', undefined, 100]);
    const sheet = new UsageSheet();
    await said(voice, clock, 'Ten chars.', { spent: sheet.add });
    await said(voice, clock, 'Häuser', { spent: sheet.add });
    expect(vendor.asked).toHaveLength(3);
    expect(sheet.lines()).toEqual([{ who: 'vendor', what: 'tts_characters', amount: 26 }]);
  });
});
