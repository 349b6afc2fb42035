import { join, resolve } from 'node:path';

/** Where what outlives a run is kept: `.parley` in the present folder, or `PARLEY_HOME`. */
export function homeFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env.PARLEY_HOME ? resolve(env.PARLEY_HOME) : join(process.cwd(), '.parley');
}

/** Where trained routers and what they were asked in vain are kept. */
export function routerFolder(home: string = homeFolder()): string {
  return join(home, 'router');
}

/** The store of dialogs: `PARLEY_STORE`, else an SQLite file in the home folder. */
export function storeAddress(home: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  return env.PARLEY_STORE || join(home, 'dialogs.sqlite');
}
