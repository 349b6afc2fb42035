import { basename } from 'node:path';
import type { Json } from '../contracts.js';
import type { LoadedTool } from './code-tool.js';
import { loadExport, errorName } from './code-tool.js';

/** What is kept of one document, and how many of them: an answer is one or two sentences. */
const longestText = 2000;
const mostPassages = 4;
const longestSource = 120;

/** The part of LangChain's `BaseRetriever` that is used. */
interface Retriever {
  invoke(question: string, options: { signal: AbortSignal }): Promise<unknown>;
}

/**
 * Loads a LangChain retriever, or the (asynchronous) function that gives one, from a designer's file. It is made once,
 * at the first question or before. Never rejects.
 */
export async function loadRetriever(code: { file: string; export: string }): Promise<LoadedTool | { problem: string }> {
  const loaded = await loadExport(code);
  if ('problem' in loaded) return loaded;
  const place = basename(code.file);
  let retriever: unknown;
  try {
    retriever = typeof loaded.value === 'function' ? await (loaded.value as () => unknown)() : loaded.value;
  } catch (error) {
    return { problem: `${place} could not make its retriever: it threw ${errorName(error)}` };
  }
  if (!isRetriever(retriever)) {
    return { problem: `${place} gives no retriever: export a LangChain retriever, or a function that gives one` };
  }
  const { invoke } = retriever;
  return {
    async call({ question }, { signal }) {
      let documents: unknown;
      try {
        documents = await invoke.call(retriever, typeof question === 'string' ? question : '', { signal });
      } catch (error) {
        signal.throwIfAborted();
        return { kind: 'outcome', outcome: 'error', problem: `its retriever threw ${errorName(error)}` };
      }
      const passages = passagesOf(documents);
      return passages
        ? { kind: 'value', value: { passages } }
        : { kind: 'outcome', outcome: 'error', problem: 'its retriever gave something other than documents' };
    },
  };
}

function isRetriever(value: unknown): value is Retriever {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Retriever>).invoke === 'function';
}

function passagesOf(documents: unknown): Json[] | undefined {
  if (!Array.isArray(documents)) return undefined;
  const passages: Json[] = [];
  for (const document of documents.slice(0, mostPassages) as unknown[]) {
    const { pageContent, metadata, id } = (document ?? {}) as Record<string, unknown>;
    if (typeof pageContent !== 'string') return undefined;
    const named = [(metadata as Record<string, unknown> | undefined)?.['source'], id].find(
      (name) => typeof name === 'string' && name !== '',
    );
    passages.push({
      text: pageContent.slice(0, longestText),
      source: typeof named === 'string' ? named.slice(0, longestSource) : `passage ${String(passages.length + 1)}`,
    });
  }
  return passages;
}
