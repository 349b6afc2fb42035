/** Which speech providers answer an agent's calls. */
import type { Agent } from '../engine/language/flow.js';
import type { SpeechToText, TextToSpeech } from '../runtime/contracts.js';
import type { Environment } from './assemble.js';

/** Speech for calls: shared by every agent that chose the same providers. */
export interface Speech {
  stt: SpeechToText;
  tts: TextToSpeech;
}

/**
 * The providers that the agent's `voice:` names, or the embedded ones where their key is missing (said once).
 */
export async function speechFor(agent: Agent, env: Environment, log: (line: string) => void): Promise<Speech> {
  const [{ sttProviders, createStt }, { ttsProviders, createTts }] = await Promise.all([
    import('../runtime/stt/index.js'),
    import('../runtime/tts/index.js'),
  ]);
  const usable = (wanted: string | undefined, providers: Record<string, { envKey?: string } | undefined>): string => {
    if (wanted === undefined) return 'embedded';
    const key = providers[wanted.split('/')[0]!]?.envKey;
    return key === undefined || env[key] ? wanted : 'embedded';
  };
  const stt = usable(agent.voice.stt, sttProviders);
  const tts = usable(agent.voice.tts, ttsProviders);
  const replaced = [
    stt === 'embedded' && agent.voice.stt !== undefined && agent.voice.stt !== 'embedded' ? agent.voice.stt : undefined,
    tts === 'embedded' && agent.voice.tts !== undefined && agent.voice.tts !== 'embedded' ? agent.voice.tts : undefined,
  ].filter((name) => name !== undefined);
  if (replaced.length > 0) {
    const keys = [sttProviders, ttsProviders].flatMap((table) =>
      Object.entries(table as Record<string, { envKey?: string }>)
        .filter(([name]) => replaced.some((one) => one.split('/')[0] === name))
        .map(([, provider]) => provider.envKey),
    );
    log(
      `${agent.name}: the embedded speech stands in for ${replaced.join(' and ')} (for trying and testing); set ${keys.join(' and ')} to use them`,
    );
  }
  return { stt: await createStt(stt, env), tts: await createTts(tts, env, agent.voice.voice) };
}
