import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtInEvents, builtInIntents, repairWords } from '../../../engine/language/build-transition.js';
import { filters } from '../../../engine/language/filters.js';
import { builtInNames } from '../../../engine/language/name-scope.js';
import { expectationKeys } from '../../../engine/language/script.js';
import { flowSchema } from '../../../engine/language/schema.js';
import { packageRoot } from '../../../engine/package-root.js';
import { isReady } from '../../../engine/slot-types/index.js';
import { slotTypeNames } from '../../../engine/slot-types/slot-type.js';
import { brief, load } from './load-text.js';

const reference = readFileSync(join(packageRoot, 'flows', 'README.md'), 'utf8');
const examples = [...reference.matchAll(/^## (.+)$|^```yaml\n([\s\S]*?)^```$/gm)].reduce<[string, string][]>(
  (all, match) => {
    if (match[1] !== undefined) all.push([match[1], '']);
    else all[all.length - 1]![1] = match[2]!;
    return all;
  },
  [],
);

describe('the language reference', () => {
  it.each(examples.filter(([, text]) => text !== ''))(
    'its example under "%s" loads without a word from the checker',
    async (_title, text) => {
      const { problems, agent } = await load(text);
      expect(brief(problems)).toEqual([]);
      expect(agent).toBeDefined();
    },
  );

  it('names everything there is', () => {
    const names = [
      ...builtInIntents,
      ...builtInNames.keys(),
      ...filters.keys(),
      ...expectationKeys,
      ...slotTypeNames,
      ...repairWords.filter((name) => !['no_input', 'no_match'].includes(name)),
      ...builtInEvents.filter((name) => name !== 'unknown'),
      ...['agent', 'flow', 'state', 'slot', 'tool', 'transition', 'turn', 'router', 'dtmf'].flatMap((kind) =>
        Object.entries(flowSchema.definitions?.[kind]?.properties ?? {})
          .filter(([, { notYet }]) => notYet === undefined)
          .map(([key]) => key),
      ),
    ];
    expect([...new Set(names)].filter((name) => !new RegExp(`\\b${name}\\b`).test(reference))).toEqual([]);
  });

  it('lists the types that callers can give', () => {
    const heard = /Heard from callers: ([^.]+)\./.exec(reference)![1]!;
    expect([...heard.matchAll(/`(\w+)`/g)].map((match) => match[1]!).sort()).toEqual(
      slotTypeNames.filter(isReady).sort(),
    );
  });
});
