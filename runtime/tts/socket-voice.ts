import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import type { TextToSpeech, TtsPiece } from '../contracts.js';
import { AnswerSockets } from '../providers/answer-sockets.js';
import { needsKey } from '../providers/refusals.js';
import { plainText } from './plain-text.js';
import { soundLimits, type SpeechWire } from './speech-sockets.js';

type Asked = Parameters<TextToSpeech['speak']>[0];

export interface SocketVoiceOptions<S> {
  /** Without one only a server of one's own (`baseUrl`) is asked. */
  apiKey: string | undefined;
  baseUrl: string | undefined;
  clock: Clock | undefined;
  /** The address of a sentence in the usual voice, to be connected before it is needed. */
  usualUrl: () => string;
  /** Where a sentence is asked for, and what is asked; its text is plain. */
  ask: (asked: Asked) => { url: string; sentence: S };
}

/** A voice over a vendor's socket. */
export function socketVoice<S>(wire: SpeechWire<S>, options: SocketVoiceOptions<S>): TextToSpeech {
  const { apiKey, baseUrl, clock = new RealClock(), usualUrl, ask } = options;
  const sockets = new AnswerSockets<S, TtsPiece>({ ...wire, limits: soundLimits }, clock);
  const needKey = (): void => {
    if (!apiKey && baseUrl === undefined) throw needsKey(wire.vendor);
  };
  return {
    name: wire.vendor.name,
    async warm() {
      needKey();
      await sockets.open(usualUrl());
    },
    close: () => sockets.close(),
    async *speak(asked, signal): AsyncIterable<TtsPiece> {
      signal.throwIfAborted();
      const text = plainText(asked.text);
      if (text === undefined) return;
      needKey();
      const { url, sentence } = ask({ ...asked, text });
      yield* sockets.ask(url, sentence, signal);
    },
  };
}
