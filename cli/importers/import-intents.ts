/** `flow import intents`: files of other platforms in, our YAML and a report out. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import { UsageError } from '../../engine/errors.js';
import { count, writeOutput } from '../terminal.js';
import { filesInZip } from './archive.js';
import { clu } from './clu.js';
import { dialogflowCx } from './dialogflow-cx.js';
import { dialogflowEs } from './dialogflow-es.js';
import type { Imported, Importer, Left, SourceFile } from './imported.js';
import { writeIntents, type Written } from './intents-yaml.js';
import { lex } from './lex.js';
import { ofOneLanguage } from './one-language.js';
import { rasa } from './rasa.js';

export interface ImportOptions {
  json?: boolean;
  out?: string;
  language?: string;
}

/** Each knows its own files and none of the others'. */
const importers: readonly Importer[] = [rasa, dialogflowEs, dialogflowCx, lex, clu];
const isRead = (path: string): boolean => /\.(json|ya?ml)$/i.test(path) && !/(^|\/)(__MACOSX|node_modules|\.[^/]+)\//.test(path); // prettier-ignore
const largestFile = 50_000_000;
/** Parts of an export that go with intents, by the folder they lie in. */
const beside: readonly { at: RegExp; why: string }[] = [
  { at: /(^|\/)(slots|slottypes)\//i, why: 'read with the intents that name it' },
  { at: /(^|\/)entit(y|ies|ytypes)\//i, why: 'the values of an entity are the options of a choice slot; write it' },
  { at: /(^|\/)intents\//i, why: 'it holds no examples' },
  { at: /./, why: 'no format that is read here (Rasa NLU YAML, Dialogflow ES and CX, Lex V2, CLU)' },
];

/**
 * @param language of several in an export: which one is taken
 * @throws UsageError when there is nothing to read
 */
export function importIntents(
  paths: readonly string[],
  language?: string,
): Written & { formats: string[]; language?: string } {
  const read: (Imported & { file: string })[] = [];
  const left: Left[] = [];
  for (const path of paths) {
    const files = filesAt(path);
    if (files.length === 0) left.push({ file: path, what: 'the folder', why: 'there is no JSON or YAML in it' });
    const others = new Map(files.map((file) => [file.path, file]));
    for (const file of files) {
      const content = contentOf(file);
      if (content instanceof Error) {
        left.push({ file: file.path, what: 'the file', why: content.message });
        continue;
      }
      const found = importers.map((one) => one.read(file, content, others)).find((one) => one !== undefined);
      if (found) read.push({ ...found, file: file.path });
      else left.push({ file: file.path, what: 'the file', why: beside.find(({ at }) => at.test(file.path))!.why });
    }
  }
  const { imported, language: taken, left: ofOthers } = ofOneLanguage(read, language);
  const written = writeIntents(imported);
  return {
    ...written,
    ...(taken !== undefined && { language: taken }),
    formats: [...new Set(imported.filter(({ intents }) => intents.length > 0).map(({ format }) => format))],
    left: [...imported.flatMap((one) => one.left), ...written.left, ...ofOthers, ...left],
  };
}

/** The command: YAML to standard output or a file, the report beside it. */
export function runImport(paths: readonly string[], { json, out, language: wanted }: ImportOptions): void {
  const { yaml, formats, language, intents, examples, slots, left } = importIntents(paths, wanted);
  if (out !== undefined) writeOutput(out, yaml);
  if (json) {
    const lines = {
      formats,
      ...(language !== undefined && { language }),
      intents,
      examples,
      slots,
      left,
      ...(out === undefined ? { yaml } : { out }),
    };
    process.stdout.write(`${JSON.stringify(lines, null, 2)}\n`);
  } else if (out === undefined && intents > 0) process.stdout.write(yaml);
  const tell = (line: string): boolean => process.stderr.write(`${line}\n`);
  if (!json) {
    const from =
      formats.length > 0 ? ` from ${formats.join(', ')}${language === undefined ? '' : ` (${language})`}` : '';
    tell(`${count(intents, 'intent')}, ${count(examples, 'example')}, ${count(Object.keys(slots).length, 'slot')}${from}`); // prettier-ignore
    if (left.length > 0) tell('Not taken, or taken otherwise:');
    for (const { file, what, why } of left) tell(`  ${file}: ${what}: ${why}`);
  }
  if (intents === 0) process.exitCode = 1;
}

function filesAt(path: string): SourceFile[] {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    throw new UsageError(`There is nothing at ${path}. Name a file, a folder or a zip of an export.`);
  }
  if (!isFolder) {
    const bytes = readFileSync(path);
    if (/\.zip$/i.test(path)) return filesInZip(bytes, path, isRead);
    if (bytes.length > largestFile) throw new UsageError(`${path} is larger than any export of intents.`);
    return [{ path: basename(path), text: bytes.toString('utf8') }];
  }
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ file, path: file.slice(join(path, '.').length + 1).replaceAll('\\', '/') }))
    .filter(({ path: own }) => isRead(own))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ file, path: own }) => ({ path: own, text: readFileSync(file, 'utf8') }));
}

/** What the file says; an error where it cannot be read, which names the line. */
function contentOf({ path, text }: SourceFile): unknown {
  const plain = text.replace(/^\uFEFF/, '');
  if (/\.json$/i.test(path)) {
    try {
      return JSON.parse(plain);
    } catch {
      return new Error('it is no JSON');
    }
  }
  const document = parseDocument(plain);
  const [first] = document.errors;
  if (first) return new Error(`it is no YAML (line ${first.linePos?.[0].line ?? 1})`);
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}
