/** The voices there are: one line each. A provider's code loads when it is chosen. */
import { UsageError } from '../../engine/errors.js';
import type { TextToSpeech } from '../contracts.js';

export interface TtsOptions {
  /** The key, from the variable that `envKey` names. */
  apiKey?: string;
  baseUrl?: string;
  model?: string;
  voice?: string;
}

export interface TtsProvider {
  create(options: TtsOptions): Promise<TextToSpeech>;
  /** The environment variables for its key and another address; none for a provider that needs no key. */
  envKey?: string;
  envUrl?: string;
}

export const ttsProviders: Record<string, TtsProvider> = {
  embedded: {
    create: async ({ model, voice }) =>
      (await import('./embedded/embedded-tts.js')).embeddedTts({ voice: voice ?? model }),
  },
  cartesia: {
    create: async (options) => (await import('./cartesia.js')).cartesia(options),
    envKey: 'CARTESIA_API_KEY',
    envUrl: 'CARTESIA_URL',
  },
};

/**
 * @param spec `provider` or `provider/model`: `cartesia/sonic-3`, `embedded/rms`
 * @param env where keys and addresses are looked up, under the names of the table
 * @param options goes before `env`
 * @throws UsageError for a provider that does not exist
 */
export async function createTts(
  spec: string,
  env: Readonly<Record<string, string | undefined>> = {},
  options: TtsOptions = {},
): Promise<TextToSpeech> {
  const [name, ...model] = spec.split('/');
  const provider = Object.hasOwn(ttsProviders, name!) ? ttsProviders[name!] : undefined;
  if (provider === undefined) {
    throw new UsageError(`There is no voice provider "${name}". Use one of ${Object.keys(ttsProviders).join(', ')}.`);
  }
  return provider.create({
    apiKey: provider.envKey && env[provider.envKey],
    baseUrl: provider.envUrl && env[provider.envUrl],
    ...(model.length > 0 ? { model: model.join('/') } : {}),
    ...options,
  });
}
