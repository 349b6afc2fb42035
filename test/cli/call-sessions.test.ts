import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallSessions, sharedSession } from '../../cli/call-sessions.js';
import { OwnWords } from '../../cli/own-words.js';
import { VirtualClock } from '../../engine/clock.js';
import type { LanguageModel } from '../../engine/contracts.js';
import type { Agent } from '../../engine/language/flow.js';
import { loadAgent } from '../../engine/language/load.js';
import { openAiRealtimeModel } from '../../runtime/llm/openai-realtime.js';
import { Metrics } from '../../runtime/observe/metrics.js';

const key = { OPENAI_API_KEY: 'k' };
const all = 'voice: { stt: openai/realtime, tts: openai/realtime, voice: cedar }\nllm: openai/realtime';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-sessions-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function agentWith(lines: string): Promise<Agent> {
  writeFileSync(
    join(folder, 'agent.yaml'),
    `agent: shop\n${lines}\nstart: a\n---\nflow: a\nstates: { b: { say: Hi., to: end } }\n`,
  );
  return (await loadAgent(folder)).agent!;
}

describe('a session that the parts of a call share', () => {
  it.each([
    ['ear, voice and model', all, key, 'gpt-realtime', 'cedar'],
    [
      'ear and voice',
      'voice: { stt: openai/realtime, tts: openai/realtime/gpt-realtime-mini }',
      key,
      'gpt-realtime-mini',
      undefined,
    ],
    [
      'ear and model, beside another voice',
      'voice: { stt: openai/realtime/whisper-1, tts: cartesia/sonic-3, voice: katie }\nllm: [openai/small, openai/realtime]',
      key,
      'gpt-realtime',
      undefined,
    ],
    [
      'ear and the model of the environment',
      'voice: { stt: openai/realtime }',
      { ...key, PARLEY_LLM: 'openai/realtime/gpt-realtime-2' },
      'gpt-realtime-2',
      undefined,
    ],
  ])('is there for %s', async (_, lines, env, model, voice) => {
    expect(sharedSession(await agentWith(lines), env)).toEqual({ base: 'https://api.openai.com/v1', model, voice });
  });

  it.each([
    ['without a key', all, {}],
    ['for an ear alone', 'voice: { stt: openai/realtime }\nllm: openai/small', key],
    [
      'for a voice and a model whose caller another one hears',
      'voice: { stt: deepgram/nova-3, tts: openai/realtime }\nllm: openai/realtime',
      key,
    ],
    [
      'for parts that are named by their model',
      'voice: { stt: openai/gpt-realtime-whisper, tts: openai/gpt-realtime }\nllm: openai/gpt-realtime',
      key,
    ],
    ['for an ear at an address of its own', all, { ...key, OPENAI_STT_URL: 'https://ear.example/v1' }],
  ])('is not there %s', async (_, lines, env) => {
    expect(sharedSession(await agentWith(lines), env)).toBeUndefined();
  });

  it('is without the voice where that is at an address of its own', async () => {
    const env = { ...key, OPENAI_TTS_URL: 'https://voice.example/v1', OPENAI_BASE_URL: 'https://own.example/v1' };
    expect(sharedSession(await agentWith(all), env)).toEqual({ base: 'https://own.example/v1', model: 'gpt-realtime', voice: undefined }); // prettier-ignore
  });

  it('is the model’s for as long as the call lasts, and another model’s never', async () => {
    const clock = new VirtualClock();
    const sessions = new CallSessions(key, clock, new OwnWords({ warn: () => {} }));
    const model = openAiRealtimeModel({ apiKey: 'k', clock });
    const mini = openAiRealtimeModel({ apiKey: 'k', clock, model: 'gpt-realtime-mini' });
    const other: LanguageModel = { name: 'other', async *stream() {} };
    const own = sessions.modelsOf('call 1');
    expect(own(model)).toBe(model);
    const session = (await sessions.open(await agentWith(all), 'call 1'))!;
    expect(own(model)).toMatchObject({ name: 'gpt-realtime', hears: true });
    expect(own(mini).hears).toBeUndefined();
    expect(own(other)).toBe(other);
    expect(sessions.modelsOf('call 2')(model)).toBe(model);
    // Gone on with in another call, which has a session of its own.
    const next = (await sessions.open(await agentWith(all), 'call 1'))!;
    session.close();
    expect(own(model).hears).toBe(true);
    next.close();
    expect(own(model)).toBe(model);
  });
});

describe('words of a model’s own', () => {
  it('are counted by whose they are, and said at the first and every hundredth', () => {
    const lines: string[] = [];
    const ownWords = new OwnWords({ warn: (event) => void lines.push(event) });
    const metrics = new Metrics();
    ownWords.count(metrics);
    for (let n = 0; n < 101; n++) ownWords.of('openai/realtime', 'voice')();
    ownWords.of('gpt-realtime', 'session')();
    expect(lines).toEqual([
      'openai/realtime said something else than it was asked to read; nobody hears it (1 so far)',
      'openai/realtime said something else than it was asked to read; nobody hears it (101 so far)',
      'gpt-realtime answered the caller without being asked; nobody hears it (1 so far)',
    ]);
    expect(metrics.text()).toContain('voice_own_words_total{provider="openai/realtime",part="voice"} 101');
    expect(metrics.text()).toContain('voice_own_words_total{provider="gpt-realtime",part="session"} 1');
  });
});
