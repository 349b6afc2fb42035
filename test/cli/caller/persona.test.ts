import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlacedCall } from '../../../cli/caller/place.js';
import { startModelServer, type ModelServerRequest } from '../../loopback/model.js';
import { flow } from '../flow-command.js';

describe('a caller without a script', () => {
  let home: string;
  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'parley-persona-'));
    await flow(['new', 'agent'], { cwd: home });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const isPersonas = ({ body }: ModelServerRequest): boolean =>
    body.messages?.[0]?.content.includes('You are a person on the telephone: an early riser') ?? false;

  it('says what a model gives it, without what is not spoken, and hangs up when it has what it called for', async () => {
    const lines = ['"What are your opening hours?" (impatient)', 'HANG UP'];
    const server = await startModelServer((reply, request) => {
      const line = isPersonas(request) ? lines.shift() : undefined;
      if (line === undefined) return reply.fail(500);
      reply.text(line);
      reply.end();
    });
    try {
      const ran = await flow(['call', join(home, 'agent'), '--persona', 'an early riser', '--json'], {
        env: { PARLEY_HOME: home, OPENAI_BASE_URL: server.url, PARLEY_LLM: 'small' },
      });
      const placed = JSON.parse(ran.stdout) as PlacedCall;
      expect(placed).toMatchObject({ ok: true, turns: [{ said: 'What are your opening hours?' }] });
      expect(placed.latency.gap!.count).toBe(1);
      expect(ran.code).toBe(0);
      const [first, second] = server.requests.filter(isPersonas).map(({ body }) => body.messages!);
      expect(first!.at(-1)).toMatchObject({
        role: 'user',
        content: expect.stringContaining('call you back') as string,
      });
      expect(second!.map(({ role }) => role).slice(1, 3)).toEqual(['user', 'assistant']);
      expect(second!.at(-1)!.role).toBe('user');
    } finally {
      await server.close();
    }
  }, 90_000);

  it('needs a model, and says which setting names one; a script cannot be spoken beside it', async () => {
    const alone = await flow(['call', join(home, 'agent'), '--persona', 'anybody'], { env: { PARLEY_HOME: home } });
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('set OPENAI_API_KEY or OPENAI_BASE_URL')]);
    const both = await flow(['call', join(home, 'agent'), '--persona', 'anybody', '--test', 'hours']);
    expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('leave --test away')]);
  }, 60_000);
});
