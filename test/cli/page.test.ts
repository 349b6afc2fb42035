/** The page to talk from, in a real browser whose microphone is a file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.js';
import { join as joinSounds } from '../../runtime/audio/level.js';
import { writeWav } from '../../runtime/audio/wav.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { ServeProcesses } from '../calls/serve-process.js';
import { startTcpProxy } from '../loopback/tcp-proxy.js';
import { chromiumPath, desk, launch } from './page-browser.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-page-'));
const rateHz = 8000;
let server: ChildProcess;
let address: string;
let browser: Browser;

describe.skipIf(!chromiumPath)('the page to talk from (needs PARLEY_CHROMIUM)', () => {
  beforeAll(async () => {
    writeFileSync(join(folder, 'microphone.wav'), await spoken('when are you open'));
    server = spawn(
      process.execPath,
      [join(packageRoot, '.dist/flow.js'), 'serve', 'flows/acme-support', 'flows/hello', '--port', '0', '--no-open'],
      {
        cwd: packageRoot,
        env: { ...process.env, PARLEY_HOME: folder, DEEPGRAM_API_KEY: '', CARTESIA_API_KEY: '' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    address = await new Promise<string>((resolve, reject) => {
      let text = '';
      server.stdout!.on('data', (piece: Buffer) => {
        text += piece.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
        if (found) resolve(found[0]);
      });
      server.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}`)));
    });
    browser = await launch([
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${join(folder, 'microphone.wav')}%noloop`,
    ]);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows what both sides say, and lights up the state in the graph', async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('requestfailed', (request) => problems.push(request.url()));
    await page.goto(`${address}/?agent=acme-support`);
    await page.waitForSelector('#graph svg');
    await page.click('#call');
    await page.waitForSelector('#transcript li.agent:has-text("this is Ava")', { timeout: 15_000 });
    await page.waitForSelector('#transcript li.caller:has-text("when are you open")', { timeout: 25_000 });
    await page.waitForSelector('#transcript li.agent:has-text("nine to six")', { timeout: 15_000 });
    const lit = await page.$$eval('#graph .lit', (boxes) => boxes.map((box) => box.id));
    expect(lit).toEqual(['state-opening_hours-tell']);
    if (process.env.PARLEY_SCREENSHOT) await page.screenshot({ path: process.env.PARLEY_SCREENSHOT });
    await page.click('#call');
    await page.waitForSelector('#call:not(.on)');
    expect(problems).toEqual([]);
  }, 90_000);

  it('does the same over WebRTC, and its sound is heard', async () => {
    // A browser of its own: the microphone's file begins with the first call.
    const own = await launch([
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${join(folder, 'microphone.wav')}%noloop`,
    ]);
    const page = await own.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    // What the browser plays, as loud as it gets.
    await page.addInitScript(`
      globalThis.loudest = 0;
      const Real = RTCPeerConnection;
      globalThis.RTCPeerConnection = class extends Real {
        constructor(...given) {
          super(...given);
          setInterval(async () => {
            for (const one of (await this.getStats()).values())
              if (one.type === 'inbound-rtp') loudest = Math.max(loudest, one.audioLevel ?? 0);
          }, 50);
        }
      };`);
    await page.goto(`${address}/?agent=acme-support&webrtc`);
    await page.waitForSelector('#graph svg');
    await page.click('#call');
    await page.waitForSelector('#transcript li.agent:has-text("this is Ava")', { timeout: 15_000 });
    await page.waitForSelector('#transcript li.caller:has-text("when are you open")', { timeout: 25_000 });
    await page.waitForSelector('#transcript li.agent:has-text("nine to six")', { timeout: 15_000 });
    expect(await page.evaluate('loudest')).toBeGreaterThan(0.02);
    await page.click('#call');
    await page.waitForSelector('#call:not(.on)');
    expect(problems).toEqual([]);
    await own.close();
  }, 90_000);

  it('says what to do when the microphone is refused', async () => {
    const context = await browser.newContext({ permissions: [] });
    const page = await context.newPage();
    await page.addInitScript(
      "navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('Permission denied'))",
    );
    await page.goto(address);
    await page.click('#call');
    await expect.poll(() => page.textContent('#status')).toMatch(/No microphone.*Allow it/);
    await context.close();
  });
});

describe.skipIf(!chromiumPath)('the page when the line breaks (needs PARLEY_CHROMIUM)', () => {
  const home = mkdtempSync(join(tmpdir(), 'parley-page-line-'));
  const processes = new ServeProcesses(home);
  let listener: Browser;

  beforeAll(async () => {
    mkdirSync(join(home, 'desk'));
    writeFileSync(join(home, 'desk', 'agent.yaml'), desk);
    listener = await launch(['--use-fake-device-for-media-stream']);
  }, 60_000);
  afterAll(async () => {
    await listener?.close();
    processes.killAll();
    rmSync(home, { recursive: true, force: true });
  });

  /** In a call, after the first of two answers. */
  async function inTheMiddle(url: string): Promise<Page> {
    const page = await listener.newPage();
    // The microphone hears nothing: a fake one beeps.
    await page.addInitScript(
      'navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream',
    );
    await page.goto(url);
    await page.waitForSelector('#graph svg');
    await page.click('#call');
    await page.waitForSelector('#transcript li.agent:has-text("How many seats?")', { timeout: 20_000 });
    await press(page, '04');
    await page.waitForSelector('#transcript li.agent:has-text("Which day?")', { timeout: 20_000 });
    return page;
  }
  const press = async (page: Page, digits: string): Promise<void> => {
    for (const digit of digits) await page.click(`#keypad button:text-is("${digit}")`);
  };
  const notes = (page: Page): Promise<string[]> =>
    page.$$eval('#transcript li.note', (items) => items.map((item) => item.textContent ?? ''));
  const said = (page: Page): Promise<string[]> =>
    page.$$eval('#transcript li.agent', (items) => items.map((item) => item.textContent ?? ''));

  /** Its question again, nothing asked anew, and on to the end. */
  async function goesOn(page: Page): Promise<void> {
    await expect.poll(() => notes(page), { timeout: 30_000 }).toContain('Connected again.');
    await expect.poll(async () => (await said(page)).filter((text) => text.includes('Which day?')).length, { timeout: 20_000 }).toBe(2); // prettier-ignore
    await press(page, '15');
    await page.waitForSelector('#transcript li.agent:has-text("seats on day")', { timeout: 20_000 });
    expect((await said(page)).filter((text) => text.includes('How many'))).toHaveLength(1);
    expect((await notes(page)).filter((text) => text.startsWith('The line broke. Reconnecting'))).toHaveLength(1);
    await page.close();
  }

  it('says so, comes back by itself when the network does, and goes on from its question', async () => {
    const served = await processes.start(['desk'], {});
    const wire = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(served.url).port) });
    const page = await inTheMiddle(`http://127.0.0.1:${String(wire.port)}`);
    wire.cut();
    await expect.poll(() => page.textContent('#status')).toMatch(/Reconnecting… \(try [2-9]/);
    wire.mend();
    await goesOn(page);
    await wire.close();
    await served.kill();
  }, 120_000);

  it('does the same when the server is killed and started again', async () => {
    const first = await processes.start(['desk'], {});
    const page = await inTheMiddle(first.url);
    await first.kill();
    await expect.poll(() => page.textContent('#status')).toMatch(/Reconnecting/);
    const second = await processes.start(['desk'], {}, Number(new URL(first.url).port));
    await goesOn(page);
    await second.kill();
  }, 120_000);

  it('gives up in plain words when it stays away', async () => {
    const served = await processes.start(['desk'], {});
    const page = await inTheMiddle(served.url);
    // Its tries are made without their waits.
    await page.evaluate('globalThis.setTimeout = (run) => queueMicrotask(run)');
    await served.kill();
    await expect.poll(() => page.textContent('#status'), { timeout: 20_000 }).toMatch(/did not come back. Call again/);
    expect(await page.textContent('#call')).toBe('Call');
    await page.close();
  }, 120_000);
});

/** Ten seconds of quiet (the greeting plays), the words, and quiet again. */
async function spoken(text: string): Promise<Buffer> {
  const voice = embeddedTts({ voice: 'rms' });
  const pieces: Int16Array[] = [new Int16Array(rateHz * 10)];
  for await (const piece of voice.speak({ text, language: 'en' }, new AbortController().signal)) {
    if (piece.kind === 'audio') pieces.push(piece.samples);
  }
  voice.close?.();
  pieces.push(new Int16Array(rateHz * 30));
  return Buffer.from(writeWav([joinSounds(pieces)], rateHz));
}
