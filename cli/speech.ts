/** Which speech providers answer the agents' calls: what `voice:` names, or the embedded ones where a key is missing. */
import type { Clock } from '../engine/contracts.js';
import { OutsideError } from '../engine/errors.js';
import type { Agent } from '../engine/language/flow.js';
import type { SpeechToText, TextToSpeech, VoiceActivityDetector } from '../runtime/contracts.js';
import type { Log } from '../runtime/observe/log.js';
import { Circuit } from '../runtime/providers/circuit.js';
import type { WorkerSide } from '../runtime/server/workers/worker-side.js';
import { probeRecogniser, steadyRecogniser } from '../runtime/providers/steady-recogniser.js';
import { probeVoice, steadyVoice, withoutVoice } from '../runtime/providers/steady-voice.js';
import { sttByLanguage } from '../runtime/stt/by-language.js';
import { createStt, sttProviders } from '../runtime/stt/index.js';
import { ttsByLanguage } from '../runtime/tts/by-language.js';
import { cachedTts } from '../runtime/tts/cached.js';
import { pronounced } from '../runtime/tts/pronounced.js';
import { createTts, ttsProviders } from '../runtime/tts/index.js';
import { createVad } from '../runtime/vad/index.js';
import type { Environment } from './assemble.js';
import { fixedSentences, openingSentences, type Opening } from './fixed-sentences.js';
import type { OwnWords } from './own-words.js';
import { missingKey, tellUnnamed } from './speech-keys.js';

/** Providers, opened once and shared by all agents and calls. */
export interface Speech {
  /** In all of its languages. */
  of(agent: Agent): { stt: SpeechToText; tts: TextToSpeech };
  /** A detector for one call. */
  openVad(): VoiceActivityDetector;
  /** Another version of an agent is to be served: whatever it needs is opened and warm when this resolves. */
  add(agent: Agent): Promise<void>;
  /** No call of this version runs any more: what only it used is closed. */
  remove(agent: Agent): void;
  /** Speaks when an agent's own voice fails. */
  fallbackVoice: TextToSpeech;
  warm(): Promise<void>;
  close(): void;
}

export async function openSpeech(
  agents: readonly Agent[],
  { env, clock }: { env: Environment; clock: Clock },
  {
    say,
    log,
    worker,
    ownWords,
  }: {
    say: (line: string) => void;
    log: Log;
    worker?: Pick<WorkerSide, 'tellCircuit' | 'onCircuit'>;
    ownWords?: OwnWords;
  },
): Promise<Speech> {
  const listeners = new Map<string, SpeechToText>();
  const voices = new Map<string, TextToSpeech>();
  const chosen = new Map<Agent, { stt: SpeechToText; tts: TextToSpeech }>();
  const replaced = new Map<string, string>();

  const usable = (wanted: string | undefined, table: Parameters<typeof missingKey>[1]): string => {
    if (wanted === undefined) return 'embedded';
    const key = missingKey(wanted, table, env);
    if (key === undefined) return wanted;
    replaced.set(wanted, key);
    return 'embedded';
  };
  const isFirst = new WeakSet(agents);
  const languagesOf = (agent: Agent): Agent[] => [...(agent.locales?.values() ?? [agent])];
  /** By version: what an older one says is still kept while it has calls. */
  const fixed = new Map<Agent, Set<string>>();
  const mayKeep = (text: string): boolean => [...fixed.values()].some((texts) => texts.has(text));
  const openings = new Map<string, (Opening & { language: string })[]>();
  const unheard = new Set<string>();
  const choose = async (agent: Agent): Promise<void> => {
    const stt = usable(agent.voice.stt, sttProviders);
    const tts = usable(agent.voice.tts, ttsProviders);
    // A voice belongs to its provider: the embedded one that stands in has its own.
    const isStandIn = agent.voice.tts !== undefined && tts !== agent.voice.tts;
    const voice = tts === agent.voice.tts ? agent.voice.voice : undefined;
    const lexicon = agent.lexicon ?? new Map<string, string>();
    const sounds = lexicon.size > 0 ? JSON.stringify([...lexicon]) : '';
    const spoken = `${tts} ${isStandIn ? '(stands in) ' : (voice ?? '')}${sounds}`;
    if (!speaksEnglish(agent) && (stt.startsWith('embedded') || tts.startsWith('embedded')))
      unheard.add(agent.language);
    if (!listeners.has(stt)) {
      const made = stt === fallback.spec.stt ? lent(fallback.stt!) : await createStt(stt, env);
      listeners.set(stt, listening(stt, made, agent.language));
    }
    if (!voices.has(spoken)) {
      const sayFirst: (Opening & { language: string })[] = [];
      openings.set(spoken, sayFirst);
      const isFallback = tts === fallback.spec.tts && voice === undefined;
      const made = isFallback
        ? lent(fallback.tts)
        : await createTts(tts, env, {
            ...(voice !== undefined && { voice }),
            ...(ownWords && { onOwnWords: ownWords.of(tts, 'voice') }),
          });
      const steady = speaking(tts, isStandIn ? inItsOwnVoice(made) : made, agent.language);
      voices.set(spoken, cachedTts(pronounced(steady, lexicon), { mayKeep, sayFirst }));
    }
    fixed.set(agent, fixedSentences(agent));
    chosen.set(agent, { stt: listeners.get(stt)!, tts: voices.get(spoken)! });
    // The embedded voice costs nothing; what a service would say ahead is paid for, so it only connects.
    if (tts.startsWith('embedded') && isFirst.has(agent))
      openings
        .get(spoken)!
        .push(...openingSentences(agent).map((sentence) => ({ ...sentence, language: agent.language })));
  };
  const fallback = await openFallback(env);
  /** Told once for all calls; each call's own line says what its caller met. */
  const circuits: { name: string; circuit: Circuit }[] = [];
  const circuitOf = (name: string, probe: () => Promise<void>): Circuit => {
    const circuit = new Circuit({
      clock,
      probe,
      tell: (why) => {
        if (why === undefined) log.info('provider is back', { provider: name });
        else log.info('provider is not asked for now', { provider: name, problem: why });
        worker?.tellCircuit(name, why);
      },
    });
    circuits.push({ name, circuit });
    return circuit;
  };
  worker?.onCircuit(({ provider, why }) => {
    for (const { name, circuit } of circuits) if (name === provider) circuit.follow(why);
  });
  // What runs in this process has no connection to lose.
  const listening = (spec: string, stt: SpeechToText, language: string): SpeechToText => {
    if (stt.name === 'embedded') return stt;
    const circuit = circuitOf(spec, () => probeRecogniser(stt, language));
    const { stt: other, hears: otherHears } = fallback;
    return steadyRecogniser(stt, { clock, circuit, ...(other && { other, otherHears }) });
  };
  const speaking = (spec: string, tts: TextToSpeech, language: string): TextToSpeech => {
    if (tts.name === 'embedded') return tts;
    const circuit = circuitOf(spec, () => probeVoice(tts, language));
    return steadyVoice(tts, { clock, circuit, other: fallback.tts });
  };
  for (const agent of agents.flatMap(languagesOf)) await choose(agent);
  if (replaced.size > 0) {
    say(
      `Speech: the embedded recogniser and voice, for trying and testing. Set ${[...replaced.values()].join(' and ')} to use ${[...replaced.keys()].join(' and ')}.`,
    );
  }
  for (const line of tellUnnamed(agents.flatMap(languagesOf), env)) say(`Speech: ${line}`);
  if (unheard.size > 0) {
    const cure =
      replaced.size > 0
        ? `Set ${[...new Set(replaced.values())].join(' and ')}`
        : `Name who does under voice: in the agent, as in voice: { ${[...unheard][0]!}: { stt: deepgram/nova-3, tts: cartesia/sonic-3 } }`;
    say(
      `Speech: calls in ${[...unheard].join(', ')} will not be understood: the embedded recogniser and voice know English only. ${cure}.`,
    );
  }
  const vad = createVad(env.PARLEY_VAD ?? 'silero', say);
  const fallbackVoice = fallback.tts;
  // A service that refuses now may answer later, and until then the fallback speaks: no reason not to start.
  const warmed = async (provider: SpeechToText | TextToSpeech): Promise<void> => {
    try {
      await provider.warm?.();
    } catch (problem) {
      if (provider.name === 'embedded' || !(problem instanceof OutsideError)) throw problem;
      say(`Speech: ${problem.message}`);
    }
  };
  const all = (): (SpeechToText | TextToSpeech)[] => [
    ...listeners.values(),
    ...voices.values(),
    fallbackVoice,
    ...(fallback.stt ? [fallback.stt] : []),
  ];
  return {
    of: (agent) => {
      const main = chosen.get(agent)!;
      const { locales } = agent;
      if (!locales) return main;
      const inIts = (language: string): typeof main => chosen.get(locales.get(language) ?? agent)!;
      return {
        stt: sttByLanguage(main.stt.name, (language) => inIts(language).stt),
        tts: ttsByLanguage(main.tts.name, (language) => inIts(language).tts),
      };
    },
    openVad: () => vad.open(),
    fallbackVoice,
    add: async (agent) => {
      const before = new Set(all());
      for (const one of languagesOf(agent)) await choose(one);
      await Promise.all(
        all()
          .filter((provider) => !before.has(provider) && provider !== fallback.stt)
          .map(warmed),
      );
    },
    remove: (agent) => {
      for (const one of languagesOf(agent)) {
        chosen.delete(one);
        fixed.delete(one);
      }
      const used = new Set<unknown>([fallbackVoice, ...[...chosen.values()].flatMap(({ stt, tts }) => [stt, tts])]);
      for (const table of [listeners, voices])
        for (const [name, provider] of table) {
          if (used.has(provider)) continue;
          table.delete(name);
          provider.close?.();
        }
    },
    warm: async () => {
      // The other recogniser is for a day on which the first fails: its models load then.
      const soon = [...new Set(all())].filter((one) => one !== fallback.stt);
      await Promise.all([vad.warm(), ...soon.map(warmed)]);
    },
    close: () => {
      vad.close();
      for (const provider of new Set(all())) provider.close?.();
    },
  };
}

/** Who speaks and listens where an agent's own provider does not. */
async function openFallback(env: Environment): Promise<{
  tts: TextToSpeech;
  stt?: SpeechToText;
  hears: (language: string) => boolean;
  spec: { stt: string; tts: string };
}> {
  const { PARLEY_FALLBACK_STT: stt = 'embedded', PARLEY_FALLBACK_TTS: tts = 'embedded' } = env;
  const isEmbedded = stt.split('/')[0] === 'embedded';
  return {
    tts: await createTts(tts, env),
    ...(stt !== 'none' && { stt: await createStt(stt, env) }),
    hears: (language) => !isEmbedded || /^en\b/i.test(language),
    spec: { stt, tts },
  };
}

/** States name voices of the provider that it stands in for. */
function inItsOwnVoice(tts: TextToSpeech): TextToSpeech {
  return { ...tts, speak: (sentence, signal) => tts.speak(withoutVoice(sentence), signal) };
}

/** One that others use too: it is not theirs to close. */
function lent<T extends SpeechToText | TextToSpeech>(provider: T): T {
  return { ...provider, close: undefined };
}

/** The embedded recogniser and voices know nothing else. */
export function speaksEnglish({ language }: Pick<Agent, 'language'>): boolean {
  return /^en\b/i.test(language);
}
