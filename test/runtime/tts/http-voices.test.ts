import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import type { TextToSpeech } from '../../../runtime/contracts.js';
import { httpVoice, type HttpVoiceName } from '../../../runtime/tts/http-voices.js';
import { createTts } from '../../../runtime/tts/index.js';
import { describeTextToSpeech } from '../../conformance/tts.js';
import { bearerProblem, writeServiceAccount } from '../../loopback/google-account.js';
import { loopbackKey, startHttpSpeech, type LoopbackHttpSpeech } from '../../loopback/speech-over-http.js';

const names: HttpVoiceName[] = ['openai', 'piper', 'coqui', 'azure', 'google'];
const baseOf = (name: HttpVoiceName, { url }: LoopbackHttpSpeech): string => (name === 'openai' ? `${url}/v1` : url);

for (const name of names) {
  describeTextToSpeech(name, {
    words: false,
    create: async () => {
      const server = await startHttpSpeech();
      return {
        tts: httpVoice(name, { apiKey: loopbackKey, baseUrl: baseOf(name, server) }),
        close: async () => {
          expect(server.problems).toEqual([]);
          await server.close();
        },
      };
    },
  });
}

describe('voices over HTTP', () => {
  let server: LoopbackHttpSpeech;
  beforeEach(async () => {
    server = await startHttpSpeech();
  });
  afterEach(async () => {
    await server.close();
  });
  const provider = (name: HttpVoiceName, more: object = {}): TextToSpeech =>
    httpVoice(name, { apiKey: loopbackKey, baseUrl: baseOf(name, server), ...more });
  async function msOf(tts: TextToSpeech, more: object = {}): Promise<number> {
    let ms = 0;
    const sentence = { text: 'one <b>two</b> & three', language: 'en-US', ...more };
    for await (const piece of tts.speak(sentence, new AbortController().signal))
      if (piece.kind === 'audio') ms += (piece.samples.length * 1000) / piece.sampleRateHz;
    return ms;
  }

  it('ask for the words alone, with the voice, the model and the pace, each in its own way', async () => {
    for (const name of names) await msOf(provider(name, { voice: 'v', model: 'm' }), { rate: 0.8 });
    expect(server.requests.map(({ path, asked }) => [path, asked])).toEqual([
      ['/v1/audio/speech', { model: 'm', voice: 'v', input: 'one two & three', response_format: 'pcm', speed: 0.8 }],
      ['/', { text: 'one two & three', voice: 'v', length_scale: 1.25 }],
      ['/api/tts', { text: 'one two & three', speaker_id: 'v' }],
      [
        '/cognitiveservices/v1',
        { ssml: expect.stringContaining('<prosody rate="-20%">one two &amp; three</prosody>') },
      ],
      [
        '/v1/text:synthesize',
        {
          input: { text: 'one two & three' },
          voice: { languageCode: 'en-US', name: 'v' },
          audioConfig: { audioEncoding: 'LINEAR16', sampleRateHertz: 8000, speakingRate: 0.8 },
        },
      ],
    ]);
    expect(server.problems).toEqual([]);
  });

  it("say a sentence in its own voice before the flow's, at a pace within what they take", async () => {
    for (const rate of [0.01, 9])
      for (const name of names) await msOf(provider(name, { voice: 'of the flow' }), { voice: 'tom', rate });
    const told = server.requests.map(({ asked }) => JSON.stringify(asked));
    for (const request of told) expect(request).toMatch(/"tom"|name=\\"tom\\"/);
    const pace = (n: number): unknown[] =>
      server.requests.slice(n * names.length, (n + 1) * names.length).map(({ asked: { speed, length_scale, ssml, audioConfig } }) => // prettier-ignore
        speed ?? length_scale ?? /rate="[^"]*"/.exec(String(ssml))?.[0] ?? (audioConfig as { speakingRate?: number } | undefined)?.speakingRate); // prettier-ignore
    expect(pace(0)).toEqual([0.25, 100, undefined, 'rate="-50%"', 0.25]);
    expect(pace(1)).toEqual([4, expect.closeTo(1 / 9, 5), undefined, 'rate="+100%"', 2]);
    expect(server.problems).toEqual([]);
  });

  it('give SSML to those who read it, in their own root, and the words alone to the others', async () => {
    const ssml = '<speak version="1.1">one <break time="300ms"/> two</speak>';
    for (const name of names) await msOf(provider(name, { voice: 'v' }), { text: 'one two', ssml });
    expect(server.requests.map(({ asked }) => asked.ssml ?? asked.input ?? asked.text)).toEqual([
      'one two',
      'one two',
      'one two',
      expect.stringMatching(
        /^<speak version="1\.0".*<voice name="v">one <break time="300ms"\/> two<\/voice><\/speak>$/,
      ),
      { ssml: '<speak>one <break time="300ms"/> two</speak>' },
    ]);
    expect(server.problems).toEqual([]);
  });

  it.each([
    [401, 'refused', false],
    [404, 'refused', false],
    [429, 'busy', true],
    [503, 'unreachable', true],
  ])('say what a %i means and whether to try again', async (status, kind, retryable) => {
    server.fault = { kind: 'refuse', status };
    for (const name of names)
      await expect(msOf(provider(name))).rejects.toMatchObject({
        who: name,
        kind,
        retryable,
        message: expect.stringContaining(String(status)),
      });
  });

  it('fail when the connection breaks in mid-sentence, and when sound stays away', async () => {
    server.fault = { kind: 'drop' };
    for (const name of names) await expect(msOf(provider(name))).rejects.toMatchObject({ kind: 'closed' });
    server.fault = { kind: 'silent' };
    for (const name of names) {
      const clock = new VirtualClock();
      const run = msOf(provider(name, { clock }));
      run.catch(() => {});
      await clock.advance(8001);
      await expect(run).rejects.toMatchObject({ kind: 'timeout', retryable: true });
    }
  });

  it('take what is no sound for a mistake of theirs', async () => {
    server.fault = { kind: 'page' };
    for (const name of ['piper', 'coqui', 'google'] as const)
      await expect(msOf(provider(name))).rejects.toMatchObject({ kind: 'protocol' });
  });

  it('end the request at an abort', async () => {
    server.fault = { kind: 'stall' };
    const stop = new AbortController();
    const run = (async () => {
      for await (const piece of provider('openai').speak({ text: 'one two', language: 'en' }, stop.signal)) {
        void piece;
        stop.abort(new Error('barge-in'));
      }
    })();
    await expect(run).rejects.toThrow('barge-in');
    await expect.poll(() => server.aborted).toBe(1);
  });

  it('need a key where the vendor does, and never send it over a network in the clear', async () => {
    for (const [name, key] of [
      ['openai', 'OPENAI_API_KEY'],
      ['azure', 'AZURE_SPEECH_KEY'],
      ['google', 'GOOGLE_API_KEY'],
    ] as const)
      await expect(msOf(httpVoice(name))).rejects.toMatchObject({
        kind: 'refused',
        message: expect.stringContaining(`Set ${key}`),
      });
    await expect(msOf(httpVoice('azure', { apiKey: 'k' }))).rejects.toThrow('Set AZURE_TTS_URL');
    for (const name of names) expect(() => httpVoice(name, { baseUrl: 'http://voice.example' })).toThrow(UsageError);
  });

  it('are asked at Google by an account too, which goes before a key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-google-'));
    const account = { GOOGLE_APPLICATION_CREDENTIALS: writeServiceAccount(folder), GOOGLE_API_KEY: 'another' };
    const bearers: string[] = [];
    const door = createServer((request, response) => {
      bearers.push(String(request.headers.authorization).replace('Bearer ', ''));
      response.writeHead(403).end();
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    const { port } = door.address() as AddressInfo;
    const tts = await createTts('google', { GOOGLE_TTS_URL: `http://127.0.0.1:${port}`, ...account });
    await expect(msOf(tts)).rejects.toMatchObject({ kind: 'refused' });
    expect(bearerProblem(bearers[0]!, 'https://texttospeech.googleapis.com/', Date.now())).toBeUndefined();
    expect(bearerProblem(bearers[0]!, 'https://speech.googleapis.com/', Date.now())).toContain('for ');
    door.close();
    rmSync(folder, { recursive: true });
  });

  it('have their addresses from the environment, one for speech before the one for all of OpenAI', async () => {
    for (const [name, env] of Object.entries({
      openai: { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1', OPENAI_TTS_URL: `${server.url}/v1` },
      piper: { PIPER_URL: server.url },
      coqui: { COQUI_URL: server.url },
      azure: { AZURE_TTS_URL: server.url, AZURE_SPEECH_KEY: loopbackKey },
      google: { GOOGLE_TTS_URL: server.url, GOOGLE_API_KEY: loopbackKey },
    }))
      expect(await msOf(await createTts(name, { OPENAI_API_KEY: loopbackKey, ...env }))).toBeGreaterThan(800);
    const tts = await createTts('openai', { OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: loopbackKey });
    expect(await msOf(tts)).toBeGreaterThan(800);
  });
});
