/** Saying things: which variant, rendered with which names, under which id, remembered for `repeat` and for the history. */
import type { BargeIn, Json } from '../contracts.js';
import type { Cascade, Phrase, PhrasePart, Repair, Scope, Words } from '../language/flow.js';
import type { BuiltInName } from './built-ins/en.js';
import { linesOf } from './for-model.js';
import { makeScope } from './scope.js';
import { findSlot } from './slots.js';
import type { Frame, Spoken } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, flowOf, note, topFrame } from './talk.js';

/** The longest history a dialog keeps. */
const historyLength = 40;

interface SayOptions {
  frame?: Frame | undefined;
  /** Names before all others: `it`, `options`. */
  extra?: Record<string, Json>;
  /** Fillers and "take your time" are not: `repeat` does not say them again. Default true. */
  remembered?: boolean;
}

/** State, flow, agent: the nearest first. On the open floor only the agent. */
export function cascades(talk: Talk, frame: Frame | undefined): Cascade[] {
  if (!frame) return [talk.agent.cascade];
  const flow = flowOf(talk, frame);
  const state = flow.states.get(frame.state);
  return [...(state ? [state.cascade] : []), flow.cascade, talk.agent.cascade];
}

/** The nearest word on something. */
export function nearest<Key extends keyof Cascade>(
  talk: Talk,
  frame: Frame | undefined,
  key: Key,
): Cascade[Key] | undefined {
  for (const cascade of cascades(talk, frame)) if (cascade[key] !== undefined) return cascade[key];
  return undefined;
}

/** What the designer says of a built-in: of each option the nearest word, and the nearest line says whether it is off. */
export function repairOf(talk: Talk, frame: Frame | undefined, name: string): Repair | undefined {
  let merged: Repair | undefined;
  for (const cascade of cascades(talk, frame)) {
    const repair = cascade.repair.get(name);
    if (!repair) continue;
    if (!merged) merged = repair;
    else {
      const { off } = merged;
      merged = {
        off,
        say: merged.say ?? repair.say,
        waitMs: merged.waitMs ?? repair.waitMs,
        confirm: merged.confirm ?? repair.confirm,
        to: merged.to ?? repair.to,
      };
    }
    if (merged.off) return merged;
  }
  return merged;
}

/** Says one of `words`; nothing when all of its entries have conditions and none holds. */
export function say(talk: Talk, id: string, words: Words, options: SayOptions = {}): void {
  const frame = options.frame ?? topFrame(talk.s);
  const phrase = choosePhrase(talk, id, words, frame, options.extra);
  if (!phrase) return;
  if (phrase.parts) {
    for (const part of partsToSay(talk, id, phrase.parts, makeScope(talk, frame, options.extra)))
      sayPhrase(talk, `${id}.${part.id}`, part, frame, options);
  } else sayPhrase(talk, id, phrase, frame, options);
}

/** Parts of words that were heard whole are not said again, unless all of them were. */
function partsToSay(talk: Talk, id: string, parts: readonly PhrasePart[], scope: Scope): readonly PhrasePart[] {
  const here = parts.filter((part) => !part.if || part.if.evaluate(scope).value === true);
  const left = here.filter((part) => (talk.s.heard[`${id}.${part.id}`] ?? 0) < heardWhole);
  return left.length > 0 ? left : here;
}

/** From this share on words count as heard: the last mark of a line comes a little late. */
const heardWhole = 0.99;

function sayPhrase(
  talk: Talk,
  id: string,
  phrase: Phrase | PhrasePart,
  frame: Frame | undefined,
  options: SayOptions,
): void {
  const scope = makeScope(talk, frame, options.extra);
  const text = tidy(phrase.text.render(scope));
  const bargeIn = phrase.bargeIn ?? nearest(talk, frame, 'bargeIn') ?? 'speech';
  const isSecret = phrase.text.reads.some((name) => findSlot(talk.agent, frame?.flow, name)?.sensitive === 'secret');
  const { mustHear } = phrase;
  // A secret reaches no model: its line is said as it stands.
  if ('mode' in phrase && phrase.mode !== 'fixed' && !isSecret)
    return sayByModel(
      talk,
      id,
      { mode: phrase.mode, task: tasks[phrase.mode], material: `Line:\n${text}`, fallback: text },
      { frame, bargeIn, mustHear, maxSeconds: phrase.maxSeconds },
    );
  speak(
    talk,
    { id, text, bargeIn, mustHear },
    {
      remembered: options.remembered ?? true,
      isSecret,
      frame,
      ...(phrase.ssml ? { ssml: phrase.ssml.render(scope) } : {}),
      ...(phrase.audio !== undefined ? { audio: phrase.audio } : {}),
    },
  );
}

/** What `words` would say now, without saying it and without moving on its variants. */
export function preview(talk: Talk, id: string, words: Words, frame: Frame): string {
  const { variants } = talk.s;
  const before = variants[id];
  const phrase = words.phrases.length === 1 ? words.phrases[0] : choosePhrase(talk, id, words, frame);
  if (before === undefined) delete variants[id];
  else variants[id] = before;
  return phrase ? tidy(phrase.text.render(makeScope(talk, frame))) : '';
}

/** Says a built-in by its name: the designer's words when there are any, else (or with `ours`) our own. */
export function sayBuiltIn(
  talk: Talk,
  name: BuiltInName,
  options: SayOptions & { title?: string; it?: string; id?: string; ours?: true } = {},
): void {
  const frame = options.frame ?? topFrame(talk.s);
  const own = options.ours ? undefined : repairOf(talk, frame, name)?.say;
  const id = options.id ?? name;
  const it = options.it ?? '';
  if (own) {
    const title = options.title;
    const flow: Record<string, Json> = title === undefined ? {} : { flow: { name: frame?.flow ?? null, title } };
    return say(talk, id, own, {
      ...options,
      frame,
      extra: { ...flow, ...(it === '' ? {} : { it }), ...options.extra },
    });
  }
  const given = builtIns(talk).words[name] ?? [];
  const texts = typeof given === 'function' ? given({ title: options.title ?? '', it }) : given;
  const text = texts[pick(talk, id, texts.length)] ?? '';
  sayText(talk, id, text, options);
}

/** Says a text that the engine made. */
export function sayText(talk: Talk, id: string, text: string, options: SayOptions & { isSecret?: boolean } = {}): void {
  const frame = options.frame ?? topFrame(talk.s);
  const bargeIn = nearest(talk, frame, 'bargeIn') ?? 'speech';
  speak(
    talk,
    { id, text: tidy(text), bargeIn, mustHear: false },
    {
      frame,
      remembered: options.remembered ?? true,
      isSecret: options.isSecret ?? false,
    },
  );
}

/** Says the whole last turn again, as it was. */
export function sayAgain(talk: Talk, spoken: readonly Spoken[]): void {
  for (const { ssml, audio, ...one } of spoken) {
    const how = { ...(ssml !== undefined && { ssml }), ...(audio !== undefined && { audio }) };
    speak(talk, one, { frame: topFrame(talk.s), remembered: true, isSecret: false, ...how });
  }
}

function speak(
  talk: Talk,
  spoken: Spoken,
  how: { frame: Frame | undefined; remembered: boolean; isSecret: boolean; ssml?: string; audio?: string },
): void {
  const { s } = talk;
  if (s.gone || (spoken.text === '' && how.audio === undefined)) return;
  const extra = {
    ...(how.ssml === undefined ? {} : { ssml: how.ssml }),
    ...(how.audio === undefined ? {} : { audio: how.audio }),
  };
  talk.out.push({ kind: 'words', ...spoken, ...extra, ...mannerOf(talk, how.frame), remembered: how.remembered });
  s.unheard = true;
  if (!how.remembered) return;
  // What was said of a secret is neither kept nor said again.
  const kept = how.isSecret ? { ...spoken, text: '' } : { ...spoken, ...extra };
  if (!how.isSecret) s.turnWords.push(kept);
  remember(talk, { from: 'agent', id: spoken.id, text: kept.text });
}

/** How fast (what the caller asked for, of the pace here), by which voice, and in which of the agent's languages. */
export function mannerOf(talk: Talk, frame: Frame | undefined): { rate?: number; speaker?: string; language?: string } {
  const { s, agent } = talk;
  const pace = nearest(talk, frame, 'pace');
  const speaker = nearest(talk, frame, 'speaker');
  return {
    ...(s.rate === undefined && pace === undefined
      ? {}
      : { rate: Math.round((s.rate ?? 1) * (pace ?? 1) * 100) / 100 }),
    ...(speaker === undefined ? {} : { speaker }),
    ...(agent.locales === undefined ? {} : { language: agent.language }),
  };
}

const tasks = {
  rephrase:
    'Say the line below in your own words, in one or two short spoken sentences. Keep every number, name, date and amount as it is. Add nothing.',
  generate:
    'Say what the line below asks for, in one or two short spoken sentences. Promise nothing and ask nothing that it does not ask.',
} as const;

/** Has a model word something; `fallback` is said where it is absent or late. */
export function sayByModel(
  talk: Talk,
  id: string,
  words: { mode: 'rephrase' | 'generate' | 'answer'; task: string; material: string; fallback: string },
  options: { frame?: Frame | undefined; bargeIn?: BargeIn; mustHear?: boolean; maxSeconds?: number | undefined } = {},
): void {
  const { s, agent } = talk;
  if (s.gone) return;
  const { mode, task, material, fallback } = words;
  const { maxSeconds, mustHear = false } = options;
  const frame = options.frame ?? topFrame(s);
  const bargeIn = options.bargeIn ?? nearest(talk, frame, 'bargeIn') ?? 'speech';
  const before = linesOf(talk, topFrame(s), 6);
  const instruction = [agent.persona ?? '', task, before.length > 0 ? `So far:\n${before.join('\n')}` : '', material]
    .filter((part) => part !== '')
    .join('\n\n');
  const cut = maxSeconds === undefined ? {} : { maxSeconds };
  const manner = mannerOf(talk, frame);
  talk.out.push({ kind: 'model', id, mode, instruction, fallback, bargeIn, mustHear, ...cut, ...manner });
  s.unheard = true;
  s.turnWords.push({ id, text: fallback, bargeIn, mustHear });
  remember(talk, { from: 'agent', id, text: fallback });
}

/** Adds a line to the history, which is kept short. */
export function remember(talk: Talk, entry: { from: 'agent' | 'caller'; id: string; text: string }): void {
  const { history } = talk.s;
  history.push(entry);
  if (history.length > historyLength) history.splice(0, history.length - historyLength);
}

function choosePhrase(
  talk: Talk,
  id: string,
  words: Words,
  frame: Frame | undefined,
  extra: Record<string, Json> = {},
): Phrase | undefined {
  const scope = makeScope(talk, frame, extra);
  for (const phrase of words.phrases) {
    if (!phrase.if) continue;
    const { value, problem } = phrase.if.evaluate(scope);
    if (problem !== undefined) note(talk, `words ${id}: ${phrase.if.source}: ${problem}`);
    if (value === true) return phrase;
  }
  const rest = words.phrases.filter((phrase) => !phrase.if);
  return rest[pick(talk, id, rest.length)];
}

/** One of `count`, by the seeded dice; never the same twice running. */
function pick(talk: Talk, id: string, count: number): number {
  if (count <= 1) return 0;
  const { variants } = talk.s;
  const last = variants[id];
  const roll = Math.min(count - 1, Math.floor(talk.world.random() * (last === undefined ? count : count - 1)));
  const chosen = last !== undefined && roll >= last ? roll + 1 : roll;
  variants[id] = chosen % count;
  return chosen % count;
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
