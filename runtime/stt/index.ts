import { embeddedStt } from './embedded/embedded-stt.js';
export const sttProviders: Record<string, { envKey?: string }> = { embedded: {}, deepgram: { envKey: 'DEEPGRAM_API_KEY' } };
export async function createStt(name: string, env: unknown) { return embeddedStt(); }
