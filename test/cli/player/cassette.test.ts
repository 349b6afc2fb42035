import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runTests } from '../../../cli/player/run-tests.js';
import { openAiLoopback, type LoopbackOpenAi } from '../../loopback/openai.js';

const complain = (needs: string): string => `
flow: complain
slots: { topic: { type: text }, order: { type: integer } }
states:
  talk:
    generate:
      task: Find out what the complaint is about.
      fills: { topic: what it is about, order: its number }
      fallback: I'd like to note that down.
    transitions: [{ on: [error, gave_up], to: plain }]
    to: done
  plain: { say: I'll put it down as it is., hang_up: true }
  done: { say: "{{ topic }}, order {{ order }}.", hang_up: true }
---
test: tells what leaks
turns:
  - ${needs}
    expect: { said: [talk, talk], slots: { topic: null } }
  - say: my kettle leaks and it was order number forty four
    needs: llm
    expect: { said: [done, /kettle/], llm_calls: 1, ended: true }
`;

let server: LoopbackOpenAi | undefined;
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  server = undefined;
});

/** A model on loopback that answers from a table, named by the environment. */
async function serve(): Promise<LoopbackOpenAi> {
  server = await openAiLoopback(({ body }) =>
    body.messages.some(({ content }) => content.includes('kettle'))
      ? { kind: 'call', name: 'note_down', arguments: '{"topic":"a leaking kettle","order":"44"}' }
      : { kind: 'text', pieces: ['I am sorry. ', 'What happened?'] },
  );
  vi.stubEnv('OPENAI_BASE_URL', server.url);
  return server;
}

async function play(file: string, record = false) {
  const { results } = await runTests([file], { bail: false, realTools: false, seed: 0, record });
  return results.flatMap(({ failures }) => failures.map(({ turn, message }) => `${turn}: ${message}`));
}

function write(yaml: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'flow-cassette-')), 'one.yaml');
  writeFileSync(file, yaml);
  return file;
}

// Each play loads an agent and its router: on a loaded machine that is many times its second.
describe('a script with a model in it', { timeout: 120_000 }, () => {
  it('is recorded once with a real model, and then played without one', async () => {
    const file = write(complain('needs: llm'));
    const { seen } = await serve();
    expect(await play(file, true)).toEqual([]);
    expect(seen).toHaveLength(2);
    const cassette = readFileSync(file.replace('.yaml', '.cassette.json'), 'utf8');
    expect(cassette).toContain('a leaking kettle');
    vi.unstubAllEnvs();
    expect(await play(file)).toEqual([]);
    expect(seen).toHaveLength(2);
    expect(readFileSync(file.replace('.yaml', '.cassette.json'), 'utf8')).toBe(cassette);
  });

  it('fails where nothing was recorded, and says how to record it', async () => {
    const file = write(complain('needs: llm'));
    expect((await play(file)).join()).toMatch(/1: no recording answers .* flow test --record/);
    expect(existsSync(file.replace('.yaml', '.cassette.json'))).toBe(false);
  });

  it('fails where a turn asks that is not marked for it', async () => {
    await serve();
    expect(
      (await play(write(complain('at: 0ms').replace('  - at: 0ms\n    expect', '  - expect')), true)).join(),
    ).toMatch(/1: .*add "needs: llm"/);
  });

  it('fails with the file named when its cassette is none', async () => {
    const file = write(complain('needs: llm'));
    writeFileSync(file.replace('.yaml', '.cassette.json'), '[]x');
    expect((await play(file)).join()).toMatch(/one\.cassette\.json is no cassette/);
  });
});

it('lets the model judge a meaning where the script asks for it, once, and its cassette ever after', async () => {
  server = await openAiLoopback(({ body }) => ({
    kind: 'text',
    pieces: [body.messages.some(({ content }) => content.includes('1. It could not be sent.')) ? '1' : 'none'],
  }));
  vi.stubEnv('OPENAI_BASE_URL', server.url);
  const file = write(`
flow: pay
states: { tell: { say: It could not be sent., hang_up: true } }
---
test: tells that nothing was paid
turns:
  - needs: llm
    expect: { said: { meaning: the payment failed, judge: llm } }
---
test: never claims that it was paid
turns:
  - needs: llm
    expect: { said_not: { meaning: the payment failed, judge: llm } }
`);
  const recorded = await play(file, true);
  expect(recorded).toEqual([expect.stringContaining('said_not')]);
  const asked = server.seen.length;
  expect(asked).toBeGreaterThan(0);
  expect(await play(file)).toEqual(recorded);
  expect(server.seen).toHaveLength(asked);
}, 60_000);
