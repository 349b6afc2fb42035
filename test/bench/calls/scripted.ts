/**
 * Providers that answer from the script at the speeds of the published table (Twilio's core-latency guide, 2025-11,
 * target / upper: transcript 350 / 500 ms after speech, a model's first token 375 / 750, a voice's first byte
 * 100 / 250), with the upper figure as the 95th of a hundred.
 */
import type { Clock, LanguageModel, ModelRequest } from '../../../engine/contracts.js';
import { Channel } from '../../../runtime/channel.js';
import type { SpeechToText, SttEvent, TextToSpeech } from '../../../runtime/contracts.js';
import { lineRateHz } from '../../../runtime/contracts.js';
import { rms } from '../../../runtime/audio/level.js';
import { conversation, modelAnswers } from './script.js';

export interface Speed {
  medianMs: number;
  p95Ms: number;
}

export const speeds = {
  transcript: { medianMs: 350, p95Ms: 500 },
  token: { medianMs: 375, p95Ms: 750 },
  voice: { medianMs: 100, p95Ms: 250 },
} satisfies Record<string, Speed>;

/** Log-normal delays with the given median and 95th, the same in every run. */
export function delays({ medianMs, p95Ms }: Speed, seed: number): () => number {
  const sigma = Math.log(p95Ms / medianMs) / 1.645;
  let state = seed >>> 0;
  const share = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => {
    const normal = Math.sqrt(-2 * Math.log(share())) * Math.cos(2 * Math.PI * share());
    return medianMs * Math.exp(sigma * normal);
  };
}

const interimEveryMs = 300;
/** How far an interim transcript is behind the sound. */
const interimLagMs = 180;

/** Frames of the detector, about the loudest of which a stretch of speech is judged. */
const recentFrames = 15;

/**
 * Knows what is said, and how long it takes, by the order of the utterances; when, it learns from the detector. A pause
 * inside an utterance is none to it. Interims grow with the sound and are complete soon after it.
 * @param faintRms speech softer than this, an echo or the street, has no words
 */
export function scriptedStt(clock: Clock, lengthsMs: readonly number[], faintRms: number, seed: number): SpeechToText {
  return {
    name: 'scripted',
    async *transcribe(audio, _, signal): AsyncIterable<SttEvent> {
      const delay = delays(speeds.transcript, seed);
      const events = new Channel<SttEvent>();
      let speech = { isClear: false };
      const later = (ms: number, event: SttEvent): void => {
        const of = speech;
        clock.at(clock.now() + ms, () => {
          if (of.isClear) events.push(event);
        });
      };
      signal.addEventListener('abort', () => events.end(), { once: true });
      let at = 0;
      let startMs: number | undefined;
      let recent: number[] = [];
      const read = async (): Promise<void> => {
        for await (const input of audio) {
          if (input.kind === 'audio') {
            recent = [...recent, rms(input.samples)].slice(-recentFrames);
            speech.isClear ||= startMs !== undefined && Math.max(...recent) >= faintRms;
          }
          const lengthMs = lengthsMs[at % conversation.length]!;
          const { text } = conversation[at % conversation.length]!;
          if (input.kind === 'speech_started' && startMs === undefined) {
            startMs = input.atMs;
            speech = { isClear: Math.max(...recent) >= faintRms };
            const words = text.split(' ');
            for (let ms = interimEveryMs; ms < lengthMs; ms += interimEveryMs) {
              const said = words.slice(0, Math.round((words.length * ms) / lengthMs)).join(' ');
              if (said !== '') later(ms - (clock.now() - startMs) + interimLagMs, { kind: 'interim', text: said, atMs: startMs + ms }); // prettier-ignore
            }
          } else if (input.kind === 'speech_ended' && startMs !== undefined) {
            if (!speech.isClear) {
              startMs = undefined;
              continue;
            }
            if (input.atMs - startMs < lengthMs - 250) continue;
            // Its own delay counts from the last sound: it does not wait for our detector.
            const late = clock.now() - Math.min(input.atMs, startMs + lengthMs);
            later(interimLagMs - late, { kind: 'interim', text, atMs: input.atMs });
            later(delay() - late, { kind: 'final', text, confidence: 0.95, startMs, endMs: input.atMs });
            at++;
            startMs = undefined;
          }
        }
        events.end();
      };
      void read();
      yield* events;
    },
  };
}

/** A recording of a voice, as long as the text would be spoken, in pieces, faster than time. */
export function scriptedTts(clock: Clock, recorded: Int16Array, seed: number): TextToSpeech {
  const delay = delays(speeds.voice, seed);
  return {
    name: 'scripted',
    async *speak({ text }, signal) {
      await clock.sleep(delay(), signal);
      const length = text.length * 60 * (lineRateHz / 1000);
      for (let at = 0; at < length; at += 1600) {
        const from = at % Math.max(1600, recorded.length - 1600);
        yield {
          kind: 'audio',
          samples: recorded.slice(from, from + Math.min(1600, length - at)),
          sampleRateHz: lineRateHz,
        };
      }
    },
  };
}

/** Calls the function that the script names, after the time of a first token. */
export function scriptedModel(clock: Clock, seed: number): LanguageModel {
  const delay = delays(speeds.token, seed);
  return {
    name: 'scripted',
    async *stream(request: ModelRequest, signal) {
      await clock.sleep(delay(), signal);
      const { caller } = JSON.parse(request.messages.at(-1)!.content) as { caller: string };
      const intent = modelAnswers.find(([words]) => words.test(caller))?.[1];
      const name = request.functions?.find((one) => intent !== undefined && one.name.includes(intent))?.name;
      yield { kind: 'call', name: name ?? 'none_of_these', arguments: '{}' };
    },
  };
}
