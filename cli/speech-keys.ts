/** Whether the environment has what the providers under `voice:` need. */
import type { Agent } from '../engine/language/flow.js';
import { sttProviders } from '../runtime/stt/index.js';
import { ttsProviders } from '../runtime/tts/index.js';
import type { Environment } from './assemble.js';

interface Door {
  envKey?: string;
  envMore?: readonly string[];
  envInstead?: readonly string[];
  envUrl?: readonly string[];
  keyless?: boolean;
}

/** The variable that a provider lacks, its key first; undefined where it has all, or can do without. */
export function missingKey(
  spec: string,
  table: Readonly<Record<string, Door | undefined>>,
  env: Environment,
): string | undefined {
  const { envKey, envMore = [], envInstead = [], envUrl = [], keyless } = table[spec.split('/')[0]!] ?? {};
  if (envKey === undefined || (keyless && envUrl.some((name) => env[name]))) return undefined;
  if (envInstead.some((name) => env[name])) return undefined;
  return [envKey, ...envMore].find((name) => !env[name]);
}

/** A line for each provider of these agents that could not answer a call here, and who answers in its place. */
export function tellMissingKeys(agents: readonly Agent[], env: Environment): string[] {
  const voices = agents.flatMap((agent) => [...(agent.locales?.values() ?? [agent])].map(({ voice }) => voice));
  const lines = voices.flatMap(({ stt, tts }) =>
    [
      { spec: stt, key: stt === undefined ? undefined : missingKey(stt, sttProviders, env), instead: 'recogniser' },
      { spec: tts, key: tts === undefined ? undefined : missingKey(tts, ttsProviders, env), instead: 'voice' },
    ].flatMap(({ spec, key, instead }) =>
      key === undefined
        ? []
        : [`${spec!} needs ${key}, which is not set here: in a call the embedded ${instead} stands in.`],
    ),
  );
  return [...new Set(lines)];
}

/** Keys that language models are asked with too: that one is set says nothing about speech. */
const alsoOfModels = ['OPENAI_API_KEY', 'GOOGLE_API_KEY', 'AWS_ACCESS_KEY_ID'];

/** A line where a speech provider's key is set and agents name no provider: they would be thought to use it. */
export function tellUnnamed(agents: readonly Agent[], env: Environment): string[] {
  const lines: string[] = [];
  for (const [what, key, table] of [
    ['recogniser', 'stt', sttProviders],
    ['voice', 'tts', ttsProviders],
  ] as const) {
    const ready = Object.entries<Door>(table).flatMap(([name, { envKey }]) =>
      envKey !== undefined && env[envKey] && !alsoOfModels.includes(envKey) ? [{ name, envKey }] : [],
    );
    const unnamed = [...new Set(agents.filter(({ voice }) => voice[key] === undefined).map(({ name }) => name))];
    const [first] = ready;
    if (first && unnamed.length > 0)
      lines.push(
        `${unnamed.join(', ')}: the embedded ${what}, though ${first.envKey} is set. To use it write voice: { ${key}: ${first.name} } in the agent.`,
      );
  }
  return lines;
}
