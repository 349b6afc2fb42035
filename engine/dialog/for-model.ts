/** What a model may see of a conversation: secrets never, personal data only where the flow says so. */
import type { ModelMessage } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { contextOf, sayValue, slotsInScope, stored } from './slots.js';
import type { Frame, HistoryEntry } from './state.js';
import { topFrame, type Talk } from './talk.js';

/** What stands in the place of what a model may not see. */
export const mask = '[not shown]';

/** Turns that a model is shown, and how much of each. */
const shownEntries = 12;
const shownCharacters = 600;

/** Types that fit any words: their values are found by what they are, not by what they look like. */
const shapeless: ReadonlySet<Slot['type']> = new Set(['text', 'name', 'yes_no', 'choice', 'list', 'record', 'spelled']);

/** Types whose values look like nothing else. */
const telling: ReadonlySet<Slot['type']> = new Set(['phone', 'email']);

/** A slot whose values a model may not see, in the flow on the stack that it belongs to. */
interface Hidden {
  slot: Slot;
  frame: Frame | undefined;
}

/**
 * The last turns of the talk, each side in its own voice.
 * @param sees names of `sensitive: pii` slots that may be shown
 */
export function messagesOf(talk: Talk, frame: Frame | undefined, sees: ReadonlySet<string>): ModelMessage[] {
  const hidden = hiddenSlots(talk, frame, sees);
  return talk.s.history
    .slice(-shownEntries)
    .map(({ from, text, shown = text }): ModelMessage => ({
      role: from === 'agent' ? 'assistant' : 'user',
      content: masked(talk, hidden, from, shown.slice(0, shownCharacters)),
    }))
    .filter(({ content }) => content !== '');
}

/** The last turns as lines of text. */
export function linesOf(talk: Talk, frame: Frame | undefined, count: number): string[] {
  return messagesOf(talk, frame, new Set())
    .slice(-count)
    .map(({ role, content }) => `${role === 'assistant' ? 'You' : 'Caller'}: ${content}`);
}

/** Words as a model may see them. */
export function shownToModel(talk: Talk, from: HistoryEntry['from'], text: string): string {
  return masked(talk, hiddenSlots(talk, topFrame(talk.s), new Set()), from, text);
}

/** A flow is over, and what it knew of the caller is forgotten: no model is shown it from now on either. */
export function hideFromModels(talk: Talk, frame: Frame): void {
  const slots = [...(talk.agent.flows.get(frame.flow)?.slots.values() ?? [])];
  const hidden = slots.flatMap((slot) => (slot.sensitive === undefined ? [] : [{ slot, frame }]));
  if (hidden.length === 0) return;
  talk.s.history = talk.s.history.map((entry) => {
    const { from, text, shown = text } = entry;
    const now = masked(talk, hidden, from, shown);
    return now === shown ? entry : { ...entry, shown: now };
  });
}

/** Of every flow on the stack, and of the agent; `sees` holds for the flow that asks. */
function hiddenSlots(talk: Talk, frame: Frame | undefined, sees: ReadonlySet<string>): Hidden[] {
  const { agent, s } = talk;
  const may = ({ name, sensitive }: Slot, isAsking: boolean): boolean =>
    sensitive === undefined || (sensitive === 'pii' && isAsking && sees.has(name));
  return [
    ...slotsInScope(agent, frame?.flow).flatMap((slot) => (may(slot, true) ? [] : [{ slot, frame }])),
    ...s.frames
      .filter((other) => other !== frame)
      .flatMap((other) =>
        [...(agent.flows.get(other.flow)?.slots.values() ?? [])].flatMap((slot) =>
          may(slot, false) ? [] : [{ slot, frame: other }],
        ),
      ),
  ];
}

/** A recogniser may write "maria" where the value is "Maria"; but an Ann is not in "planning". */
function inAnyCase(said: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{M}\\d])${said.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{M}\\d])`, 'giu');
}

function masked(talk: Talk, hidden: readonly Hidden[], from: HistoryEntry['from'], given: string): string {
  let text = given;
  for (const { slot, frame } of hidden) {
    const value = stored(talk, frame, slot);
    if (value !== null) {
      for (const said of [typeof value === 'object' ? '' : String(value), sayValue(talk, frame, slot, value)])
        if (said.length > 2) text = text.replaceAll(said, mask).replace(inAnyCase(said), mask);
    }
    if (from !== 'caller' || shapeless.has(slot.type)) continue;
    // By its look alone where that tells enough; else only what is the value that was taken ("since Monday" is no birthday).
    const byLook = slot.sensitive === 'secret' || telling.has(slot.type);
    const readings = slotType(slot.type)
      .find(text, contextOf(talk, frame, slot, slot.sensitive === 'secret'))
      .filter((reading) => byLook || JSON.stringify(reading.value) === JSON.stringify(value))
      .sort((a, b) => b.start - a.start);
    for (const { start, end } of readings) text = `${text.slice(0, start)}${mask}${text.slice(end)}`;
  }
  return text;
}
