/**
 * Which language the talk is in: asked for ("en español, por favor"), or heard. An agent in another language is the
 * same agent with other words, so a switch is nothing but talking on with that one.
 */
import type { Agent, Slot } from '../language/flow.js';
import { baseOf, builtInsOf } from './built-ins/built-ins.js';
import type { Moment } from './moment.js';
import { optionsOf } from './slots.js';
import { repairOf, sayBuiltIn } from './words.js';
import type { Frame, Inside } from './state.js';
import type { Talk } from './talk.js';
import { note, topFrame } from './talk.js';
import { askAgain } from './transitions.js';
import { joinWords } from '../language/filters.js';

/** So many words in another language are a switch at once; of shorter ones ("no", "okay") two in a row are. */
const surelyWords = 3;

/** The agent in the language of this dialog. */
export function agentIn(agent: Agent, language: string | undefined): Agent {
  return (language === undefined ? undefined : agent.locales?.get(language)) ?? agent;
}

/** The agent's name for a language, as in `es-MX` → `es`. */
export function languageOf(agent: Agent, language: string | undefined): string | undefined {
  if (language === undefined || !agent.locales) return undefined;
  const names = [...agent.locales.keys()];
  return names.find((name) => name === language) ?? names.find((name) => baseOf(name) === baseOf(language));
}

/**
 * What the recogniser heard, when that is another of the agent's languages than the one talked in.
 * `isSure`: the talk goes on in it; else it has been noticed once, and the next such utterance switches.
 */
export function languageHeard(
  agent: Agent,
  s: Pick<Inside, 'language' | 'otherLanguage'>,
  utterance: { text: string; language?: string },
): { language: string; isSure: boolean } | undefined {
  const heard = languageOf(agent, utterance.language);
  const current = s.language ?? agent.language;
  if (heard === undefined || heard === current) return undefined;
  const words = utterance.text.split(/\s+/).filter((word) => word !== '').length;
  return { language: heard, isSure: words >= surelyWords || s.otherLanguage === heard };
}

/** Takes note of the language an utterance was in, before anything is made of its words. */
export function followLanguage(talk: Talk, utterance: { text: string; language?: string }): void {
  const { s } = talk;
  const heard = languageHeard(talk.agent, s, utterance);
  if (heard?.isSure) {
    switchTo(talk, heard.language);
    talk.hasSwitched = true;
  } else if (utterance.language !== undefined && talk.agent.locales) {
    if (heard) s.otherLanguage = heard.language;
    else delete s.otherLanguage;
  }
}

function switchTo(talk: Talk, language: string): void {
  const { s } = talk;
  talk.agent = agentIn(talk.agent, language);
  s.language = language;
  delete s.otherLanguage;
  // What was said in the other language is not "said already", and no variant of it was the last one.
  for (const frame of s.frames) frame.said = {};
  s.variants = {};
  note(talk, `goes on in ${language}`);
}

/** "Can we speak Spanish": the language, and the question again in it; else which ones there are. */
export function speakLanguage(talk: Talk): void {
  const { s } = talk;
  const text = s.trace.text ?? String(s.secret['turn.text'] ?? '');
  const wanted = languageNamed(talk.agent, text);
  if (wanted === undefined) {
    sayBuiltIn(talk, namesLanguage(talk.agent, text) ? 'speak' : 'languages', { it: listOf(talk.agent), id: 'speak' });
  } else {
    if (wanted !== talk.agent.language) switchTo(talk, wanted);
    sayBuiltIn(talk, 'speaking', { id: 'speak' });
  }
  const frame = topFrame(s);
  if (frame) return askAgain(talk, frame);
  if (wanted !== undefined) sayBuiltIn(talk, 'go_ahead');
  s.floor.asked = wanted !== undefined;
}

function listOf(agent: Agent): string {
  const names = [...(agent.locales?.keys() ?? [agent.language])].map((one) => nameIn(one, agent.language));
  return joinWords(names, 'and', agent.language);
}

/** What a language is called in another: `es` in `en-IE` is "Spanish". */
function nameIn(language: string, spoken: string): string {
  const name = new Intl.DisplayNames([spoken], { type: 'language' }).of(baseOf(language)) ?? language;
  return name;
}

/** Languages that callers may ask for; to know that one was named which the agent does not speak. */
const asked = [
  'en', 'es', 'fr', 'de', 'it', 'pt', 'nl', 'pl', 'ru', 'uk', 'ro', 'tr', 'ar', 'zh', 'ja', 'ko', 'hi', 'ga', 'cy', 'ca', 'eu', 'gl',
  'sv', 'da', 'no', 'fi', 'el', 'cs', 'hu', 'bg', 'hr', 'sr', 'sk', 'lt', 'lv', 'et', 'vi', 'bn', 'ur', 'he',
]; // prettier-ignore

/** Names beside those that `Intl` knows. */
const otherNames: Readonly<Record<string, readonly string[]>> = { es: ['castellano', 'castilian'], zh: ['mandarin'] };

const tables = new WeakMap<Agent, Map<string, string>>();

/** Every name of a language in any of the agent's languages, in small letters, to the language. */
function namesOf(agent: Agent): Map<string, string> {
  let names = tables.get(agent);
  if (names) return names;
  tables.set(agent, (names = new Map()));
  const spoken = [...(agent.locales?.keys() ?? [agent.language])];
  for (const one of [...asked, ...spoken.map(baseOf)]) {
    for (const other of [...spoken, one]) names.set(simple(nameIn(one, other)), one);
    for (const other of otherNames[one] ?? []) names.set(other, one);
  }
  return names;
}

/** Small letters without accents: recognisers and people write `espanol` too. */
function simple(text: string): string {
  return text.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\p{M}']+/u).filter((word) => word !== ''); // prettier-ignore
}

function namesLanguage(agent: Agent, text: string): boolean {
  return wordsOf(text).some((word) => namesOf(agent).has(simple(word)));
}

/** The last of the agent's languages that the words name: "not English, Spanish". */
function languageNamed(agent: Agent, text: string): string | undefined {
  const names = namesOf(agent);
  return wordsOf(text)
    .map((word) => languageOf(agent, names.get(simple(word))))
    .findLast((language) => language !== undefined);
}

/** "In Spanish", where the question is for the language of a tour, is one of its answers. */
function isOption(talk: Talk, frame: Frame, slot: Slot, text: string): boolean {
  if (slot.type !== 'choice') return false;
  const said = wordsOf(text).map(simple).join(' ');
  return (optionsOf(talk, frame, slot) ?? []).some(({ id, also }) =>
    [id, ...also].some((name) => wordsOf(name).map(simple).join(' ') === said),
  );
}

/**
 * Whether the whole utterance asks for another of the agent's languages. A bare "Spanish" is an answer where the
 * question takes such words.
 */
export function asksForLanguage(moment: Moment): boolean {
  const { talk, text, askedSlot, frame } = moment;
  const { agent } = talk;
  const wanted = agent.locales && languageNamed(agent, text);
  if (wanted === undefined || repairOf(talk, frame, 'speak')?.off) return false;
  const hearings = [agent.language, wanted].map((language) => builtInsOf(language).hearing);
  const others = wordsOf(text).filter((word) => !namesOf(agent).has(simple(word)));
  if (!others.every((word) => hearings.some(({ speaking }) => speaking.has(word)))) return false;
  if (askedSlot && frame && isOption(talk, frame, askedSlot, text)) return false;
  const takesWords = askedSlot !== undefined && ['choice', 'text', 'name', 'list', 'city'].includes(askedSlot.type);
  return !takesWords || hearings.some(({ speaks }) => speaks.test(text));
}
