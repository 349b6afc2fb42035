import { RealClock } from '../../engine/clock.js';
import type { Clock, Listening } from '../../engine/contracts.js';
import { encodeMuLaw } from '../audio/g711.js';
import { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type SpeechToText, type SttEvent } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import type { ClientSocket } from '../providers/client-socket.js';
import { pcmOf } from '../providers/http-sound.js';
import { realtimeProblem } from '../providers/openai-realtime-errors.js';
import { neverAnswers, RealtimeSession } from '../providers/realtime-session.js';
import { refusalOf } from '../providers/refusals.js';
import { hearOverSocket, type Heard, type HearingWire, type WireMessage } from './live-socket.js';
import { needOpenAiKey, openAiEar as vendor } from './openai-ear.js';

export interface OpenAiRealtimeSttOptions {
  /** `OPENAI_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `OPENAI_STT_URL`, else `OPENAI_BASE_URL`: the base before `/realtime`. */
  baseUrl?: string;
  /** `realtime/gpt-4o-transcribe`, or a model that only this door has: `gpt-realtime-whisper`. */
  model?: string;
  clock?: Clock;
}

/**
 * OpenAI's Realtime as an ear: a session of the type `transcription`, which never answers, or the call's own session
 * where it has one. Its server's detector cuts utterances after the state's shortest wait; it knows no turns.
 */
export function openAiRealtimeStt(options: OpenAiRealtimeSttOptions = {}): SpeechToText {
  const { apiKey, clock = new RealClock() } = options;
  const base = addressOf(options.baseUrl ?? 'https://api.openai.com/v1', vendor);
  return {
    name: vendor.name,
    // Their words come in pieces too, but not before the detector has found an end.
    hearsWhole: !/gpt-realtime-whisper/.test(options.model ?? ''),
    async *transcribe(audio, { language, model = options.model, session }, signal) {
      needOpenAiKey(options);
      const transcription = {
        model: model?.replace(/^realtime\/?/, '') || 'gpt-4o-transcribe',
        language: language.split('-')[0]!.toLowerCase(),
      };
      if (session instanceof RealtimeSession && session.base === base) {
        yield* hearInSession(session, transcription, { audio, clock, signal });
        return;
      }
      const url = `${base}/realtime?intent=transcription`;
      yield* hearOverSocket(new TranscriptionWire(url, apiKey, transcription), { audio, clock, signal });
    },
  };
}

type HearingBy = Parameters<typeof hearOverSocket>[1];

async function* hearInSession(
  session: RealtimeSession,
  transcription: Transcription,
  by: HearingBy,
): AsyncGenerator<SttEvent> {
  try {
    yield* hearOverSocket(new SessionWire(session, transcription), by);
  } catch (problem) {
    // What does not answer the ear answers nobody.
    if (problem instanceof OutsideError && problem.kind === 'timeout') session.lose();
    throw problem;
  }
}

interface Transcription {
  model: string;
  language: string;
}

/** What was said between two pauses. */
interface Utterance {
  text: string;
  /** All of it was said; its transcript is on its way. */
  isWhole: boolean;
  isOver: boolean;
}

class TranscriptionWire implements HearingWire {
  readonly vendor = vendor;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly messageMs = 100;
  readonly answersSilence = false;
  readonly endTurn = { type: 'input_audio_buffer.commit' };
  readonly end = JSON.stringify({ type: 'input_audio_buffer.commit' });
  readonly #transcription: Transcription;
  /** In the order in which they were said; transcripts of two may come in another. */
  readonly #utterances = new Map<string, Utterance>();
  #told = 0;
  #sentS = 0;
  #isTuned = false;

  constructor(url: string, apiKey: string | undefined, transcription: Transcription) {
    this.url = url;
    this.headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
    this.#transcription = transcription;
  }

  tune(listening?: Listening): WireMessage {
    return this.tuning('transcription', { type: 'server_vad' }, listening);
  }

  protected tuning(type: string, detection: object, listening?: Listening): WireMessage {
    this.#isTuned = true;
    const prompt = listening?.hints.join(', ') ?? '';
    const wait = listening && { silence_duration_ms: listening.endpointing.minMs };
    return {
      type: 'session.update',
      session: {
        type,
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            transcription: { ...this.#transcription, ...(prompt === '' ? {} : { prompt }) },
            turn_detection: { ...detection, ...wait },
          },
        },
      },
    };
  }

  sound(pcm: Uint8Array): WireMessage[] {
    this.#sentS += pcm.length / 2 / lineRateHz;
    const audio = Buffer.from(encodeMuLaw(pcmOf(pcm))).toString('base64');
    // A call is heard before its first state says what for; what comes untold is taken for 16 bit at 24 kHz.
    return [...(this.#isTuned ? [] : [this.tune()]), { type: 'input_audio_buffer.append', audio }];
  }

  read({ type, item_id: id, ...message }: Record<string, unknown>): Heard[] {
    switch (type) {
      case 'input_audio_buffer.speech_started':
        this.#utterance(id);
        return [];
      case 'input_audio_buffer.committed':
        this.#utterance(id).isWhole = true;
        return [];
      case 'conversation.item.input_audio_transcription.delta': {
        const utterance = this.#utterance(id);
        if (utterance.isOver) return [];
        utterance.text += String(message.delta);
        // Said already: the rest of it comes in a moment, and half of it would have an answer to the wrong words rehearsed.
        return utterance.isWhole ? [] : this.#heard();
      }
      case 'conversation.item.input_audio_transcription.completed':
        Object.assign(this.#utterance(id), { text: String(message.transcript), isOver: true });
        return this.#heard();
      case 'conversation.item.input_audio_transcription.failed':
        // The ear says the open utterance again to a new connection.
        return [{ problem: refusalOf(vendor, 500) }];
      case 'error': {
        const error = message.error as { code?: unknown; type?: unknown };
        // Nothing was said since the last utterance.
        if (error.code === 'input_audio_buffer_commit_empty') return [];
        return [{ problem: realtimeProblem(vendor, error) }];
      }
      default:
        return [];
    }
  }

  #utterance(id: unknown): Utterance {
    if (typeof id !== 'string') throw new TypeError('an utterance has no name');
    const known = this.#utterances.get(id) ?? { text: '', isWhole: false, isOver: false };
    this.#utterances.set(id, known);
    return known;
  }

  /** What may be told: all that is over up to the first that is not, and what is known of that. */
  #heard(): Heard[] {
    const heard: Heard[] = [];
    for (const [n, { text, isOver }] of [...this.#utterances.values()].entries()) {
      if (n < this.#told) continue;
      const words = text
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word) => ({ text: word }));
      const turn = { turn: n, words, ...(isOver ? { ended: 'words' as const } : {}) };
      // A transcript without words: it has heard all that was sent.
      heard.push({ turn, ...(isOver && words.length === 0 ? { untilS: this.#sentS } : {}) });
      if (!isOver) break;
      this.#told = n + 1;
    }
    return heard;
  }
}

/** The same in a session that could answer: it is told not to, and has been opened by whoever needed it first. */
class SessionWire extends TranscriptionWire {
  readonly #session: RealtimeSession;

  constructor(session: RealtimeSession, transcription: Transcription) {
    super(session.base, undefined, transcription);
    this.#session = session;
  }

  open(signal: AbortSignal): Promise<ClientSocket> {
    return this.#session.ear(signal);
  }

  override tune(listening?: Listening): WireMessage {
    this.#session.hush(listening?.secret === true);
    return this.tuning('realtime', neverAnswers, listening);
  }
}
