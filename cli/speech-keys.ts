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
