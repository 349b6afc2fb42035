import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { awsTranscribe } from '../../../runtime/stt/aws-transcribe.js';
import { createStt } from '../../../runtime/stt/index.js';
import { callOf, describeHearingSocket, finals, hear, said, tone } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings } from '../../fixtures/speech.js';
import { loopbackAccount } from '../../loopback/aws-signature.js';
import { startAwsTranscribe, type LoopbackAwsTranscribe } from '../../loopback/aws-transcribe.js';

describeSpeechToText('aws', {
  hearsSound: false,
  speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startAwsTranscribe([said('where is my order')]);
    return {
      stt: awsTranscribe({ account: loopbackAccount, baseUrl: server.url }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

describeHearingSocket('aws', {
  envKey: 'AWS_ACCESS_KEY_ID',
  answersSilence: false,
  start: startAwsTranscribe,
  create: (options) => awsTranscribe({ account: loopbackAccount, ...options }),
});

describe('aws transcribe', () => {
  let server: LoopbackAwsTranscribe;
  beforeEach(async () => {
    server = await startAwsTranscribe([said('where is my order')]);
  });
  afterEach(async () => {
    await server.close();
  });
  const env = {
    AWS_ACCESS_KEY_ID: loopbackAccount.accessKeyId,
    AWS_SECRET_ACCESS_KEY: loopbackAccount.secretAccessKey,
    AWS_SESSION_TOKEN: loopbackAccount.sessionToken,
    AWS_REGION: loopbackAccount.region,
  };
  const call = () => callOf(3.5, { speech: [[0.45, 1.4]] });

  it('signs its address with the account of the environment, and asks in a language with its region', async () => {
    const stt = await createStt('aws/shop-words', { ...env, AWS_TRANSCRIBE_URL: server.url });
    for (const language of ['en', 'en-GB', 'pt'])
      for await (const event of stt.transcribe(callOf(0.2), { language }, new AbortController().signal))
        expect.fail(event.kind);
    expect(server.connections.map(({ searchParams }) => searchParams.get('language-code'))).toEqual([
      'en-US',
      'en-GB',
      'pt-BR',
    ]);
    expect(server.connections[0]!.searchParams.get('language-model-name')).toBe('shop-words');
    expect(server.problems).toEqual([]);
  });

  it.each([
    ['secretAccessKey', 'another'],
    ['sessionToken', 'another'],
    ['region', 'us-east-1'],
  ])('is refused for good with another %s', async (name, value) => {
    const stt = awsTranscribe({ account: { ...loopbackAccount, [name]: value }, baseUrl: server.url });
    await expect(hear(stt, call())).rejects.toMatchObject({ who: 'aws', kind: 'refused', retryable: false });
  });

  it('hears words with their times, and takes a full stop for none', async () => {
    const events = await hear(awsTranscribe({ account: loopbackAccount, baseUrl: server.url }), call());
    expect(events.filter(({ kind }) => kind === 'final')).toMatchObject([
      { text: 'where is my order', startMs: 450, endMs: 1400, confidence: 0.9, words: [{ text: 'where' }, {}, {}, {}] },
    ]);
    expect(events.some(({ kind }) => kind === 'end_of_turn')).toBe(false);
  });

  it('passes a frame over that arrives broken, and loses no word by it', async () => {
    server.fault = { kind: 'bad_crc' };
    const events = await hear(awsTranscribe({ account: loopbackAccount, baseUrl: server.url }), call());
    expect(finals(events)).toEqual(['where is my order']);
  });

  it.each([
    ['BadRequestException', 'refused', false],
    ['LimitExceededException', 'busy', true],
    ['InternalFailureException', 'unreachable', true],
    ['ServiceUnavailableException', 'unreachable', true],
    ['ConflictException', 'unreachable', true],
  ])('knows what a %s means, and passes none of its text on', async (type, kind, retryable) => {
    server.fault = { kind: 'exception', type, afterS: 0.8 };
    const stt = awsTranscribe({ account: loopbackAccount, baseUrl: server.url });
    const problem: unknown = await hear(stt, call()).catch((thrown: unknown) => thrown);
    expect(problem).toMatchObject({ who: 'aws', kind, retryable });
    expect(String(problem)).not.toContain('secret');
  });

  it('says what is missing, and sends no sound over a network in the clear', async () => {
    const { AWS_REGION, ...rest } = env;
    expect(AWS_REGION).toBeDefined();
    await expect(hear(await createStt('aws', {}), callOf(0.1))).rejects.toThrow('Set AWS_ACCESS_KEY_ID and AWS_SECRET');
    await expect(hear(await createStt('aws', rest), callOf(0.1))).rejects.toThrow('Set AWS_REGION');
    expect(() => awsTranscribe({ baseUrl: 'ws://ear.example' })).toThrow(UsageError);
  });
});
