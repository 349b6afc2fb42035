import { basename } from 'node:path';
import type { Json } from '../contracts.js';
import { loadCode } from './load-code.js';
import type { Attempt, RawResult } from './tool-runner.js';

/** A designer's function: typed inputs as one record, and the means to stop and to read the environment. */
type ToolFunction = (
  input: Record<string, Json>,
  run: { signal: AbortSignal; env: Readonly<Record<string, string | undefined>> },
) => unknown;

export interface LoadedTool {
  call(input: Record<string, Json>, run: Parameters<ToolFunction>[1]): ReturnType<Attempt>;
}

const maxResultCharacters = 1024 * 1024;

/** What a designer's `.ts` or `.js` file exports under a name, and all of its names. Never rejects. */
export async function loadExport(code: {
  file: string;
  export: string;
}): Promise<{ value: unknown; module: Record<string, unknown> } | { problem: string }> {
  try {
    const module = await loadCode(code.file);
    return { value: module[code.export], module };
  } catch (error) {
    return { problem: `${basename(code.file)} cannot be loaded: ${loadProblem(error)}` };
  }
}

/** Loads a function from a designer's file, with what it imports. Never rejects. */
export async function loadTool(code: { file: string; export: string }): Promise<LoadedTool | { problem: string }> {
  const place = basename(code.file);
  const loaded = await loadExport(code);
  if ('problem' in loaded) return loaded;
  const { value: run, module } = loaded;
  if (typeof run !== 'function') {
    const names = Object.keys(module).filter((name) => typeof module[name] === 'function');
    return {
      problem: `${place} exports no function "${code.export}"${names.length > 0 ? `; it has ${names.join(', ')}` : ''}`,
    };
  }
  return {
    async call(input, context): Promise<RawResult> {
      let result: unknown;
      try {
        result = await (run as ToolFunction)({ ...input }, context);
      } catch (error) {
        context.signal.throwIfAborted();
        return { kind: 'outcome', outcome: 'error', problem: `its code threw ${errorName(error)}` };
      }
      try {
        const text = JSON.stringify(result ?? {});
        if (text.length > maxResultCharacters)
          return { kind: 'outcome', outcome: 'error', problem: 'gave more than 1 MB' };
        return { kind: 'value', value: JSON.parse(text) as Json };
      } catch {
        return { kind: 'outcome', outcome: 'error', problem: 'gave something that is not JSON' };
      }
    },
  };
}

/** esbuild's own messages name a line of the designer's file; nothing in them comes from a caller. */
function loadProblem(error: unknown): string {
  const first = (error as { errors?: { text: string; location?: { line: number; column: number } | null }[] })
    .errors?.[0];
  if (first) return first.location ? `line ${String(first.location.line)}: ${first.text}` : first.text;
  return error instanceof Error ? `${error.name}: ${error.message.split('\n')[0] ?? ''}` : 'it failed';
}

/** Its class and code; the message may hold what a caller said. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an Error';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z_0-9]+$/.test(code) ? `${error.name} (${code})` : error.name;
}
