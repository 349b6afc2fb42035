/** What callers typed, who they are and where they are put through to: in no log, no metric and, if secret, on no disk. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personalOf } from '../../cli/caller/call-command.js';
import { CallJudge } from '../../cli/caller/judge.js';
import { placeScript } from '../../cli/caller/place.js';
import { coloursFor } from '../../cli/terminal.js';
import { RealClock } from '../../engine/clock.js';
import type { Dialog } from '../../engine/contracts.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { eventually } from '../conformance/line.js';
import { replayEvents } from '../../runtime/call/event-log.js';
import { CarrierCall } from '../loopback/carrier.js';
import { Browser, startReal, type RealServer } from './real-server.js';

const pay = `
flow: pay
no_input_after: 120s
slots:
  pin: { type: digits, by: keys, sensitive: secret, dtmf: { length: 10 }, ask: Your PIN? }
  member: { type: digits, sensitive: pii, dtmf: { length: 9 }, ask: Your member number? }
  account: { type: digits, by: keys, dtmf: { length: 8 }, ask: Your account? }
states:
  ask: { collect: [pin, member, account], to: tell }
  tell: { say: "Member {{ member | spell }}. It is {{ account | spell }}.", to: desk }
  desk:
    transfer: { to: "{{ env.DESK }}", mode: cold }
    transitions: [{ on: [busy, no_answer, error], to: bye }]
  bye: { say: Nobody is there. Goodbye., hang_up: true }
`;

/** Long enough to stand in no time and no id by chance. */
const pin = '7391526840';
const member = '480915263';
const account = '40718265';
const from = '+4917098765432';
const to = '+18005550142';
const desk = '+4989123987654';
const authToken = '12345678901234567890123456789012';
const tokenSecret = 'a secret of thirty-two bytes or more';
const chatKey = 'a key of the test, long enough';
const privateTo = [account, member, from, from.slice(1), to.slice(1), desk, desk.slice(1)];
const secret = [pin, authToken, tokenSecret];

/** Also digit by digit, as it is said. */
const holds = (text: string, value: string): boolean =>
  text.includes(value) || new RegExp([...value.replace(/^\+/, '')].join('[ ,]{1,2}')).test(text);

const visit = `
flow: visit
slots: { member: { type: digits, pattern: "[0-9]{9}", sensitive: pii, ask: Your member number? } }
states:
  ask: { collect: member, to: more }
  more: { say: Thank you. Anything else?, transitions: [{ intent: no, to: bye }] }
  bye: { say: Goodbye., hang_up: true }
`;

const door = `
flow: door
slots:
  pin: { type: digits, pattern: "[0-9]{4}", sensitive: secret, ask: What is your pin? }
  member: { type: digits, pattern: "[0-9]{4}", sensitive: pii, ask: What is your number? }
states:
  ask: { collect: [pin, member], to: bye }
  bye: { say: "Member {{ member | spell }}. Goodbye.", hang_up: true }
---
test: says who it is
turns:
  - say: seven seven two one
  - say: four one seven two
    expect: { slots: { member: "6655" }, ended: true }
`;

let watch: ((dialog: Dialog) => Dialog) | undefined;
let server: RealServer;
let callUrl: string;
beforeAll(async () => {
  server = await startReal({
    agents: { pay, visit, door },
    wrapDialog: (dialog) => watch?.(dialog) ?? dialog,
    keepMs: 86_400_000,
    record: true,
    env: {
      PARLEY_VAD: 'energy',
      DESK: desk,
      TWILIO_AUTH_TOKEN: authToken,
      PARLEY_TOKEN_SECRET: tokenSecret,
      PARLEY_CHAT_KEY: chatKey,
    },
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
    await browser.hears('Your member number?');
    for (const digit of member) browser.key(digit);
    await browser.hears('Your account?');
    for (const digit of account) browser.key(digit);
    await browser.until(() => browser.closed, 30_000);

    const phone = await CarrierCall.place({
      webhook: `${server.started.server.url}/twilio/voice`,
      authToken,
      from,
      to,
    });
    const asked = (): number => server.records.length;
    await eventually(() => phone.audibleMs > 500);
    for (const keyed of [pin, member, account]) {
      const before = phone.audibleMs;
      for (const digit of keyed) phone.key(digit);
      if (keyed !== account) await eventually(() => phone.audibleMs > before + 500);
    }
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
    // The page shows the caller's own words to the caller alone; of those no secret, and the slot's name for the rest.
    const page = JSON.stringify(browser.messages);
    expect(page).toContain('Member [member].');
    for (const text of [pin, member]) expect(holds(page, text)).toBe(false);
    const events = filesOf(join(server.home, 'events')).map((file) => readFileSync(file, 'utf8'));
    expect(events).toHaveLength(2);
    for (const text of [...privateTo, ...secret]) {
      for (const kept of [log, metrics, ...events]) expect(holds(kept, text), text).toBe(false);
    }
    // Nor a word that the agent said, in which there might be one.
    for (const kept of events) {
      expect(kept).toContain('"id":"pay/tell"');
      expect(kept).not.toMatch(/Nobody|Goodbye|PIN/);
      expect(replayEvents(kept.split('\n'))).toMatchObject({ kind: 'same' });
    }
    await eventually(
      () => readdirSync(join(server.home, 'records')).filter((name) => name.endsWith('.json')).length === 2,
    );
    for (const record of records) for (const text of [pin, member]) expect(holds(record, text)).toBe(false);
    for (const file of filesOf(server.home)) {
      const bytes = readFileSync(file, file.endsWith('.wav') ? 'latin1' : 'utf8');
      for (const text of secret) expect(bytes.includes(text), `${text} in ${file}`).toBe(false);
    }
  }, 60_000);

  it('is in no record of a conversation by text, also where it was understood only later', async () => {
    const before = server.records.length;
    const ask = async (content: string): Promise<void> => {
      const answer = await fetch(`${server.started.server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${chatKey}`,
          'x-conversation-id': 'private',
        },
        body: JSON.stringify({ model: 'visit', messages: [{ role: 'user', content }] }),
      });
      expect(answer.status).toBe(200);
    };
    await ask('hello');
    await ask('four eight oh nine one five two six three, that is me');
    await ask(`you have it, ${member}, and nothing more`);
    await ask('no');
    await eventually(() => server.records.length > before);
    const record = JSON.stringify(server.records.at(-1));
    expect(record).toContain('[member]');
    expect(holds(record, member)).toBe(false);
    expect(record).not.toMatch(/eight oh nine/);
  });

  it('is neither on the page of a call by script, nor in its verdict', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-page-'));
    try {
      const agent = server.started.agents.find((one) => one.agent.name === 'door')!;
      const clock = new RealClock();
      const judge = new CallJudge('en');
      watch = (dialog) => judge.watch(dialog);
      const printed: string[] = [];
      const placed = await placeScript({
        url: `${callUrl}?agent=door`,
        script: agent.tests[0]!,
        judge,
        personal: personalOf(agent.agent, clock),
        agentName: 'door',
        language: 'en',
        voice: embeddedTts({ voice: 'rms' }),
        voiceName: 'rms',
        clock,
        folder,
        print: (line) => void printed.push(line),
        paint: coloursFor({ isTTY: false } as never),
      });
      expect(placed.turns.map(({ said }) => said)).toEqual(['•••', '[member]']);
      // The script expects another member, so that its verdict is about the value.
      expect(placed.troubles.join()).toContain('[member]');
      const page = readFileSync(placed.files.page, 'utf8');
      const [, verdict, table] = /<ul([^]*?)<\/ul>[^]*<h2>Words([^]*?)<\/table>/.exec(page)!;
      const words = printed.filter((line) => /agent|caller/.test(line));
      const all = [verdict, table, ...words, placed.troubles, JSON.stringify({ ...placed, turns: [] })].join('\n');
      expect(all).toContain('Member [member].');
      expect(all).not.toMatch(/four (one|two)|seven|4 ?1 ?7 ?2|7 ?7 ?2 ?1/i);
    } finally {
      watch = undefined;
      rmSync(folder, { recursive: true, force: true });
    }
  }, 90_000);
});
