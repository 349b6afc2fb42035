/** An agent that speaks several languages: the same agent once for each, with the words of its locale file. */
import { buildAgent } from './build-agent.js';
import { checkVoices } from './build-voice.js';
import { checkLanguageWords } from './check-language-words.js';
import type { AgentDraft } from './drafts.js';
import type { Agent } from './flow.js';
import type { LocaleDocument, LocalParts, LocaleTask } from './locale.js';
import { fits, localise } from './locale.js';
import { ProblemList } from './problems.js';
import { didYouMean } from './suggest.js';
import { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

export interface LanguageParts {
  agent?: MapNode;
  flows: MapNode[];
  locales: readonly LocaleDocument[];
  path: string;
  hash: string;
}

/** The languages of an agent as its YAML names them, the default first. */
export function languagesOf(agent: MapNode | undefined): string[] {
  const listed = itemsOf(get(agent, 'languages')).flatMap((item) => textOf(item) ?? []);
  return listed.length > 0 ? [...new Set(listed)] : [textOf(get(agent, 'language')) ?? 'en-US'];
}

/** Builds the agent in its own language and in every other, and joins them by `locales`. */
export function buildLanguages(parts: LanguageParts, shop: Workshop): { agent: Agent; draft: AgentDraft } {
  const [main = 'en-US', ...others] = languagesOf(parts.agent);
  checkNames(parts, main, others, shop);
  checkVoices(parts, [main, ...others], shop);
  checkLanguageWords(parts.agent, [main, ...others], shop);
  const task = (language: string): LocaleTask => ({
    language,
    isDefault: language === main,
    agent: parts.agent,
    flows: parts.flows,
    locales: parts.locales,
    at: get(parts.agent, 'languages') ?? get(parts.agent, 'language') ?? firstOf(parts),
    hasMemory: remembers(parts),
  });
  const local = parts.flows.length > 0 || parts.agent ? localise(task(main), shop) : undefined;
  const built = buildAgent({ ...parts, ...local, language: main }, shop);
  const agents = [built.agent];
  for (const language of others) {
    const words = localise(task(language), shop);
    if (words) agents.push(buildLocal(parts, words, language, shop));
  }
  if (others.length > 0) {
    const locales = new Map(agents.map((agent) => [agent.language, agent]));
    for (const agent of agents) agent.locales = locales;
  }
  return built;
}

/** What is wrong in the agent's own YAML is told once; here only what stands in the locale's documents is. */
function buildLocal(parts: LanguageParts, words: LocalParts, language: string, shop: Workshop): Agent {
  const found = new ProblemList();
  const other = new Workshop(found);
  other.notReady = shop.notReady;
  other.optionNames = words.optionNames;
  const { agent } = buildAgent({ ...parts, ...words, language }, other);
  const spans = parts.locales.map(({ node }) => ({
    file: node.file.path,
    first: node.file.place(node.start).line,
    last: node.file.place(node.end).line,
  }));
  for (const problem of found.all) {
    const isHere = spans.some(
      ({ file, first, last }) => problem.file === file && problem.line >= first && problem.line <= last,
    );
    if (isHere || problem.code === 'type-not-in-language') shop.problems.add(problem);
  }
  return agent;
}

function checkNames({ agent, locales }: LanguageParts, main: string, others: readonly string[], shop: Workshop): void {
  const listed = get(agent, 'languages');
  const language = get(agent, 'language');
  if (listed && language && textOf(language) !== main)
    shop.report(
      language,
      'wrong-combination',
      `\`language\` is ${textOf(language) ?? ''}, and the first of \`languages\` is ${main}.`,
      'Keep `languages` alone: the first one is the default.',
    );
  for (const item of itemsOf(listed).concat(language ? [language] : [])) {
    const name = textOf(item);
    if (name !== undefined && !isLanguage(name))
      shop.report(item, 'bad-value', `"${name}" is no language.`, 'Write it like en-IE, es or pt-BR.');
  }
  for (const locale of locales) {
    if ([main, ...others].some((one) => fits(locale.language, one))) continue;
    shop.report(
      get(locale.node, 'locale') ?? locale.node.entries[0]?.keyNode ?? locale.node,
      'unknown-id',
      `These are words in ${locale.language}, which the agent does not speak.`,
      didYouMean(
        locale.language,
        [main, ...others],
        `Add it to the agent: languages: [${[main, ...others, locale.language].join(', ')}].`,
      ),
    );
  }
}

function isLanguage(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name.replace('_', '-')).length === 1 && /^[a-z]{2,3}(?:-|$)/i.test(name);
  } catch {
    return false;
  }
}

function firstOf({ agent, flows }: LanguageParts): YamlNode {
  const document = agent ?? flows[0]!;
  return document.entries[0]?.keyNode ?? document;
}

/** Whether any slot is kept beyond the call. */
export function remembers({ agent, flows }: Pick<LanguageParts, 'agent' | 'flows'>): boolean {
  return [agent, ...flows].some((document) =>
    ['slots', 'in', 'out'].some((key) => {
      const slots = get(document, key);
      return slots?.kind === 'map' && slots.entries.some(({ value }) => textOf(get(value, 'scope')) === 'caller');
    }),
  );
}
