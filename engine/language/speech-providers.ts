/**
 * Who may be named under `voice:`. The providers themselves are the runtime's affair, which this room does not know: a
 * test holds these names against its tables (test/runtime/providers/names.test.ts).
 */
export const speechProviders = {
  stt: ['embedded', 'deepgram', 'assemblyai', 'openai', 'google', 'azure', 'aws', 'whisper', 'vosk'],
  tts: ['embedded', 'cartesia', 'deepgram', 'elevenlabs', 'openai', 'piper', 'coqui', 'azure', 'google', 'aws'],
} as const;
