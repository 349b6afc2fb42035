import { createSilero } from './silero.js';
export function createVad(name: string, say: unknown) { return createSilero(); }
