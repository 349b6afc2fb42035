import { needsKey, type Vendor } from '../providers/refusals.js';

/** OpenAI as a recogniser, whichever door it is asked at. */
export const openAiEar: Vendor = {
  name: 'openai',
  envKey: 'OPENAI_API_KEY',
  envUrl: 'OPENAI_STT_URL',
  instead: 'stt: embedded',
};

/** @throws OutsideError where neither a key is set nor a server of one's own, which may do without */
export function needOpenAiKey({ apiKey, baseUrl }: { apiKey?: string; baseUrl?: string }): void {
  if (!apiKey && baseUrl === undefined) throw needsKey(openAiEar);
}
