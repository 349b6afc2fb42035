/**
 * soundswallower (a WebAssembly PocketSphinx) with one small decoder per open utterance. Synchronous but for
 * the start of a decoder, so it runs in worker threads only.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Dictionary } from './dictionary.js';
import { garbageWord, phones, type Grammar } from './grammar.js';

/** One word of a result. Seconds from the first sample. `p` is the recogniser's own probability of the word. */
export interface AlignedWord {
  word: string;
  startS: number;
  lengthS: number;
  p: number;
}

/** The parts of soundswallower's module that its types leave out. */
interface Module {
  Decoder: new (config: Record<string, string | number>) => Decoder;
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _s3file_init(pointer: number, length: number): number;
  _s3file_free(file: number): number;
  _decoder_init_grammar_s3file(decoder: number, fsg: number, jsgf: number): number;
  _decoder_add_word(decoder: number, word: number, phones: number, update: number): number;
}

interface Decoder {
  cdecoder: number;
  initialize(): Promise<unknown>;
  reinitialize_audio(): Promise<void>;
  start(): void;
  stop(): void;
  process_audio(samples: Float32Array): number;
  get_text(): string;
  get_alignment(): { w?: { b: number; d: number; p: number; t: string }[] };
  delete(): void;
}

export interface Recogniser {
  open(): Promise<DecoderSlot>;
}

/** A decoder: load a grammar, then utterances, one at a time. */
export interface DecoderSlot {
  /** Key of the grammar that is loaded. */
  readonly loaded: string | undefined;
  load(key: string, grammar: Grammar): Promise<void>;
  /** Forgets the last caller's loudness and line: what follows depends on nothing before it. */
  reset(): Promise<void>;
  start(): void;
  hear(samples: Int16Array): void;
  /** The words so far, garbage words among them. */
  words(): string[];
  stop(): AlignedWord[];
}

/** @param phonesOf how words outside the dictionary are said; an empty text when it cannot tell */
export async function openRecogniser(phonesOf: (words: readonly string[]) => Promise<string[]>): Promise<Recogniser> {
  const folder = dirname(createRequire(import.meta.url).resolve('soundswallower'));
  const before = new Set(process.listeners('uncaughtException'));
  const { default: createModule } = (await import('soundswallower')) as unknown as {
    default: (options: { modelBase: string }) => Promise<Module>;
  };
  const module = await createModule({ modelBase: join(folder, 'model/') });
  // Emscripten's listener rethrows from inside the handler: it would end the worker for an error that others handle.
  for (const listener of process.listeners('uncaughtException')) {
    if (!before.has(listener)) process.off('uncaughtException', listener);
  }
  const dictionary = new Dictionary(join(folder, 'model', 'en-us', 'dict.txt'));
  const known = new Map<string, string[]>();

  /** Pronunciations of all words; those without any are left out. */
  const pronounce = async (words: readonly string[]): Promise<Map<string, string[]>> => {
    for (const word of words) if (!known.has(word)) known.set(word, dictionary.pronunciations(word));
    const unknown = words.filter((word) => known.get(word)!.length === 0);
    if (unknown.length > 0) {
      const found = await phonesOf(unknown);
      unknown.forEach((word, i) => {
        const said = found[i]!.split(' ').filter((phone) => phones.includes(phone));
        if (said.length > 0) known.set(word, [said.join(' ')]);
      });
    }
    return new Map(words.map((word) => [word, known.get(word)!]));
  };

  const withText = <T>(text: string, use: (pointer: number, length: number) => T): T => {
    const bytes = Buffer.from(`${text}\0`);
    const pointer = module._malloc(bytes.length);
    module.HEAPU8.set(bytes, pointer);
    try {
      return use(pointer, bytes.length - 1);
    } finally {
      module._free(pointer);
    }
  };

  return {
    async open(): Promise<DecoderSlot> {
      const decoder = await openDecoder(module);
      const present = new Set<string>();
      let loaded: string | undefined;
      return {
        get loaded() {
          return loaded;
        },
        async load(key, grammar) {
          if (loaded === key) return;
          const said = await pronounce(grammar.words);
          const mute: string[] = [];
          for (const [word, ways] of said) {
            if (present.has(word)) continue;
            if (ways.length === 0) mute.push(word);
            ways.forEach((way, i) => {
              const entry = i === 0 ? word : `${word}(${i + 1})`;
              const id = withText(entry, (text) =>
                withText(way, (sound) => module._decoder_add_word(decoder.cdecoder, text, sound, 0)),
              );
              if (id >= 0) present.add(word);
              else if (i === 0) mute.push(word);
            });
          }
          // A word that the decoder does not know makes the grammar fail and corrupts the decoder: such words become garbage.
          const text = mute.length === 0 ? grammar.fsg : withoutWords(grammar.fsg, new Set(mute));
          loaded = undefined;
          const result = withText(text, (pointer, length) => {
            const file = module._s3file_init(pointer, length);
            return module._decoder_init_grammar_s3file(decoder.cdecoder, file, 0);
          });
          if (result < 0) throw new Error('the recogniser refused a grammar');
          loaded = key;
        },
        reset: () => decoder.reinitialize_audio(),
        start: () => decoder.start(),
        hear(samples) {
          const floats = new Float32Array(samples.length);
          for (let i = 0; i < samples.length; i++) floats[i] = samples[i]! / 32768;
          decoder.process_audio(floats);
        },
        words: () =>
          decoder
            .get_text()
            .split(' ')
            .filter((word) => !isSilence(word))
            .map(withoutVariant),
        stop() {
          decoder.stop();
          return (decoder.get_alignment().w ?? [])
            .filter(({ t }) => !isSilence(t))
            .map(({ t, b, d, p }) => ({ word: withoutVariant(t), startS: b, lengthS: d, p }));
        },
      };
    },
  };
}

const isSilence = (word: string): boolean => /^(?:<.*>|\(NULL\)|\[.*\]|)$/.test(word);

/** `the(2)` is another way to say `the`. */
const withoutVariant = (word: string): string => word.replace(/\(\d+\)$/, '');

/**
 * The mean cepstrum from which a decoder starts with a new caller (it then follows the caller's own sound): that of
 * telephone speech at a usual level. With the package's own start, a caller's first short words are often lost.
 */
const usualSound = '50,-1.0,6.6,-0.1,-1.8,-1.8,-3.8,1.5,0.8,1.3,2.4,0.4,1.1';

/** A new decoder knows only the garbage words; the rest is added when a grammar needs it. */
async function openDecoder(module: Module): Promise<Decoder> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-stt-'));
  try {
    const dict = join(folder, 'garbage.dict');
    writeFileSync(dict, phones.map((phone) => `${garbageWord(phone)} ${phone}\n`).join(''));
    const decoder = new module.Decoder({ samprate: 8000, loglevel: 'FATAL', dict, cmninit: usualSound });
    await decoder.initialize();
    return decoder;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withoutWords(fsg: string, mute: ReadonlySet<string>): string {
  return fsg
    .split('\n')
    .map((line) => {
      const parts = line.split(' ');
      return parts.length === 5 && mute.has(parts[4]!) ? [...parts.slice(0, 4), garbageWord('AH')].join(' ') : line;
    })
    .join('\n');
}
