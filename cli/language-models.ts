/** Which language models an agent may ask, by its `llm:` and the environment. */
import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { Clock, LanguageModel } from '../engine/contracts.js';
import { UsageError } from '../engine/errors.js';
import type { Agent } from '../engine/language/flow.js';
import type { Environment } from './assemble.js';
import type { OwnWords } from './own-words.js';

export { firstThatAnswers } from '../intents/language-models/first-that-answers.js';

interface Making {
  /** What stands after the provider: `gpt-4o-mini`. */
  name: string;
  env: Environment;
  clock: Clock;
  ownWords: OwnWords | undefined;
}

/** By what stands before the first `/`. Undefined: nothing is set for it; `needs` says what. */
interface Provider {
  needs: string;
  make(making: Making): Promise<LanguageModel | undefined>;
}

/** Models that answer at Realtime's door alone. */
const realtimeModel = /^(realtime(\/|$)|gpt-realtime)/;

const openAi: Provider = {
  needs: 'OPENAI_API_KEY or OPENAI_BASE_URL',
  async make({ name, env, clock, ownWords }) {
    const [url, key] = [env.OPENAI_BASE_URL, env.OPENAI_API_KEY];
    if (!url && !key) return undefined;
    if (realtimeModel.test(name)) {
      const { openAiRealtimeModel } = await import('../runtime/llm/openai-realtime.js');
      const model = openAiRealtimeModel({
        apiKey: key,
        baseUrl: url || undefined,
        model: name,
        clock,
        onOwnWords: () => ownWords?.of(model.name, 'model')(),
      });
      return model;
    }
    const { createOpenAiCompatible } = await import('../intents/language-models/openai-compatible.js');
    return createOpenAiCompatible({ url: url ?? 'https://api.openai.com/v1', key, model: name, clock });
  },
};

const anthropic: Provider = {
  needs: 'ANTHROPIC_API_KEY',
  async make({ name, env, clock }) {
    const [url, key] = [env.ANTHROPIC_BASE_URL, env.ANTHROPIC_API_KEY];
    if (!url && !key) return undefined;
    const { createAnthropic } = await import('../intents/language-models/anthropic.js');
    return createAnthropic({ url, key, model: name, clock });
  },
};

/** LangChain's integrations, each with its class: `langchain/openai/gpt-4o-mini`. Their keys are read by themselves. */
export const langChainClasses: Readonly<Record<string, string>> = {
  openai: 'ChatOpenAI',
  anthropic: 'ChatAnthropic',
  'google-genai': 'ChatGoogleGenerativeAI',
  'google-vertexai': 'ChatVertexAI',
  mistralai: 'ChatMistralAI',
  groq: 'ChatGroq',
  ollama: 'ChatOllama',
  aws: 'ChatBedrockConverse',
};

const langChain: Provider = {
  needs: 'its package and its key',
  async make({ name, env }) {
    const [, vendor, model] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
    const className = vendor === undefined ? undefined : langChainClasses[vendor];
    if (vendor === undefined || model === undefined || className === undefined)
      throw new UsageError(
        `llm: langchain/${name} names no integration; there are ${Object.keys(langChainClasses).join(', ')}, as in langchain/openai/gpt-4o-mini. Any other chat model of LangChain is a file of yours: llm: ./model.ts.`,
      );
    const { fromLangChain } = await import('../intents/language-models/langchain.js');
    const Chat = await classOf(`@langchain/${vendor}`, className);
    try {
      return fromLangChain(new Chat({ model, maxRetries: 0, ...settingsOf(vendor, env) }));
    } catch {
      // The vendor's own words may hold a part of a key.
      throw new UsageError(`llm: langchain/${name} cannot be set up. Is the key of ${vendor} in the environment?`);
    }
  },
};

export const providers: Readonly<Record<string, Provider>> = { openai: openAi, anthropic, langchain: langChain };

/**
 * The models in their order, those left out for which nothing is set: that is said in a line of the log.
 * `PARLEY_LLM` (one, or several with commas) goes before the agent's own `llm:`.
 * @throws UsageError for an integration that is not installed or a file that gives no model
 */
export async function modelsFor(
  agent: Agent,
  env: Environment,
  clock: Clock,
  log: (line: string) => void,
  ownWords?: OwnWords,
): Promise<LanguageModel[]> {
  const models: LanguageModel[] = [];
  for (const llm of modelNames(agent, env)) {
    if (/^\.{0,2}\//.test(llm)) {
      models.push(await ownModel(agent, llm));
      continue;
    }
    const [, before, after] = /^([^/]+)\/(.+)$/.exec(llm) ?? [];
    const known = before === undefined || !Object.hasOwn(providers, before) ? undefined : providers[before];
    // A name with a slash may be the model's own, at any server that speaks OpenAI's wire.
    const provider = known ?? openAi;
    const model = await provider.make({
      name: known ? after! : llm,
      env,
      clock,
      ownWords,
    });
    if (model) models.push(model);
    else log(`${agent.name}: no model is asked; set ${provider.needs} to use ${llm}`);
  }
  return models;
}

/** The models that are wanted, in their order. */
export function modelNames(agent: Agent, env: Environment): readonly string[] {
  const named = env.PARLEY_LLM?.split(',').flatMap((one) => one.trim() || []);
  const isSet = Boolean(env.OPENAI_API_KEY || env.OPENAI_BASE_URL);
  return named?.length ? named : (agent.llm ?? (isSet ? ['gpt-4o-mini'] : []));
}

/** A designer's file that gives a chat model of LangChain or a `LanguageModel` as its default export. */
async function ownModel(agent: Agent, llm: string): Promise<LanguageModel> {
  const folder = statSync(agent.path).isDirectory() ? agent.path : dirname(agent.path);
  const file = resolve(folder, llm);
  if (!existsSync(file)) throw new UsageError(`llm: ${llm} is not there. It is looked for beside the agent.`);
  const [{ loadCode }, { fromLangChain, isLangChainModel }] = await Promise.all([
    import('../engine/tools/load-code.js'),
    import('../intents/language-models/langchain.js'),
  ]);
  let made: unknown;
  try {
    made = (await loadCode(file)).default;
  } catch (error) {
    throw new UsageError(`llm: ${llm} cannot be loaded (${error instanceof Error ? error.name : 'unknown'}).`);
  }
  if (isLangChainModel(made)) return fromLangChain(made);
  const own = made as Partial<LanguageModel> | undefined;
  if (typeof own?.stream === 'function' && typeof own.name === 'string') return own as LanguageModel;
  throw new UsageError(`llm: ${llm} has to export a chat model of LangChain, or a LanguageModel, as its default.`);
}

type ChatClass = new (settings: Record<string, unknown>) => BaseChatModel;

async function classOf(library: string, name: string): Promise<ChatClass> {
  let found: unknown;
  try {
    found = ((await import(library)) as Record<string, unknown>)[name];
  } catch {
    throw new UsageError(`llm: ${library} is not installed. Run: npm install ${library}`);
  }
  if (typeof found !== 'function') throw new UsageError(`llm: ${library} has no ${name}. Another version may have it.`);
  return found as ChatClass;
}

/** Where an integration does not read from the environment what ours do. */
function settingsOf(vendor: string, env: Environment): Record<string, unknown> {
  if (vendor !== 'openai') return {};
  return {
    ...(env.OPENAI_API_KEY && { apiKey: env.OPENAI_API_KEY }),
    // A server of one's own wants no key, but the class does.
    ...(env.OPENAI_BASE_URL && {
      configuration: { baseURL: env.OPENAI_BASE_URL },
      apiKey: env.OPENAI_API_KEY ?? 'none',
    }),
  };
}
