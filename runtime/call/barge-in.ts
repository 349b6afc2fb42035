/**
 * The caller speaks while the agent does: hold first, decide then.
 * A hold cuts the audio at once and cancels nothing; it is taken back when nothing was said, and becomes an
 * interruption by words, by a word that always stops, or by long speech.
 */
import type { BargeIn, Heard } from '../../engine/contracts.js';
import type { Sentence, Step } from './state.js';
import { current, heardChars, heardPosition, ledger } from './heard.js';
import { backTo, dropSentences, noteWaste, rewind, schedulePump } from './playout.js';
import { firmWords, hasStopWord, isAnswer } from './words.js';
import { clearTurn } from './caller-turn.js';
import { suspectEcho } from './echo.js';
import { noteAgent } from './notes.js';

/** Under these, speech does not stop the words. */
export function isProtected(bargeIn: BargeIn): boolean {
  return bargeIn === 'off' || bargeIn === 'deaf' || bargeIn === 'keys';
}

/** What may stop the agent now. */
export function bargeInNow(step: Step): BargeIn {
  const { s } = step;
  if (s.tools.some((tool) => tool.onInterrupt === 'block')) return 'off';
  if (s.ending) return 'deaf';
  const sentence = current(step);
  return sentence?.bargeIn ?? 'speech';
}

/** There is something to be stopped: words queued or playing, or a turn that will give some. */
export function isAgentBusy(step: Step): boolean {
  const { s } = step;
  return s.playout.sentences.length > 0 || s.asking?.running === true;
}

/** Speech began while the agent was at it. */
export function speechOverAgent(step: Step, onsetMs: number): void {
  const { s, now } = step;
  if (!isAgentBusy(step)) return;
  s.caller.overlap = true;
  if (s.hold) {
    // A second stretch of speech: the verdict is still open.
    delete s.due.resume;
    s.due.decide = now + s.manners.decideMs;
    return;
  }
  if (isProtected(bargeInNow(step))) return;
  // What may be an echo stops nothing before it has words of its own.
  if (s.caller.faint) return step.emit({ kind: 'count', name: 'faint_speech' });
  hold(step, onsetMs);
}

/** A caller speaks up over what was only an echo until now. */
export function louder(step: Step): void {
  const { s, now } = step;
  if (!s.caller.speaking || !s.caller.faint) return;
  s.caller.faint = false;
  s.caller.segmentMs = now;
  speechOverAgent(step, now);
}

/** Falls silent, and cancels nothing yet. */
export function hold(step: Step, onsetMs: number): void {
  const { s, now } = step;
  const sent = s.playout.firstSentMs !== undefined;
  const heardMs = heardPosition(step);
  s.hold = { sinceMs: now, onsetMs, sent, heardMs, loudness: s.caller.loudness };
  s.playout.marks = [];
  for (const name of ['mark', 'drained', 'pump'] as const) delete s.due[name];
  if (sent) step.emit({ kind: 'clear' });
  step.emit({ kind: 'count', name: 'holds' });
  s.due.decide = now + s.manners.decideMs;
}

/** Words came, interim or final: do they stop the agent? */
export function wordsOverAgent(step: Step, text: string, final: boolean): void {
  const { s } = step;
  if (!isAgentBusy(step) || s.caller.interrupted) return;
  s.caller.overlap = true;
  const policy = bargeInNow(step);
  if (isProtected(policy)) return;
  if (hasStopWord(text, s.listening)) return interrupt(step);
  const firm = firmWords(text, s.listening);
  if (policy === 'match') {
    if (final && firm > 0) askWhetherItFits(step, text);
    return;
  }
  const needed = typeof policy === 'object' ? policy.words : 1;
  if (firm >= needed) return interrupt(step);
  if (!final || s.caller.speaking) return;
  if (firm === 0 && answersTheQuestion(step, text)) return interrupt(step);
  // A backchannel: nothing of it enters the next turn.
  if (firm === 0) dropBackchannel(step);
  else if (s.hold) s.due.resume = step.now + s.manners.falseInterruptionMs;
}

/** The agent just asks a question that takes a soft word for an answer. */
function answersTheQuestion(step: Step, text: string): boolean {
  const { s } = step;
  if (s.asking?.running || s.asking?.ending !== 'listen') return false;
  const last = s.playout.sentences.at(-1);
  return last !== undefined && current(step) === last && isAnswer(text, s.listening);
}

function dropBackchannel(step: Step): void {
  const { s } = step;
  step.emit({ kind: 'count', name: 'backchannels' });
  clearTurn(step, s.caller.endMs ?? step.now);
  if (s.hold) resume(step);
}

function askWhetherItFits(step: Step, text: string): void {
  const { s } = step;
  if (s.hold) {
    if (s.hold.asked === text) return;
    s.hold.asked = text;
    s.due.resume = step.now + s.manners.falseInterruptionMs;
    delete s.due.decide;
  }
  step.emit({ kind: 'understand', gen: s.gen, text });
}

/** The answer to `understand`: words that fit stop the agent, others are dropped. */
export function understood(step: Step, gen: number, fits: boolean): void {
  const { s } = step;
  if (gen !== s.gen || s.caller.interrupted || !isAgentBusy(step)) return;
  if (fits) interrupt(step);
  else dropBackchannel(step);
}

/** The caller stopped; when nothing comes of it the agent goes on. */
export function speechOverEnded(step: Step): void {
  const { s, now } = step;
  if (!s.hold) return;
  delete s.due.decide;
  const waitMs = s.hold.sent ? s.manners.falseInterruptionMs : s.manners.resumeUnsentMs;
  s.due.resume = Math.max(now, (s.caller.endMs ?? now) + waitMs);
}

/** Held for as long as a decision may take. */
export function decide(step: Step): void {
  const { s, now } = step;
  if (!s.hold) return;
  if (!s.caller.speaking) {
    // The turn was closed meanwhile, by keys or by its length.
    s.due.resume ??= now + s.manners.falseInterruptionMs;
    return;
  }
  // What was not yet begun, or waits for a tool, gives way to words only.
  const byNoise = s.hold.sent && s.tools.length === 0 && bargeInNow(step) === 'speech';
  if (byNoise) interrupt(step);
  else s.due.decide = now + s.manners.decideMs;
}

/** What is heard so far is no reason to give way: only what comes after it may be. */
export function holdLonger(step: Step): void {
  const { s, now } = step;
  if (s.due.decide !== undefined) s.due.decide = now + s.manners.decideMs;
}

/** Nothing was said: the agent goes on from the word it was in. */
export function falseInterruption(step: Step): void {
  const { s, now } = step;
  if (!s.hold) return;
  if (s.caller.speaking) {
    s.due.decide ??= now + s.manners.decideMs;
    return;
  }
  // An end-of-turn decision is open: it settles this.
  if (s.due.commit !== undefined || (s.due.final !== undefined && s.caller.interim !== '')) {
    s.due.resume = Math.max(now + 1, s.due.commit ?? 0, s.due.final ?? 0) + 1;
    return;
  }
  resume(step);
}

export function resume(step: Step): void {
  const { s } = step;
  const hold = s.hold;
  if (!hold) return;
  delete s.hold;
  delete s.due.decide;
  delete s.due.resume;
  if (hold.sent) {
    step.emit({ kind: 'count', name: 'false_interruptions' });
    suspectEcho(step, hold.loudness);
    rewind(step, hold.heardMs);
  }
  schedulePump(step);
}

/**
 * The agent gives way: what was heard is kept for the dialog, the rest is dropped, a turn still producing is
 * stopped. Words that may not be cut, and stand behind those that were, are still said unless `force`; so is the
 * rest of words that must be heard, once the caller has spoken and before anything is answered.
 */
export function interrupt(step: Step, options: { force?: boolean; keepTurn?: boolean } = {}): void {
  const { s, now } = step;
  if (!isAgentBusy(step) || s.closed !== undefined) return;
  const sent = s.playout.firstSentMs !== undefined;
  const heardMs = s.hold?.heardMs ?? heardPosition(step);
  if (sent) {
    if (!s.hold) step.emit({ kind: 'clear' });
    step.emit({
      kind: 'note',
      note: {
        kind: 'interruption',
        onsetMs: s.hold?.onsetMs ?? s.caller.segmentMs ?? now,
        silentMs: s.hold?.sinceMs ?? now,
      },
    });
    step.emit({ kind: 'notify', notice: { kind: 'interrupted', heardMs: Math.round(heardMs) } });
    step.emit({ kind: 'count', name: 'interruptions' });
  }
  delete s.hold;
  delete s.due.decide;
  delete s.due.resume;
  if (s.caller.startMs !== undefined) s.caller.interrupted = true;
  const playing = current(step, heardMs);
  const cursor = s.playout.sentences.indexOf(playing!);
  const keeps = (one: Sentence, i: number): boolean => {
    if (options.force === true || i < cursor) return false;
    return one.mustHear || (i > cursor && (isProtected(one.bargeIn) || one.own === 'notice'));
  };
  cut(step, heardMs, keeps);
  for (const one of s.playout.sentences) if (one.mustHear && !isProtected(one.bargeIn)) one.waits = true;
  schedulePump(step);
  // A tool that runs is left alone until the caller's words are complete.
  if (s.tools.length === 0 || options.force) abortTurn(step);
}

/** Ends what is playing at `heardMs`; keeps its ledger, and the sentences `keeps` names. */
export function cut(step: Step, heardMs: number, keeps: (one: Sentence, i: number) => boolean = () => false): void {
  const { s } = step;
  s.heard = ledgerWithout(step, heardMs, keeps);
  noteAgent(step, { heardMs, interrupted: true });
  for (const [i, one] of s.playout.sentences.entries()) {
    if (keeps(one, i)) backTo(one, heardMs);
    else noteWaste(step, one, heardChars(one, heardMs));
  }
  dropSentences(step, (one, i) => !keeps(one, i));
}

function ledgerWithout(step: Step, heardMs: number, keeps: (one: Sentence, i: number) => boolean): Heard {
  const { playout } = step.s;
  const kept = playout.sentences.filter(keeps);
  const copy = {
    ...step,
    s: { ...step.s, playout: { ...playout, sentences: playout.sentences.filter((one) => !kept.includes(one)) } },
  };
  return ledger(copy, heardMs);
}

/** Stops a turn that still produces; the dialog is told what was heard. */
export function abortTurn(step: Step): void {
  const { s } = step;
  if (!s.asking?.running || s.asking.aborted) return;
  s.asking.aborted = true;
  step.emit({ kind: 'abort', gen: s.asking.gen, heard: s.heard ?? { parts: [], estimated: false } });
}
