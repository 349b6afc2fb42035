import type { Out } from '../contracts.js';
import type { Effect } from '../dialog/seam.js';
import { isHeard } from './perform-tool.js';
import { streamModel } from './stream-model.js';
import type { TurnHost } from './turn-host.js';
import { SpeechBudget } from '../language/voice-rules.js';

type ModelWords = Extract<Effect, { kind: 'model_words' }>;

/** A spoken turn, not an essay. */
const maxTokens = 160;
/** The longest a model speaks where the flow does not say. */
export const defaultSeconds = 20;

const requests: Record<ModelWords['mode'], string> = {
  rephrase: 'Say the line now, in your own words, with every fact in it unchanged. Plain spoken sentences only.',
  generate: 'Say it now. Plain spoken sentences only, no lists, no markup.',
  answer: 'Answer the caller now, from the passage alone, in one or two plain spoken sentences. Ask nothing.',
};

/**
 * Words of a language model, spoken sentence by sentence: the first leaves before the second is complete. The
 * fixed line is said in their place when the model is absent, late or fails before its first sentence; after
 * that, what was said stands.
 *
 * @returns what was said; when the caller interrupted, the part of it that was heard
 */
export async function performWords(
  host: TurnHost,
  effect: ModelWords,
): Promise<{ text: string; interrupted: boolean; llmCalls: number }> {
  const { model, clock, signal } = host;
  const said: string[] = [];
  const say = (text: string): void => {
    said.push(text);
    host.emit(wordsOut(effect, text));
  };
  if (signal.aborted) return { text: '', interrupted: true, llmCalls: 0 };
  if (!model) {
    say(effect.fallback);
    return { text: effect.fallback, interrupted: false, llmCalls: 0 };
  }
  const budget = new SpeechBudget(effect.maxSeconds ?? defaultSeconds);
  const request = {
    messages: [
      { role: 'system' as const, content: effect.instruction },
      { role: 'user' as const, content: requests[effect.mode] },
    ],
    maxTokens,
  };
  const { problem } = await streamModel(model, request, {
    clock,
    signal,
    onSentence: (sentence) => {
      if (budget.take(sentence)) say(sentence);
    },
  });
  if (problem !== undefined)
    host.problem(`${model.name}: ${problem}; ${said.length === 0 ? 'the fixed line is said' : 'what was said stands'}`);
  if (signal.aborted) return { text: heardOf(signal.reason, effect.id, said), interrupted: true, llmCalls: 1 };
  if (said.length === 0) say(effect.fallback);
  return { text: said.join(' '), interrupted: false, llmCalls: 1 };
}

export function wordsOut(
  how: Pick<ModelWords, 'id' | 'bargeIn' | 'mustHear' | 'rate' | 'speaker' | 'language'>,
  text: string,
): Out {
  return {
    kind: 'words',
    id: how.id,
    text,
    mustHear: how.mustHear ?? false,
    bargeIn: how.bargeIn ?? 'speech',
    ...(how.rate !== undefined && { rate: how.rate }),
    ...(how.speaker !== undefined && { speaker: how.speaker }),
    ...(how.language !== undefined && { language: how.language }),
    remembered: true,
  };
}

/** What was really played of these words; after a hang-up nobody knows, so all that was given counts. */
export function heardOf(reason: unknown, id: string, said: string[]): string {
  if (!isHeard(reason)) return said.join(' ');
  return reason.parts
    .filter((part) => part.id === id)
    .map(({ text, share }) => (share >= 1 ? text : wholeWords(text, share)))
    .filter((text) => text !== '')
    .join(' ');
}

/** The words that were played to the end. */
function wholeWords(text: string, share: number): string {
  const cut = Math.round(text.length * Math.max(0, share));
  if (cut === 0) return '';
  if (/\s/.test(text[cut] ?? ' ')) return text.slice(0, cut).trimEnd();
  return text.slice(0, cut).replace(/\S*$/, '').trimEnd();
}
