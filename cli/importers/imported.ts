/** What every importer gives, whatever the file was made for. */

/** One piece of an example; `entity` where the file marks it as a value. */
export interface Piece {
  text: string;
  entity?: string;
  /** Our slot type that the entity's own type comes to; undefined: none fits, or the file does not say. */
  type?: string;
}

/** Something of a file that was not taken over. */
export interface Left {
  file: string;
  what: string;
  why: string;
}

export interface ImportedIntent {
  name: string;
  /** The tag of its examples' language, where the export says it. */
  language?: string;
  examples: Piece[][];
}

export interface Imported {
  format: string;
  intents: ImportedIntent[];
  left: Left[];
}

/** A file of an export, read; `path` is relative to the export's folder or archive, with `/`. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface Importer {
  /** Undefined when the file is nothing of this format's. `others`: all that was given, by path. */
  read(file: SourceFile, content: unknown, others: ReadonlyMap<string, SourceFile>): Imported | undefined;
}

/** A record, or undefined for anything else. */
export function recordIn(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

export function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** JSON of another file; undefined when it is not there or no JSON. */
export function jsonAt(others: ReadonlyMap<string, SourceFile>, path: string): unknown {
  const file = others.get(path);
  if (!file) return undefined;
  try {
    return JSON.parse(file.text);
  } catch {
    return undefined;
  }
}
