/** `voice:` who listens and who speaks, in each of the agent's languages. */
import { baseOf } from '../dialog/built-ins/built-ins.js';
import type { Agent, Cascade } from './flow.js';
import { speechProviders } from './speech-providers.js';
import { didYouMean } from './suggest.js';
import type { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { get, textOf } from './yaml-source.js';

/** Keys of `voice` that are no language. */
const ownKeys = new Set(['stt', 'tts', 'vad', 'voice', 'pace', 'barge_in', 'endpointing']);

/** The recogniser and the voice of one language: what its own lines say, the rest from around them. */
export function buildVoice(voice: YamlNode | undefined, language: string): Agent['voice'] {
  const own = get(voice, ownKeyFor(voice, language) ?? '');
  const tts = textOf(get(voice, 'tts'));
  const ownTts = textOf(get(own, 'tts')) ?? tts;
  return {
    stt: textOf(get(own, 'stt')) ?? textOf(get(voice, 'stt')),
    tts: ownTts,
    vad: textOf(get(voice, 'vad')),
    // A voice belongs to its provider: another provider has others.
    voice:
      textOf(get(own, 'voice')) ?? (providerOf(ownTts) === providerOf(tts) ? textOf(get(voice, 'voice')) : undefined),
  };
}

/**
 * What `voice:` of an agent, a flow or a state says of how its words are spoken. The agent's own voice is no part of it:
 * its provider is opened with that.
 */
export function buildSpeaker(voice: YamlNode | undefined, shop: Workshop): Pick<Cascade, 'speaker' | 'pace'> {
  if (voice === undefined) return {};
  const { language, agentVoice } = shop;
  const own = get(voice, ownKeyFor(voice, language) ?? '');
  const pace = textOf(get(own, 'pace')) ?? textOf(get(voice, 'pace'));
  const isSameProvider =
    providerOf(buildVoice(agentVoice, language).tts) === providerOf(textOf(get(agentVoice, 'tts')));
  const speaker = textOf(get(own, 'voice')) ?? (isSameProvider ? textOf(get(voice, 'voice')) : undefined);
  return {
    ...(speaker !== undefined && voice !== agentVoice && { speaker }),
    ...(pace !== undefined && { pace: Number(pace) }),
  };
}

/** Languages that the agent does not speak, and languages that nothing hears or speaks. */
export function checkVoices(
  { agent, flows }: { agent?: MapNode; flows: readonly MapNode[] },
  languages: readonly string[],
  shop: Workshop,
): void {
  const voice = get(agent, 'voice');
  for (const flow of flows)
    for (const node of [flow, ...statesOf(flow)]) checkLanguages(get(node, 'voice'), languages, shop);
  for (const names of [voice, ...languageEntries(voice).map(({ value }) => value)]) checkProviders(names, shop);
  checkLanguages(voice, languages, shop);
  for (const language of languages) {
    if (baseOf(language) === embeddedLanguage) continue;
    const at = get(agent, 'languages') ?? get(agent, 'language');
    if (!at) return;
    const { stt, tts } = buildVoice(voice, language);
    const lacks = [isEmbedded(stt) ? 'stt: deepgram/nova-3' : '', isEmbedded(tts) ? 'tts: cartesia/sonic-3' : ''];
    const cure = lacks.filter((line) => line !== '').join(', ');
    if (cure === '') continue;
    const who = lacks.every((line) => line !== '')
      ? 'recogniser and voice know'
      : isEmbedded(stt)
        ? 'recogniser knows'
        : 'voice knows';
    shop.report(
      at,
      'no-voice',
      `In a call nobody can ${isEmbedded(stt) ? 'hear' : 'speak'} ${language}: the embedded ${who} English only.`,
      `Name who does: voice: { ${baseOf(language)}: { ${cure} } }.`,
      'warning',
    );
  }
}

function statesOf(flow: MapNode): YamlNode[] {
  const states = get(flow, 'states');
  return states?.kind === 'map' ? states.entries.map(({ value }) => value) : [];
}

function checkLanguages(voice: YamlNode | undefined, languages: readonly string[], shop: Workshop): void {
  for (const { key, keyNode } of languageEntries(voice))
    if (!languages.some((language) => ownKeyFor(voice, language) === key))
      shop.report(
        keyNode,
        'unknown-id',
        `This is the voice of ${key}, which the agent does not speak.`,
        didYouMean(key, languages, `It speaks ${languages.join(' and ')}.`),
      );
}

/** Names of providers that do not exist: a call would not begin. */
function checkProviders(voice: YamlNode | undefined, shop: Workshop): void {
  for (const [key, what] of [
    ['stt', 'speech recogniser'],
    ['tts', 'voice provider'],
  ] as const) {
    const node = get(voice, key);
    const name = providerOf(textOf(node));
    const known: readonly string[] = speechProviders[key];
    if (node && name !== undefined && !known.includes(name))
      shop.report(node, 'unknown-id', `There is no ${what} "${name}".`, didYouMean(name, known));
  }
}

/** What ships with us, for trying, hears and speaks no other. */
const embeddedLanguage = 'en';

function isEmbedded(spec: string | undefined): boolean {
  return spec === undefined || providerOf(spec) === 'embedded';
}

function providerOf(spec: string | undefined): string | undefined {
  return spec?.split('/')[0];
}

/** `es-MX` has the lines of `es-MX`, else those of `es`. */
function ownKeyFor(voice: YamlNode | undefined, language: string): string | undefined {
  const keys = languageEntries(voice).map(({ key }) => key);
  return keys.find((key) => key === language) ?? keys.find((key) => key === baseOf(language));
}

function languageEntries(voice: YamlNode | undefined): MapNode['entries'] {
  return voice?.kind === 'map' ? voice.entries.filter(({ key }) => !ownKeys.has(key)) : [];
}
