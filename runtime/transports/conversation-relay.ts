/**
 * Twilio ConversationRelay: Twilio hears and speaks, and what goes over its socket is text. Messages as its page
 * "Getting and sending WebSocket messages" has them; `info` (speaker events) as its own demonstrations read it. The call
 * is the same as any other: its voice makes words instead of sound (`word-speech.ts`), its ear is Twilio.
 */
import type { RawData, WebSocket } from 'ws';
import type { Clock, Dialog, Listening, Out } from '../../engine/contracts.js';
import { Channel } from '../channel.js';
import type { Ear, EarEvent, Line, LineEvent, TransferTerms } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { HandOver, type CallControl } from './hand-over.js';
import { defaultLocale, localeOf } from './locale.js';
import { numberOf, textOf } from './media-line.js';
import { mayInterrupt } from './relay-interrupting.js';
import { relayMessage, setupOf, type RelayMessage, type RelaySetup } from './relay-messages.js';
import { RelayPrompts } from './relay-prompts.js';
import { ToldPlayout } from './told-playout.js';
import { WordVoice, type SpokenFrame } from './word-speech.js';
import { wrapDialog } from '../wrap-dialog.js';

export interface RelayOptions {
  id: string;
  clock: Clock;
  log: Log;
  /** What can be done to the call of a session. */
  controlOf?: (line: RelayLine) => CallControl;
}

type Words = Extract<Out, { kind: 'words' }>;

const setupMs = 10_000;
const maxPromptLength = 10_000;
const maxWaitingBytes = 1024 * 1024;

/** Waits for `setup`. Resolves undefined when none came that we understand; the socket is closed then. */
export async function acceptRelay(socket: WebSocket, options: RelayOptions): Promise<RelayLine | undefined> {
  const late = new AbortController();
  const line = await new Promise<RelayLine | undefined>((resolve) => {
    const done = (answer: RelayLine | undefined): void => {
      socket.off('message', take);
      socket.off('close', gone);
      late.abort(new Error('answered'));
      resolve(answer);
    };
    const gone = (): void => done(undefined);
    const take = (data: RawData): void => {
      const message = relayMessage(data);
      if (message?.type !== 'setup') return;
      socket.off('message', take);
      const setup = setupOf(message);
      done(setup && new RelayLine(socket, setup, options));
    };
    socket.on('message', take);
    socket.on('close', gone);
    options.clock.sleep(setupMs, late.signal).then(gone, () => {});
  });
  if (!line) {
    socket.close(1008, 'no setup');
  }
  return line;
}

export class RelayLine implements Line {
  readonly id: string;
  readonly transport = 'twilio-relay';
  readonly marks = true;
  readonly from?: string;
  readonly to?: string;
  readonly counters: Record<string, number> = {};
  readonly setup: RelaySetup;
  /** Words in place of sound: the voice of this call. */
  readonly voice = new WordVoice();
  /** Tells Twilio in which language to listen; hears nothing itself. */
  readonly ear: Ear;
  #socket!: WebSocket;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #queue = new Channel<LineEvent>();
  readonly #playout = new ToldPlayout();
  readonly #handOver: HandOver;
  readonly #prompts = new RelayPrompts(() => this.#count('repeated_messages'));
  /** Of a sentence whose last word has not come yet. */
  #pending: SpokenFrame[] = [];
  /** What the dialog gave in this turn and the call has not sent yet: how each piece may be interrupted. */
  #pieces: Words[] = [];
  #turnRuns = false;
  /** Twilio was given words that it takes for the beginning of more. */
  #cycleOpen = false;
  #callerSpeaks = false;
  #heardSpeech = false;
  #language: string | undefined;
  #cancel: (() => void) | undefined;
  #isBack = false;

  constructor(socket: WebSocket, setup: RelaySetup, options: RelayOptions) {
    this.id = options.id;
    this.setup = setup;
    this.#clock = options.clock;
    this.#log = options.log.child({ call: options.id });
    this.#language = setup.parameters.language;
    if (setup.from !== undefined) this.from = setup.from;
    if (setup.to !== undefined) this.to = setup.to;
    const silent = new Channel<EarEvent>();
    this.ear = {
      name: 'twilio-relay',
      events: () => silent,
      hear: () => {},
      tune: (listening) => this.#tune(listening),
      endTurn: () => {},
      close: () => silent.end(),
    };
    this.#handOver = new HandOver({
      control: options.controlOf?.(this),
      cure: 'set TWILIO_AUTH_TOKEN',
      log: this.#log,
      push: (event) => this.#queue.push(event),
      isStreaming: () => this.isStreaming,
      end: (reason) => this.#end(reason),
    });
    this.#attach(socket);
  }

  /** The caller is here in this session: at first, and when they are back from a transfer. */
  #attach(socket: WebSocket): void {
    this.#socket = socket;
    const isOurs = (): boolean => this.#socket === socket && !this.#isBack;
    socket.on('message', (data) => {
      if (isOurs()) this.#receive(data);
    });
    socket.on('close', () => {
      if (isOurs() && this.#handOver.isHere) this.#end('caller_hung_up');
    });
    socket.on('error', () => this.#count('socket_errors'));
  }

  /** This session is that of a caller who comes back to a line of theirs: it is that line's from now on. */
  comeBackTo(line: RelayLine): void {
    this.#isBack = true;
    this.#queue.end();
    line.#pending = [];
    line.#pieces = [];
    line.#cycleOpen = false;
    line.#callerSpeaks = line.#heardSpeech = false;
    line.#playout.forget();
    line.#attach(this.#socket);
    // Twilio begins in the language of our TwiML, which is that of the agent's beginning.
    const language = line.#language;
    line.#language = this.setup.parameters.language;
    if (language !== undefined) line.#tune({ language });
  }

  /** The caller can be heard and spoken to. */
  get isStreaming(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Ends the session: Twilio asks the `action` of our TwiML what to do next, with this. */
  endSession(handoff: object): void {
    this.#send({ type: 'end', handoffData: JSON.stringify(handoff) });
  }

  /** The dialog, watched: how its words may be interrupted, and when a turn's last words were said. */
  wrap(dialog: Dialog): Dialog {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- a generator has a `this` of its own
    const line = this;
    return wrapDialog(dialog, {
      async *turn(input, run): AsyncGenerator<Out> {
        line.#turnRuns = true;
        line.#pieces = [];
        try {
          for await (const out of dialog.turn(input, run)) {
            if (out.kind === 'words') line.#pieces.push(out);
            yield out;
          }
        } finally {
          line.#turnRuns = false;
          line.#closeCycle();
        }
      },
    });
  }

  events(): AsyncIterable<LineEvent> {
    return this.#queue;
  }

  // ---- To Twilio ------------------------------------------------------------------------------

  /** A word; a sentence is sent when it is complete. */
  send(samples: Int16Array): void {
    const frame = this.voice.read(samples);
    if (!frame) return;
    if (this.#pending[0] && this.#pending[0].sentence !== frame.sentence) this.#pending = [];
    this.#pending.push(frame);
    if (frame.index < frame.sentence.words.length - 1) return;
    const words = this.#pending.map(({ sentence, index }) => sentence.words[index]!);
    const { text, language } = frame.sentence;
    this.#pending = [];
    this.#say(words, text, language);
  }

  #say(words: readonly string[], text: string, language: string): void {
    const at = this.#pieces.findIndex((piece) => piece.text.split(/\s+/).join(' ').trim() === text);
    // A filler, or what the call says of its own.
    const isOwn = at === -1;
    const [piece] = isOwn ? [] : this.#pieces.splice(0, at + 1).slice(-1);
    const last = isOwn || (!this.#turnRuns && this.#pieces.length === 0);
    this.#send({
      type: 'text',
      token: `${words.join(' ')} `,
      last,
      lang: localeOf(language),
      interruptible: piece ? mayInterrupt(piece.bargeIn, piece.mustHear) : this.#turnRuns,
      // Words that come next wait for these: Twilio plays one after the other.
      preemptible: false,
    });
    this.#cycleOpen = !last;
    this.#playout.give(words, this.#clock.now());
    this.#arm();
  }

  /** Tells Twilio that no more words come, where its last were told to be the beginning of more. */
  #closeCycle(): void {
    if (!this.#cycleOpen || this.#pieces.length > 0) return;
    this.#cycleOpen = false;
    this.#send({ type: 'text', token: '', last: true });
  }

  mark(name: string): void {
    this.#playout.mark(name, this.#pending.length);
  }

  /** Twilio has no order to be silent: it has fallen silent by itself, or the call is over. */
  clear(): void {
    this.#pending = [];
    this.#pieces = [];
    this.#playout.forget();
    this.#closeCycle();
    this.#arm();
  }

  #tune({ language }: Pick<Listening, 'language'>): void {
    const locale = localeOf(language);
    if (this.#language === locale) return;
    const isFirst = this.#language === undefined;
    this.#language = locale;
    if (isFirst && locale === defaultLocale) return;
    this.#send({ type: 'language', ttsLanguage: locale, transcriptionLanguage: locale });
  }

  notify(): void {}

  /** What Twilio tells of the call elsewhere than in its session. */
  tell(event: LineEvent): void {
    this.#queue.push(event);
  }

  transfer(to: string, mode: 'cold' | 'warm', packet: unknown, terms: TransferTerms = {}): void {
    this.#handOver.transfer(to, mode, packet, terms);
  }

  hangUp(): void {
    if (!this.#handOver.isGiven) this.#send({ type: 'end' });
    this.close();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.voice.close();
    this.#queue.end();
    if (this.isStreaming) this.#socket.close(1000, 'the call is over');
  }

  // ---- From Twilio ----------------------------------------------------------------------------

  #receive(data: RawData): void {
    const message = relayMessage(data);
    if (!message) return this.#count('bad_messages');
    if (!Object.hasOwn(takes, message.type)) return this.#count('unknown_messages');
    if (!takes[message.type]!(this, message)) this.#count('bad_messages');
  }

  /** @returns whether the message was as it should be, like all that follow */
  prompt({ voicePrompt: text, last = true, lang }: RelayMessage): boolean {
    if (typeof text !== 'string' || text.length > maxPromptLength || typeof last !== 'boolean') return false;
    if (!this.#prompts.isNew(text, last, this.#clock.now())) return true;
    // Twilio tells no words while words that may not be interrupted are played: an early one is a backchannel.
    if (!last && this.#playout.isBusy) return true;
    this.#return(this.#playout.all());
    this.#speechStarted();
    const atMs = this.#clock.now();
    if (!last) {
      this.#hear({ kind: 'interim', text, atMs });
      return true;
    }
    this.#speechEnded();
    const language = typeof lang === 'string' ? { language: lang } : {};
    this.#hear({ kind: 'final', text, startMs: atMs, endMs: atMs, ...language });
    this.#hear({ kind: 'end_of_turn', atMs });
    return true;
  }

  interrupt({ utteranceUntilInterrupt: text, durationUntilInterruptMs: heardMs }: RelayMessage): boolean {
    if (typeof text !== 'string') return false;
    const ms = numberOf(heardMs);
    const { marks, exact } = this.#playout.interrupted(text, Number.isFinite(ms) ? ms : undefined);
    if (!exact) this.#count('estimated_heard');
    this.#return(marks);
    this.#pieces = [];
    this.#cycleOpen = false;
    this.#queue.push({ kind: 'interrupt' });
    if (this.#callerSpeaks) this.#speechStarted();
    this.#arm();
    return true;
  }

  dtmf({ digit }: RelayMessage): boolean {
    if (typeof digit !== 'string' || !/^[0-9*#A-D]$/.test(digit)) return false;
    this.#queue.push({ kind: 'key', digit });
    return true;
  }

  error({ description }: RelayMessage): boolean {
    // What Twilio quotes there may be what was said.
    if (this.counters.carrier_problems === undefined)
      this.#log.warn('the carrier reports a problem', { code: textOf(description).slice(0, 40).replace(/:.*$/s, '') });
    this.#count('carrier_problems');
    return true;
  }

  info({ name, value }: RelayMessage): boolean {
    if (name === 'agentSpeaking') {
      this.#playout.tellsSilence = true;
      if (value === 'off') this.#return(this.#playout.silent(this.#clock.now()));
      this.#arm();
    } else if (name === 'clientSpeaking') {
      this.#callerSpeaks = value === 'on';
      // Over the agent's words Twilio decides who is heard: it interrupts, or does not.
      if (value === 'on' && !this.#playout.isBusy) this.#speechStarted();
      else if (value !== 'on') this.#speechEnded();
    }
    return true;
  }

  #speechStarted(): void {
    if (this.#heardSpeech) return;
    this.#heardSpeech = true;
    this.#hear({ kind: 'speech_started', atMs: this.#clock.now() });
  }

  #speechEnded(): void {
    if (!this.#heardSpeech) return;
    this.#heardSpeech = false;
    this.#hear({ kind: 'speech_ended', atMs: this.#clock.now() });
  }

  #hear(event: EarEvent): void {
    this.#queue.push({ kind: 'ear', event });
  }

  #return(marks: readonly string[]): void {
    for (const name of marks) this.#queue.push({ kind: 'mark', name });
    this.#arm();
  }

  /** The clock is asked when the next words should have been spoken. */
  #arm(): void {
    this.#cancel?.();
    const atMs = this.#playout.nextMs();
    this.#cancel =
      atMs === undefined
        ? undefined
        : this.#clock.at(atMs, () => {
            this.#cancel = undefined;
            this.#return(this.#playout.passed(this.#clock.now()));
          });
  }

  #end(reason: string): void {
    this.#return(this.#playout.gone(this.#clock.now()));
    this.#queue.push({ kind: 'hang_up', reason });
    this.#queue.end();
  }

  #send(message: object): void {
    if (!this.isStreaming) return;
    if (this.#socket.bufferedAmount > maxWaitingBytes) return this.#count('dropped_sends');
    this.#socket.send(JSON.stringify(message));
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }
}

const takes: Record<string, (line: RelayLine, message: RelayMessage) => boolean> = {
  setup: () => true,
  prompt: (line, message) => line.prompt(message),
  interrupt: (line, message) => line.interrupt(message),
  dtmf: (line, message) => line.dtmf(message),
  error: (line, message) => line.error(message),
  info: (line, message) => line.info(message),
};
