import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { UsageError } from '../../../engine/errors.js';
import type { TextToSpeech, TtsPiece, Usage } from '../../../runtime/contracts.js';
import { awsPolly } from '../../../runtime/tts/aws-polly.js';
import { createTts } from '../../../runtime/tts/index.js';
import { seconds, speak } from '../../conformance/speech-socket.js';
import { describeTextToSpeech } from '../../conformance/tts.js';
import { loopbackAccount } from '../../loopback/aws-signature.js';
import { startHttpSpeech, type LoopbackHttpSpeech } from '../../loopback/speech-over-http.js';

for (const [name, voice] of [
  ['aws', 'Joanna'],
  ['aws with word times', 'Joanna?word_times=on'],
] as const)
  describeTextToSpeech(name, {
    words: voice !== 'Joanna',
    create: async () => {
      const server = await startHttpSpeech();
      return {
        tts: awsPolly({ account: loopbackAccount, baseUrl: server.url, voice }),
        close: async () => {
          expect(server.problems).toEqual([]);
          await server.close();
        },
      };
    },
  });

describe('aws polly', () => {
  let server: LoopbackHttpSpeech;
  beforeEach(async () => {
    server = await startHttpSpeech();
  });
  afterEach(async () => {
    await server.close();
  });
  const voice = (more: object = {}): TextToSpeech =>
    awsPolly({ account: loopbackAccount, baseUrl: server.url, ...more });
  const env = {
    AWS_ACCESS_KEY_ID: loopbackAccount.accessKeyId,
    AWS_SECRET_ACCESS_KEY: loopbackAccount.secretAccessKey,
    AWS_SESSION_TOKEN: loopbackAccount.sessionToken,
    AWS_REGION: loopbackAccount.region,
  };

  it('asks for telephone sound with the engine, the voice, the pace and the SSML of the sentence', async () => {
    const tts = await createTts('aws/standard', { ...env, AWS_POLLY_URL: server.url }, { voice: 'Emma' });
    await speak(tts, 'one two & three');
    await speak(tts, 'one two & three', { rate: 0.8, voice: 'Brian' });
    const ssml = '<speak version="1.1">one <break time="300ms"/> two</speak>';
    await speak(tts, 'one two', { ssml });
    await speak(tts, 'one two', { ssml, rate: 5 });
    const same = { Engine: 'standard', VoiceId: 'Emma', OutputFormat: 'pcm', SampleRate: '8000' };
    expect(server.requests.map(({ asked }) => asked)).toEqual([
      { ...same, TextType: 'text', Text: 'one two & three' },
      {
        ...same,
        VoiceId: 'Brian',
        TextType: 'ssml',
        Text: '<speak><prosody rate="80%">one two &amp; three</prosody></speak>',
      },
      { ...same, TextType: 'ssml', Text: '<speak>one <break time="300ms"/> two</speak>' },
      {
        ...same,
        TextType: 'ssml',
        Text: '<speak><prosody rate="200%">one <break time="300ms"/> two</prosody></speak>',
      },
    ]);
    expect(server.problems).toEqual([]);
  });

  it('times words only where the voice asks for it, and has the second request paid for', async () => {
    const spent: Usage[] = [];
    const bill = (usage: Usage): void => void spent.push(usage);
    await speak(voice(), 'one two', { spent: bill });
    expect(server.requests).toHaveLength(1);
    const pieces = await speak(voice({ voice: 'Amy?word_times=on' }), 'one two', { spent: bill });
    expect(server.requests).toHaveLength(3);
    expect(spent).toEqual([{ who: 'aws', what: 'tts_characters', amount: 7 }]);
    expect(pieces.flatMap((piece) => (piece.kind === 'words' ? piece.words : []))).toEqual([
      { text: 'one', startMs: 0, endMs: 300 },
      { text: 'two', startMs: 300, endMs: 600 },
    ]);
  });

  it.each([
    [403, 'refused', false],
    [429, 'busy', true],
    [503, 'unreachable', true],
  ])('says what a %i means and whether to try again', async (status, kind, retryable) => {
    server.fault = { kind: 'refuse', status };
    await expect(speak(voice())).rejects.toMatchObject({ who: 'aws', kind, retryable });
  });

  it.each([
    ['secretAccessKey', 'another'],
    ['sessionToken', 'another'],
    ['region', 'us-east-1'],
  ])('is refused for good with another %s', async (name, value) => {
    const tts = voice({ account: { ...loopbackAccount, [name]: value } });
    await expect(speak(tts)).rejects.toMatchObject({ who: 'aws', kind: 'refused', retryable: false });
  });

  it('fails where the sound breaks off in mid-sentence, after what came of it', async () => {
    server.fault = { kind: 'drop' };
    const pieces: TtsPiece[] = [];
    const run = (async () => {
      for await (const piece of voice().speak({ text: 'one two', language: 'en' }, new AbortController().signal))
        pieces.push(piece);
    })();
    await expect(run).rejects.toMatchObject({ kind: 'closed', retryable: true });
    expect(seconds(pieces)).toBeGreaterThan(0.2);
  });

  it('gives up on sound that never comes', async () => {
    server.fault = { kind: 'silent' };
    const clock = new VirtualClock();
    const run = speak(voice({ clock }));
    run.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    await clock.advance(8001);
    await expect(run).rejects.toMatchObject({ kind: 'timeout', retryable: true });
  });

  it('says what is missing or unknown, and sends no words over a network in the clear', async () => {
    const { AWS_REGION, ...rest } = env;
    expect(AWS_REGION).toBeDefined();
    await expect(speak(await createTts('aws', {}))).rejects.toThrow('Set AWS_ACCESS_KEY_ID and AWS_SECRET');
    await expect(speak(await createTts('aws', rest))).rejects.toThrow('Set AWS_REGION');
    await expect(speak(voice({ voice: 'Amy?style=calm' }))).rejects.toThrow('There is word_times');
    expect(() => awsPolly({ baseUrl: 'http://voice.example' })).toThrow(UsageError);
  });
});
