/** A server or a caller that cannot start says why and is gone: whoever watches the process must not take it for one that runs. */
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.js';
import { flow } from './flow-command.js';

const hello = join(packageRoot, 'flows', 'hello');
const taken = createServer();
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'parley-start-'));
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  taken.close();
  rmSync(home, { recursive: true, force: true });
});

describe('a command that cannot start ends by itself', () => {
  const port = (): string => String((taken.address() as AddressInfo).port);
  it.each<[string, () => string[], Record<string, string>, number, RegExp]>([
    [
      'a port that is taken',
      () => ['serve', hello, '--port', port()],
      {},
      2,
      /^port \d+ is taken; give another with --port$/m,
    ],
    [
      'a port for metrics that is taken',
      () => ['serve', hello, '--port', '0', '--metrics-port', port()],
      {},
      2,
      /--metrics-port/,
    ],
    [
      'a secret that is too short',
      () => ['serve', hello, '--port', '0'],
      { PARLEY_TOKEN_SECRET: 'short' },
      2,
      /^the token secret \(PARLEY_TOKEN_SECRET\) has to have at least 32 bytes/m,
    ],
    [
      'a caller with a voice that there is not',
      () => ['call', hello, '--voice', 'nobody'],
      {},
      2,
      /"nobody" does not exist\. Use one of /,
    ],
  ])(
    '%s',
    async (_, args, env, code, says) => {
      const ran = await flow(args(), { env: { PARLEY_HOME: home, ...env } });
      expect(ran.stderr).toMatch(says);
      expect(ran.code).toBe(code);
    },
    60_000,
  );
});
