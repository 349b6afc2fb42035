/** The recognisers there are: one line each. A provider's code loads when it is chosen. */
import { UsageError } from '../../engine/errors.js';
import type { SpeechToText } from '../contracts.js';
import { awsAccountIn, awsNeeds } from '../providers/aws-account.js';
import { googleAccountIn, googleAccounts } from '../providers/google-account.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface SttOptions {
  /** The key, from the variable that `envKey` names. */
  apiKey?: string;
  baseUrl?: string;
  model?: string;
}

export interface SttProvider {
  /** @param env for what is neither key nor address */
  create(options: SttOptions, env: Environment): Promise<SpeechToText>;
  /** The environment variables for its key and another address; none for a provider that needs no key. */
  envKey?: string;
  /** What is needed besides the key. */
  envMore?: readonly string[];
  /** Any of them does in place of the key. */
  envInstead?: readonly string[];
  /** The first that is set counts. */
  envUrl?: readonly string[];
  /** At an address of one's own it may do without its key. */
  keyless?: boolean;
}

export const sttProviders: Record<string, SttProvider> = {
  embedded: { create: async () => (await import('./embedded/embedded-stt.js')).embeddedStt() },
  deepgram: {
    // Flux speaks another wire: a turn is heard by its own model.
    create: async (options) =>
      options.model?.startsWith('flux')
        ? (await import('./deepgram-flux.js')).deepgramFlux(options)
        : (await import('./deepgram.js')).deepgram(options),
    envKey: 'DEEPGRAM_API_KEY',
    envUrl: ['DEEPGRAM_URL'],
  },
  assemblyai: {
    create: async (options) => (await import('./assemblyai.js')).assemblyAi(options),
    envKey: 'ASSEMBLYAI_API_KEY',
    envUrl: ['ASSEMBLYAI_URL'],
    keyless: true,
  },
  openai: {
    // Over a socket words come while they are said.
    create: async (options) =>
      /^(realtime(\/|$)|gpt-realtime)/.test(options.model ?? '')
        ? (await import('./openai-realtime.js')).openAiRealtimeStt(options)
        : (await import('./openai.js')).openAiStt(options),
    envKey: 'OPENAI_API_KEY',
    envUrl: ['OPENAI_STT_URL', 'OPENAI_BASE_URL'],
    keyless: true,
  },
  google: {
    // `google/rest`: an utterance at a time, where gRPC is not let through or not installed.
    create: async ({ model, ...options }, env) => {
      const [first, ...rest] = model?.split('/') ?? [];
      const account = googleAccountIn(env);
      if (first === 'rest')
        return (await import('./http-recognisers.js')).httpRecogniser('google', {
          ...options,
          account,
          ...(rest.length > 0 && { model: rest.join('/') }),
        });
      return (await import('./google.js')).googleSpeech({ ...options, account, ...(model && { model }) });
    },
    envKey: 'GOOGLE_API_KEY',
    envInstead: googleAccounts,
    envUrl: ['GOOGLE_STT_URL'],
  },
  azure: {
    // `azure/rest`: an utterance at a time, where sockets are not let through.
    create: async (options) =>
      options.model === 'rest'
        ? (await import('./http-recognisers.js')).httpRecogniser('azure', options)
        : (await import('./azure-speech.js')).azureSpeech(options),
    envKey: 'AZURE_SPEECH_KEY',
    envUrl: ['AZURE_STT_URL'],
  },
  aws: {
    create: async (options, env) =>
      (await import('./aws-transcribe.js')).awsTranscribe({ ...options, account: awsAccountIn(env) }),
    envKey: 'AWS_ACCESS_KEY_ID',
    envMore: awsNeeds,
    envUrl: ['AWS_TRANSCRIBE_URL'],
  },
  // In this process, like the embedded one: its model lies where the router's do.
  whisper: {
    create: async ({ model }, { PARLEY_MODELS: folder }) =>
      (await import('./whisper/whisper-stt.js')).whisperStt({ ...(model && { model }), ...(folder && { folder }) }),
  },
  vosk: { create: async (options) => (await import('./vosk.js')).vosk(options), envUrl: ['VOSK_URL'] },
};

/**
 * @param spec `provider` or `provider/model`: `deepgram/nova-3`, `embedded`
 * @param env where keys and addresses are looked up, under the names of the table
 * @param options goes before `env`
 * @throws UsageError for a provider that does not exist
 */
export async function createStt(spec: string, env: Environment = {}, options: SttOptions = {}): Promise<SpeechToText> {
  const [name, ...model] = spec.split('/');
  const provider = Object.hasOwn(sttProviders, name!) ? sttProviders[name!] : undefined;
  if (provider === undefined) {
    throw new UsageError(
      `There is no speech recogniser "${name}". Use one of ${Object.keys(sttProviders).join(', ')}.`,
    );
  }
  const given = {
    apiKey: provider.envKey && env[provider.envKey],
    baseUrl: provider.envUrl?.map((name) => env[name]).find(Boolean),
    ...(model.length > 0 ? { model: model.join('/') } : {}),
    ...options,
  };
  return provider.create(given, env);
}
