/** Twilio's own recording, where the operator wants it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { CarrierCall } from '../loopback/carrier.js';
import { TwilioTwin } from '../loopback/twilio.js';
import { startReal, type RealServer } from './real-server.js';
import { watchedWords } from './watched-words.js';

const door = `
flow: door
slots: { pin: { type: digits, sensitive: secret, ask: Your pin?, dtmf: { length: 4 } } }
states:
  hello: { say: Press one., transitions: [{ key: "1", to: ask }] }
  ask: { collect: pin, to: bye }
  bye: { say: Goodbye., hang_up: true }
`;

let twin: TwilioTwin;
let server: RealServer;
const words = watchedWords();
beforeAll(async () => {
  twin = await TwilioTwin.start();
  const { authToken, accountSid, apiBase } = twin;
  const env = { TWILIO_AUTH_TOKEN: authToken, TWILIO_ACCOUNT_SID: accountSid, TWILIO_API_BASE: apiBase, TWILIO_RECORD: 'on' }; // prettier-ignore
  server = await startReal({ agents: { door }, env, wrapDialog: words.wrap });
});
afterAll(async () => {
  await server.close();
  await twin.close();
});

it('is begun with the call, silent while a secret is asked for, and its address is in the record', async () => {
  const webhook = `${server.started.server.url}/twilio/voice`;
  const call = await CarrierCall.place({ webhook, authToken: twin.authToken });
  twin.calls.set(call.callSid, call);
  await words.said('Press one.');
  await eventually(() => twin.requests.some(({ path }) => path === `Calls/${call.callSid}/Recordings.json`));
  call.key('1');
  await words.said('Your pin?');
  const paused = () => twin.requests.filter(({ path }) => path.endsWith('Twilio.CURRENT.json')).map(({ form }) => form.get('Status')); // prettier-ignore
  await eventually(() => paused().includes('paused'));
  for (const digit of '1234') call.key(digit);
  await eventually(() => server.records.length === 1, 8000);
  expect(server.records[0]!.recordingUrl).toMatch(/\/Accounts\/AC\d+\/Recordings\/RE\w+$/);
  expect(twin.problems).toEqual([]);
}, 20_000);
