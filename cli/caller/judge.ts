/**
 * Judges a spoken call by its script. In our own process it watches the dialog, so every expectation of `flow test`
 * can be looked at; of a server elsewhere only what was said can.
 */
import type { Dialog, Out, TurnTrace } from '../../engine/contracts.js';
import type { TestTurn } from '../../engine/language/script.js';
import { checkExpectation, type Failure } from '../player/expectations.js';
import { findMeanings } from '../player/meanings.js';
import { emptyRecord, type TurnRecord } from '../player/turn-record.js';
import type { PhoneMessage } from './phone.js';
import { wrapDialog } from '../../runtime/wrap-dialog.js';

/** Expectations that are about a virtual clock or about the player's own ear, not about a real line. */
const notOfALine = new Set(['heard', 'first_audio_ms', 'silent_within_ms', 'no_input', 'attempt']);
/** What can be told from outside. */
const ofWords = new Set(['said', 'said_not', 'ended']);

export class CallJudge {
  readonly #language: string;
  readonly #records: TurnRecord[] = [];
  #watches = false;

  constructor(language: string) {
    this.#language = language;
    this.#records.push(emptyRecord(language));
  }

  /** The same dialog, with everything it gives written down. */
  watch(dialog: Dialog): Dialog {
    this.#watches = true;
    const take = (out: Out): void => this.#take(out);
    return wrapDialog(dialog, {
      async *turn(input, run) {
        for await (const out of dialog.turn(input, run)) {
          take(out);
          yield out;
        }
      },
    });
  }

  /** A message of the line: the words of a server elsewhere, and the end of the call. */
  message(message: PhoneMessage): void {
    if (message.type === 'ended') this.#now.ended = true;
    if (this.#watches || message.type !== 'transcript' || message.who !== 'agent' || message.final !== true) return;
    this.#now.words.push({ id: String(message.id ?? ''), text: String(message.text), atMs: 0 });
  }

  /** What the dialog left of its turns; of a server elsewhere nothing. */
  get traces(): TurnTrace[] {
    return this.#records.flatMap(({ traces }) => traces);
  }

  /** The caller begins turn `index` of the script: what comes now answers it. */
  begin(index: number): void {
    while (this.#records.length <= index) this.#records.push(emptyRecord(this.#language));
  }

  async failures(turns: readonly TestTurn[]): Promise<{ turn: number; failure: Failure }[]> {
    const all: { turn: number; failure: Failure }[] = [];
    for (const [index, turn] of turns.entries()) {
      const record = this.#records[index] ?? emptyRecord(this.#language);
      const asked = Object.entries(turn.expect).filter(
        ([key]) => !notOfALine.has(key) && (this.#watches || ofWords.has(key)),
      );
      const expected = Object.fromEntries(asked);
      // A call's page is made without a model: what only one can judge is judged by the encoder.
      await findMeanings(expected, record.words, 'none');
      all.push(...checkExpectation(expected, record).map((failure) => ({ turn: index + 1, failure })));
    }
    return all;
  }

  get #now(): TurnRecord {
    return this.#records.at(-1)!;
  }

  #take(out: Out): void {
    const record = this.#now;
    if (out.kind === 'words') record.words.push({ id: out.id, text: out.text, atMs: 0 });
    else if (out.kind === 'transfer') record.transfer = { to: out.to, mode: out.mode, packet: out.packet };
    else if (out.kind === 'end') record.ended = true;
    else if (out.kind === 'trace') {
      record.traces.push(out.trace);
      record.llmCalls += out.trace.llmCalls;
      record.tools.push(...out.trace.tools.map(({ name, input, outcome }) => ({ name, input, outcome, atMs: 0 })));
    }
  }
}
