/** Calls over WebRTC whose connection changes beneath them, or breaks: PATCH, and coming back by the token. */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { iceNamesIn } from '../../runtime/transports/sdp.js';
import { silence } from '../fixtures/speech.js';
import { RtcCaller } from '../loopback/rtc-caller.js';
import { startStun } from '../loopback/stun.js';
import { Browser, CallBeside, startReal, type RealServer } from './real-server.js';

/** Driven by keys, so that nothing depends on what is understood. */
const desk = `
flow: desk
title: your booking
no_input_after: 120s
slots:
  seats: { type: digits, ask: How many seats?, dtmf: { length: 2 } }
  day: { type: digits, ask: Which day?, dtmf: { length: 2 } }
states:
  ask: { collect: [seats, day], to: done }
  done: { say: "{{ seats }} seats on day {{ day }}.", transitions: [{ key: "1", to: bye }] }
  bye: { say: Goodbye then., hang_up: true }
`;
const menu = 'flow: menu\nno_input_after: 120s\nstates:\n  ask: { say: Press one., transitions: [{ key: "1", to: thanks }] }\n  thanks: { say: Thank you., to: ask }\n'; // prettier-ignore
const fragmentType = 'application/trickle-ice-sdpfrag';

let server: RealServer;
const callers: RtcCaller[] = [];
beforeAll(async () => {
  server = await startReal({ agents: { desk, menu }, env: { PARLEY_VAD: 'energy' } });
});
afterEach(async () => {
  for (const caller of callers.splice(0)) await caller.vanish();
});
afterAll(() => server.close());

interface Dialled {
  caller: RtcCaller;
  address: string;
  tag: string;
}

const url = (path: string): string => `${server.started.server.url}${path}`;
const post = async (query = '?agent=desk'): Promise<{ caller: RtcCaller; response: Response }> => {
  const caller = new RtcCaller();
  callers.push(caller);
  const response = await fetch(url(`/webrtc/offer${query}`), {
    method: 'POST',
    body: await caller.offer(),
    headers: { 'content-type': 'application/sdp' },
  });
  return { caller, response };
};
async function dial(query?: string): Promise<Dialled> {
  const { caller, response } = await post(query);
  expect(response.status).toBe(201);
  await caller.answered(await response.text());
  return { caller, address: response.headers.get('location')!, tag: response.headers.get('etag')! };
}
const patch = (address: string, body: string, match?: string, type = fragmentType): Promise<Response> =>
  fetch(url(address), {
    method: 'PATCH',
    body,
    headers: { 'content-type': type, ...(match !== undefined && { 'if-match': match }) },
  });
async function restart({ caller, address }: Dialled): Promise<string> {
  const response = await patch(address, await caller.restart(), '*');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain(fragmentType);
  await caller.restarted(await response.text());
  return response.headers.get('etag')!;
}
const hears = (caller: RtcCaller, words: string, times = 1): Promise<void> =>
  caller.until(() => caller.said.filter((text) => text.includes(words)).length >= times);
const press = (caller: RtcCaller, digits: string): void => {
  for (const digit of digits) caller.press(digit);
};
const recordsOf = (caller: RtcCaller) => server.records.filter(({ id }) => id === caller.id);
const over = async (caller: RtcCaller, times = 1): Promise<void> => {
  await expect.poll(() => recordsOf(caller).length, { timeout: 15_000 }).toBe(times);
};

/** A check that nominates where it comes from (RFC 8445, 7.1): signed, or not at all. */
function checkOf(names: string, password: string | undefined): Buffer {
  const attribute = (type: number, value: Buffer): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(value.length, 2);
    return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
  };
  const useCandidate = 0x0025;
  const attributes = [attribute(0x0006, Buffer.from(names)), attribute(0x802a, randomBytes(8)), attribute(useCandidate, Buffer.alloc(0))]; // prettier-ignore
  const of = (bytes: number): Buffer => {
    const head = Buffer.concat([Buffer.from('000100002112a442', 'hex'), id]);
    head.writeUInt16BE(bytes, 2);
    return head;
  };
  const id = randomBytes(12);
  const body = Buffer.concat(attributes);
  if (password === undefined) return Buffer.concat([of(body.length), body]);
  const signature = createHmac('sha1', password).update(Buffer.concat([of(body.length + 24), body])).digest(); // prettier-ignore
  return Buffer.concat([of(body.length + 24), body, attribute(0x0008, signature)]);
}

describe('a caller whose network changes', () => {
  it('begins ICE anew by PATCH and goes on in the same call, from an address of which nobody knew', async () => {
    const dialled = await dial();
    const { caller, address, tag } = dialled;
    await hears(caller, 'How many seats?');
    press(caller, '04');
    await hears(caller, 'Which day?');
    await caller.loseNetwork();
    const second = await restart(dialled);
    expect(second).toMatch(/^"[\w-]+"$/);
    expect(second).not.toBe(tag);
    const before = caller.got.length;
    press(caller, '15');
    await hears(caller, '0 4 seats on day 1 5.');
    await caller.until(() => caller.got.slice(before).some((one) => one.kind === 'audio'));
    // Once more: what was begun anew once can be again.
    await restart(dialled);
    press(caller, '1');
    await hears(caller, 'Goodbye then.');
    await over(caller);
    expect(recordsOf(caller)[0]!.ended).toBe('completed');
    expect(caller.said.filter((text) => text.includes('How many'))).toHaveLength(1);
    expect((await patch(address, caller.fragment(), second)).status).toBe(404);
  }, 60_000);

  it('is followed to where it is now, though it begins nothing anew', async () => {
    const { caller } = await dial();
    await hears(caller, 'How many seats?');
    press(caller, '04');
    await hears(caller, 'Which day?');
    await caller.move();
    const before = caller.got.length;
    press(caller, '15');
    await hears(caller, '0 4 seats on day 1 5.');
    await caller.until(() => caller.got.slice(before).some((one) => one.kind === 'audio'));
  }, 30_000);

  it('is not followed to where somebody else is, who knows its names and not our password', async () => {
    const caller = new RtcCaller();
    callers.push(caller);
    const offer = await caller.offer();
    const response = await fetch(url('/webrtc/offer?agent=desk'), { method: 'POST', body: offer, headers: { 'content-type': 'application/sdp' } }); // prettier-ignore
    const answer = await response.text();
    await caller.answered(answer);
    await hears(caller, 'How many seats?');
    const [ours, theirs] = [answer, offer].map((sdp) => /^a=ice-ufrag:(\S+)/m.exec(sdp)![1]!);
    const port = Number(/ 127\.0\.0\.1 (\d+) typ host/.exec(answer)![1]);
    const stranger = createSocket('udp4');
    let got = 0;
    stranger.on('message', () => (got += 1));
    for (const password of [undefined, '0123456789012345678901', iceNamesIn(offer)!.password])
      for (let i = 0; i < 5; i++) stranger.send(checkOf(`${ours!}:${theirs!}`, password), port, '127.0.0.1');
    press(caller, '04');
    await hears(caller, 'Which day?');
    expect(got).toBe(0);
    stranger.close();
  }, 30_000);

  it('misses none of the words that were said into the void', async () => {
    const dialled = await dial('?agent=menu');
    const { caller } = dialled;
    await hears(caller, 'Press one.');
    // Packets without a pause, as a browser sends them, and then none.
    await caller.say(silence(1500));
    const loud = (): number => caller.got.filter((one) => one.kind === 'audio' && one.samples.some((sample) => Math.abs(sample) > 500)).length; // prettier-ignore
    const whole = loud();
    press(caller, '1');
    await hears(caller, 'Thank you.');
    const heardBefore = loud() - whole;
    await caller.loseNetwork();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await restart(dialled);
    await caller.say(silence(2500));
    // "Thank you." and "Press one.", as long as without the break, but for what was on its way.
    expect(loud() - whole).toBeGreaterThan(heardBefore + whole - 15);
    caller.send({ type: 'hang_up' });
    await over(caller);
    expect(recordsOf(caller)[0]!.counters.stalls).toBe(1);
  }, 60_000);

  it('tells of more ways to it, which we need none of; nothing is disturbed by that', async () => {
    const { caller, address, tag } = await dial();
    await hears(caller, 'How many seats?');
    const answer = await patch(address, caller.fragment(['candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host']), tag); // prettier-ignore
    expect(answer.status).toBe(204);
    expect((await patch(address, caller.fragment(), '*')).status).toBe(204);
    press(caller, '04');
    await hears(caller, 'Which day?');
  }, 30_000);
});

describe('a PATCH that is none of ours', () => {
  it.each([
    ['without If-Match', undefined, undefined, fragmentType, 428, /If-Match/],
    ['for another ICE session', undefined, '"other"', fragmentType, 412, /begin a new one/],
    ['of another type', undefined, '*', 'application/sdp', 415, /trickle-ice-sdpfrag/],
    ['without names', 'a=end-of-candidates', '*', fragmentType, 400, /ice-ufrag is missing/],
    ['with names that are none', 'a=ice-ufrag:a b\na=ice-pwd:x', '*', fragmentType, 400, /ice-ufrag is none/],
    ['that is no SDP', '{"a":1}', '*', fragmentType, 400, /lines of a= and m=/],
    ['with a thousand ways', `a=ice-ufrag:abcd\na=ice-pwd:0123456789012345678901\n${'a=candidate:1 1 udp 1 1.2.3.4 5 typ host\n'.repeat(100)}`, '*', fragmentType, 400, /more than 30/], // prettier-ignore
    ['that is too long', 'a=x'.repeat(5000), '*', fragmentType, 413, /too large/],
  ])(
    'is refused %s, with a reason, and the call goes on',
    async (_, body, match, type, status, reason) => {
      const { caller, address } = await dial();
      await hears(caller, 'How many seats?');
      const answer = await patch(address, body ?? caller.fragment(), match, type);
      expect(answer.status).toBe(status);
      expect(((await answer.json()) as { error: string }).error).toMatch(reason);
      press(caller, '04');
      await hears(caller, 'Which day?');
    },
    30_000,
  );

  it('has to know the address of the connection: the name of another’s call is not enough', async () => {
    const { caller } = await dial();
    await hears(caller, 'How many seats?');
    const stranger = new RtcCaller();
    callers.push(stranger);
    await stranger.offer();
    for (const name of [caller.id!, '', '..', 'x'.repeat(90)])
      expect((await patch(`/webrtc/calls/${name}`, stranger.fragment(), '*')).status).toBe(404);
    expect((await fetch(url(`/webrtc/calls/${caller.id!}`), { method: 'DELETE' })).status).toBe(404);
    press(caller, '04');
    await hears(caller, 'Which day?');
  }, 30_000);

  it('begins nothing anew before anything is connected, and nothing after the end', async () => {
    const { caller, response } = await post();
    const address = response.headers.get('location')!;
    const other = 'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n';
    expect((await patch(address, other, '*')).status).toBe(409);
    await caller.answered(await response.text());
    await hears(caller, 'How many seats?');
    expect((await fetch(url(address), { method: 'DELETE' })).status).toBe(200);
    await over(caller);
    expect((await patch(address, other, '*')).status).toBe(404);
  }, 30_000);

  it('comes sixty times a minute at most: the rest is refused, the call goes on', async () => {
    const { caller, address } = await dial();
    await hears(caller, 'How many seats?');
    const statuses = await Promise.all(Array.from({ length: 80 }, () => patch(address, 'nonsense', '*').then(({ status }) => status))); // prettier-ignore
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    press(caller, '04');
    await hears(caller, 'Which day?');
  }, 30_000);
});

describe('a caller who lost the connection', () => {
  it('B79 comes back with the token before anybody noticed, and goes on where the call was', async () => {
    const { caller: first } = await dial();
    await hears(first, 'How many seats?');
    press(first, '04');
    await hears(first, 'Which day?');
    const { caller: second, address } = await dial(`?resume=${first.resume!}`);
    await hears(second, 'Which day?');
    expect(second.id).toBe(first.id);
    expect(second.resume).not.toBe(first.resume);
    await first.until(() => first.isClosed);
    expect(recordsOf(first)[0]!.ended).toBe('connection_lost');
    press(second, '15');
    await hears(second, '0 4 seats on day 1 5.');
    expect(second.said.some((text) => text.includes('How many'))).toBe(false);
    expect((await fetch(url(address), { method: 'DELETE' })).status).toBe(200);
    await over(first, 2);
  }, 60_000);

  it('B78 comes back after its line was given up, within the time for that', async () => {
    const { caller: first } = await dial();
    await hears(first, 'How many seats?');
    press(first, '04');
    await hears(first, 'Which day?');
    await first.vanish();
    await over(first);
    expect(recordsOf(first)[0]!.ended).toBe('connection_lost');
    const { caller: second } = await dial(`?resume=${first.resume!}`);
    await hears(second, 'Which day?');
    press(second, '15');
    await hears(second, '0 4 seats on day 1 5.');
  }, 60_000);

  it('comes back once with each token: a replayed one opens nothing, at no door, and the call goes on', async () => {
    const { caller: first } = await dial();
    await hears(first, 'How many seats?');
    const { caller: second } = await dial(`?resume=${first.resume!}`);
    await hears(second, 'How many seats?');
    expect((await post(`?resume=${first.resume!}`)).response.status).toBe(401);
    expect(await Browser.refused(`${server.callUrl}?resume=${first.resume!}`)).toBe(401);
    press(second, '04');
    await hears(second, 'Which day?');
    const { caller: third } = await dial(`?resume=${second.resume!}`);
    await hears(third, 'Which day?');
  }, 60_000);

  it('of two who come with one token, the one that connects first has the call', async () => {
    const { caller: first } = await dial();
    await hears(first, 'How many seats?');
    const both = await Promise.all([post(`?resume=${first.resume!}`), post(`?resume=${first.resume!}`)]);
    expect(both.map(({ response }) => response.status)).toEqual([201, 201]);
    const [one, other] = both;
    await one.caller.answered(await one.response.text());
    await hears(one.caller, 'How many seats?');
    await other.caller.answered(await other.response.text());
    await other.caller.until(() => other.caller.isClosed);
    expect(other.caller.got.map((got) => got.kind === 'message' && got.message.type)).toEqual(['ready', 'error']);
    press(one.caller, '04');
    await hears(one.caller, 'Which day?');
  }, 60_000);

  it.each([
    ['no token', 'nonsense'],
    ['a token for another door', 'call'],
    ['a token that was changed', 'changed'],
  ])(
    'does not come back with %s',
    async (_, which) => {
      const { caller } = await dial();
      await hears(caller, 'How many seats?');
      const [head, body, end] = caller.resume!.split('.');
      const forged = Buffer.from(body!, 'base64url').toString().replace(caller.id!, 'other');
      const tokens: Record<string, string> = {
        nonsense: 'nonsense',
        call: await server.started.server.issueToken(),
        changed: `${head!}.${Buffer.from(forged).toString('base64url')}.${end!}`,
      };
      expect((await post(`?resume=${tokens[which]!}`)).response.status).toBe(401);
      press(caller, '04');
      await hears(caller, 'Which day?');
    },
    30_000,
  );

  it('may come back by WebSocket where UDP has no way any more', async () => {
    const { caller } = await dial();
    await hears(caller, 'How many seats?');
    press(caller, '04');
    await hears(caller, 'Which day?');
    const browser = await Browser.dial(`${server.callUrl}?resume=${caller.resume!}`);
    await browser.hears('Which day?');
    for (const digit of '15') browser.key(digit);
    await browser.hears('0 4 seats on day 1 5.');
    await caller.until(() => caller.isClosed);
    browser.hangUp();
    await browser.until(() => browser.closed);
  }, 60_000);

  it('leaves the call beside undisturbed', async () => {
    const beside = await CallBeside.open(`${server.callUrl}?agent=menu`);
    const { caller } = await dial();
    await hears(caller, 'How many seats?');
    await dial(`?resume=${caller.resume!}`);
    await beside.isUndisturbed();
    await beside.hangUp();
  }, 60_000);
});

describe('where a STUN server is asked for our address', () => {
  it('answers whoever asks again before it is known, tells it by PATCH, and begins ICE anew all the same', async () => {
    const stun = await startStun({ lateMs: 1200 });
    const asking = await startReal({ agents: { desk }, env: { PARLEY_VAD: 'energy', PARLEY_STUN: `127.0.0.1:${String(stun.port)}` } }); // prettier-ignore
    const before = server;
    server = asking;
    try {
      const caller = new RtcCaller();
      callers.push(caller);
      const fromMs = performance.now();
      const response = await fetch(url('/webrtc/offer?agent=desk&trickle=both'), {
        method: 'POST',
        body: await caller.offer(),
        headers: { 'content-type': 'application/sdp' },
      });
      expect(performance.now() - fromMs).toBeLessThan(1200);
      const answer = await response.text();
      expect(answer).toContain('typ host');
      expect(answer).not.toContain('a=end-of-candidates');
      const dialled = { caller, address: response.headers.get('location')!, tag: response.headers.get('etag')! };
      await caller.answered(answer);
      await hears(caller, 'How many seats?');
      let news = '';
      await expect
        .poll(async () => {
          const told = await patch(dialled.address, caller.fragment(), dialled.tag);
          news += await told.text();
          return news;
        })
        .toContain('a=end-of-candidates');
      expect(news).toContain('typ srflx');
      const { asked } = stun;
      expect((await patch(dialled.address, caller.fragment(), dialled.tag)).status).toBe(204);
      press(caller, '04');
      await hears(caller, 'Which day?');
      await caller.loseNetwork();
      await restart(dialled);
      press(caller, '15');
      await hears(caller, '0 4 seats on day 1 5.');
      // The address that was found is told again: the socket is the same, and is not asked for twice.
      expect(stun.asked).toBe(asked);
    } finally {
      server = before;
      await asking.close();
      await stun.close();
    }
  }, 60_000);

  it('answers a caller who does not ask again with all that is known of our ways', async () => {
    const stun = await startStun({ lateMs: 300 });
    const asking = await startReal({ agents: { desk }, env: { PARLEY_STUN: `127.0.0.1:${String(stun.port)}` } });
    const caller = new RtcCaller();
    callers.push(caller);
    try {
      const response = await fetch(`${asking.started.server.url}/webrtc/offer`, {
        method: 'POST',
        body: await caller.offer(),
        headers: { 'content-type': 'application/sdp' },
      });
      const answer = await response.text();
      expect(answer).toContain('typ srflx');
      expect(answer).toContain('a=end-of-candidates');
    } finally {
      await asking.close();
      await stun.close();
    }
  }, 30_000);

  it('names the servers that callers are to ask, and gives each a password of its own for the relay', async () => {
    const secret = 'shared with the relay';
    const telling = await startReal({
      agents: { desk },
      env: {
        PARLEY_CALLER_STUN: 'stun.example.com:3478',
        PARLEY_CALLER_TURN: 'turn:turn.example.com:3478, turns:turn.example.com:443?transport=tcp',
        PARLEY_CALLER_TURN_SECRET: secret,
      },
    });
    try {
      const address = `${telling.started.server.url}/webrtc/offer`;
      const asked = await fetch(address, { method: 'OPTIONS' });
      expect(asked.status).toBe(204);
      const link = asked.headers.get('link')!;
      expect(link).toContain('<stun:stun.example.com:3478>; rel="ice-server"');
      expect(link).toContain('<turns:turn.example.com:443?transport=tcp>; rel="ice-server"; username="');
      const [, user, password] = /username="([^"]+)"; credential="([^"]+)"/.exec(link)!;
      expect(Number(user!.split(':')[0])).toBeGreaterThan(Date.now() / 1000 + 3500);
      expect(password).toBe(createHmac('sha1', secret).update(user!).digest('base64'));
      expect(`${link}${telling.lines.join('\n')}`).not.toContain(secret);
      // Not to a page of somebody else.
      const foreign = await fetch(address, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
      expect([foreign.status, foreign.headers.get('link')]).toEqual([403, null]);
    } finally {
      await telling.close();
    }
  }, 30_000);
});
