/** Back ends and speech services that refuse, hang, lie or die under a running call; another call goes on beside. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RealClock } from '../../engine/clock.js';
import { Phone, type PhoneMessage } from '../../cli/caller/phone.js';
import { eventually, tone } from '../conformance/line.js';
import { loopbackKey as cartesiaKey, startCartesia, type LoopbackCartesia } from '../loopback/cartesia.js';
import { loopbackKey as deepgramKey, startDeepgram, type LoopbackDeepgram } from '../loopback/deepgram.js';
import { hang, startToolServer, status } from '../loopback/tools.js';
import { Browser, CallBeside, menu, startReal, type RealServer } from './real-server.js';

const warnings = (server: RealServer): Record<string, unknown>[] =>
  server.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ level }) => level !== 'info');

describe('a tool', () => {
  const tool = (name: string, more = ''): string =>
    `  ${name}: { effect: read, input: {}, output: { n: integer }, timeout: 700ms, retries: 0, http: { get: "{{ env.SHOP_URL }}/${name}" }${more} }`;
  const faults = ['hangs', 'fails', 'page', 'lies', 'empty', 'cuts', 'large', 'half', 'polluted'] as const;
  const shop = `
flow: shop
no_input_after: 120s
tools:
${faults.map((name) => tool(name)).join('\n')}
  throws: { effect: read, input: {}, output: { n: integer }, code: ./tools.js#throws }
  rejects: { effect: read, input: {}, output: { n: integer }, code: ./tools.js#rejects }
  sleeps: { effect: read, input: {}, output: { n: integer }, code: ./tools.js#sleeps, timeout: 500ms }
  circular: { effect: read, input: {}, output: { n: integer }, code: ./tools.js#circular }
states:
  choose:
    say: Choose.
    transitions:
      - { key: "0", to: bare }
${[...faults, 'throws', 'rejects', 'sleeps', 'circular'].map((name, at) => `      - { key: "${'123456789*ABC'[at]!}", to: do_${name} }`).join('\n')}
${[...faults, 'throws', 'rejects', 'sleeps', 'circular']
  .map(
    (name) =>
      `  do_${name}: { call: ${name}, transitions: [{ on: timeout, to: slow }, { on: error, to: sorry }], to: fine }`,
  )
  .join('\n')}
  bare: { call: fails, to: fine }
  slow: { say: That takes too long., to: choose }
  sorry: { say: The shop does not answer., to: choose }
  fine: { say: It worked., to: choose }
`;
  let back: Awaited<ReturnType<typeof startToolServer>>;
  let server: RealServer;
  let beside: CallBeside;

  beforeAll(async () => {
    back = await startToolServer({
      '/hangs': hang,
      '/fails': status(500, { secret: 'stack of 4471' }),
      '/page': status(200, '<html>4471</html>', 'text/html'),
      '/lies': { n: 'many 4471' },
      '/empty': status(200, ''),
      '/cuts': (_request, response) => response.destroy(),
      '/large': status(200, `{"n":1,"x":"${'4471'.repeat(500_000)}"}`),
      '/half': (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"n":');
        setTimeout(() => response.destroy(), 20);
      },
      '/polluted': status(200, '{"__proto__":{"n":1,"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    });
    server = await startReal({
      agents: {
        menu,
        shop: {
          'shop.flow.yaml': shop,
          'tools.js': `
            export function throws() { throw new Error('the caller said 4471'); }
            export async function rejects() { return Promise.reject({ said: '4471' }); }
            export async function sleeps() { await new Promise(() => {}); }
            export function circular() { const a = { n: 1 }; a.a = a; return a; }`,
        },
      },
      env: { PARLEY_VAD: 'energy', SHOP_URL: back.url },
    });
    beside = await CallBeside.open(server.callUrl);
  });
  afterAll(async () => {
    await server.close();
    await back.close();
  });

  it.each([
    ['hangs', '1', 'That takes too long.', 'hangs: no answer within 700 ms'],
    ['answers 500', '2', 'The shop does not answer.', 'fails: HTTP 500'],
    ['answers a page', '3', 'The shop does not answer.', 'page: answered HTTP 200 with something that is not JSON'],
    ['answers what was not declared', '4', 'The shop does not answer.', 'lies: '],
    ['closes the socket', '6', 'The shop does not answer.', 'cuts: not reached'],
    ['answers without end', '7', 'The shop does not answer.', 'large: answered with more than 1 MB'],
    ['breaks off', '8', 'The shop does not answer.', 'half: the connection broke in mid-answer'],
    ['throws', '*', 'The shop does not answer.', 'throws: its code threw Error'],
    [
      'rejects with no error',
      'A',
      'The shop does not answer.',
      'rejects: its code threw something that is not an Error',
    ],
    ['never ends', 'B', 'That takes too long.', 'sleeps: no answer within 500 ms'],
    ['gives what is no JSON', 'C', 'The shop does not answer.', 'circular: gave something that is not JSON'],
    ['fails where the flow has no words for it', '0', /./, 'fails: HTTP 500'],
  ])('that %s: the caller hears the flow’s words, the log has one line', async (_, key, words, problem) => {
    server.lines.length = 0;
    const caller = await Browser.dial(`${server.callUrl}?agent=shop`);
    await caller.hears('Choose.');
    const before = caller.said.length;
    caller.key(key);
    await caller.until(() => caller.said.length > before);
    expect(caller.said[before]).toMatch(words);
    await beside.isUndisturbed();
    const lines = warnings(server);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ event: 'dialog', call: caller.id });
    expect(lines[0]!.problem).toContain(problem);
    expect(server.lines.join('\n')).not.toContain('4471');
    caller.hangUp();
    await caller.until(() => caller.closed);
  });

  it('that answers with __proto__ changes no object but its own', async () => {
    const caller = await Browser.dial(`${server.callUrl}?agent=shop`);
    await caller.hears('Choose.');
    caller.key('9');
    await caller.until(() => caller.said.length > 1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { n?: unknown }).n).toBeUndefined();
    caller.hangUp();
    await caller.until(() => caller.closed);
  });
});

describe('speech services', () => {
  const vendors = {
    'agent.yaml':
      'agent: vendors\nlanguage: en-IE\nstart: ask\nno_input_after: 60s\nvoice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }\n',
    'ask.flow.yaml': `
flow: ask
states:
  ask: { say: Shall I go on?, transitions: [{ intent: yes, to: more }, { key: "1", to: keyed }, { key: "2", to: new_one }, { key: "3", to: long }] }
  more: { say: "Then I go on, and on.", to: ask }
  keyed: { say: You pressed one., to: ask }
  # Said once in this file: what was said before comes from memory.
  new_one: { say: Nobody has said this before., to: new_two }
  new_two: { say: Nor has anybody said this., to: ask }
  long: { say: "This is a sentence of more than a few words.", to: ask }
`,
  };
  /** Seconds of the sound that the recogniser was sent. */
  const saidAtS = 1.5;
  const yesPlease = {
    words: [
      { word: 'yes', start: saidAtS, end: saidAtS + 0.3 },
      { word: 'please', start: saidAtS + 0.35, end: saidAtS + 0.7 },
    ],
  };
  let deepgram: LoopbackDeepgram;
  let cartesia: LoopbackCartesia;
  let server: RealServer;
  let beside: CallBeside;
  let firstLines: string[];
  const clock = new RealClock();

  beforeAll(async () => {
    deepgram = await startDeepgram();
    cartesia = await startCartesia();
    // The service refuses when the server starts, and not any more when the first call comes.
    cartesia.fault = { kind: 'refuse', status: 401 };
    server = await startReal({
      agents: { menu, vendors },
      env: {
        PARLEY_VAD: 'energy',
        DEEPGRAM_URL: deepgram.url,
        DEEPGRAM_API_KEY: deepgramKey,
        CARTESIA_URL: cartesia.url,
        CARTESIA_API_KEY: cartesiaKey,
        PARLEY_FALLBACK_STT: 'none',
      },
    });
    firstLines = [...server.lines];
    beside = await CallBeside.open(server.callUrl);
  });
  beforeEach(() => {
    server.lines.length = 0;
    server.records.length = 0;
    cartesia.requests.length = 0;
    deepgram.connections.length = 0;
    deepgram.script = [];
  });
  afterEach(() => {
    deepgram.fault = undefined;
    cartesia.fault = undefined;
  });
  afterAll(async () => {
    await server.close();
    await deepgram.close();
    await cartesia.close();
  });

  interface Caller {
    phone: Phone;
    said: string[];
    heard: string[];
    hangUp(): Promise<void>;
  }
  async function call(): Promise<Caller> {
    const said: string[] = [];
    const heard: string[] = [];
    const phone = await Phone.dial(`${server.callUrl}?agent=vendors`, {
      clock,
      onMessage: ({ type, who, text, final }: PhoneMessage) => {
        if (type === 'transcript' && final === true) (who === 'agent' ? said : heard).push(String(text));
      },
    });
    const hangUp = async (): Promise<void> => {
      phone.hangUp();
      await eventually(() => server.records.length === 1);
    };
    return { phone, said, heard, hangUp };
  }
  /** Speaks where the recogniser's script has its words. */
  async function sayYes({ phone }: Caller): Promise<void> {
    await phone.until(() => (deepgram.connections.at(-1)?.audioS ?? 0) >= saidAtS - 0.05, 8000);
    await phone.say(tone(7200, 300).map((sample, at) => sample * Math.abs(Math.sin(at / 400))));
  }
  const cured = (line: Record<string, unknown> | undefined, key: string): void => {
    expect(line?.problem).toContain('401');
    expect(line?.problem).toContain(`Set ${key}`);
  };

  it('that refuse keep no server from starting: one of its first lines says so, with the cure', () => {
    const lines = firstLines.filter((line) => line.includes('401'));
    expect(lines).toEqual([expect.stringMatching(/^Speech: cartesia: .*Set CARTESIA_API_KEY/)]);
  });

  it('hear and speak a whole call', async () => {
    deepgram.script = [yesPlease];
    const caller = await call();
    await sayYes(caller);
    expect(await caller.phone.until(() => caller.said.length >= 3, 8000)).toBe(true);
    await caller.hangUp();
    expect(caller.heard).toEqual(['yes please']);
    expect(caller.said[1]).toBe('Then I go on, and on.');
    expect(cartesia.requests.map(({ transcript }) => transcript)).toContain('Shall I go on?');
    expect(deepgram.problems).toEqual([]);
    expect(cartesia.problems).toEqual([]);
    expect(warnings(server)).toEqual([]);
    expect(server.lines.join('\n')).not.toMatch(/yes please/);
    // B92: what the services counted themselves; an agent's own sentences are said again from memory.
    const usage = Object.fromEntries(server.records[0]!.usage!.map(({ who, amount }) => [who, amount]));
    const characters = cartesia.requests.reduce((sum, { transcript }) => sum + String(transcript).length, 0);
    expect(usage.cartesia).toBe(characters);
    expect(usage.deepgram).toBeCloseTo(deepgram.connections[0]!.audioS, 0);
  });

  it('that will not listen (401): the caller hears so, keys still work, one line says the cure', async () => {
    deepgram.fault = { kind: 'refuse', status: 401 };
    const caller = await call();
    expect(await caller.phone.until(() => caller.said.some((text) => text.includes("can't hear you")), 5000)).toBe(
      true,
    );
    caller.phone.key('1');
    expect(await caller.phone.until(() => caller.said.includes('You pressed one.'), 5000)).toBe(true);
    await beside.isUndisturbed();
    await caller.hangUp();
    expect(warnings(server)).toHaveLength(1);
    cured(warnings(server)[0], 'DEEPGRAM_API_KEY');
  });

  it('that die while they listen: they are called again, and the caller is heard', async () => {
    deepgram.script = [yesPlease];
    deepgram.fault = { kind: 'drop', afterS: 0.5, times: 1 };
    const caller = await call();
    await caller.phone.until(() => deepgram.connections.length === 2, 8000);
    await sayYes(caller);
    expect(await caller.phone.until(() => caller.heard.includes('yes please'), 8000)).toBe(true);
    await beside.isUndisturbed();
    await caller.hangUp();
    expect(warnings(server)).toMatchObject([{ event: 'recogniser lost, connecting again' }]);
  });

  it('that die in mid-sentence: the other voice says the rest', async () => {
    const caller = await call();
    await caller.phone.until(() => caller.said.includes('Shall I go on?') && caller.phone.agentSilentMs > 300, 5000);
    cartesia.fault = { kind: 'drop', afterChunks: 5, times: 1 };
    caller.phone.key('3');
    expect(
      await caller.phone.until(() => caller.said.filter((text) => text === 'Shall I go on?').length === 2, 12_000),
    ).toBe(true);
    await beside.isUndisturbed();
    await caller.hangUp();
    const whole = 'This is a sentence of more than a few words.';
    // The rest is told as a sentence of its own.
    expect(caller.said[1]).toBe(whole);
    expect(whole.endsWith(caller.said[2]!)).toBe(true);
    expect(warnings(server)).toMatchObject([{ event: 'voice failed', again: true }]);
  });

  // The last: after it the service is left alone for half a minute.
  it('that will not speak (401): the other voice does, and one line says the cure', async () => {
    cartesia.fault = { kind: 'refuse', status: 401 };
    // The connection of the calls before has to go.
    await cartesia.hangUp();
    const caller = await call();
    expect(await caller.phone.until(() => caller.phone.agentAudibleMs > 0, 5000)).toBe(true);
    caller.phone.key('2');
    expect(
      await caller.phone.until(() => caller.said.filter((text) => text === 'Shall I go on?').length === 2, 9000),
    ).toBe(true);
    await beside.isUndisturbed();
    await caller.hangUp();
    expect(caller.said.slice(1, -1)).toEqual(['Nobody has said this before.', 'Nor has anybody said this.']);
    expect(cartesia.requests).toEqual([]);
    expect(warnings(server)).toHaveLength(1);
    cured(warnings(server)[0], 'CARTESIA_API_KEY');
  });
});
