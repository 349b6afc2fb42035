/** Plays the disturbed variants of a script that passes undisturbed, and tells which invariants they break. */
import type { Listening } from '../../../engine/contracts.js';
import type { TestScript } from '../../../engine/language/script.js';
import { failureHider } from '../hide-failure.js';
import { playScript, type PlayOptions } from '../play-script.js';
import type { PlayableAgent } from '../playable-agent.js';
import type { TestFailure } from '../report.js';
import type { TurnRecord } from '../turn-record.js';
import { brokenBy, type Played } from './invariants.js';
import { variantsOf, type Rehearsed, type Variant } from './perturbations.js';
import { scriptText } from './script-text.js';

/** How many variants of a kind each script is played in. */
const mostOfAKind = 4;

export interface Perturbed {
  /** How many variants were played. */
  variants: number;
  failures: TestFailure[];
}

/**
 * @param kinds of `perturbations`
 * @param options of the undisturbed run: the same seed gives the same variants
 */
export async function playVariants(
  script: TestScript,
  kinds: readonly string[],
  playable: PlayableAgent,
  options: PlayOptions,
): Promise<Perturbed> {
  // Words of a model are on the cassette for what the script says, and for nothing else; sound is what it is.
  if (script.turns.some(({ needsLlm, audio }) => needsLlm || audio !== undefined)) return { variants: 0, failures: [] };
  const turns = await rehearse(script, playable, options);
  const variants = variantsOf({ script, turns, agent: playable.agent, mocks: playable.mocks }, kinds, {
    seed: options.seed,
    most: mostOfAKind,
  });
  const rehearsed: Played = { records: turns.map(({ record }) => record) };
  const failures: TestFailure[] = [];
  const hidden = failureHider(script, playable.agent, options.showPii === true);
  for (const variant of variants) {
    const played = await perform(variant.script, playable, options);
    for (const broken of brokenBy({ variant, agent: playable.agent, rehearsed, played })) {
      const record = played.records[broken.turn - 1];
      const failure: TestFailure = {
        turn: broken.turn,
        message: `${variant.kind} (${variant.told}) breaks ${broken.invariant}: ${broken.message}`,
        expected: broken.expected,
        actual: broken.actual,
        line: variant.line,
        ...(record && { record }),
        replay: scriptText(variant.script, nameOf(variant)),
      };
      failures.push(hidden(failure));
    }
  }
  return { variants: variants.length, failures };
}

function nameOf({ script, told }: Variant): string {
  return `${script.name}: ${told}`;
}

async function rehearse(script: TestScript, playable: PlayableAgent, options: PlayOptions): Promise<Rehearsed[]> {
  const turns: Rehearsed[] = [];
  let listening: Listening | undefined;
  await playScript(script, playable, {
    ...options,
    disturbed: true,
    onOut: (_, out) => {
      if (out.kind === 'listen') listening = out.listening;
    },
    onTurn: (record) => turns.push({ record, listening }),
  });
  return turns;
}

async function perform(script: TestScript, playable: PlayableAgent, options: PlayOptions): Promise<Played> {
  const records: TurnRecord[] = [];
  const { failures } = await playScript(script, playable, {
    ...options,
    disturbed: true,
    onTurn: (record) => records.push(record),
  });
  const thrown = failures.find(({ turn }) => turn === 0)?.message;
  return { records, ...(thrown !== undefined && { thrown }) };
}
