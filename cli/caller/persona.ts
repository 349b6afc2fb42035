/** A caller without a script: a language model decides what somebody of a given kind says next, a voice speaks it. */
import type { LanguageModel, ModelMessage } from '../../engine/contracts.js';
import { messageOf } from '../../engine/errors.js';
import { utter } from '../turn-sound.js';
import { greeting, patienceMs, politeMs, type CallerResult, type CallerTurn, type CallOptions } from './caller.js';
import { Phone, type PhoneMessage } from './phone.js';
import { PoorLine } from './poor-line.js';

export interface Persona {
  /** Who calls, and what for, in the designer's words. */
  who: string;
  model: LanguageModel;
}

/** Longer talks lead nowhere. */
const mostTurns = 20;
const hangUp = 'HANG UP';
/** A model that takes longer would make the agent ask whether anybody is there. */
const modelMs = 8000;
/** How loud the caller's voice is, before it has said anything. */
const sample = 'Hello, can you hear me?';

/** Places one call and talks until the persona has what it called for, or the agent ends the call. */
export async function placePersona({ who, model }: Persona, options: CallOptions): Promise<CallerResult> {
  const said: ModelMessage[] = [];
  const onMessage = (message: PhoneMessage): void => {
    if (message.type === 'transcript' && message.who === 'agent' && message.final === true)
      said.push({ role: 'user', content: String(message.text) });
    options.onMessage?.(message, phone?.nowMs ?? 0);
  };
  const { troubles: poor } = options;
  const line = poor && new PoorLine(poor, await utter(sample, options));
  const phone: Phone = await Phone.dial(options.url, { clock: options.clock, line, onMessage });
  const turns: CallerTurn[] = [];
  const troubles: string[] = [];
  try {
    await greeting(phone);
    while (phone.ended === undefined) {
      const turn: CallerTurn = { index: turns.length };
      if (turns.length === mostTurns) {
        troubles.push(`the call went on after ${mostTurns} turns`);
        break;
      }
      const text = await nextLine(model, who, said);
      if (text === undefined || phone.ended !== undefined) break;
      turns.push(turn);
      options.onTurn?.(turn);
      said.push({ role: 'assistant', content: text });
      const sound = await utter(text, options);
      const beforeMs = phone.nowMs;
      Object.assign(turn, { said: text, saidFromMs: beforeMs });
      await phone.say(sound);
      turn.saidToMs = phone.nowMs;
      if (!(await phone.until(() => phone.agentStartedMs > beforeMs, patienceMs))) {
        if (phone.ended === undefined)
          troubles.push(`turn ${turns.length}: the agent said nothing for ${patienceMs / 1000} s`);
        continue;
      }
      turn.answeredMs = phone.agentStartedMs;
      turn.gapMs = phone.agentStartedMs - turn.saidToMs;
      await phone.until(() => phone.agentSilentMs >= politeMs);
    }
  } catch (error) {
    troubles.push(`the persona's model: ${messageOf(error)}`);
  } finally {
    if (phone.ended === undefined) phone.hangUp();
  }
  return { turns, endedBecause: phone.ended ?? 'we hung up', troubles, recording: phone.recording() };
}

/** Undefined: it hangs up. Of what a model writes around the words (quotes, a stage direction) nothing is spoken. */
async function nextLine(model: LanguageModel, who: string, said: readonly ModelMessage[]): Promise<string | undefined> {
  const system =
    `You are a person on the telephone: ${who}\n` +
    'You called; the other side is an agent of the company. Say only what you say next, in one or two short spoken ' +
    `sentences, without quotes or stage directions. When you have what you called for, or give up, write ${hangUp}.`;
  let text = '';
  const messages: ModelMessage[] = [{ role: 'system', content: system }, ...said];
  for await (const piece of model.stream({ messages, maxTokens: 80, temperature: 0.7 }, AbortSignal.timeout(modelMs)))
    if (piece.kind === 'text') text += piece.text;
  if (text.includes(hangUp)) return undefined;
  const words = text
    .replace(/\([^)]*\)|\*[^*]*\*|["“”]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return words === '' ? undefined : words;
}
