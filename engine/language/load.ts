import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { buildLanguages } from './build-languages.js';
import { checkAgent } from './checks/index.js';
import type { FlowDraft } from './drafts.js';
import type { Agent } from './flow.js';
import type { Problem, ProblemCode } from './problems.js';
import { FlowProblems, ProblemList } from './problems.js';
import { readMocks, readTestScript } from './read-script.js';
import type { LocaleDocument } from './locale.js';
import type { Mocks, MockRule, TestScript } from './script.js';
import type { DocumentKind } from './schema.js';
import { checkShape } from './schema-check.js';
import { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { get, readYaml, textOf } from './yaml-source.js';

/** What a path holds. `agent` is undefined as soon as there is one problem of severity `error`. */
export interface Loaded {
  agent?: Agent;
  /** Of all files, in one run. */
  problems: Problem[];
  tests: TestScript[];
  /** Of `mocks.yaml`. */
  mocks: Mocks;
  /** File → its text. */
  sources: ReadonlyMap<string, string>;
}

export interface LoadOptions {
  /** Parts of the language that are not there yet are warnings, so that the rest of the agent runs. */
  allowNotReady?: boolean;
}

const maxFileBytes = 1_000_000;
const maxFolderDepth = 8;
const maxFiles = 2000;

/**
 * Loads an agent: a folder with an `agent.yaml` or with one flow file, or one file. Never throws for what is in the files, nor for a path
 * that is not there: every mistake is a problem.
 */
export async function loadAgent(path: string, options: LoadOptions = {}): Promise<Loaded> {
  const problems = new ProblemList();
  const parts = await readParts(path, problems);
  return assemble(path, parts, problems, options);
}

/** The documents of an agent as they were written: for tools that work on its words. */
export async function readDocuments(
  path: string,
): Promise<{ agent: MapNode | undefined; flows: MapNode[]; locales: LocaleDocument[] }> {
  const { documents, locales } = await readParts(path, new ProblemList());
  return {
    agent: documents.find((node) => get(node, 'agent')),
    flows: documents.filter((node) => textOf(get(node, 'flow')) !== undefined),
    locales,
  };
}

async function readParts(path: string, problems: ProblemList): Promise<Parts> {
  const sources = new Map<string, string>();
  const files = await findFiles(path, problems);
  const documents: MapNode[] = [];
  const mockNodes: MapNode[] = [];
  const locales: LocaleDocument[] = [];
  const hash = createHash('sha256');
  let broken = false;
  for (const file of files) {
    const text = readSource(file, problems);
    if (text === undefined) continue;
    sources.set(file, text);
    const read = readYaml(file, text);
    for (const problem of read.problems) problems.add(problem);
    broken ||= read.broken;
    const localeFile = /(?:^|[/\\])locales[/\\]([\w-]+)\.ya?ml$/.exec(file)?.[1];
    const isMocks = /(^|[./\\])mocks\.ya?ml$/.test(file);
    if (!isMocks && !/\.test\.ya?ml$/.test(file)) hash.update(`${relative(resolve(path), file)}\0${text}\0`);
    for (const node of read.documents) {
      if (node.kind !== 'map') {
        problems.add(
          node.file.problem(
            'bad-document',
            node,
            'This document is neither an agent, a flow nor a test.',
            'Begin it with `agent:`, `flow:` or `test:`.',
          ),
        );
      } else if (localeFile !== undefined || get(node, 'locale')) {
        locales.push({ language: localeFile ?? textOf(get(node, 'locale')) ?? '', node });
      } else (isMocks ? mockNodes : documents).push(node);
    }
  }
  return { documents, mockNodes, locales, sources, hash: hash.digest('hex').slice(0, 16), broken };
}

/**
 * The agent at a path.
 * @throws FlowProblems when it has errors: `.problems` are all of them, the message is ready to be shown
 */
export async function loadFlow(path: string, options: LoadOptions = {}): Promise<Agent> {
  const { agent, problems } = await loadAgent(path, options);
  if (agent === undefined) throw new FlowProblems(problems.filter(({ severity }) => severity === 'error'));
  return agent;
}

interface Parts {
  documents: MapNode[];
  mockNodes: MapNode[];
  locales: LocaleDocument[];
  sources: Map<string, string>;
  hash: string;
  /** Some of the files could not be read as YAML: names are missing that may well be there. */
  broken: boolean;
}

function assemble(path: string, parts: Parts, problems: ProblemList, options: LoadOptions): Loaded {
  const shop = new Workshop(problems);
  if (options.allowNotReady === true) shop.notReady = 'warning';
  const agents: MapNode[] = [];
  const flows: MapNode[] = [];
  const testNodes: MapNode[] = [];
  for (const node of parts.documents) {
    const kind = ['agent', 'flow', 'test'].find((key) => get(node, key) !== undefined);
    if (kind === 'agent') agents.push(node);
    else if (kind === 'flow' && textOf(get(node, 'flow')) !== undefined) flows.push(node);
    else if (kind === 'test') testNodes.push(node);
    else
      shop.report(
        firstKey(node),
        'bad-document',
        'This document is neither an agent, a flow nor a test.',
        'Begin it with `agent:`, `flow:` or `test:`.',
      );
  }
  const shapes: [MapNode[], DocumentKind][] = [
    [agents, 'agent'],
    [flows, 'flow'],
    [testNodes, 'test'],
    [parts.mockNodes, 'mocksFile'],
    [parts.locales.map(({ node }) => node), 'locale'],
  ];
  for (const [nodes, kind] of shapes) {
    for (const node of nodes) {
      for (const problem of checkShape(node, kind)) problems.add(problem);
    }
  }
  for (const extra of agents.slice(1)) {
    shop.report(
      firstKey(extra),
      'duplicate-name',
      'There is more than one agent here.',
      'Keep one `agent:`; each agent has a folder or a file of its own.',
    );
  }
  if (flows.length === 0 && !problems.hasErrors) {
    problems.add({
      code: 'no-such-path',
      severity: 'error',
      file: path,
      line: 0,
      column: 0,
      message: 'There is no flow here.',
      cure: 'Add a file with a `flow:`, for example what `flow new` writes.',
    });
  }
  const { agent, draft } = buildLanguages(
    { agent: agents[0], flows, locales: parts.locales, path: resolve(path), hash: parts.hash },
    shop,
  );
  withCode(agent);
  const troubled = new Set(
    [...draft.flows.values()].filter((flow) => isTroubled(flow, problems)).map(({ name }) => name),
  );
  checkAgent(agent, {
    troubled,
    whole: !problems.hasErrors,
    problems,
    lineOf: (place) => lineOf(parts.sources.get(place.file), place.line),
  });
  const tests = testNodes.map((node) => readTestScript(node, draft, shop));
  const mocks = new Map<string, readonly MockRule[]>();
  for (const node of parts.mockNodes) for (const [tool, rules] of readMocks(node, draft, shop)) mocks.set(tool, rules);
  return {
    agent: problems.hasErrors ? undefined : agent,
    problems: visible(problems, parts),
    tests,
    mocks,
    sources: parts.sources,
  };
}

const aboutNames = new Set<ProblemCode>([
  'unknown-flow',
  'unknown-state',
  'unknown-slot',
  'unknown-tool',
  'unknown-intent',
  'unknown-name',
  'dead-state',
]);

/** Without what follows from another mistake: names of a file that could not be read, and lines that were cured. */
function visible(problems: ProblemList, { broken }: Parts): Problem[] {
  const cured = new Set(
    problems.all.filter(({ code }) => code === 'quote-this').map(({ file, line }) => `${file}:${line}`),
  );
  return problems.sorted().filter(({ code, file, line }) => {
    if (broken && aboutNames.has(code)) return false;
    return code === 'quote-this' || !cured.has(`${file}:${line}`);
  });
}

/** Where a flow goes is only judged when its names are right: else one slip would be told three times. */
function isTroubled({ node }: FlowDraft, problems: ProblemList): boolean {
  const [first, last] = [node.file.place(node.start).line, node.file.place(node.end).line];
  return problems.all.some(
    ({ severity, code, file, line }) =>
      severity === 'error' &&
      code !== 'quote-this' &&
      code !== 'type-not-ready' &&
      file === node.file.path &&
      line >= first &&
      line <= last,
  );
}

function lineOf(text: string | undefined, line: number): string | undefined {
  return text?.split('\n', line)[line - 1]?.replace(/\r$/, '');
}

/** The text of code tools and of knowledge is part of what a dialog runs on. */
function withCode(agent: Agent): void {
  const files = new Set([
    ...[agent, ...agent.flows.values()].flatMap(({ tools }) =>
      [...tools.values()].flatMap(({ code }) => code?.file ?? []),
    ),
    ...[...(agent.knowledge?.values() ?? [])].flatMap((base) => base.files),
  ]);
  if (files.size === 0) return;
  const hash = createHash('sha256').update(agent.hash);
  for (const file of [...files].sort()) hash.update(readFileSync(file));
  agent.hash = hash.digest('hex').slice(0, 16);
  for (const other of agent.locales?.values() ?? []) other.hash = agent.hash;
}

function firstKey(node: MapNode): YamlNode {
  return node.entries[0]?.keyNode ?? node;
}

/** At once: some twenty small files, each of which costs more to wait for than to read. */
function readSource(file: string, problems: ProblemList): string | undefined {
  const whole = { severity: 'error', file, line: 0, column: 0 } as const;
  try {
    if (statSync(file).size > maxFileBytes) {
      problems.add({
        code: 'too-big',
        ...whole,
        message: 'This file is over 1 MB.',
        cure: 'Divide it: each flow may have a file of its own.',
      });
      return undefined;
    }
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    problems.add({
      code: 'no-such-path',
      ...whole,
      message: 'This file cannot be read.',
      cure: 'Check its permissions.',
    });
    return undefined;
  }
}

/** The files of an agent. Of a folder: agent.yaml, mocks.yaml and every *.flow.yaml and *.test.yaml below. */
async function findFiles(path: string, problems: ProblemList): Promise<string[]> {
  const whole = { severity: 'error', file: path, line: 0, column: 0 } as const;
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) {
    problems.add({
      code: 'no-such-path',
      ...whole,
      message: 'There is no such file or folder.',
      cure: 'Give the folder of an agent, or one file with a `flow:`.',
    });
    return [];
  }
  if (info.isFile()) return [path];
  const files: string[] = [];
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
        if (depth >= maxFolderDepth) {
          problems.add({
            code: 'too-big',
            ...whole,
            file,
            message: `Folders are nested more than ${maxFolderDepth} deep.`,
            cure: 'Move the flows up.',
          });
        } else await walk(file, depth + 1);
      } else if (
        entry.isFile() &&
        (/\.(flow|test)\.ya?ml$/.test(entry.name) ||
          (depth === 0 && /^(agent|mocks)\.ya?ml$/.test(entry.name)) ||
          (depth === 1 && basename(folder) === 'locales' && /\.ya?ml$/.test(entry.name)))
      ) {
        if (files.length < maxFiles) files.push(file);
        else if (files.length === maxFiles) {
          files.push(file);
          problems.add({
            code: 'too-big',
            ...whole,
            message: `There are more than ${maxFiles} files here.`,
            cure: 'Divide the agent.',
          });
        }
      }
    }
  };
  await walk(path, 0);
  const ofAgent = (file: string): boolean => /^agent\.ya?ml$/.test(basename(file));
  files.sort((a, b) => Number(ofAgent(b)) - Number(ofAgent(a)));
  // A folder with one flow file is as good as that file.
  const flowFiles = files.filter((file) => /\.flow\.ya?ml$/.test(file));
  if (!files.some(ofAgent) && flowFiles.length !== 1) {
    problems.add({
      code: 'no-such-path',
      ...whole,
      message: 'This folder has no agent.yaml.',
      cure: 'Add one that begins with `agent:` and a name, or give one file.',
    });
  }
  return files;
}
