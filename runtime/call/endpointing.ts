/**
 * When has the caller finished? The last sound plus the state's shortest wait, or the final transcript if that
 * comes later; resumed speech opens the decision again; speech without a transcript is "not heard".
 */
import type { EarEvent } from '../contracts.js';
import type { Step } from './state.js';
import { isEcho, noteLoudness } from './echo.js';
import { clearTurn, saidSoFar } from './caller-turn.js';
import {
  abortTurn,
  bargeInNow,
  holdLonger,
  interrupt,
  isAgentBusy,
  resume,
  speechOverAgent,
  speechOverEnded,
  wordsOverAgent,
} from './barge-in.js';
import { pauseIdle } from './idle.js';
import { discardUnlessAdopted, pauseCame, rehearse, wordsCame } from './speculation.js';
import { afterCommit, lateTail, takenBack } from './merging.js';
import { judge, judged, soundsUnfinished } from './turn-end.js';
import { firmWords, isAnswer } from './words.js';
import { secretText } from './notes.js';

/** Until the flow says otherwise: the greeting. */
const defaultMinMs = 300;
const defaultMaxMs = 2500;
const defaultMaxSpeechMs = 60_000;
/** A recogniser and the VAD may differ by so much about where speech ended. */
const tailMs = 100;

/** @param loudness beside what the agent plays; undefined where it is silent */
export function speechStarted(step: Step, atMs: number, loudness?: number): void {
  const { s, now } = step;
  const { caller } = s;
  const onsetMs = Math.min(atMs, now);
  if (caller.speaking) return;
  caller.speaking = true;
  caller.startMs ??= onsetMs;
  caller.segmentMs = onsetMs;
  caller.ended = false;
  delete s.due.commit;
  delete s.due.final;
  discardUnlessAdopted(step);
  s.due.max_speech ??= onsetMs + (s.listening?.maxSpeechMs ?? defaultMaxSpeechMs);
  pauseIdle(step);
  noteLoudness(step, loudness);
  speechOverAgent(step, onsetMs);
}

export function speechEnded(step: Step, atMs: number): void {
  const { s, now } = step;
  const { caller } = s;
  if (!caller.speaking) return;
  caller.speaking = false;
  caller.endMs = Math.min(atMs, now);
  caller.speechMs += Math.max(0, caller.endMs - (caller.segmentMs ?? caller.endMs));
  speechOverEnded(step);
  arm(step);
}

export function interim(step: Step, { text, atMs, mayBeAll }: Extract<EarEvent, { kind: 'interim' }>): void {
  const { s } = step;
  if (text.trim() === '' || atMs <= s.committedUntilMs) return;
  if (isEcho(step, text, false)) return holdLonger(step);
  s.caller.interim = text;
  s.caller.readMs = atMs;
  // More is coming: a decision made on what was called final is open again.
  s.caller.ended = false;
  if (s.due.commit !== undefined) arm(step);
  // Words without the VAD's word: the transcript must still come to an end.
  else if (!s.caller.speaking) s.due.final = step.now + s.manners.finalBudgetMs;
  pauseIdle(step);
  if (mayBeAll) rehearse(step);
  else wordsCame(step);
  showCaller(step, text, false);
  wordsOverAgent(step, text, false);
}

export function final(step: Step, event: Extract<EarEvent, { kind: 'final' }>): void {
  const { s, now } = step;
  const { caller } = s;
  caller.interim = '';
  // Of speech that was committed already: one utterance is never two turns.
  const late = event.endMs <= s.committedUntilMs + tailMs;
  const text = late ? lateTail(step, event) : event.text.trim();
  if (text === undefined) return step.emit({ kind: 'count', name: 'late_finals' });
  if (text === '') {
    if (!caller.speaking && caller.finals.length === 0 && caller.endMs !== undefined) s.due.final = now;
    return;
  }
  if (isEcho(step, text, true)) {
    clearTurn(step, event.endMs);
    return resume(step);
  }
  caller.startMs ??= Math.min(event.startMs, now);
  caller.finals.push({ text, confidence: event.confidence, startMs: event.startMs, endMs: Math.min(event.endMs, now) });
  caller.words.push(...(event.words ?? []));
  caller.language = event.language ?? caller.language;
  caller.finalMs = now;
  // Its time is over already: it waits for nothing more.
  if (late) caller.ended = true;
  pauseIdle(step);
  const whole = saidSoFar(step);
  showCaller(step, whole, true);
  wordsOverAgent(step, whole, true);
  // As above it may have been taken for a backchannel and dropped.
  if (s.caller.finals.length > 0) arm(step);
}

export function endOfTurn(step: Step): void {
  step.s.caller.ended = true;
  arm(step);
}

/** The turn model has answered. */
export function turnJudged(step: Step, n: number, complete: boolean): void {
  if (judged(step, n, complete)) arm(step);
}

/** Sets when the turn will be committed, or when a transcript is given up. */
function arm(step: Step): void {
  const { s, now } = step;
  const { caller } = s;
  delete s.due.commit;
  delete s.due.final;
  if (caller.speaking) return;
  pauseCame(step);
  if (caller.finals.length === 0) {
    if (caller.endMs !== undefined) s.due.final = Math.max(now, caller.endMs + s.manners.finalBudgetMs);
    return;
  }
  judge(step);
  const { minMs, maxMs } = s.listening?.endpointing ?? { minMs: defaultMinMs, maxMs: defaultMaxMs };
  const waitMs = soundsUnfinished(step) ? maxMs : Math.max(minMs, Math.min(s.pauseMs ?? 0, maxMs));
  if (caller.ended) s.due.commit = now;
  // Without the VAD's word the transcript's arrival counts.
  else s.due.commit = Math.max(now, (caller.endMs ?? now) + waitMs, s.due.judge ?? 0);
  // A tail that is still being recognised is waited for, within its budget.
  if (caller.interim !== '' && !caller.ended) {
    s.due.commit = Math.max(s.due.commit, (caller.endMs ?? now) + s.manners.finalBudgetMs);
  }
}

/** Closes the caller's turn in one tick: a second trigger finds nothing to commit. */
export function commit(step: Step): void {
  const { s, now } = step;
  const { caller } = s;
  const text = saidSoFar(step);
  if (text === '') return;
  const { overlap, interrupted } = caller;
  const policy = bargeInNow(step);
  const busy = isAgentBusy(step);
  const endMs = caller.endMs ?? now;
  noteTurn(step, text, endMs);
  const confidences = caller.finals.filter((one) => one.confidence !== undefined);
  const letters = confidences.reduce((sum, one) => sum + one.text.length, 0);
  const confidence =
    letters === 0 ? undefined : confidences.reduce((sum, one) => sum + one.confidence! * one.text.length, 0) / letters;
  const { words, language, finalMs, rehearsals } = caller;
  const whole = takenBack(step, text);
  afterCommit(step, text, endMs);
  clearTurn(step, endMs);
  step.emit({ kind: 'end_turn' });
  if (s.keys.digits !== '') return step.emit({ kind: 'count', name: 'speech_beside_keys' });
  if (overlap && busy && !interrupted) {
    // Said over words that no speech may stop, and that are not to be judged; or no more than "mhm".
    if (policy === 'deaf') return step.emit({ kind: 'count', name: 'deaf_words' });
    if (firmWords(text, s.listening) === 0 && !isAnswer(text, s.listening)) {
      step.emit({ kind: 'count', name: 'backchannels' });
      return resume(step);
    }
  }
  const kept = s.inbox.at(-1);
  if (kept?.kind === 'utterance') {
    // Two stretches of speech over protected words are judged once, together.
    s.inbox[s.inbox.length - 1] = {
      ...kept,
      text: `${kept.text} ${text}`,
      ...(kept.whole === undefined ? {} : { whole: `${kept.whole} ${text}` }),
    };
  } else {
    s.inbox.push({
      kind: 'utterance',
      text,
      ...(whole === undefined ? {} : { whole }),
      ...(confidence === undefined ? {} : { confidence }),
      ...(language === undefined ? {} : { language }),
      ...(words.length === 0 ? {} : { words }),
      ...(rehearsals === 0 ? {} : { rehearsals }),
      stages: { speechEnd: endMs, ...(finalMs === undefined ? {} : { final: finalMs }), decision: now },
    });
  }
  // The words are complete: a turn that has said nothing yet, or waits for a tool, gives way to them.
  const mayStop = policy !== 'off' && policy !== 'keys' && policy !== 'deaf';
  if (mayStop && (interrupted || s.playout.sentences.length === 0 || s.tools.length > 0)) abortTurn(step);
}

/** No transcript came in time. */
export function finalOverdue(step: Step): void {
  const { s } = step;
  const { caller } = s;
  if (caller.interim.trim() !== '' || caller.finals.length > 0) return commit(step);
  const { speechMs, interrupted, overlap, faint } = caller;
  const endMs = caller.endMs ?? step.now;
  const busy = isAgentBusy(step);
  // Nothing was committed: words that still come are not late, they cut in on whatever is said by then.
  clearTurn(step, s.committedUntilMs);
  step.emit({ kind: 'count', name: 'speech_without_words' });
  if (s.hold) return resume(step);
  // An echo may last longer than what it is the echo of.
  if ((busy && overlap && !interrupted) || faint) return;
  if (interrupted || speechMs >= s.manners.notHeardMs) {
    s.inbox.push({
      kind: 'not_heard',
      speechMs: Math.round(speechMs),
      stages: { speechEnd: endMs, decision: step.now },
    });
  }
}

/** The caller talks on and on: once, with what was said so far. */
export function tooLong(step: Step): void {
  const { s, now } = step;
  const text = saidSoFar(step);
  const speaking = s.caller.speaking;
  // Whatever was held back for so long is out of date.
  if (s.hold) interrupt(step);
  noteTurn(step, text, now);
  clearTurn(step, now);
  // Still talking, but what comes now belongs to a new turn that begins with the next silence.
  s.caller.speaking = speaking;
  s.caller.segmentMs = now;
  if (speaking) s.due.max_speech = now + (s.listening?.maxSpeechMs ?? defaultMaxSpeechMs);
  step.emit({ kind: 'end_turn' });
  s.inbox.push({ kind: 'too_long', text, stages: { decision: now } });
}

/** What the caller said in this turn, for the record. */
export function noteTurn(step: Step, text: string, endMs: number): void {
  const { s, now } = step;
  const turn = {
    who: 'caller' as const,
    text: s.listening?.secret ? secretText : text,
    startMs: s.caller.startMs ?? now,
    endMs,
    by: 'speech' as const,
  };
  step.emit({ kind: 'note', note: { kind: 'turn', turn } });
}

function showCaller(step: Step, text: string, isFinal: boolean): void {
  step.emit({
    kind: 'notify',
    notice: { kind: 'transcript', who: 'caller', text: step.s.listening?.secret ? secretText : text, final: isFinal },
  });
}
