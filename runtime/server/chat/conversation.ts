/** A dialog that is asked a turn at a time by whoever hears and speaks for it, and tells only what was said before. */
import type { Clock, Dialog, Heard, Input, Listening, Out } from '../../../engine/contracts.js';
import type { CallRecord, CallTurn } from '../../call/call.js';
import { secretText } from '../../call/notes.js';
import type { ChatEnd, ChatMessage } from './chat-messages.js';

/** A sentence, or what the turn came to. */
export type ChatPiece = { text: string } | { end: ChatEnd };

type Words = Extract<Out, { kind: 'words' }>;

export class Conversation {
  readonly id: string;
  /** What the caller said, in order: by it a conversation without a name is known again. */
  readonly said: string[] = [];
  lastMs: number;
  isOver = false;
  readonly #dialog: Dialog;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #record: Pick<CallRecord, 'turns' | 'tools' | 'started' | 'about'>;
  readonly #settled: Extract<Input, { kind: 'tool' }>[] = [];
  readonly #closing = new AbortController();
  /** The words of the last answer, of which a part may have been heard. */
  #last: Words[] = [];
  #isOpen = false;
  #listening: Listening | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #stop = new AbortController();

  /** @param about who answers: it stands in the record */
  constructor(id: string, dialog: Dialog, clock: Clock, about?: CallRecord['about']) {
    this.id = id;
    this.#dialog = dialog;
    this.#clock = clock;
    this.#startMs = this.lastMs = clock.now();
    this.#record = { turns: [], tools: [], started: new Date(clock.date()).toISOString(), ...(about && { about }) };
    void this.#follow();
  }

  /** What was answered last, as it was said. */
  get lastAnswer(): string {
    return this.#last.map(({ text }) => text).join(' ');
  }

  /**
   * Answers the last message. A turn that still runs is stopped: whoever asks again has given it up.
   * @param signal the other end no longer listens
   */
  async *answer(messages: readonly ChatMessage[], signal: AbortSignal): AsyncGenerator<ChatPiece> {
    this.#stop.abort({ parts: [], estimated: true } satisfies Heard);
    const before = this.#turn;
    const stop = (this.#stop = new AbortController());
    const leave = (): void => stop.abort({ parts: [], estimated: true } satisfies Heard);
    signal.addEventListener('abort', leave, { once: true });
    let done!: () => void;
    this.#turn = new Promise<void>((resolve) => (done = resolve));
    await before;
    this.lastMs = this.#clock.now();
    try {
      yield* this.#answer(messages, stop.signal);
    } finally {
      signal.removeEventListener('abort', leave);
      this.lastMs = this.#clock.now();
      done();
    }
  }

  async *#answer(messages: readonly ChatMessage[], signal: AbortSignal): AsyncGenerator<ChatPiece> {
    const last = messages.at(-1);
    const heard = this.#heardOf(messages);
    if (!this.#isOpen) {
      this.#isOpen = true;
      const opening: ChatPiece[] = [];
      for await (const piece of this.#run({ kind: 'open', atMs: this.#clock.now() }, signal)) {
        if (last?.role === 'user') opening.push(piece);
        else yield piece;
      }
      if (last?.role !== 'user') return;
      // Who says at once what they want is not greeted; who only says hello is.
      const understood = await this.#dialog.understand(last.text, signal);
      const isOver = opening.some((piece) => 'end' in piece && (piece.end.ended ?? piece.end.transfer));
      if (isOver || (understood.moves.length === 0 && messages.every(({ role }) => role !== 'assistant'))) {
        yield* opening;
        return;
      }
      this.#last = [];
    }
    for (const input of this.#settled.splice(0)) yield* this.#run({ ...input, atMs: this.#clock.now() }, signal);
    if (this.isOver) return;
    const atMs = this.#clock.now();
    if (last?.role === 'user') {
      this.said.push(last.text);
      this.#note(
        'caller',
        this.#listening?.secret ? secretText : (this.#dialog.hide?.(last.text, 'caller') ?? last.text),
      );
      yield* this.#run({ kind: 'utterance', text: last.text, atMs, ...(heard && { heard }) }, signal);
    } else if (last?.role === 'tool') {
      // Only a hand-over is asked of the platform; had it succeeded, nobody would ask us.
      yield* this.#run({ kind: 'transfer', outcome: 'error', atMs }, signal);
    } else yield* this.#run({ kind: 'no_input', atMs, ...(heard && { heard }) }, signal);
  }

  /** One turn of the dialog, and those that follow it by themselves. */
  async *#run(first: Input, signal: AbortSignal): AsyncGenerator<ChatPiece> {
    if (['utterance', 'open', 'no_input'].includes(first.kind)) this.#last = [];
    const end: ChatEnd = {};
    for (let input: Input | undefined = first; input;) {
      const given: Input = input;
      input = undefined;
      for await (const out of this.#dialog.turn(given, { signal })) {
        if (out.kind === 'words') {
          this.#last.push(out);
          this.#note('agent', out.masked ?? out.text);
          yield { text: out.text };
        } else if (out.kind === 'transfer') end.transfer = { to: out.to, mode: out.mode, packet: out.packet };
        else if (out.kind === 'listen') this.#listening = out.listening;
        else if (out.kind === 'end') this.isOver = end.ended = true;
        else if (out.kind === 'wait' && out.for === 'played') input = { kind: 'played', atMs: this.#clock.now() };
        else if (out.kind === 'tool' && out.phase === 'settled')
          this.#record.tools.push({ callId: out.callId, name: out.name, outcome: out.outcome ?? 'ok', atMs: this.#since() }); // prettier-ignore
      }
      if (signal.aborted) break;
    }
    yield { end };
  }

  /** How much of the last answer was heard: what stands of it in what we are sent back. */
  #heardOf(messages: readonly ChatMessage[]): Heard | undefined {
    const at = messages.findLastIndex(({ role }) => role === 'assistant');
    if (this.#last.length === 0 || at === -1) return undefined;
    let left = lettersOf(messages[at]!.text).length;
    if (!lettersOf(this.lastAnswer).startsWith(lettersOf(messages[at]!.text))) left = Infinity;
    const parts = this.#last
      .filter(({ remembered }) => remembered)
      .map(({ id, text }) => {
        const length = Math.max(1, lettersOf(text).length);
        const share = Math.min(1, Math.max(0, left / length));
        left -= length;
        return { id, text, share };
      });
    return { parts, estimated: false };
  }

  async #follow(): Promise<void> {
    try {
      for await (const input of this.#dialog.settlements(this.#closing.signal)) this.#settled.push(input);
    } catch {
      // Closed.
    }
  }

  #note(who: CallTurn['who'], text: string): void {
    const atMs = this.#since();
    this.#record.turns.push({ who, text, startMs: atMs, endMs: atMs });
  }

  #since(): number {
    return Math.round(this.#clock.now() - this.#startMs);
  }

  /** Tells the dialog that nobody is there any more, unless it has ended; gives what is left of it. */
  async close(reason: string): Promise<CallRecord> {
    this.#stop.abort({ parts: [], estimated: true } satisfies Heard);
    await this.#turn;
    this.#closing.abort(new Error(reason));
    if (!this.isOver && this.#isOpen) {
      const input: Input = { kind: 'hang_up', atMs: this.#clock.now() };
      for await (const out of this.#dialog.turn(input, { signal: new AbortController().signal })) void out;
    }
    for (const turn of this.#record.turns)
      if (turn.text !== secretText) turn.text = this.#dialog.hide?.(turn.text, turn.who, true) ?? turn.text;
    await this.#dialog.close(reason);
    return {
      id: this.id,
      transport: 'chat',
      ...this.#record,
      durationMs: this.#since(),
      ended: this.isOver ? 'completed' : reason,
      states: [],
      interruptions: [],
      counters: {},
    };
  }
}

export function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
