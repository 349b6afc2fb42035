/** What a model may see of a conversation: secrets never, personal data only where the flow says so. */
import type { ModelMessage } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { contextOf, sayValue, slotsInScope, stored } from './slots.js';
import type { Frame, HistoryEntry } from './state.js';
import type { Talk } from './talk.js';

/** What stands in the place of what a model may not see. */
export const mask = '[not shown]';

/** Turns that a model is shown, and how much of each. */
const shownEntries = 12;
const shownCharacters = 600;

/** Types that fit any words: their values are found by what they are, not by what they look like. */
const shapeless: ReadonlySet<Slot['type']> = new Set(['text', 'name', 'yes_no', 'choice', 'list', 'record', 'spelled']);

/** Types whose values look like nothing else. */
const telling: ReadonlySet<Slot['type']> = new Set(['phone', 'email']);

/**
 * The last turns of the talk, each side in its own voice.
 * @param sees names of `sensitive: pii` slots that may be shown
 */
export function messagesOf(talk: Talk, frame: Frame | undefined, sees: ReadonlySet<string>): ModelMessage[] {
  const hidden = hiddenSlots(talk, frame, sees);
  return talk.s.history
    .slice(-shownEntries)
    .map((entry): ModelMessage => ({
      role: entry.from === 'agent' ? 'assistant' : 'user',
      content: masked(talk, frame, hidden, entry),
    }))
    .filter(({ content }) => content !== '');
}

/** The last turns as lines of text. */
export function linesOf(talk: Talk, frame: Frame | undefined, count: number): string[] {
  return messagesOf(talk, frame, new Set())
    .slice(-count)
    .map(({ role, content }) => `${role === 'assistant' ? 'You' : 'Caller'}: ${content}`);
}

function hiddenSlots(talk: Talk, frame: Frame | undefined, sees: ReadonlySet<string>): Slot[] {
  return slotsInScope(talk.agent, frame?.flow).filter(
    ({ sensitive, name }) => sensitive === 'secret' || (sensitive === 'pii' && !sees.has(name)),
  );
}

function masked(talk: Talk, frame: Frame | undefined, hidden: readonly Slot[], entry: HistoryEntry): string {
  let text = entry.text.slice(0, shownCharacters);
  for (const slot of hidden) {
    const value = stored(talk, frame, slot);
    if (value !== null) {
      for (const said of [typeof value === 'object' ? '' : String(value), sayValue(talk, frame, slot, value)])
        if (said.length > 2) text = text.replaceAll(said, mask);
    }
    if (entry.from !== 'caller' || shapeless.has(slot.type)) continue;
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
