import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SpeechToText, SttEvent, SttInput } from '../../../runtime/contracts.js';
import { createStt } from '../../../runtime/stt/index.js';
import { whisperStt } from '../../../runtime/stt/whisper/whisper-stt.js';
import { callOf } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings } from '../../fixtures/speech.js';
import { writeTinyWhisper } from '../../fixtures/tiny-whisper.js';

const folder = mkdtempSync(join(tmpdir(), 'tiny-whisper-'));
const said = { low: 'where is my order', high: 'thank you (laughs)' };

beforeAll(() => {
  writeTinyWhisper(folder, 'tiny/whisper', said);
  writeTinyWhisper(folder, 'tiny/mute', { low: '', high: '[BLANK_AUDIO]' });
  writeTinyWhisper(folder, 'tiny/whisper.en', { ...said, isMultilingual: false });
});
afterAll(() => rmSync(folder, { recursive: true }));

function toneAt(hz: number, ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, n) => 8000 * Math.sin((2 * Math.PI * hz * n) / 8000));
}

describeSpeechToText('whisper', {
  hearsSound: true,
  hearsWhole: true,
  speech: () => Promise.resolve({ sound: toneAt(300, 1100), text: said.low, listening: listenings.menu }),
  create: () => {
    const stt = whisperStt({ model: 'tiny/whisper', folder });
    return Promise.resolve({ stt, close: () => stt.close!() });
  },
});

describe('whisper in this process', () => {
  const opened: SpeechToText[] = [];
  afterAll(() => {
    for (const stt of opened) stt.close!();
  });
  const whisper = (model = 'tiny/whisper'): SpeechToText => {
    const stt = whisperStt({ model, folder });
    opened.push(stt);
    return stt;
  };
  async function* utterances(...tones: number[]): AsyncGenerator<SttInput> {
    let atMs = 0;
    for (const hz of tones) {
      yield { kind: 'speech_started', atMs };
      for (let n = 0; n < 20; n++) yield { kind: 'audio', samples: toneAt(hz, 32), atMs: (atMs += 32) };
      yield { kind: 'speech_ended', atMs };
    }
  }
  async function hear(stt: SpeechToText, input: AsyncIterable<SttInput>, language = 'en-US'): Promise<SttEvent[]> {
    const events: SttEvent[] = [];
    for await (const event of stt.transcribe(input, { language }, new AbortController().signal)) events.push(event);
    return events;
  }
  const textsOf = (events: SttEvent[]): string[] => events.map((event) => (event.kind === 'final' ? event.text : '?'));

  it('hears what is in the sound, an utterance after the other, and leaves out what is no word', async () => {
    const events = await hear(whisper(), utterances(300, 2500, 300));
    expect(textsOf(events)).toEqual(['where is my order', 'thank you', 'where is my order']);
    expect(events[1]).toMatchObject({ startMs: 640, endMs: 1280 });
  });

  it('tells a model that knows many languages which one is spoken, and one of English alone nothing', async () => {
    expect(textsOf(await hear(whisper(), utterances(300), 'es-MX'))).toEqual([said.low]);
    expect(textsOf(await hear(whisper('tiny/whisper.en'), utterances(300)))).toEqual([said.low]);
  });

  it('says that speech held no words, where the model writes none', async () => {
    expect(textsOf(await hear(whisper('tiny/mute'), utterances(300, 2500)))).toEqual(['', '']);
  });

  it('is chosen by its name, with the models of PARLEY_MODELS', async () => {
    const stt = await createStt('whisper/tiny/whisper', { PARLEY_MODELS: folder });
    opened.push(stt);
    expect(textsOf(await hear(stt, utterances(300)))).toEqual([said.low]);
  });

  it('says which files a model lacks, and where they belong', async () => {
    await expect(hear(whisper('tiny/none'), callOf(0.1))).rejects.toMatchObject({
      who: 'whisper',
      kind: 'refused',
      retryable: false,
      message: expect.stringMatching(
        /tiny\/none lacks generation_config\.json.* config\.json.*flow models pull tiny\/none.*PARLEY_MODELS/,
      ),
    });
    await expect(whisper('tiny/none').warm!()).rejects.toMatchObject({ kind: 'refused' });
  });

  it('refuses an utterance while too many wait, so that another one is asked', async () => {
    const stt = whisper();
    const runs = Array.from({ length: 12 }, () => hear(stt, utterances(300)).catch((problem: unknown) => problem));
    const ends = await Promise.all(runs);
    expect(ends.filter((end) => Array.isArray(end))).toHaveLength(8);
    expect(ends.filter((end) => !Array.isArray(end))).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ kind: 'busy', retryable: true }) as unknown),
    );
  });
});
