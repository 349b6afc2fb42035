import type { RawData } from 'ws';
import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import type { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type SpeechToText } from '../contracts.js';
import type { AwsAccount } from '../providers/aws-account.js';
import { AwsService, awsVendor } from '../providers/aws.js';
import { objectOf } from '../providers/client-socket.js';
import { decodeEventFrame, encodeEventFrame } from '../providers/event-stream.js';
import { withRegion } from '../providers/languages.js';
import { refusalOf } from '../providers/refusals.js';
import { hearOverSocket, type Heard, type HearingWire, type WireWord } from './live-socket.js';

export interface AwsTranscribeOptions {
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`. */
  account?: Partial<AwsAccount>;
  /** `AWS_TRANSCRIBE_URL`: the base before `/stream-transcription-websocket`. */
  baseUrl?: string;
  /** A custom language model at AWS. */
  model?: string;
  clock?: Clock;
}

const vendor = awsVendor('AWS_TRANSCRIBE_URL', 'stt: embedded');

/** Amazon Transcribe's streaming over a WebSocket, whose address is signed. It ends utterances at pauses and knows no turns. */
export function awsTranscribe({
  model: own,
  clock = new RealClock(),
  ...options
}: AwsTranscribeOptions = {}): SpeechToText {
  const baseIn = (region: string): string => `https://transcribestreaming.${region}.amazonaws.com:8443`;
  const service = new AwsService('transcribe', { vendor, baseIn, ...options });
  return {
    name: vendor.name,
    async *transcribe(audio, { language, model = own }, signal) {
      const url = await service.presigned('/stream-transcription-websocket', {
        'language-code': withRegion(language),
        'media-encoding': 'pcm',
        'sample-rate': String(lineRateHz),
        // Words that were shown change less.
        'enable-partial-results-stabilization': 'true',
        'partial-results-stability': 'high',
        ...(model === undefined ? {} : { 'language-model-name': model }),
      });
      yield* hearOverSocket(new TranscribeWire(url), { audio, clock, signal });
    },
  };
}

class TranscribeWire implements HearingWire {
  readonly vendor = vendor;
  readonly url: string;
  readonly headers = {};
  // It takes 50 to 200 ms.
  readonly messageMs = 100;
  readonly answersSilence = false;
  readonly end = audioFrame(new Uint8Array(0));
  readonly sound = (pcm: Uint8Array) => [audioFrame(pcm)];
  readonly messageOf = messageOf;
  /** Utterances in the order of their first words. */
  readonly #results: string[] = [];

  constructor(url: string) {
    this.url = url;
  }

  read({ exception, Transcript: transcript }: Record<string, unknown>): Heard[] {
    if (typeof exception === 'string') return [{ problem: problemOf(exception) }];
    const { Results: results } = transcript as { Results: Record<string, unknown>[] };
    return results.flatMap((result) => this.#heard(result));
  }

  #heard({ ResultId: id, IsPartial: isPartial, Alternatives: alternatives }: Record<string, unknown>): Heard[] {
    if (typeof id !== 'string' || !Array.isArray(alternatives)) return [];
    const [best] = alternatives as { Items?: unknown }[];
    if (!this.#results.includes(id)) this.#results.push(id);
    const turn = this.#results.indexOf(id);
    const words = (Array.isArray(best?.Items) ? best.Items : []).flatMap(wordOf);
    return [{ turn: { turn, words, ...(isPartial === false ? { ended: 'words' } : {}) } }];
  }
}

function audioFrame(payload: Uint8Array): Buffer {
  return encodeEventFrame({
    headers: {
      ':message-type': 'event',
      ':event-type': 'AudioEvent',
      ':content-type': 'application/octet-stream',
    },
    payload,
  });
}

/** A frame that arrives broken is passed over: the next tells its words again. */
function messageOf(data: RawData, isBinary: boolean): Record<string, unknown> | undefined {
  if (!isBinary) return undefined;
  const { headers, payload } = decodeEventFrame(data as Buffer);
  const exception = headers[':exception-type'] ?? headers[':error-code'];
  if (exception !== undefined) return { exception };
  return headers[':event-type'] === 'TranscriptEvent' ? objectOf(Buffer.from(payload)) : undefined;
}

function wordOf(one: unknown): WireWord[] {
  const {
    Content: text,
    Type: type,
    StartTime: startS,
    EndTime: endS,
    Confidence: confidence,
  } = (one ?? {}) as Record<string, unknown>;
  if (type !== 'pronunciation' || typeof text !== 'string' || text === '') return [];
  return [
    {
      text,
      ...(typeof startS === 'number' && typeof endS === 'number' ? { startS, endS } : {}),
      ...(typeof confidence === 'number' ? { confidence } : {}),
    },
  ];
}

/** The exception's own text may say what was sent, so it is not passed on. */
function problemOf(exception: string): OutsideError {
  const statuses: Record<string, number> = {
    BadRequestException: 400,
    AccessDeniedException: 403,
    UnrecognizedClientException: 403,
    LimitExceededException: 429,
    ServiceUnavailableException: 503,
  };
  return refusalOf(vendor, Object.hasOwn(statuses, exception) ? statuses[exception]! : 500);
}
