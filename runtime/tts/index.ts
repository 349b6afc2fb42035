import { embeddedTts } from './embedded/embedded-tts.js';
export const ttsProviders: Record<string, { envKey?: string }> = { embedded: {}, cartesia: { envKey: 'CARTESIA_API_KEY' } };
export async function createTts(name: string, env: unknown) { return embeddedTts(); }
