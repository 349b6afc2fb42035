import type { Dirent } from 'node:fs';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { cutMarkdown } from '../knowledge/cut-markdown.js';
import type { Passage } from './flow.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { itemsOf, textOf } from './yaml-source.js';

const maxFileBytes = 1_000_000;
const maxFiles = 500;
const maxDepth = 8;

export interface KnowledgeFiles {
  /** Absolute paths, each once, in the order of their names. */
  files: string[];
  passages: Passage[];
}

/**
 * Reads the documents that `files:` names, paths or patterns (`help/*.md`, `help/**`) that count from the
 * YAML file, and cuts them into passages. What is missing, empty or too big is a problem at its entry.
 */
export function readKnowledgeFiles(node: YamlNode, shop: Workshop): KnowledgeFiles {
  const texts = new Map<string, { text: string; from: YamlNode }>();
  for (const item of itemsOf(node)) {
    const pattern = textOf(item);
    if (pattern === undefined) continue;
    const found = filesOf(pattern, dirname(item.file.path));
    if (found.length === 0) {
      shop.report(
        item,
        'no-such-file',
        pattern.includes('*') ? `No file fits "${pattern}".` : `There is no file "${pattern}".`,
        'Create it, or correct the path: it counts from this file.',
      );
    }
    if (found.length > maxFiles) tooBig(item, `"${pattern}" fits more than ${String(maxFiles)} files.`, shop);
    for (const file of found.slice(0, maxFiles)) if (!texts.has(file)) read(file, item, texts, shop);
  }
  const files = [...texts.keys()].sort();
  const names = namesOf(files);
  const passages = files.flatMap((file, at) => {
    const { text, from } = texts.get(file)!;
    const cut = cutMarkdown(text, names[at]!);
    if (cut.length === 0) {
      shop.report(
        from,
        'empty-knowledge',
        `There is nothing to say in ${names[at]!}.`,
        'Write sentences in it: tables, code and headings alone are not spoken.',
      );
    }
    return cut;
  });
  return { files, passages };
}

function read(
  file: string,
  item: YamlNode,
  texts: Map<string, { text: string; from: YamlNode }>,
  shop: Workshop,
): void {
  try {
    if (statSync(file).size > maxFileBytes) tooBig(item, `${basename(file)} is over 1 MB.`, shop);
    else texts.set(file, { text: readFileSync(file, 'utf8'), from: item });
  } catch {
    shop.report(item, 'no-such-file', `${basename(file)} cannot be read.`, 'Check its permissions.');
  }
}

function tooBig(item: YamlNode, message: string, shop: Workshop): void {
  shop.report(item, 'too-big', message, 'Divide it: an answer is looked for in short documents.');
}

/** The name of a file, or with so much of its folders that no two are called the same. */
function namesOf(files: readonly string[]): string[] {
  return files.map((file) => {
    const parts = file.split(sep);
    let count = 1;
    const name = (): string => parts.slice(-count).join('/');
    while (count < parts.length && files.some((other) => other !== file && other.endsWith(`${sep}${name()}`))) count++;
    return name();
  });
}

function filesOf(pattern: string, folder: string): string[] {
  if (!pattern.includes('*')) {
    const file = resolve(folder, pattern);
    return isFile(file) ? [file] : [];
  }
  const parts = pattern.split('/');
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => part.includes('*')),
  );
  const root = resolve(folder, fixed.join('/') || '.');
  const rest = patternOf(parts.slice(fixed.length));
  const files: string[] = [];
  const walk = (at: string, depth: number): void => {
    if (depth > maxDepth || files.length > maxFiles) return;
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && entry.name !== 'node_modules') walk(path, depth + 1);
      } else if (entry.isFile() && rest.test(relative(root, path).split(sep).join('/'))) files.push(path);
    }
  };
  walk(root, 0);
  return files;
}

/** `*` is anything within a folder, `**` any folders. */
function patternOf(parts: readonly string[]): RegExp {
  const source = parts.map((part, at) => {
    if (part === '**') return at === parts.length - 1 ? '.*' : '(?:[^/]+/)*';
    const name = part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '[^/]*');
    return at === parts.length - 1 ? name : `${name}/`;
  });
  return new RegExp(`^${source.join('')}$`);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
