import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { shippedStaticModel } from './static-model.js';
import { encoderFolder, findTransformersModel, trouble } from './transformers.js';

export interface ModelHere {
  name: string;
  bytes: number;
  /** Undefined: any. */
  languages?: string[];
  /** The one that reads when none is named. */
  used: boolean;
  /** Why it cannot be used. */
  trouble?: string;
}

/** The sentence models on this machine, without opening them: the encoders in the models' folder, and the static one that ships. */
export function modelsOnThisMachine(): ModelHere[] {
  const folder = encoderFolder();
  const inside = (of: string): string[] => (existsSync(of) && statSync(of).isDirectory() ? readdirSync(of).sort() : []);
  const encoders = inside(folder).flatMap((org) =>
    inside(join(folder, org)).flatMap((name) => findTransformersModel({ id: `${org}/${name}` }) ?? []),
  );
  const used = findTransformersModel()?.id;
  const list: ModelHere[] = encoders.map((model) => ({
    name: model.id,
    bytes: bytesIn(join(model.folder, model.id)),
    languages: model.languages,
    used: model.id === used && !trouble(model),
    trouble: trouble(model),
  }));
  const { name, file, languages } = shippedStaticModel;
  return [...list, { name, bytes: statSync(file).size, languages, used: !list.some((model) => model.used) }];
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}
