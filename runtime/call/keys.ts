/**
 * Keys (DTMF): a collection ends with its full length, its end key, or a pause; keys win over speech in one
 * collection; keys ahead of their question wait for it.
 */
import type { Step } from './state.js';
import { bargeInNow, interrupt, isAgentBusy } from './barge-in.js';
import { clearTurn } from './caller-turn.js';
import { stopIdle } from './idle.js';
import { secretText } from './notes.js';

const defaultEndKey = '#';
/** Keys that may wait for their question: the longest number anybody types by heart, and some. */
const mostAhead = 64;

export function keyPressed(step: Step, digit: string): void {
  const { s, now } = step;
  if (!/^[0-9*#A-D]$/.test(digit)) return step.emit({ kind: 'count', name: 'bad_keys' });
  const swallow = s.keys.swallow;
  delete s.keys.swallow;
  // The end key after a full length, out of habit.
  if (swallow === digit) return;
  const busy = isAgentBusy(step);
  const policy = bargeInNow(step);
  if (busy && policy === 'deaf') return step.emit({ kind: 'count', name: 'deaf_keys' });
  const asks =
    s.listening?.keys !== undefined && !s.asking?.running && s.asking?.ending === 'listen' && s.inbox.length === 0;
  if (!asks || (busy && policy === 'off')) {
    if (s.keys.ahead.length >= mostAhead) return step.emit({ kind: 'count', name: 'dropped_keys' });
    s.keys.ahead.push({ digit, atMs: now });
    s.due.keys_ahead ??= now + s.manners.keysAheadMs;
    return;
  }
  if (busy) interrupt(step);
  collect(step, digit);
}

function collect(step: Step, digit: string): void {
  const { s, now } = step;
  const keys = s.listening!.keys!;
  const endKey = keys.end ?? defaultEndKey;
  stopIdle(step);
  const single = keys.max <= 1 || !/[0-9]/.test(digit);
  if (s.keys.digits === '' && keys.menu.includes(digit) && single) return finish(step, digit, 'full');
  if (digit === endKey) {
    return s.keys.digits === '' ? finish(step, digit, 'full') : finish(step, s.keys.digits, 'end_key');
  }
  s.keys.digits += digit;
  if (s.keys.digits.length >= Math.max(1, keys.max)) return finish(step, s.keys.digits, 'full');
  s.due.key = now + keys.betweenMs;
}

/** No further key came. */
export function keyPause(step: Step): void {
  if (step.s.keys.digits !== '') finish(step, step.s.keys.digits, 'pause');
}

function finish(step: Step, digits: string, ended: 'full' | 'end_key' | 'pause'): void {
  const { s, now } = step;
  const keys = s.listening?.keys;
  s.keys.digits = '';
  delete s.due.key;
  if (ended === 'full') s.keys.swallow = keys?.end ?? defaultEndKey;
  // What was said meanwhile belongs to the same answer, and the keys are the surer half.
  if (s.caller.finals.length > 0 || s.caller.interim !== '') step.emit({ kind: 'count', name: 'speech_beside_keys' });
  clearTurn(step, now);
  step.emit({ kind: 'end_turn' });
  s.inbox = s.inbox.filter((input) => input.kind !== 'utterance');
  step.emit({
    kind: 'note',
    note: {
      kind: 'turn',
      turn: { who: 'caller', text: s.listening?.secret ? secretText : digits, startMs: now, endMs: now, by: 'keys' },
    },
  });
  s.inbox.push({ kind: 'keys', digits, ended, stages: { speechEnd: now, final: now, decision: now } });
}

/** The question has come that the keys were typed ahead of. */
export function takeKeysAhead(step: Step): void {
  const { s, now } = step;
  if (!s.listening?.keys) return;
  while (s.keys.ahead.length > 0 && s.inbox.length === 0) {
    const { digit, atMs } = s.keys.ahead.shift()!;
    if (now - atMs > s.manners.keysAheadMs) continue;
    if (s.keys.swallow === digit) delete s.keys.swallow;
    else {
      delete s.keys.swallow;
      collect(step, digit);
    }
  }
  if (s.keys.ahead.length === 0) delete s.due.keys_ahead;
}

/** Keys nobody asked for are forgotten. */
export function keysAheadOver(step: Step): void {
  const { s, now } = step;
  const kept = s.keys.ahead.filter((key) => now - key.atMs < s.manners.keysAheadMs);
  if (kept.length < s.keys.ahead.length) step.emit({ kind: 'count', name: 'unasked_keys' });
  s.keys.ahead = kept;
  const first = kept[0];
  if (first) s.due.keys_ahead = first.atMs + s.manners.keysAheadMs;
}
