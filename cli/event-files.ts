import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../runtime/observe/log.js';

/** One file a call, `ID.jsonl`, readable by its owner only. A disk that is full costs the log and no call. */
export function eventFiles(
  folder: string,
  log: Log,
): (id: string) => { write: (line: string) => void; close: () => void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return (id) => {
    // An id may come from a caller's token: it names a file here and nothing else. Who comes back goes on in another one.
    const name = `${id.replace(/[^\w-]/g, '_')}-${String(Date.now())}.jsonl`;
    const file = createWriteStream(join(folder, name), { flags: 'ax', mode: 0o600 });
    let broken = false;
    file.on('error', (error) => {
      if (!broken) log.warn('events not kept', { call: id, problem: error.message });
      broken = true;
    });
    return {
      write: (line) => {
        if (!broken) file.write(`${line}\n`);
      },
      close: () => void file.end(),
    };
  };
}
