import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../cli/program.js';
import { TwilioTwin } from '../loopback/twilio.js';

let twin: TwilioTwin;
const folder = mkdtempSync(join(tmpdir(), 'parley-dial-'));
const agent = join(folder, 'remind.flow.yaml');
beforeAll(async () => {
  writeFileSync(agent, 'flow: remind\nlisten: [{ on: machine, to: message }]\nstates:\n  hello: { say: Hello., hang_up: true }\n  message: { say: Please call us back., hang_up: true }\n'); // prettier-ignore
  twin = await TwilioTwin.start();
  for (const [name, value] of Object.entries({ TWILIO_AUTH_TOKEN: twin.authToken, TWILIO_ACCOUNT_SID: twin.accountSid, TWILIO_API_BASE: twin.apiBase, PARLEY_HOME: folder })) vi.stubEnv(name, value); // prettier-ignore
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await twin.close();
  rmSync(folder, { recursive: true, force: true });
});

async function flow(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const caught = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      caught[name === 'stdout' ? 'out' : 'err'] += String(text);
      return true;
    }),
  );
  try {
    return { code: await runCommand(argv), ...caught };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

describe('flow dial', () => {
  it('says how a call went that nobody took, and exits 1', async () => {
    twin.callee = 'busy';
    const { code, out } = await flow('dial', '+353 87 000 0001', '--agent', agent, '--from', '+35315550000', '--port', '0', '--json'); // prettier-ignore
    expect(JSON.parse(out)).toMatchObject({ ended: 'busy', turns: [] });
    expect(code).toBe(1);
  }, 30_000);

  it('exits 2 for a number that is not called, and asks no carrier', async () => {
    twin.requests.length = 0;
    const premium = await flow('dial', '+19005550199', '--agent', agent, '--from', '+35315550000', '--port', '0');
    expect(premium).toMatchObject({ code: 2, err: expect.stringContaining('charges whoever calls') as string });
    expect(await flow('dial', '+353870000001', '--agent', agent, '--port', '0')).toMatchObject({ code: 2 });
    expect(twin.requests).toEqual([]);
  }, 30_000);
});
