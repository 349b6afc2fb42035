/**
 * One conversation on a virtual clock, and everything that can be seen of it: the acts of the caller go in, time is
 * moved to where something happens, and what happened is written into the record of the turn.
 */
import type { Heard, Input, Out, TurnTrace } from '../../engine/contracts.js';
import type { TurnMoment } from '../../engine/language/script.js';
import type { Phase } from '../../runtime/call/state.js';
import { heardPart, momentOf, type Moment, type ReplySentence } from './moments.js';
import type { PlayerClock } from './player-clock.js';
import { tellMove } from './trace-lines.js';
import { emptyRecord, type CalledTool, type TimelineEntry, type TurnRecord } from './turn-record.js';
import type { VirtualLine } from './virtual-line.js';
import type { DialogWatcher } from './watched-dialog.js';

/** Nothing in a script may take longer than this of virtual time. */
const longestTurnMs = 15 * 60_000;
/** Inputs that follow from what the engine itself did. */
const ofTheirOwn = new Set<Input['kind']>(['open', 'played', 'tool', 'transfer']);

export class Stage implements DialogWatcher {
  record: TurnRecord;
  /** Words of the agent since the caller's last act, in order. */
  #reply: { id: string; text: string; remembered: boolean; number?: number }[] = [];
  #heard: Heard['parts'] = [];
  #inTurn = false;
  /** Inputs that came of the caller's doing, or of their doing nothing. */
  #taken = 0;
  #waitsForCaller = false;
  #runningTools = new Set<string>();
  #toolStarts = new Map<string, number>();
  /** Where the timeline stood when the dialog took its input: what was understood is told before what was said. */
  #takenAt = 0;
  /** What the caller did in this turn, and when they last did anything. */
  #act: { startMs: number; endMs: number } | undefined;
  #lastActMs = 0;

  #keysPauseMs: number | undefined;
  #asked: string | undefined;

  constructor(
    private readonly clock: PlayerClock,
    private readonly line: VirtualLine,
    language: string,
    private readonly phase: () => Phase,
  ) {
    this.record = emptyRecord(language);
  }

  // ---- What the dialog does ------------------------------------------------------------------

  turnStarted(input: Input): void {
    this.#inTurn = true;
    this.#takenAt = this.record.timeline.length;
    this.#waitsForCaller = false;
    if (input.heard) this.#heard.push(...input.heard.parts);
    if (ofTheirOwn.has(input.kind)) return;
    this.#taken++;
    this.record.heard ??= this.#takeHeard();
    this.#reply = [];
  }

  gave(out: Out): void {
    const atMs = this.clock.now();
    switch (out.kind) {
      case 'words':
        this.#reply.push({ id: out.id, text: out.text.trim(), remembered: out.remembered });
        this.record.words.push({ id: out.id, text: out.text, atMs });
        this.record.timeline.push({ atMs, who: 'agent', id: out.id, text: out.text });
        break;
      case 'tool':
        if (out.phase === 'started') {
          this.#runningTools.add(out.callId);
          this.#toolStarts.set(out.name, atMs);
        } else this.#runningTools.delete(out.callId);
        break;
      case 'trace':
        this.record.traces.push(out.trace);
        this.record.shown.push(out.masked ?? out.trace);
        this.record.llmCalls += out.trace.llmCalls;
        this.#tellTrace(out.trace);
        break;
      case 'transfer':
        this.record.transfer = { to: out.to, mode: out.mode, packet: out.packet };
        this.tell('engine', `transfer to ${out.to} (${out.mode})`);
        break;
      case 'listen':
        this.#waitsForCaller = true;
        this.record.language = out.listening.language;
        this.#keysPauseMs = out.listening.keys?.betweenMs;
        this.#asked = out.listening.slot?.name;
        break;
      case 'wait':
      case 'end':
        break;
    }
  }

  turnEnded(problem?: string): void {
    this.#inTurn = false;
    if (problem !== undefined) this.record.problems.push({ message: `the dialog failed: ${problem}` });
  }

  // ---- What the caller's end does ---------------------------------------------------------------

  /** Begins the record of the next turn of the script. */
  nextTurn(): void {
    const standing = this.record.traces.at(-1) ?? this.record.standing;
    this.record = { ...emptyRecord(this.record.language), ...(standing && { standing }) };
    this.#act = undefined;
  }

  /** A tool was called: once for every time it ran, tries included. */
  called(tool: CalledTool): void {
    this.record.tools.push(tool);
    this.tell('tool', `${tool.name} ${JSON.stringify(tool.input)}`);
  }

  tell(who: TimelineEntry['who'], text: string, atMs = this.clock.now()): void {
    const asked = who === 'caller' ? this.#asked : undefined;
    this.record.timeline.push({ atMs, who, text, ...(asked !== undefined && { asked }) });
  }

  /** What the caller does in this turn, from its first sound to its last. */
  acts(startMs: number, endMs: number): void {
    this.#act = { startMs, endMs };
    this.#lastActMs = endMs;
  }

  /** Since when nobody has spoken: from here silence is counted. */
  get silentSinceMs(): number {
    return Math.max(this.#lastActMs, this.line.playedUntilMs);
  }

  // ---- Time -----------------------------------------------------------------------------------

  get isOver(): boolean {
    return this.phase() === 'closed';
  }

  /** The agent has said all it had to say and waits for the caller, or the call is over. */
  isQuiet(): boolean {
    if (this.isOver) return true;
    return (
      this.phase() === 'listening' &&
      !this.#inTurn &&
      this.#waitsForCaller &&
      this.#runningTools.size === 0 &&
      this.#unplayed() === 0 &&
      this.clock.now() >= this.line.playedUntilMs
    );
  }

  /** Runs until the agent waits. */
  async untilQuiet(): Promise<void> {
    const limitMs = this.clock.now() + longestTurnMs;
    await this.until(() => this.isQuiet(), limitMs);
    if (!this.isQuiet()) this.record.problems.push({ message: 'the agent never came to wait for the caller' });
    this.finishTurn();
  }

  /** Runs until the dialog has taken what the caller did, or surely will not. */
  async untilTaken(takenBefore: number, untilMs: number): Promise<boolean> {
    await this.until(() => this.#taken > takenBefore || this.isOver, untilMs);
    return this.#taken > takenBefore;
  }

  /** The pause that ends keys, where keys are asked for. */
  get keysPauseMs(): number | undefined {
    return this.#keysPauseMs;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Runs to the moment of an `at`, or to where it cannot come any more. */
  async untilMoment(at: TurnMoment): Promise<Moment> {
    const limitMs = this.clock.now() + longestTurnMs;
    let found: Moment | undefined;
    await this.until(() => {
      const sentences = this.#reply
        .filter(({ remembered }) => remembered)
        .map(({ text, number }): ReplySentence => {
          const fromMs = this.line.sentences.find((one) => one.number === number)?.fromMs;
          return fromMs === undefined ? { text } : { text, fromMs };
        });
      const complete = !this.#inTurn;
      found = momentOf(at, { sentences, complete }, (tool) => this.#toolStarts.get(tool));
      return found !== undefined || this.isQuiet();
    }, limitMs);
    if (found && 'atMs' in found) await this.clock.advanceTo(found.atMs - 1);
    return found ?? { problem: 'its moment never came: the agent had finished' };
  }

  async until(reached: () => boolean, limitMs: number): Promise<void> {
    await this.clock.settle();
    while (!reached()) {
      const nextMs = this.clock.nextAtMs;
      if (nextMs === undefined || nextMs > limitMs) {
        await this.clock.advanceTo(Math.max(this.clock.now(), nextMs === undefined ? this.clock.now() : limitMs));
        return;
      }
      await this.clock.advanceTo(nextMs);
    }
  }

  /** Closes the record: what is only known when the turn is over. */
  finishTurn(): void {
    const { record, line } = this;
    record.ended = this.isOver;
    const act = this.#act;
    if (!act) return;
    const answer = line.sentences.find(({ fromMs }) => fromMs >= act.endMs);
    if (answer) record.firstAudioMs = answer.fromMs - act.endMs;
    const cut = line.sentences.find((one) => one.cut && one.toMs >= act.startMs);
    if (cut) record.silentWithinMs = cut.toMs - act.startMs;
  }

  // ---- Sentences and words ------------------------------------------------------------------------

  /** The voice was asked for a sentence: words of the reply with this text, in order, or the call's own. */
  spoke(text: string, number: number): void {
    const words = this.#reply.find((one) => one.number === undefined && one.text === text.trim());
    if (words) {
      words.number = number;
      return;
    }
    // Not the dialog's: a filler, said by the call while a tool takes its time.
    const atMs = this.clock.now();
    this.record.words.push({ id: 'filler', text, atMs });
    this.record.timeline.push({ atMs, who: 'agent', id: 'filler', text });
  }

  /** Words of the reply that have not begun to be played. */
  #unplayed(): number {
    const played = new Set(this.line.sentences.map(({ number }) => number));
    return this.#reply.filter(({ number, text }) => text !== '' && (number === undefined || !played.has(number)))
      .length;
  }

  #tellTrace(trace: TurnTrace): void {
    const atMs = this.clock.now();
    const score = trace.score === undefined ? '' : ` ${trace.score.toFixed(2)}`;
    const route = trace.route === undefined ? [] : [`understood by ${trace.route}${score}`];
    const understood = [...route, ...trace.moves.map((move) => tellMove(move, false))].join(', ');
    if (understood !== '') this.record.timeline.splice(this.#takenAt, 0, { atMs, who: 'engine', text: understood });
    this.tell('engine', `now at ${trace.flow === null ? 'end' : `${trace.flow}/${trace.state}`}`);
  }

  #takeHeard(): TurnRecord['heard'] {
    const parts = this.#heard;
    this.#heard = [];
    return {
      text: parts
        .map(({ text, share }) => heardPart(text, share))
        .join(' ')
        .trim(),
      full: parts.every(({ share }) => share >= 0.999),
    };
  }
}
