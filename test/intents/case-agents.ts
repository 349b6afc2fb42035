import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { FoundValue, TrainingExample, TrainingIntent } from '../../engine/contracts.js';
import { builtIns } from './built-ins.js';

type Yaml = Record<string, unknown>;

/** An agent's intents, read crudely from its YAML: enough to train a router, and nothing else. */
export interface CaseAgent {
  name: string;
  intents: TrainingIntent[];
  /** What callers say in its scripts, with the intent expected, where one is. */
  turns: { say: string; intent?: string; script: string }[];
}

/** `[Porto](city)` marks a value and the slot it fills. */
export function parseExample(source: string, typeOf: (slot: string) => string): TrainingExample {
  const values: FoundValue[] = [];
  let text = '';
  let at = 0;
  for (const match of source.matchAll(/\[([^\]]+)\]\((\w+)\)/g)) {
    text += source.slice(at, match.index);
    values.push({ start: text.length, end: text.length + match[1]!.length, type: typeOf(match[2]!), slot: match[2]! });
    text += match[1]!;
    at = match.index + match[0].length;
  }
  return { text: text + source.slice(at), values };
}

/** Reads an agent's folder, or a single file. */
export function readCaseAgent(path: string): CaseAgent {
  const files = path.endsWith('.yaml') ? [path] : yamlFiles(path);
  const documents = files.flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Yaml | null),
  );
  const found = documents.filter((document) => document !== null);
  const slotTypes = new Map<string, string>();
  for (const { slots } of found) {
    for (const [name, slot] of Object.entries((slots ?? {}) as Record<string, Yaml>))
      slotTypes.set(name, String(slot.type));
  }
  const examples = (list: unknown): TrainingExample[] =>
    ((list ?? []) as unknown[]).map((text) => parseExample(String(text), (slot) => slotTypes.get(slot) ?? 'text'));

  const intents = new Map<string, TrainingIntent>(builtIns.map((intent) => [intent.id, intent]));
  for (const document of found) {
    const flow = document.flow as string | undefined;
    if (flow !== undefined && document.examples) {
      const { title, description } = document as { title?: string; description?: string };
      intents.set(flow, {
        id: flow,
        title,
        description,
        examples: examples(document.examples),
        not: examples(document.not),
      });
    }
    for (const [name, list] of Object.entries((document.intents ?? {}) as Yaml)) {
      const known = intents.get(name);
      const id = known || flow === undefined ? name : `${flow}.${name}`;
      intents.set(id, { id, examples: [...(known?.examples ?? []), ...examples(list)], not: [] });
    }
  }
  const turns = found.flatMap((document) =>
    ((document.turns ?? []) as Yaml[]).flatMap((turn) => {
      if (document.test === undefined || turn.say === undefined) return [];
      const expect = (turn.expect ?? {}) as { intent?: unknown };
      return [
        {
          say: String(turn.say),
          script: String(document.test),
          ...(expect.intent !== undefined && { intent: String(expect.intent) }),
        },
      ];
    }),
  );
  return { name: path, intents: [...intents.values()], turns };
}

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return yamlFiles(path);
    return entry.name.endsWith('.yaml') ? [path] : [];
  });
}
