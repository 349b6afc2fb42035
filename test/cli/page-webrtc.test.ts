/** The page to talk from, over WebRTC, in a real browser whose connection is disturbed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServeProcesses, type Served } from '../calls/serve-process.js';
import { startStun } from '../loopback/stun.js';
import { startUdpProxy, type UdpProxy } from '../loopback/udp-proxy.js';
import { chromiumPath, desk, launch } from './page-browser.js';

describe.skipIf(!chromiumPath)('a call of the page over WebRTC (needs PARLEY_CHROMIUM)', () => {
  const home = mkdtempSync(join(tmpdir(), 'parley-page-rtc-'));
  const processes = new ServeProcesses(home);
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(join(home, 'desk'));
    writeFileSync(join(home, 'desk', 'agent.yaml'), desk);
    browser = await launch(['--use-fake-device-for-media-stream']);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    processes.killAll();
    rmSync(home, { recursive: true, force: true });
  });

  /** However busy the machine is with browsers, it takes calls. */
  const serve = (env: Record<string, string> = {}, port = 0): Promise<Served> => processes.start(['desk'], { PARLEY_MAX_LAG: 'off', ...env }, port); // prettier-ignore
  /** In one go: between two keys there may be three seconds at most, and a busy machine has less. */
  const press = (page: Page, digits: string): Promise<void> =>
    page.$$eval(
      '#keypad button',
      (buttons, wanted) => {
        for (const digit of wanted)
          (buttons.find(({ textContent }) => textContent === digit) as { click(): void } | undefined)?.click();
      },
      digits,
    );
  const textsOf = (page: Page, who: 'note' | 'agent'): Promise<string[]> =>
    page.$$eval(`#transcript li.${who}`, (items) => items.map((item) => item.textContent ?? ''));
  const hears = (page: Page, words: string) => page.waitForSelector(`#transcript li.agent:has-text("${words}")`, { timeout: 20_000 }); // prettier-ignore
  const calls = async ({ url }: Served): Promise<number> => ((await (await fetch(`${url}/health`)).json()) as { calls: number }).calls; // prettier-ignore

  /** In a call, after the first of two answers. */
  async function inTheMiddle(url: string, prepare?: (page: Page) => Promise<void>): Promise<Page> {
    const page = await browser.newPage();
    // A microphone that hears nothing: a fake one beeps.
    await page.addInitScript(
      'navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream',
    );
    await prepare?.(page);
    await page.goto(`${url}/?webrtc`);
    await page.waitForSelector('#graph svg');
    await page.click('#call');
    await hears(page, 'How many seats?');
    await press(page, '04');
    await hears(page, 'Which day?');
    return page;
  }

  it('goes on in the same call when the way to the server is gone: ICE is begun anew, by another way', async () => {
    const served = await serve();
    const ways: UdpProxy[] = [];
    const methods: string[] = [];
    // Whatever way the server names leads through the network that is cut.
    const page = await inTheMiddle(served.url, async (own) => {
      await own.route('**/webrtc/**', async (route) => {
        const answer = await route.fetch();
        methods.push(route.request().method());
        let body = await answer.text();
        const target = / 127\.0\.0\.1 (\d+) typ host/.exec(body)?.[1];
        if (target !== undefined) {
          const way = await startUdpProxy(Number(target));
          ways.push(way);
          body = body.replaceAll(` 127.0.0.1 ${target} typ host`, ` 127.0.0.1 ${String(way.port)} typ host`);
        }
        await route.fulfill({ response: answer, body });
      });
    });
    ways[0]!.cut();
    await expect.poll(() => textsOf(page, 'note'), { timeout: 30_000 }).toContain('Connected again.');
    expect(ways).toHaveLength(2);
    expect(methods.filter((method) => method === 'POST')).toHaveLength(1);
    expect(methods).toContain('PATCH');
    await press(page, '15');
    await hears(page, 'seats on day');
    // One call from its beginning to its end, in which nothing was asked twice.
    await page.waitForSelector('#call:not(.on)', { timeout: 20_000 });
    expect((await textsOf(page, 'agent')).filter((text) => text.includes('Which day?'))).toHaveLength(1);
    expect((await textsOf(page, 'note')).at(-1)).toBe('The call is over: completed.');
    expect(await (await fetch(`${served.url}/metrics`)).text()).toContain('voice_calls_total{transport="webrtc",agent="desk",end="completed"} 1'); // prettier-ignore
    await page.close();
    for (const way of ways) await way.close();
    await served.kill();
  }, 120_000);

  it('comes back with its ticket to a server that was killed and started again', async () => {
    const first = await serve();
    const page = await inTheMiddle(first.url);
    await first.kill();
    await expect.poll(() => page.textContent('#status'), { timeout: 30_000 }).toMatch(/Reconnecting/);
    const second = await serve({}, Number(new URL(first.url).port));
    await expect.poll(() => textsOf(page, 'note'), { timeout: 30_000 }).toContain('Connected again.');
    await expect.poll(async () => (await textsOf(page, 'agent')).filter((text) => text.includes('Which day?')).length, { timeout: 20_000 }).toBe(2); // prettier-ignore
    await press(page, '15');
    await hears(page, 'seats on day');
    expect((await textsOf(page, 'agent')).filter((text) => text.includes('How many'))).toHaveLength(1);
    await page.close();
    await second.kill();
  }, 120_000);

  it('is over at once when the page is closed, and when it is left', async () => {
    const served = await serve();
    for (const leave of [
      (page: Page) => page.close({ runBeforeUnload: true }),
      (page: Page) => page.goto('about:blank'),
    ]) {
      const page = await inTheMiddle(served.url);
      expect(await calls(served)).toBe(1);
      await leave(page);
      await expect.poll(() => calls(served), { timeout: 3000, interval: 100 }).toBe(0);
    }
    expect(await (await fetch(`${served.url}/metrics`)).text()).toContain('voice_calls_total{transport="webrtc",agent="desk",end="caller_hung_up"} 2'); // prettier-ignore
    await served.kill();
  }, 120_000);

  it('tells and is told of ways after the answer, and asks the servers that it is told of', async () => {
    const stun = await startStun();
    const served = await serve({
      PARLEY_STUN: `127.0.0.1:${String(stun.port)}`,
      PARLEY_CALLER_STUN: `127.0.0.1:${String(stun.port)}`,
    });
    const patches: number[] = [];
    const page = await inTheMiddle(served.url, (own) => {
      own.on('response', (answer) => {
        if (answer.request().method() === 'PATCH') patches.push(answer.status());
      });
      return Promise.resolve();
    });
    await press(page, '15');
    await hears(page, 'seats on day');
    await page.waitForSelector('#call:not(.on)', { timeout: 20_000 });
    expect(patches.length).toBeGreaterThan(0);
    for (const status of patches) expect([200, 204, 404]).toContain(status);
    await page.close();
    await served.kill();
    await stun.close();
  }, 120_000);
});
