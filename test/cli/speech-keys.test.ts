import { expect, it } from 'vitest';
import { tellMissingKeys, tellUnnamed } from '../../cli/speech-keys.js';
import type { Agent } from '../../engine/language/flow.js';

it('says once which key each provider lacks here, and who answers in its place', () => {
  const agentOf = (stt?: string, tts?: string) => ({ voice: { stt, tts } }) as Agent;
  const agents = [
    agentOf('deepgram/flux', 'elevenlabs'),
    agentOf('deepgram/flux', 'openai/tts-1'),
    agentOf('vosk', 'embedded/rms'),
    agentOf(),
  ];
  expect(tellMissingKeys(agents, { ELEVENLABS_API_KEY: 'k', OPENAI_BASE_URL: 'http://127.0.0.1:9' })).toEqual([
    'deepgram/flux needs DEEPGRAM_API_KEY, which is not set here: in a call the embedded recogniser stands in.',
  ]);
  expect(
    tellMissingKeys([agentOf('aws', 'aws/standard')], { AWS_ACCESS_KEY_ID: 'k', AWS_REGION: 'eu-west-1' }),
  ).toEqual([
    'aws needs AWS_SECRET_ACCESS_KEY, which is not set here: in a call the embedded recogniser stands in.',
    'aws/standard needs AWS_SECRET_ACCESS_KEY, which is not set here: in a call the embedded voice stands in.',
  ]);
  // One of several will do.
  expect(tellMissingKeys([agentOf('google')], { GOOGLE_APPLICATION_CREDENTIALS: '/keys/ear.json' })).toEqual([]);
  expect(tellMissingKeys([agentOf('google/rest')], {})[0]).toContain('needs GOOGLE_API_KEY');
  expect(tellMissingKeys(agents, { DEEPGRAM_API_KEY: 'k', OPENAI_API_KEY: 'k' })).toEqual([
    'elevenlabs needs ELEVENLABS_API_KEY, which is not set here: in a call the embedded voice stands in.',
  ]);
});

it('says where a key is set that no agent uses, and nothing of a key that models are asked with', () => {
  const agentOf = (name: string, stt?: string, tts?: string) => ({ name, voice: { stt, tts } }) as Agent;
  const agents = [agentOf('desk'), agentOf('shop', 'deepgram/nova-3', 'cartesia/sonic-3')];
  expect(tellUnnamed(agents, { DEEPGRAM_API_KEY: 'k', CARTESIA_API_KEY: 'k' })).toEqual([
    'desk: the embedded recogniser, though DEEPGRAM_API_KEY is set. To use it write voice: { stt: deepgram } in the agent.',
    'desk: the embedded voice, though CARTESIA_API_KEY is set. To use it write voice: { tts: cartesia } in the agent.',
  ]);
  expect(tellUnnamed(agents, { OPENAI_API_KEY: 'k' })).toEqual([]);
  expect(tellUnnamed(agents.slice(1), { DEEPGRAM_API_KEY: 'k' })).toEqual([]);
});
