/** A whole call that Google's recogniser hears: from the built files, which load its library when the call comes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silence } from '../fixtures/speech.js';
import { writeServiceAccount } from '../loopback/google-account.js';
import { soundOf, startGoogleSpeech, type LoopbackGoogleSpeech } from '../loopback/google-speech.js';
import { Browser } from './real-server.js';
import { ServeProcesses } from './serve-process.js';

const museum = `
agent: museum
language: en-IE
start: tickets
no_input_after: 60s
voice: { stt: google }
---
flow: tickets
title: your tickets
slots:
  count: { type: integer, ask: How many tickets? }
states:
  ask: { collect: [count], to: told }
  told: { say: "You get {{ count }} tickets.", to: end }
`;

const folder = mkdtempSync(join(tmpdir(), 'parley-google-call-'));
const processes = new ServeProcesses(folder);
let google: LoopbackGoogleSpeech;
beforeAll(async () => {
  google = await startGoogleSpeech();
  mkdirSync(join(folder, 'museum'));
  writeFileSync(join(folder, 'museum', 'agent.yaml'), museum);
});
afterAll(async () => {
  processes.killAll();
  await google.close();
  rmSync(folder, { recursive: true, force: true });
});

it('hears what the caller says, with a service account in the environment and nobody else to fall back on', async () => {
  const server = await processes.start(['museum'], {
    GOOGLE_STT_URL: google.url,
    GOOGLE_APPLICATION_CREDENTIALS: writeServiceAccount(folder),
    PARLEY_FALLBACK_STT: 'none',
  });
  const call = await Browser.dial(server.callUrl);
  // A line is never without sound.
  let waiting: Int16Array[] = [];
  const line = setInterval(() => {
    const frame = waiting.shift() ?? silence(20);
    call.send(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength));
  }, 20);
  try {
    await call.hears('How many tickets?', 15_000);
    const words = soundOf('four');
    waiting = Array.from({ length: Math.ceil(words.length / 160) }, (_, n) => words.slice(n * 160, n * 160 + 160));
    await call.hears('You get 4 tickets.', 15_000);
    expect(call.messages).toContainEqual(expect.objectContaining({ type: 'transcript', who: 'caller', text: 'four', final: true })); // prettier-ignore
  } finally {
    clearInterval(line);
  }
  expect(google.configs[0]).toMatchObject({ version: 2, languages: ['en-IE'], model: 'telephony' });
  expect(google.problems).toEqual([]);
  call.hangUp();
  await call.until(() => call.closed);
  expect(await server.end()).toBe(0);
}, 90_000);
