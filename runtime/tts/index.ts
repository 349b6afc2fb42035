/** The voices there are: one line each. A provider's code loads when it is chosen. */
import { UsageError } from '../../engine/errors.js';
import type { TextToSpeech } from '../contracts.js';
import { awsAccountIn, awsNeeds } from '../providers/aws-account.js';
import { googleAccountIn, googleAccounts } from '../providers/google-account.js';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TtsOptions {
  /** The key, from the variable that `envKey` names. */
  apiKey?: string;
  baseUrl?: string;
  model?: string;
  voice?: string;
  /** Of a voice that may word things itself: it did, and nobody hears it. */
  onOwnWords?: () => void;
}

export interface TtsProvider {
  /** @param env for what is neither key nor address */
  create(options: TtsOptions, env: Environment): Promise<TextToSpeech>;
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

export const ttsProviders: Record<string, TtsProvider> = {
  embedded: {
    create: async ({ model, voice }) =>
      (await import('./embedded/embedded-tts.js')).embeddedTts({ voice: voice ?? model }),
  },
  cartesia: {
    create: async (options) => (await import('./cartesia.js')).cartesia(options),
    envKey: 'CARTESIA_API_KEY',
    envUrl: ['CARTESIA_URL'],
    keyless: true,
  },
  deepgram: {
    create: async (options) => (await import('./deepgram-aura.js')).deepgramAura(options),
    envKey: 'DEEPGRAM_API_KEY',
    envUrl: ['DEEPGRAM_URL'],
    keyless: true,
  },
  elevenlabs: {
    create: async (options) => (await import('./elevenlabs.js')).elevenLabs(options),
    envKey: 'ELEVENLABS_API_KEY',
    envUrl: ['ELEVENLABS_URL'],
    keyless: true,
  },
  openai: {
    // Realtime speaks over a socket, and may word things itself.
    create: async (options) =>
      /^(realtime(\/|$)|gpt-realtime)/.test(options.model ?? '')
        ? (await import('./openai-realtime.js')).openAiRealtime(options)
        : (await import('./http-voices.js')).httpVoice('openai', options),
    envKey: 'OPENAI_API_KEY',
    envUrl: ['OPENAI_TTS_URL', 'OPENAI_BASE_URL'],
    keyless: true,
  },
  piper: {
    create: async (options) => (await import('./http-voices.js')).httpVoice('piper', options),
    envUrl: ['PIPER_URL'],
  },
  coqui: {
    create: async (options) => (await import('./http-voices.js')).httpVoice('coqui', options),
    envUrl: ['COQUI_URL'],
  },
  azure: {
    create: async (options) => (await import('./http-voices.js')).httpVoice('azure', options),
    envKey: 'AZURE_SPEECH_KEY',
    envUrl: ['AZURE_TTS_URL'],
  },
  google: {
    create: async (options, env) =>
      (await import('./http-voices.js')).httpVoice('google', { ...options, account: googleAccountIn(env) }),
    envKey: 'GOOGLE_API_KEY',
    envInstead: googleAccounts,
    envUrl: ['GOOGLE_TTS_URL'],
  },
  aws: {
    create: async (options, env) =>
      (await import('./aws-polly.js')).awsPolly({ ...options, account: awsAccountIn(env) }),
    envKey: 'AWS_ACCESS_KEY_ID',
    envMore: awsNeeds,
    envUrl: ['AWS_POLLY_URL'],
  },
};

/**
 * @param spec `provider` or `provider/model`: `cartesia/sonic-3`, `embedded/rms`
 * @param env where keys and addresses are looked up, under the names of the table
 * @param options goes before `env`
 * @throws UsageError for a provider that does not exist
 */
export async function createTts(spec: string, env: Environment = {}, options: TtsOptions = {}): Promise<TextToSpeech> {
  const [name, ...model] = spec.split('/');
  const provider = Object.hasOwn(ttsProviders, name!) ? ttsProviders[name!] : undefined;
  if (provider === undefined) {
    throw new UsageError(`There is no voice provider "${name}". Use one of ${Object.keys(ttsProviders).join(', ')}.`);
  }
  const given = {
    apiKey: provider.envKey && env[provider.envKey],
    baseUrl: provider.envUrl?.map((name) => env[name]).find(Boolean),
    ...(model.length > 0 ? { model: model.join('/') } : {}),
    ...options,
  };
  return provider.create(given, env);
}
