import { describe, expect, it } from 'vitest';
import type { Agent } from '../../../engine/language/flow.js';
import { brief, load } from './load-text.js';

const agentWith = (voice: string, languages = '[en-IE, es-MX]'): string => `agent: shop
languages: ${languages}
${voice}
start: hours
---
flow: hours
states: { tell: { say: "1", to: end } }
---
locale: es
words: {}
`;
const voiceIn = async (voice: string): Promise<Agent['voice'] | undefined> => {
  const { agent, problems } = await load(agentWith(voice));
  expect(brief(problems)).toEqual([]);
  return agent?.locales?.get('es-MX')?.voice;
};

describe('the voice of a language', () => {
  it('is that of the agent, but for what stands under the language', async () => {
    const voice = await voiceIn(
      'voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3, voice: katie, es: { voice: lucia } }',
    );
    expect(voice).toMatchObject({ stt: 'deepgram/nova-3', tts: 'cartesia/sonic-3', voice: 'lucia' });
  });

  it('prefers the lines of its own region', async () => {
    const voice = await voiceIn('voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3, es-MX: { voice: mexico } }');
    expect(voice?.voice).toBe('mexico');
  });

  it('is not the voice of one provider at another', async () => {
    const voice = await voiceIn(
      'voice: { stt: deepgram/nova-3, tts: embedded, voice: rms, es: { tts: cartesia/sonic-3 } }',
    );
    expect(voice).toMatchObject({ tts: 'cartesia/sonic-3', voice: undefined });
  });

  it('stays that of the first language where nothing else is said', async () => {
    const { agent } = await load(
      agentWith('voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3, es: { voice: lucia } }'),
    );
    expect(agent?.voice.voice).toBeUndefined();
  });
});

describe('a language that nobody hears or speaks', () => {
  it.each([
    ['', 'hear es-MX: the embedded recogniser and voice know', 'es: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }'],
    ['voice: { stt: deepgram/nova-3 }', 'speak es-MX: the embedded voice knows', 'es: { tts: cartesia/sonic-3 }'],
    ['voice: { tts: cartesia/sonic-3 }', 'hear es-MX: the embedded recogniser knows', 'es: { stt: deepgram/nova-3 }'],
    [
      'voice: { stt: embedded, tts: embedded/rms }',
      'hear es-MX',
      'es: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }',
    ],
  ])('is a warning where the languages are named: %s', async (voice, message, cure) => {
    const { agent, problems } = await load(agentWith(voice));
    expect(agent).toBeDefined();
    expect(brief(problems)).toEqual(['no-voice 2:12']);
    expect(problems[0]).toMatchObject({ severity: 'warning' });
    expect(problems[0]!.message).toContain(message);
    expect(problems[0]!.cure).toContain(cure);
  });

  it('may be an only language too', async () => {
    const { problems } = await load(
      'agent: a\nlanguage: es\nstart: f\n---\nflow: f\nstates: { s: { say: Hola, to: end } }\n',
    );
    expect(brief(problems)).toEqual(['no-voice 2:11']);
  });
});

describe('a provider that does not exist', () => {
  it.each([
    ['voice: { stt: depgram/nova-3 }', 'There is no speech recogniser "depgram".', 'Did you mean "deepgram"?'],
    ['voice: { tts: elevenlab }', 'There is no voice provider "elevenlab".', 'Did you mean "elevenlabs"?'],
    ['voice: { tts: vosk }', 'There is no voice provider "vosk".', 'cartesia'],
    ['voice: { es: { stt: cartesia } }', 'There is no speech recogniser "cartesia".', 'assemblyai'],
  ])('is a mistake with its line: %s', async (voice, message, cure) => {
    const { problems } = await load(agentWith(voice));
    const problem = problems.find(({ code }) => code === 'unknown-id')!;
    expect(problem).toMatchObject({ severity: 'error', message });
    expect(problem.cure).toContain(cure);
  });
});

describe('lines for a voice', () => {
  it('of a language that the agent does not speak are a mistake', async () => {
    const { problems } = await load(
      agentWith('voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3, fr: { voice: amelie } }'),
    );
    expect(problems.map(({ code, cure }) => `${code}: ${cure}`)).toEqual(['unknown-id: It speaks en-IE and es-MX.']);
  });

  it('are known by name: a slip is told with the nearest key', async () => {
    const { problems } = await load(
      agentWith('voice: { sst: deepgram/nova-3, tts: cartesia/sonic-3, es: { vioce: x } }'),
    );
    expect(problems.map(({ cure }) => cure)).toEqual(
      expect.arrayContaining(['Did you mean "stt"?', 'Did you mean "voice"?']),
    );
  });
});

describe('the voice of a flow and of a state', () => {
  const built = async (agentVoice: string, flowVoice: string, stateVoice = ''): Promise<Agent> => {
    const { agent, problems } = await load(`agent: shop
languages: [en-IE, es]
voice: ${agentVoice}
start: hours
---
flow: hours
voice: ${flowVoice}
states: { tell: { say: "1", ${stateVoice} to: end } }
---
locale: es
words: {}
`);
    expect(brief(problems)).toEqual([]);
    return agent!;
  };
  const cascadeOf = (agent: Agent | undefined): object => {
    const { speaker, pace } = agent!.flows.get('hours')!.cascade;
    return { speaker, pace };
  };
  const spanish = (agent: Agent): Agent | undefined => agent.locales?.get('es');

  it("has its name and pace, in another language that language's", async () => {
    const agent = await built(
      '{ stt: deepgram/nova-3, tts: cartesia/sonic-3 }',
      '{ voice: tom, pace: 0.9, es: { voice: juan } }',
    );
    expect(cascadeOf(agent)).toEqual({ speaker: 'tom', pace: 0.9 });
    expect(cascadeOf(spanish(agent))).toEqual({ speaker: 'juan', pace: 0.9 });
  });

  it('is not asked of the provider of another language, which has other voices', async () => {
    const agent = await built(
      '{ stt: deepgram/nova-3, tts: embedded, es: { tts: cartesia/sonic-3 } }',
      '{ voice: rms, pace: 1.1 }',
    );
    expect(cascadeOf(agent)).toEqual({ speaker: 'rms', pace: 1.1 });
    expect(cascadeOf(spanish(agent))).toEqual({ speaker: undefined, pace: 1.1 });
  });

  it.each([
    ['voice: { fr: { voice: marie } }', 'unknown-id 5:38'],
    ['voice: { pace: 5 }', 'wrong-type 5:44'],
    ['voice: { tts: cartesia/sonic-3 }', 'unknown-key 5:38'],
  ])('is a problem in a state: %s', async (voice, problem) => {
    const { problems } = await load(
      `agent: shop\nstart: hours\n---\nflow: hours\nstates: { tell: { say: "1", ${voice}, to: end } }\n`,
    );
    expect(brief(problems)).toEqual([problem]);
  });
});
