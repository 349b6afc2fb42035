/**
 * What goes to and comes from Google's `Speech.StreamingRecognize`, versions 1 and 2. Only the fields that are used, with
 * their numbers as in google/cloud/speech/v1 and v2/cloud_speech.proto of github.com/googleapis/googleapis. The versions
 * have other numbers, and other names for the same: here it has the names of version 2. Knows no stream.
 */
import { lineRateHz } from '../contracts.js';
import type { GrpcSchema } from '../providers/grpc.js';
import { googleLanguage } from '../providers/languages.js';
import type { Heard, WireWord } from './live-session.js';

type Fields = Record<
  string,
  readonly [type: string, id: number] | readonly [type: string, id: number, rule: 'repeated']
>;

const message = (fields: Fields) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id, rule]]) => [name, { type, id, ...(rule && { rule }) }]),
  ),
});

const service = {
  methods: {
    StreamingRecognize: {
      requestType: 'StreamingRecognizeRequest',
      requestStream: true,
      responseType: 'StreamingRecognizeResponse',
      responseStream: true,
    },
  },
};

/** The same in both. */
const results = {
  Duration: message({ seconds: ['int64', 1], nanos: ['int32', 2] }),
  WordInfo: message({
    startOffset: ['Duration', 1],
    endOffset: ['Duration', 2],
    word: ['string', 3],
    confidence: ['float', 4],
  }),
  SpeechRecognitionAlternative: message({
    transcript: ['string', 1],
    confidence: ['float', 2],
    words: ['WordInfo', 3, 'repeated'],
  }),
  StreamingRecognitionResult: message({
    alternatives: ['SpeechRecognitionAlternative', 1, 'repeated'],
    isFinal: ['bool', 2],
    resultEndOffset: ['Duration', 4],
  }),
  SpeechEventType: {
    values: { UNSPECIFIED: 0, END_OF_SINGLE_UTTERANCE: 1, SPEECH_ACTIVITY_BEGIN: 2, SPEECH_ACTIVITY_END: 3 },
  },
};

const version1 = {
  ...results,
  Speech: service,
  StreamingRecognizeRequest: message({ streamingConfig: ['StreamingRecognitionConfig', 1], audio: ['bytes', 2] }),
  StreamingRecognitionConfig: message({
    config: ['RecognitionConfig', 1],
    interimResults: ['bool', 3],
    enableVoiceActivityEvents: ['bool', 5],
  }),
  RecognitionConfig: message({
    encoding: ['AudioEncoding', 1],
    sampleRateHertz: ['int32', 2],
    languageCode: ['string', 3],
    speechContexts: ['SpeechContext', 6, 'repeated'],
    enableWordTimeOffsets: ['bool', 8],
    model: ['string', 13],
    enableWordConfidence: ['bool', 15],
  }),
  AudioEncoding: { values: { UNSPECIFIED: 0, LINEAR16: 1 } },
  SpeechContext: message({ phrases: ['string', 1, 'repeated'], boost: ['float', 4] }),
  StreamingRecognizeResponse: message({
    results: ['StreamingRecognitionResult', 2, 'repeated'],
    speechEventType: ['SpeechEventType', 4],
    speechEventOffset: ['Duration', 8],
  }),
};

const version2 = {
  ...results,
  Speech: service,
  StreamingRecognizeRequest: message({
    recognizer: ['string', 3],
    audio: ['bytes', 5],
    streamingConfig: ['StreamingRecognitionConfig', 6],
  }),
  StreamingRecognitionConfig: message({
    config: ['RecognitionConfig', 1],
    streamingFeatures: ['StreamingRecognitionFeatures', 2],
  }),
  StreamingRecognitionFeatures: message({ enableVoiceActivityEvents: ['bool', 1], interimResults: ['bool', 2] }),
  RecognitionConfig: message({
    features: ['RecognitionFeatures', 2],
    adaptation: ['SpeechAdaptation', 6],
    explicitDecodingConfig: ['ExplicitDecodingConfig', 8],
    model: ['string', 9],
    languageCodes: ['string', 10, 'repeated'],
  }),
  RecognitionFeatures: message({ enableWordTimeOffsets: ['bool', 2], enableWordConfidence: ['bool', 3] }),
  ExplicitDecodingConfig: message({
    encoding: ['AudioEncoding', 1],
    sampleRateHertz: ['int32', 2],
    audioChannelCount: ['int32', 3],
  }),
  AudioEncoding: { values: { UNSPECIFIED: 0, LINEAR16: 1 } },
  SpeechAdaptation: message({ phraseSets: ['AdaptationPhraseSet', 1, 'repeated'] }),
  AdaptationPhraseSet: message({ inlinePhraseSet: ['PhraseSet', 2] }),
  PhraseSet: message({ phrases: ['Phrase', 3, 'repeated'], boost: ['float', 4] }),
  Phrase: message({ value: ['string', 1] }),
  StreamingRecognizeResponse: message({
    speechEventType: ['SpeechEventType', 3],
    results: ['StreamingRecognitionResult', 6, 'repeated'],
    speechEventOffset: ['Duration', 7],
  }),
};

export const googleSpeechSchema: GrpcSchema = {
  nested: { 'google.cloud.speech.v1': { nested: version1 }, 'google.cloud.speech.v2': { nested: version2 } },
};

/** Of 20 at most; Google's own examples have it. */
const boost = 10;
/** Of 1,200 in a set, of 100 characters each (https://cloud.google.com/speech-to-text/quotas). */
const mostHints = 500;
const longestHint = 100;

/** How the sound of one stream is to be heard. */
export interface HowToHear {
  language: string;
  /** Version 2 has to be told one: `telephony`, for 8 kHz. */
  model: string | undefined;
  hints: readonly string[];
  /** `projects/P/locations/L/recognizers/_`: then it is version 2. */
  recognizer: string | undefined;
}

/** What is listened for, as far as Google takes it. */
export function hintsOf(hints: readonly string[]): string[] {
  return [...new Set(hints)].filter((hint) => hint !== '' && hint.length <= longestHint).slice(0, mostHints);
}

/** The first message of a stream. */
export function configMessage({ language, model, hints, recognizer }: HowToHear): object {
  const sound = { encoding: 'LINEAR16', sampleRateHertz: lineRateHz };
  const words = { enableWordTimeOffsets: true, enableWordConfidence: true };
  const shown = { interimResults: true, enableVoiceActivityEvents: true };
  if (recognizer === undefined) {
    const config = {
      ...sound,
      ...words,
      languageCode: googleLanguage(language),
      ...(model === undefined ? {} : { model }),
      ...(hints.length === 0 ? {} : { speechContexts: [{ phrases: hints, boost }] }),
    };
    return { streamingConfig: { config, ...shown } };
  }
  const inlinePhraseSet = { phrases: hints.map((value) => ({ value })), boost };
  const config = {
    explicitDecodingConfig: { ...sound, audioChannelCount: 1 },
    features: words,
    model: model ?? 'telephony',
    languageCodes: [googleLanguage(language)],
    ...(hints.length === 0 ? {} : { adaptation: { phraseSets: [{ inlinePhraseSet }] } }),
  };
  return { recognizer, streamingConfig: { config, streamingFeatures: shown } };
}

/** What a message of Google's says, in the terms of a call. */
export interface GoogleNews {
  heard: Heard[];
  /** Words of sound up to this second stand: it need not be heard again. */
  finalUntilS?: number;
}

interface Result {
  alternatives?: { transcript?: string; confidence?: number; words?: Word[] }[];
  isFinal?: boolean;
  resultEndOffset?: Duration;
}
interface Word {
  startOffset?: Duration;
  endOffset?: Duration;
  word?: string;
  confidence?: number;
}
interface Duration {
  seconds?: number;
  nanos?: number;
}
interface Response {
  results?: Result[];
  speechEventType?: string;
  speechEventOffset?: Duration;
}

/** Keeps the books over all streams of a call: results have no number, and a new stream begins its time anew. */
export class GoogleReader {
  /** Utterances that stand. */
  #turn = 0;
  #open: WireWord[] = [];
  /** How far words were told. */
  #toldS = 0;
  /** A new stream tells the open words again, from their beginning: so far nothing of it is news. */
  #againUntilS = 0;

  /** Words were told that do not stand yet. */
  get hasOpenWords(): boolean {
    return this.#open.length > 0;
  }

  /** From now on another stream is read, which hears again what does not stand. */
  again(): void {
    this.#againUntilS = this.#open.length > 0 ? this.#toldS : 0;
  }

  /** @param fromS where the stream's first sound is among all that was sent */
  read({ results: all = [], speechEventType: event, speechEventOffset }: Response, fromS: number): GoogleNews {
    const news: GoogleNews = { heard: [] };
    const interims: WireWord[] = [];
    let endS: number | undefined;
    for (const { alternatives: [best = {}] = [], isFinal, resultEndOffset } of all) {
      const words = wordsOf(best, fromS);
      const untilS = resultEndOffset === undefined ? undefined : fromS + secondsOf(resultEndOffset);
      if (isFinal) {
        news.heard.push({ turn: { turn: this.#turn++, words, ended: 'words' } });
        news.finalUntilS = untilS ?? words.at(-1)?.endS ?? this.#toldS;
        this.#open = [];
        this.#againUntilS = 0;
        this.#toldS = Math.max(this.#toldS, news.finalUntilS);
      } else {
        interims.push(...words.map(({ text }) => ({ text })));
        endS = untilS;
      }
    }
    if (interims.length > 0 && !(endS !== undefined && endS < this.#againUntilS)) {
      this.#open = interims;
      this.#againUntilS = 0;
      this.#toldS = Math.max(this.#toldS, endS ?? 0);
      news.heard.push({ turn: { turn: this.#turn, words: interims } });
    }
    const at = speechEventOffset === undefined ? {} : { untilS: fromS + secondsOf(speechEventOffset) };
    // Google's detector hears the caller pause: half a sign that it was all, and in noise perhaps the first one.
    if (event === 'SPEECH_ACTIVITY_END' && this.hasOpenWords)
      news.heard.push({ turn: { turn: this.#turn, words: this.#open }, mayBeAll: true, ...at });
    return news;
  }
}

function wordsOf(
  { transcript = '', confidence, words = [] }: NonNullable<Result['alternatives']>[0],
  fromS: number,
): WireWord[] {
  const texts = transcript.split(/\s+/).filter(Boolean);
  // Interims have no words of their own, and some languages more of them than spaces.
  const isOneByOne = words.length === texts.length;
  return texts.map((text, n) => {
    const its = isOneByOne ? [words[n]!] : texts.length === 1 ? words : [];
    const sure = (isOneByOne ? words[n]!.confidence : undefined) || confidence;
    const [first, last] = [its[0], its.at(-1)];
    return {
      text,
      ...(first && last?.endOffset
        ? { startS: fromS + secondsOf(first.startOffset ?? {}), endS: fromS + secondsOf(last.endOffset) }
        : {}),
      // 0 stands for unknown.
      ...(sure ? { confidence: Math.min(1, sure) } : {}),
    };
  });
}

function secondsOf({ seconds = 0, nanos = 0 }: Duration): number {
  return seconds + nanos / 1e9;
}
