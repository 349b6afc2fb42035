import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import type { ScriptedUtterance } from './deepgram.js';
import { bearerProblem, loopbackProject } from './google-account.js';
import type { SocketTwin } from './socket-twin.js';
import { startTcpProxy } from './tcp-proxy.js';

export type GoogleSpeechFault =
  /** Refuses each stream, with the code that stands for this HTTP status. */
  | { kind: 'refuse'; status: number }
  /** The wire breaks. */
  | { kind: 'drop'; afterS: number; times: number }
  /** The wire stays open, and nothing comes through it any more. */
  | { kind: 'half_open'; afterS: number }
  | { kind: 'silent' }
  /** Each message comes so much later. */
  | { kind: 'late'; ms: number }
  | { kind: 'garbage' }
  /** Ends a stream with this code in mid-speech. */
  | { kind: 'end'; code: grpc.status; afterS: number; times: number };

interface Config {
  version: 1 | 2;
  languages: string[];
  model: string;
  hints: string[];
  boost: number;
  /** The project that is to pay for it. */
  payer: string | undefined;
}

export interface LoopbackGoogleSpeech extends SocketTwin {
  /** What it hears in each stream, by the stream's own time; undefined: what is in the sound (`soundOf`). */
  script: ScriptedUtterance[] | undefined;
  /** Seconds of sound that each stream got. */
  audioS: number[];
  /** How each stream was asked to hear. */
  configs: Config[];
  fault: GoogleSpeechFault | undefined;
  /** The time by which tokens are judged. */
  now: () => number;
}

export const loopbackKey = 'AIza-loopback-key';

const codes: Record<number, grpc.status> = {
  400: grpc.status.INVALID_ARGUMENT,
  401: grpc.status.UNAUTHENTICATED,
  403: grpc.status.PERMISSION_DENIED,
  404: grpc.status.NOT_FOUND,
  429: grpc.status.RESOURCE_EXHAUSTED,
  503: grpc.status.UNAVAILABLE,
};
/** Of silence, until an utterance stands. */
const finalS = 0.6;
/** … until the detector says that nobody speaks. */
const pauseS = 0.3;
/** A stream is ended after so much sound; one without sound for so long as well. */
const longestS = { 1: 305, 2: 300 };
const soundlessMs = 10_000;
/** Of sound in one message: the pages say 25 KB for both, the .proto of version 2 says 15. */
const mostBytes = { 1: 25_000, 2: 15_000 };

type Version = 1 | 2;
type Call = grpc.ServerDuplexStream<Record<string, unknown>, object>;
interface Word {
  word: string;
  start: number;
  end: number;
  confidence?: number;
}

const vocabulary =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'.split(' ');
const wordMs = 240;

/** Each word is 240 ms of a loudness of its own, which the twin knows it by; a cut one it does not know. */
export function soundOf(text: string): Int16Array {
  const word = (wordMs * 8000) / 1000;
  const words = text.split(' ');
  const sound = new Int16Array(words.length * (word + 160));
  words.forEach((one, n) =>
    sound.fill(1000 + 100 * vocabulary.indexOf(one), n * (word + 160), n * (word + 160) + word),
  );
  return sound;
}

/**
 * Google's `Speech.StreamingRecognize`, versions 1 and 2, over a real gRPC server behind a wire that can break: a key or
 * an account's token, one message that says how to hear and then only sound, results that grow in a stable and an unstable
 * part, stand after a pause, and have no number; the detector's events; the longest time of a stream.
 */
export async function startGoogleSpeech(script?: ScriptedUtterance[]): Promise<LoopbackGoogleSpeech> {
  const server = new grpc.Server();
  for (const version of [1, 2] as const)
    server.addService(definitionOf(version), {
      StreamingRecognize: (call: Call) => converse(call, version, state, wire),
    });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (problem, port) =>
      problem ? reject(problem) : resolve(port),
    ),
  );
  const wire = await startTcpProxy({ host: '127.0.0.1', port });
  const state: LoopbackGoogleSpeech = {
    url: `http://127.0.0.1:${wire.port}`,
    problems: [],
    connections: [],
    script,
    audioS: [],
    configs: [],
    fault: undefined,
    now: Date.now,
    hangUp: () => {
      wire.cut();
      wire.mend();
      return Promise.resolve();
    },
    close: async () => {
      await wire.close();
      server.forceShutdown();
    },
  };
  return state;
}

function definitionOf(version: Version): ServiceDefinition {
  const file = fileURLToPath(new URL(`google-speech-v${version}.proto`, import.meta.url));
  const services = loadSync(file, { longs: Number, enums: String, defaults: true, oneofs: true });
  const { StreamingRecognize: method } = services[`google.cloud.speech.v${version}.Speech`] as ServiceDefinition;
  // What is no message goes out as it is.
  const responseSerialize = (message: object): Buffer =>
    Buffer.isBuffer(message) ? message : method!.responseSerialize(message);
  return { StreamingRecognize: { ...method!, responseSerialize } };
}

function converse(
  call: Call,
  version: Version,
  state: LoopbackGoogleSpeech,
  wire: { cut(): void; mend(): void; stall(): void },
): void {
  const at = state.audioS.push(0) - 1;
  state.connections.push(new URL(state.url));
  let isOver = false;
  const fail = (code: grpc.status, details: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(soundless);
    call.emit('error', { code, details });
  };
  const wait = () => setTimeout(() => fail(grpc.status.OUT_OF_RANGE, 'Audio Timeout Error: Long duration elapsed without audio.'), soundlessMs).unref(); // prettier-ignore
  let soundless = wait();
  call.on('error', () => {});
  call.on('cancelled', () => {
    isOver = true;
    clearTimeout(soundless);
  });
  const { fault } = state;
  // What a vendor writes here may repeat what it was sent.
  if (fault?.kind === 'refuse') return fail(codes[fault.status]!, 'secret');
  const stranger = strangerProblem(call.metadata, version, state.now());
  if (stranger) return fail(grpc.status.UNAUTHENTICATED, `secret ${stranger}`);

  const write = (message: object): void => {
    const { fault } = state;
    if (isOver || fault?.kind === 'silent') return;
    if (fault?.kind === 'late') return void setTimeout(() => !isOver && call.write(message), fault.ms);
    if (fault?.kind === 'garbage') {
      call.write(Buffer.from('no message at all'));
      call.write(Buffer.from([0xff, 0xff, 0xff]));
      call.write(Buffer.alloc(0));
      // A field that nobody knows; results without alternatives, and an event without a time.
      call.write(Buffer.from([0xfa, 0x01, 0x02, 0x68, 0x69]));
      call.write({ results: [{ isFinal: false }] });
      call.write({ speechEventType: 'SPEECH_ACTIVITY_END' });
    }
    call.write(message);
  };
  const ear = new Ear(version, write, () => state.script);
  call.on('data', (message: Record<string, unknown>) => {
    const { fault } = state;
    clearTimeout(soundless);
    soundless = wait();
    const audio = message[version === 1 ? 'audioContent' : 'audio'] as Buffer | undefined;
    if (state.configs[at] === undefined) {
      if (audio) state.problems.push('sound before the configuration');
      const { config, problem } = configOf(message, version, call.metadata);
      state.configs[at] = { ...config, payer: call.metadata.get('x-goog-user-project')[0]?.toString() };
      if (problem === undefined) return;
      state.problems.push(problem);
      return fail(grpc.status.INVALID_ARGUMENT, problem);
    }
    if (!audio || message.streamingConfig) return void state.problems.push('a message that is no sound');
    if (audio.length === 0 || audio.length > mostBytes[version] || audio.length % 2 > 0)
      state.problems.push(`${audio.length} bytes in one message`);
    const nowS = (state.audioS[at]! += audio.length / 16_000);
    if (fault?.kind === 'drop' && fault.times > 0 && nowS >= fault.afterS) {
      fault.times -= 1;
      wire.cut();
      return wire.mend();
    }
    if (fault?.kind === 'half_open' && nowS >= fault.afterS) return wire.stall();
    if (fault?.kind === 'end' && fault.times > 0 && nowS >= fault.afterS) {
      fault.times -= 1;
      if (fault.code !== grpc.status.OK) return fail(fault.code, 'secret');
      isOver = true;
      return void call.end();
    }
    if (nowS > longestS[version])
      return version === 1
        ? fail(grpc.status.OUT_OF_RANGE, 'Exceeded maximum allowed stream duration of 305 seconds.')
        : fail(grpc.status.ABORTED, 'Max duration of 5 minutes reached for stream.');
    ear.hear(audio);
  });
  call.on('end', () => {
    if (isOver) return;
    ear.settle();
    isOver = state.fault?.kind !== 'late';
    clearTimeout(soundless);
    setTimeout(() => call.end(), state.fault?.kind === 'late' ? state.fault.ms : 0);
  });
}

/** Who asks is nobody that is known here. */
function strangerProblem(metadata: grpc.Metadata, version: Version, nowMs: number): string | undefined {
  const [key] = metadata.get('x-goog-api-key');
  if (key !== undefined) return key === loopbackKey && version === 1 ? undefined : 'another key';
  const bearer = String(metadata.get('authorization')[0] ?? '').replace(/^Bearer /, '');
  return bearerProblem(bearer, 'https://speech.googleapis.com/', nowMs);
}

function configOf(
  { streamingConfig, recognizer }: Record<string, unknown>,
  version: Version,
  metadata: grpc.Metadata,
): { config: Omit<Config, 'payer'>; problem: string | undefined } {
  const { config = {}, ...streaming } = (streamingConfig ?? {}) as Record<string, unknown> & { config?: object };
  const asked = config as Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  if (version === 1) {
    const { encoding, sampleRateHertz, languageCode, model, speechContexts = [] } = asked;
    const found = { version, languages: [languageCode], model, hints: speechContexts[0]?.phrases ?? [], boost: speechContexts[0]?.boost ?? 0 }; // prettier-ignore
    const isGood =
      encoding === 'LINEAR16' && sampleRateHertz === 8000 && asked.enableWordTimeOffsets && asked.enableWordConfidence;
    const isShown = streaming.interimResults && streaming.enableVoiceActivityEvents && !streaming.singleUtterance;
    return { config: found, problem: isGood && isShown ? hintsProblem(found) : 'another format' };
  }
  const { explicitDecodingConfig: sound, features, model, languageCodes, adaptation } = asked;
  const set = adaptation?.phraseSets[0]?.inlinePhraseSet;
  const hints = (set?.phrases ?? []).map(({ value }: { value: string }) => value);
  const found = { version, languages: languageCodes, model, hints, boost: set?.boost ?? 0 };
  const place = new RegExp(`^projects/${loopbackProject}/locations/global/recognizers/_$`);
  if (!place.test(String(recognizer))) return { config: found, problem: `no recognizer: ${String(recognizer)}` };
  if (metadata.get('x-goog-request-params')[0] !== `recognizer=${encodeURIComponent(String(recognizer))}`)
    return { config: found, problem: 'not routed' };
  const isGood =
    sound?.encoding === 'LINEAR16' &&
    sound.sampleRateHertz === 8000 &&
    sound.audioChannelCount === 1 &&
    features?.enableWordTimeOffsets &&
    features.enableWordConfidence &&
    model !== '';
  const shown = streaming.streamingFeatures as Record<string, unknown> | undefined;
  const isShown = shown?.interimResults && shown.enableVoiceActivityEvents;
  return { config: found, problem: isGood && isShown ? hintsProblem(found) : 'another format' };
}

/** https://cloud.google.com/speech-to-text/quotas */
function hintsProblem({ hints, boost, languages }: Omit<Config, 'payer'>): string | undefined {
  if (hints.length > 1200 || hints.some((hint) => hint === '' || hint.length > 100)) return 'hints beyond the limits';
  if (hints.length > 0 && !(boost > 0 && boost <= 20)) return `a boost of ${boost}`;
  return languages.length === 1 && /^[a-z]{2,3}(-[A-Z][a-z]{3})?-[A-Z]{2}$/.test(languages[0]!)
    ? undefined
    : 'no language';
}

/** What one stream hears, and what it says of it. */
class Ear {
  readonly #version: Version;
  readonly #write: (message: object) => void;
  readonly #script: () => ScriptedUtterance[] | undefined;
  #samples = 0;
  #told = 0;
  #results = 0;
  #fromS = 0;
  #isSpeech = false;
  readonly #inSound: Word[] = [];
  #run = { value: 0, from: 0 };

  constructor(version: Version, write: (message: object) => void, script: () => ScriptedUtterance[] | undefined) {
    this.#version = version;
    this.#write = write;
    this.#script = script;
  }

  hear(audio: Buffer): void {
    // A long message is heard as it would be in real time.
    for (let from = 0; from < audio.length; from += 1600) this.#piece(audio.subarray(from, from + 1600));
  }

  #piece(audio: Buffer): void {
    for (let n = 0; n < audio.length; n += 2) this.#sample(audio.readInt16LE(n));
    const nowS = this.#samples / 8000;
    const said = this.#said(nowS);
    const isInWord = this.#run.value > 0 || this.#words().some(({ start, end }) => start < nowS && end > nowS);
    if (isInWord && !this.#isSpeech) {
      this.#isSpeech = true;
      this.#event('SPEECH_ACTIVITY_BEGIN', nowS);
    }
    const quietS = nowS - (said.at(-1)?.end ?? nowS);
    if (said.length > this.#told) return this.#interim(said, nowS);
    if (this.#isSpeech && !isInWord && quietS >= pauseS) {
      this.#isSpeech = false;
      this.#event('SPEECH_ACTIVITY_END', nowS);
    }
    if (!isInWord && quietS >= finalS) this.#final(said, nowS);
  }

  /** The sound is over. */
  settle(): void {
    const nowS = this.#samples / 8000;
    const said = this.#said(nowS);
    if (said.length > 0) this.#final(said, nowS);
  }

  #words(): Word[] {
    return this.#script()?.flatMap(({ words }) => words) ?? this.#inSound;
  }

  #said(nowS: number): Word[] {
    return this.#words().filter(({ start, end }) => start >= this.#fromS && end <= nowS);
  }

  #sample(value: number): void {
    const at = this.#samples++;
    if (value === this.#run.value) return;
    const { value: before, from } = this.#run;
    this.#run = { value, from: at };
    const word = vocabulary[(before - 1000) / 100];
    if (word && at - from === (wordMs * 8000) / 1000) this.#inSound.push({ word, start: from / 8000, end: at / 8000 });
  }

  #interim(said: Word[], nowS: number): void {
    this.#told = said.length;
    const texts = said.map(({ word }) => word);
    const space = this.#results > 0 ? ' ' : '';
    const parts = [texts.slice(0, -1).join(' '), texts.at(-1)!].filter(Boolean);
    this.#write({
      results: parts.map((part, n) => ({
        alternatives: [{ transcript: `${n > 0 ? ' ' : space}${part}` }],
        isFinal: false,
        stability: n < parts.length - 1 ? 0.9 : 0.01,
        ...this.#end(nowS),
        languageCode: 'en-us',
      })),
    });
  }

  #final(said: Word[], nowS: number): void {
    const transcript = `${this.#results++ > 0 ? ' ' : ''}${said.map(({ word }) => word).join(' ')}`;
    const [start, end] = this.#version === 1 ? ['startTime', 'endTime'] : ['startOffset', 'endOffset'];
    const words = said.map(({ word, start: from, end: to, confidence = 0.9 }) => ({
      [start]: durationOf(from),
      [end]: durationOf(to),
      word,
      confidence,
    }));
    this.#write({
      results: [
        {
          alternatives: [{ transcript, confidence: 0.92, words }, { transcript: 'something else' }],
          isFinal: true,
          ...this.#end(nowS),
          languageCode: 'en-us',
        },
      ],
    });
    this.#fromS = nowS;
    this.#told = 0;
  }

  #event(speechEventType: string, nowS: number): void {
    this.#write({ speechEventType, [this.#version === 1 ? 'speechEventTime' : 'speechEventOffset']: durationOf(nowS) });
  }

  #end(nowS: number): object {
    return { [this.#version === 1 ? 'resultEndTime' : 'resultEndOffset']: durationOf(nowS) };
  }
}

function durationOf(seconds: number): { seconds: number; nanos: number } {
  return { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) };
}
