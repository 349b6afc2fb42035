import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import type { SpeechToText } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { GoogleAccess, googleKeys, type GoogleAuthority } from '../providers/google-access.js';
import type { GoogleAccount } from '../providers/google-account.js';
import { connectGrpc, type GrpcOptions } from '../providers/grpc.js';
import type { Vendor } from '../providers/refusals.js';
import { googleSpeechSchema } from './google-messages.js';
import { GoogleStreams } from './google-streams.js';
import { LiveSession } from './live-session.js';

export interface GoogleSpeechOptions {
  apiKey?: string;
  /** Goes before the key, and is asked in version 2. */
  account?: GoogleAccount;
  /** `https://speech.googleapis.com`; a region's is `https://europe-west4-speech.googleapis.com`. */
  baseUrl?: string;
  /** `telephony`, `chirp_2` … */
  model?: string;
  clock?: Clock;
  pingMs?: number;
  library?: GrpcOptions['library'];
}

const vendor: Vendor = { name: 'google', envKey: googleKeys, envUrl: 'GOOGLE_STT_URL', instead: 'stt: embedded' };
const audience = 'https://speech.googleapis.com/';

/**
 * Google's Speech-to-Text over gRPC, which alone has its streams: words while they are said. A project of one's own is
 * asked in version 2; a key says no project, and is asked in version 1.
 */
export function googleSpeech(options: GoogleSpeechOptions = {}): SpeechToText {
  const { clock = new RealClock(), model: own, apiKey, account } = options;
  const base = addressOf(options.baseUrl ?? 'https://speech.googleapis.com', vendor);
  const access = new GoogleAccess({ vendor, audience, clock, apiKey, account });
  return {
    name: vendor.name,
    async *transcribe(audio, { language, model = own }, signal) {
      if (signal.aborted) return;
      const recognizer = recognizerOf(await access.authority(), base);
      const connection = await connectGrpc(base, {
        vendor,
        schema: googleSpeechSchema,
        otherwise: '`stt: google/rest`',
        ...(options.pingMs === undefined ? {} : { pingMs: options.pingMs }),
        ...(options.library && { library: options.library }),
      });
      const how = { language, model, recognizer };
      const streams = new GoogleStreams({ vendor, access, connection, clock, how });
      const session = new LiveSession(streams, streams, clock);
      streams.attach(session);
      void session.feed(audio, signal);
      try {
        yield* session.events;
      } finally {
        session.end();
      }
    },
  };
}

/** In version 2: a region's host serves its own recognisers alone. Without a project it is version 1, which has none. */
export function recognizerOf({ project }: Pick<GoogleAuthority, 'project'>, base: string): string | undefined {
  if (project === undefined) return undefined;
  const location = /^([a-z0-9-]+)-speech\.googleapis\.com$/.exec(new URL(base).hostname)?.[1] ?? 'global';
  return `projects/${project}/locations/${location}/recognizers/_`;
}
