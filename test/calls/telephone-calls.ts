/** What tests of whole telephone calls share: a server with a desk that asks for a floor and hands over, and a mouth. */
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { eventually } from '../conformance/line.js';
import { isSilent, type Telephone } from '../loopback/telephone.js';
import { startReal, type RealOptions, type RealServer } from './real-server.js';
import { watchedWords, type WatchedWords } from './watched-words.js';

/** Asks for two keys, says them, and goes by a spoken yes or no. */
export const desk = `
flow: desk
slots: { floor: { type: digits, ask: Which floor?, dtmf: { length: 2 } } }
states:
  ask: { collect: floor, to: told }
  told:
    say: "Floor {{ floor }} it is. Is there more?"
    transitions: [{ intent: yes, to: over }, { intent: no, to: bye }]
  over:
    transfer: { to: "+35315550199", wait: 20s, max: 10m }
    transitions: [{ on: busy, to: engaged }, { on: no_answer, to: nobody }, { on: error, to: broken }]
    to: bye
  nobody: { say: Nobody picks up., hang_up: true }
  engaged: { say: They are busy., hang_up: true }
  broken: { say: That did not work., hang_up: true }
  bye: { say: Goodbye then., hang_up: true }
`;

/** Leaves the caller to whoever picks up. */
export const leave = `
flow: leave
states: { over: { say: One moment., transfer: { to: "+35315550199" }, transitions: [{ on: busy, to: end }], to: end } }
`;

/** Talks for so long that anybody can cut in. */
export const talker = `
flow: talker
states:
  ask: { say: "This takes a long while to say because it has so very many words in it that nobody would ever want to hear.", transitions: [{ key: "1", to: bye }] }
  bye: { say: Goodbye then., hang_up: true }
`;

export interface CallsServer {
  real: RealServer;
  words: WatchedWords;
  /** Forgets what was said and told of calls before. */
  fresh(): void;
  /** Waits until what is said after so many pieces of sound was heard to its end. */
  heardOut(telephone: Telephone, after?: number): Promise<void>;
  say(telephone: Telephone, text: string): Promise<void>;
  /** Up to the question after the floor. */
  upTo(telephone: Telephone, floor: string, key: (digit: string) => void): Promise<void>;
  close(): Promise<void>;
}

export async function callsServer(options: RealOptions): Promise<CallsServer> {
  const words = watchedWords();
  const real = await startReal({ agents: { desk, leave, talker }, wrapDialog: words.wrap, ...options });
  const voice = embeddedTts({ voice: 'rms' });
  const server: CallsServer = {
    real,
    words,
    fresh: () => {
      words.clear();
      real.records.length = 0;
    },
    heardOut: (telephone, after = 0) =>
      eventually(
        () => telephone.heard.slice(-30).every(isSilent) && !telephone.heard.slice(after).every(isSilent),
        15_000,
      ),
    say: async (telephone, text) => {
      for await (const piece of voice.speak({ text, language: 'en' }, new AbortController().signal))
        if (piece.kind === 'audio') telephone.speak(piece.samples);
    },
    upTo: async (telephone, floor, key) => {
      await words.said('Which floor?');
      await server.heardOut(telephone);
      const before = telephone.heard.length;
      for (const digit of floor) key(digit);
      await words.said('Floor');
      await server.heardOut(telephone, before);
    },
    close: async () => {
      voice.close?.();
      await real.close();
    },
  };
  return server;
}
