/** What is left of a call, and who writes it down while it runs. */
import type { Dialog, ModelUsage } from '../../engine/contracts.js';
import type { LineNotice, Usage } from '../contracts.js';
import type { LogFields } from '../observe/log.js';
import { UsageSheet } from '../providers/usage.js';
import { secretText } from './notes.js';
import type { Note, Stages, TurnNote } from './events.js';

/** What is left of a call. Times are milliseconds since its start; `text` of what was secret is masked. */
export interface CallRecord {
  id: string;
  transport: string;
  /** `outbound`: we called. Absent: they did. */
  direction?: 'inbound' | 'outbound';
  /** Of an outbound call: who took it. */
  answeredBy?: 'person' | 'machine';
  /** Who answered, in which version. */
  about?: LogFields;
  /** ISO date. */
  started: string;
  durationMs: number;
  /** `completed`, `hung_up_here`, `error`, `max_time`, `no_voice`, or the line's own reason. */
  ended: string;
  turns: CallTurn[];
  states: { flow: string | null; state: string; atMs: number }[];
  /** `silentMs` is when the agent fell silent, `onsetMs` when the caller was first heard. */
  interruptions: { onsetMs: number; silentMs: number }[];
  tools: { callId: string; name: string; outcome: string; atMs: number }[];
  counters: Record<string, number>;
  /** How often a provider did not do what this call asked of it, by its name. */
  errors?: Record<string, number>;
  /** What providers had to do for it, what nobody heard included. */
  usage?: Usage[];
  /** The carrier's own recording: fetched there, with the account's token. */
  recordingUrl?: string;
  /** The agent's channel holds what was heard, the caller's what came. */
  audio?: { sampleRateHz: 8000; caller: Int16Array; agent: Int16Array };
}

export type CallTurn = TurnNote;

type Noted = Pick<CallRecord, 'turns' | 'states' | 'interruptions' | 'tools' | 'counters' | 'answeredBy'>;

/** Writes the record of one call. No personal value gets into it; the dialog knows which those are. */
export class RecordKeeper {
  readonly usage: UsageSheet;
  readonly #dialog: Dialog;
  readonly #startMs: number;
  readonly #noted: Noted = { turns: [], states: [], interruptions: [], tools: [], counters: {} };
  readonly #modelsBefore: ReadonlyMap<string, ModelUsage>;

  constructor(dialog: Dialog, startMs: number, usage = new UsageSheet()) {
    this.#dialog = dialog;
    this.#startMs = startMs;
    this.usage = usage;
    this.#modelsBefore = new Map(dialog.modelUsage?.().map((one) => [one.model, one]));
  }

  /** Returns the turn as it stands in the record, where the note is one. */
  note(note: Note, nowMs: number): CallTurn | undefined {
    const atMs = this.since(nowMs);
    switch (note.kind) {
      case 'turn': {
        const turn = this.#turnOf(note.turn);
        this.#noted.turns.push(turn);
        return turn;
      }
      case 'state':
        this.#noted.states.push({ flow: note.flow, state: note.state, atMs });
        return undefined;
      case 'interruption':
        this.#noted.interruptions.push({ onsetMs: this.since(note.onsetMs), silentMs: this.since(note.silentMs) });
        return undefined;
      case 'answered_by':
        this.#noted.answeredBy = note.who;
        return undefined;
      case 'tool':
        this.#noted.tools.push({ callId: note.callId, name: note.name, outcome: note.outcome, atMs });
        return undefined;
    }
  }

  count(name: string): void {
    this.#noted.counters[name] = (this.#noted.counters[name] ?? 0) + 1;
  }

  /** A provider did not do what was asked of it. */
  failed(provider: string): void {
    this.usage.failed(provider);
  }

  /** What a page shows: without personal values, as in the record. */
  printable(notice: LineNotice): LineNotice {
    return notice.kind === 'transcript' ? { ...notice, text: this.#hidden(notice.text, notice.who) } : notice;
  }

  /** When the call is over. What was said before the dialog knew it for a personal value is masked now. */
  noted(): Noted {
    for (const turn of this.#noted.turns) {
      turn.text = this.#hidden(turn.text, turn.who, true);
      if (turn.unheard !== undefined) turn.unheard = this.#hidden(turn.unheard, turn.who, true);
    }
    return this.#noted;
  }

  /** When the dialog has closed: only then its models have told all. */
  spent(): Pick<CallRecord, 'errors' | 'usage'> {
    this.#addModels();
    const usage = this.usage.lines();
    return {
      ...(Object.keys(this.usage.errors).length > 0 && { errors: this.usage.errors }),
      ...(usage.length > 0 && { usage }),
    };
  }

  /** Milliseconds since the call's start, of a time by its clock. */
  since(ms: number): number {
    return Math.max(0, Math.round(ms - this.#startMs));
  }

  #turnOf({ stages, ...turn }: TurnNote): CallTurn {
    return {
      ...turn,
      text: this.#hidden(turn.text, turn.who),
      ...(turn.unheard !== undefined && { unheard: this.#hidden(turn.unheard, turn.who) }),
      startMs: this.since(turn.startMs),
      endMs: this.since(turn.endMs),
      ...(stages ? { stages: this.#stagesSince(stages) } : {}),
    };
  }

  #hidden(text: string, who: 'caller' | 'agent', isOver = false): string {
    return text === secretText ? text : (this.#dialog.hide?.(text, who, isOver) ?? text);
  }

  /** The dialog may be older than this call: what its models did before is not this call's. */
  #addModels(): void {
    for (const now of this.#dialog.modelUsage?.() ?? []) {
      const { model: who, ...all } = now;
      const before = this.#modelsBefore.get(who);
      const since = (name: keyof typeof all): number => all[name] - (before?.[name] ?? 0);
      const add = (what: Usage['what'], amount: number, wasted: number): void => {
        if (amount > 0) this.usage.add({ who, what, amount, ...(wasted > 0 && { wasted }) });
      };
      add('llm_input_tokens', since('inputTokens'), since('wastedInputTokens'));
      add('llm_output_tokens', since('outputTokens'), since('wastedOutputTokens'));
      for (let left = since('failures'); left > 0; left--) this.failed(who);
    }
  }

  #stagesSince(stages: Stages): Stages {
    return Object.fromEntries(
      Object.entries(stages).map(([name, atMs]: [string, number | undefined]) => [
        name,
        atMs === undefined ? undefined : this.since(atMs),
      ]),
    );
  }
}
