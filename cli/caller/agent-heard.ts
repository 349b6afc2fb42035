/**
 * What a caller understands of the agent: a recogniser hears the agent's side of the recording, and its words are held
 * against those that were to be said. Sound that is cut, garbled, mixed or missing is words that are not heard.
 */
import type { Listening } from '../../engine/contracts.js';
import { rms } from '../../runtime/audio/level.js';
import { frameMs, frameSamples, type SpeechToText, type SttInput } from '../../runtime/contracts.js';
import { inOrder } from '../../runtime/call/in-order.js';
import { plainWords } from '../../runtime/stt/embedded/plain-words.js';
import { silenceRms } from './phone.js';

/** A piece of the agent's words; of one that was cut short nobody knows how much is to be heard. */
export interface SaidPiece {
  text: string;
  cut?: boolean;
}

export interface AgentHeard {
  /** Who heard. */
  ear: string;
  /** Of the words of pieces that were not cut short, 0 to 1. */
  share: number;
  words: number;
  /** Pieces of which less than half was heard, in their order. */
  missed: { text: string; share: number }[];
}

/** A pause that ends an utterance, and how much silence is given around each. */
const pauseMs = 600;
const edgeMs = 400;
const leastHeard = 0.5;

/**
 * @param sound the agent's side as the caller had it, 8 kHz
 * @param said what the agent said, in order
 * @returns undefined where there is nothing to compare
 */
export async function hearAgent(
  sound: Int16Array,
  said: readonly SaidPiece[],
  { ear, language }: { ear: SpeechToText; language: string },
): Promise<AgentHeard | undefined> {
  const pieces = said.map(({ text, cut }) => ({ text, cut, words: wordsOf(text) }));
  const expected = pieces.flatMap(({ words }, piece) => words.map((word) => ({ word, piece })));
  const judged = expected.filter(({ piece }) => !pieces[piece]!.cut).length;
  if (judged === 0) return undefined;
  const heard: string[] = [];
  const listening = listeningFor(
    said.map(({ text }) => text),
    language,
  );
  for await (const event of ear.transcribe(utterancesIn(sound, listening), { language }, new AbortController().signal))
    if (event.kind === 'final') heard.push(...wordsOf(event.text));
  const found = inOrder(
    expected.map(({ word }) => word),
    heard,
  );
  const foundOf = pieces.map((_, piece) => expected.filter((one, at) => one.piece === piece && found.has(at)).length);
  const shares = pieces.map(({ words }, piece) => foundOf[piece]! / Math.max(1, words.length));
  return {
    ear: ear.name,
    share: pieces.reduce((sum, { cut }, piece) => sum + (cut ? 0 : foundOf[piece]!), 0) / judged,
    words: judged,
    missed: pieces.flatMap(({ text, cut, words }, piece) =>
      cut || words.length === 0 || shares[piece]! >= leastHeard ? [] : [{ text, share: shares[piece]! }],
    ),
  };
}

function wordsOf(text: string): string[] {
  return plainWords(text).words;
}

/** The recogniser is told what may come, as a server tells its own: all that was said in this call. */
function listeningFor(texts: string[], language: string): Listening {
  return {
    position: 'the agent',
    moves: [
      { intent: 'said', examples: [...new Set(texts.flatMap((text) => [text, ...text.split(/(?<=[.!?])\s+/)]))] },
    ],
    bargeIn: 'off',
    endpointing: { minMs: pauseMs, maxMs: pauseMs },
    noInputMs: 10_000,
    maxSpeechMs: 60_000,
    language,
    hints: [],
    softWords: [],
    stopWords: [],
    secret: false,
  };
}

/** The sound as a detector would have told of it. */
async function* utterancesIn(sound: Int16Array, listening: Listening): AsyncGenerator<SttInput> {
  yield { kind: 'tune', listening };
  const frames = Math.ceil(sound.length / frameSamples);
  let speaking = false;
  let lastLoud = -1;
  for (let at = 0; at < frames; at++) {
    const samples = new Int16Array(frameSamples);
    samples.set(sound.subarray(at * frameSamples, (at + 1) * frameSamples));
    const atMs = (at + 1) * frameMs;
    if (rms(samples) > silenceRms) {
      lastLoud = at;
      if (!speaking) yield { kind: 'speech_started', atMs: at * frameMs };
      speaking = true;
    }
    const quietMs = (at - lastLoud) * frameMs;
    if (speaking || quietMs <= pauseMs + edgeMs) yield { kind: 'audio', samples, atMs };
    if (speaking && quietMs >= edgeMs) {
      speaking = false;
      yield { kind: 'speech_ended', atMs: (lastLoud + 1) * frameMs };
    }
  }
  const endMs = frames * frameMs;
  if (speaking) yield { kind: 'speech_ended', atMs: (lastLoud + 1) * frameMs };
  for (let ms = frameMs; ms <= pauseMs + edgeMs; ms += frameMs)
    yield { kind: 'audio', samples: new Int16Array(frameSamples), atMs: endMs + ms };
}

/** For people: what was understood, and of which pieces hardly anything. */
export function tellHeard({ ear, share, words, missed }: AgentHeard): string[] {
  return [
    `Understood ${percent(share)} of the agent's ${String(words)} words (${ear})`,
    ...missed.map((piece) => `  ${percent(piece.share)} of "${piece.text}"`),
  ];
}

export const percent = (share: number): string => `${String(Math.round(100 * share))} %`;
