/** What callers typed, who they are and where they are put through to: in no log, no metric and, if secret, on no disk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { CarrierCall } from '../loopback/carrier.js';
import { Browser, startReal, type RealServer } from './real-server.js';

const pay = `
flow: pay
no_input_after: 120s
slots:
  pin: { type: digits, by: keys, sensitive: secret, dtmf: { length: 4 }, ask: Your PIN? }
  account: { type: digits, by: keys, dtmf: { length: 8 }, ask: Your account? }
states:
  ask: { collect: [pin, account], to: tell }
  tell: { say: "It is {{ account | spell }}.", to: desk }
  desk:
    transfer: { to: "{{ env.DESK }}", mode: cold }
    transitions: [{ on: [busy, no_answer, error], to: bye }]
  bye: { say: Nobody is there. Goodbye., hang_up: true }
`;

const pin = '7391';
const account = '40718265';
const from = '+4917098765432';
const to = '+18005550142';
const desk = '+4989123987654';
const authToken = '12345678901234567890123456789012';
const tokenSecret = 'a secret of thirty-two bytes or more';
const privateTo = [account, from, from.slice(1), to.slice(1), desk, desk.slice(1)];
const secret = [pin, authToken, tokenSecret];

let server: RealServer;
let callUrl: string;
beforeAll(async () => {
  server = await startReal({
    agents: { pay },
    keepMs: 86_400_000,
    record: true,
    env: { PARLEY_VAD: 'energy', DESK: desk, TWILIO_AUTH_TOKEN: authToken, PARLEY_TOKEN_SECRET: tokenSecret },
  });
  callUrl = server.callUrl;
});
afterAll(async () => {
  await server.close();
});

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesOf(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

describe('what is private to a caller', () => {
  it('is in no line of the log and in no metric, and a secret in no file, after whole calls by browser and by telephone', async () => {
    const browser = await Browser.dial(`${callUrl}?from=${encodeURIComponent(from)}`);
    await browser.hears('Your PIN?');
    for (const digit of pin) browser.key(digit);
    await browser.hears('Your account?');
    for (const digit of account) browser.key(digit);
    await browser.until(() => browser.closed, 20_000);

    const phone = await CarrierCall.place({
      webhook: `${server.started.server.url}/twilio/voice`,
      authToken,
      from,
      to,
    });
    const asked = (): number => server.records.length;
    await eventually(() => phone.audibleMs > 500);
    for (const digit of pin) phone.key(digit);
    const before = phone.audibleMs;
    await eventually(() => phone.audibleMs > before + 500);
    for (const digit of account) phone.key(digit);
    await eventually(() => asked() === 2, 20_000);
    await expect(Browser.refused(`${callUrl}?resume=${pin}${account}`)).resolves.toBe(401);

    const records = server.records.map((record) => JSON.stringify({ ...record, audio: undefined }));
    expect(records[0]).toContain('Nobody is there.');
    expect(records[1]).toContain('Nobody is there.');
    const log = server.lines.join('\n');
    expect(log).toContain('"event":"call ended"');
    expect(log).toContain('"reason":"no valid resume token"');
    const metrics = await (await fetch(`${server.started.server.url}/metrics`)).text();
    expect(metrics).toContain('voice_calls_total{transport="twilio",agent="pay",end="completed"} 1');
    for (const text of [...privateTo, ...secret]) {
      expect(log).not.toContain(text);
      expect(metrics).not.toContain(text);
    }
    await eventually(
      () => readdirSync(join(server.home, 'records')).filter((name) => name.endsWith('.json')).length === 2,
    );
    for (const record of records) expect(record).not.toContain(pin);
    for (const file of filesOf(server.home)) {
      const bytes = readFileSync(file, file.endsWith('.wav') ? 'latin1' : 'utf8');
      for (const text of secret) expect(bytes.includes(text), `${text} in ${file}`).toBe(false);
    }
  }, 60_000);
});
