import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.js';
import { durableKinds, isThere } from '../../conformance/store-places.js';
import { hang, startToolServer } from '../../loopback/tools.js';

// Inside the package, so that the child finds its native parts.
const folder = mkdtempSync(join(packageRoot, 'node_modules', '.parley-kill-'));
const script = join(folder, 'kill-child.mjs');
const children = new Set<ChildProcess>();

beforeAll(() =>
  build({
    entryPoints: [join(packageRoot, 'test/engine/compile/kill-child.ts')],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['libsql', 'esbuild', 'pg', 'ioredis'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  }),
);
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Message {
  ready?: boolean;
  words?: string[];
  said?: string[];
  problems?: string[];
}

async function start(address: string, url: string, driver: string) {
  const child = fork(script, [address, url, driver], { silent: true });
  children.add(child);
  let errors = '';
  child.stderr!.on('data', (piece: Buffer) => (errors += piece.toString()));
  const next = (): Promise<Message> =>
    new Promise((resolve, reject) => {
      const exited = (): void => reject(new Error(`the child ended: ${errors}`));
      child.once('exit', exited);
      child.once('message', (message: Message) => {
        child.off('exit', exited);
        resolve(message);
      });
    });
  await next();
  return {
    turn(input: object, dieOnWords = false): Promise<Message> {
      const answer = next();
      child.send({ input, dieOnWords });
      return answer;
    },
    async kill(): Promise<void> {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      children.delete(child);
    },
  };
}

const open = { kind: 'open' };
const say = (text: string): object => ({ kind: 'utterance', text });

const cells = durableKinds.flatMap((kind) =>
  // One driver over the servers is enough: what a store must do is the same for both.
  (kind.variable === undefined ? ['turn', 'resident'] : ['resident']).map((driver) => ({
    kind,
    name: kind.name,
    driver,
  })),
);

describe.for(cells)('a process killed (SIGKILL), $name, $driver driver', ({ kind, driver }) => {
  beforeEach(({ skip }) => skip(!isThere(kind), `set ${kind.variable ?? ''}`));

  async function world(answers = {}) {
    const place = await kind.make();
    const server = await startToolServer(answers);
    return {
      server,
      start: () => start(place.address, server.url, driver),
      async end() {
        await server.close();
        await place.remove();
      },
    };
  }

  it('while idle: the next process goes on where it was', async () => {
    const { start, end } = await world();
    const first = await start();
    await first.turn(open);
    await first.turn(say('one'));
    await first.turn(say('two'));
    await first.kill();
    const second = await start();
    expect((await second.turn(open)).said).toEqual(['hello: Back again after 2.', 'listen']);
    expect((await second.turn(say('three'))).said).toEqual(['echo: You said three.', 'listen']);
    await second.kill();
    await end();
  });

  it('in the middle of a read: the read is made again, and its words come first', async () => {
    const { server, start, end } = await world({ '/find': hang });
    const first = await start();
    await first.turn(open);
    void first.turn(say('tool find')).catch(() => {});
    await server.received(1);
    await first.kill();
    server.answers['/find'] = { receipt: 'R1' };
    const second = await start();
    expect((await second.turn(open)).said).toEqual(['settled ok', 'result: ok {"receipt":"R1"}', 'listen']);
    expect(server.requests).toHaveLength(2);
    expect((await second.turn(say('next'))).said).toEqual(['echo: You said next.', 'listen']);
    await second.kill();
    await end();
  });

  it('in the middle of a write without a key: it is not sent again, and its fate is unknown', async () => {
    const { server, start, end } = await world({ '/pay': hang });
    const first = await start();
    await first.turn(open);
    void first.turn(say('write pay')).catch(() => {});
    await server.received(1);
    await first.kill();
    server.answers['/pay'] = { receipt: 'R1' };
    const second = await start();
    const { said, problems } = await second.turn(open);
    expect(said).toEqual(['settled unknown', 'result: unknown null', 'listen']);
    expect(problems).toEqual(['pay: was sent before a restart and never answered; it is not sent again']);
    expect(server.requests).toHaveLength(1);
    await second.kill();
    await end();
  });

  it('in the middle of a write with a key: it is sent again under the same key', async () => {
    const { server, start, end } = await world({ '/pay': hang });
    const first = await start();
    await first.turn(open);
    void first.turn(say('keyed pay')).catch(() => {});
    await server.received(1);
    await first.kill();
    server.answers['/pay'] = { receipt: 'R1' };
    const second = await start();
    expect((await second.turn(open)).said!.slice(0, 2)).toEqual(['settled ok', 'result: ok {"receipt":"R1"}']);
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-call-2', 'key-call-2']);
    await second.kill();
    await end();
  });

  it('just after words left it: they may be said again, the write before them is not sent again', async () => {
    const { server, start, end } = await world({ '/pay': { receipt: 'R1' } });
    const first = await start();
    await first.turn(open);
    expect((await first.turn(say('write pay'), true)).words).toEqual([
      'started',
      'settled ok',
      'result: ok {"receipt":"R1"}',
    ]);
    await first.kill();
    const second = await start();
    expect((await second.turn(open)).said).toEqual(['settled ok', 'result: ok {"receipt":"R1"}', 'listen']);
    expect(server.requests).toHaveLength(1);
    await second.kill();
    await end();
  });
});
