/** The kinds of models that `flow models` knows: what each needs, whether it works, which are here. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelHere } from '../../intents/embedder/models-here.js';
import { configOnHub, type HubModel, type ModelFiles } from './hub.js';

export interface ModelKind {
  files: ModelFiles;
  /** Opens it, and says what it does. @throws what is wrong with it */
  trial(model: { id: string; folder: string }): Promise<string>;
}

/** A sentence encoder, or a recogniser. */
export type ListedModel = ModelHere & { kind: 'encoder' | 'recogniser' };

/** What a model on the hub is: a Whisper by its config, else an encoder. */
export async function kindOnHub(model: HubModel): Promise<ModelKind> {
  const [{ isWhisper, whisperFiles }, { encoderFiles }] = await Promise.all([
    import('../../runtime/stt/whisper/model-files.js'),
    import('../../intents/embedder/transformers.js'),
  ]);
  return isWhisper(await configOnHub(model))
    ? { files: whisperFiles, trial: opensWhisper }
    : { files: encoderFiles, trial: readsSentence };
}

async function readsSentence({ id, folder }: { id: string; folder: string }): Promise<string> {
  const { findTransformersModel, openTransformersModel } = await import('../../intents/embedder/transformers.js');
  const embedder = await openTransformersModel(findTransformersModel({ id, folder })!);
  const startedAtMs = performance.now();
  await embedder.embed(['is anybody there']);
  const took = `${(performance.now() - startedAtMs).toFixed(1)} ms`;
  await embedder.close?.();
  return `works: ${embedder.dimensions} numbers in ${took}.`;
}

async function opensWhisper({ id, folder }: { id: string; folder: string }): Promise<string> {
  const { whisperStt } = await import('../../runtime/stt/whisper/whisper-stt.js');
  const startedAtMs = performance.now();
  const stt = whisperStt({ model: id, folder });
  try {
    await stt.warm!();
  } finally {
    stt.close!();
  }
  const took = `${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`;
  return `works: it was opened in ${took}. Agents hear with it by \`stt: whisper/${id}\`.`;
}

/** All that are on this machine, encoders first. */
export async function modelsHere(): Promise<ListedModel[]> {
  const [{ modelsOnThisMachine }, { encoderFolder }, { isWhisper, whisperModel }] = await Promise.all([
    import('../../intents/embedder/models-here.js'),
    import('../../intents/embedder/transformers.js'),
    import('../../runtime/stt/whisper/model-files.js'),
  ]);
  const folder = encoderFolder();
  return modelsOnThisMachine().map((model): ListedModel => {
    const config = join(folder, model.name, 'config.json');
    if (!existsSync(config) || !isWhisper(read(config))) return { ...model, kind: 'encoder' };
    const { name, bytes } = model;
    return {
      name,
      bytes,
      ...(name.endsWith('.en') ? { languages: ['en'] } : {}),
      used: false,
      ...troubleOf(() => whisperModel(name, folder)),
      kind: 'recogniser',
    };
  });
}

function read(file: string): Record<string, unknown> | undefined {
  try {
    return Object(JSON.parse(readFileSync(file, 'utf8'))) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function troubleOf(find: () => unknown): { trouble?: string } {
  try {
    find();
    return {};
  } catch (problem) {
    return { trouble: (problem as Error).message };
  }
}
