/** The page to talk from, in a real browser whose microphone is a file. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.js';
import { join as joinSounds } from '../../runtime/audio/level.js';
import { writeWav } from '../../runtime/audio/wav.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';

const chromiumPath = process.env.PARLEY_CHROMIUM;
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
    browser = await chromium.launch({
      executablePath: chromiumPath!,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${join(folder, 'microphone.wav')}%noloop`,
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
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
