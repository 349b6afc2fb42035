import { afterAll, describe, expect, it } from 'vitest';
import { hearAgent, tellHeard } from '../../../cli/caller/agent-heard.js';
import { utter } from '../../../cli/turn-sound.js';
import { join } from '../../../runtime/audio/level.js';
import { embeddedStt } from '../../../runtime/stt/embedded/embedded-stt.js';
import { embeddedTts } from '../../../runtime/tts/embedded/embedded-tts.js';

const voice = embeddedTts({ voice: 'slt' });
const ear = embeddedStt({ workers: 1 });
afterAll(() => {
  voice.close?.();
  ear.close?.();
});

const texts = [
  'Hello, this is Acme. You can ask about an order, a payment, or our opening hours.',
  'Order 4 4 7 1 is shipped, and should arrive on Wednesday.',
  'Is there anything else I can do?',
];
const said = texts.map((text) => ({ text }));
const pause = new Int16Array(16_000);
const sounds = (): Promise<Int16Array[]> => Promise.all(texts.map((text) => utter(text, { voice, language: 'en' })));
const withPauses = (parts: Int16Array[]): Int16Array => join(parts.flatMap((part) => [part, pause]));
const heard = (parts: Int16Array[], pieces: { text: string; cut?: boolean }[] = said) =>
  hearAgent(withPauses(parts), pieces, { ear, language: 'en' });

describe('what a caller understands of the agent', { timeout: 60_000 }, () => {
  it('is nearly all of it where the sound is whole', async () => {
    const result = (await heard(await sounds()))!;
    expect(result.share).toBeGreaterThan(0.9);
    expect(result).toMatchObject({ ear: 'embedded', missed: [] });
    expect(tellHeard(result)[0]).toMatch(/^Understood (9\d|100) % of the agent's 35 words/);
  });

  it('names the piece that is missing, and the one that breaks off', async () => {
    const [first, second, third] = await sounds();
    const silent = (await heard([first!, new Int16Array(second!.length), third!]))!;
    expect(silent.missed.map(({ text }) => text)).toEqual([texts[1]]);
    expect(silent.share).toBeLessThan(0.8);
    const broken = (await heard([first!.subarray(0, 8000), second!, third!]))!;
    expect(broken.missed.map(({ text }) => text)).toEqual([texts[0]]);
  });

  it('is nothing of sound in tatters', async () => {
    const tattered = (await sounds()).map((sound) => sound.map((sample, n) => (Math.floor(n / 400) % 2 ? 0 : sample)));
    expect((await heard(tattered))!.share).toBeLessThan(0.3);
  });

  it('does not blame the agent for what the caller cut short', async () => {
    const [first, second, third] = await sounds();
    const parts = [first!.subarray(0, 8000), second!, third!];
    const result = (await heard(
      parts,
      said.map((piece, n) => (n === 0 ? { ...piece, cut: true } : piece)),
    ))!;
    expect(result.missed).toEqual([]);
    expect(result.share).toBeGreaterThan(0.9);
    expect(await heard([first!], [{ text: texts[0]!, cut: true }])).toBeUndefined();
  });
});
