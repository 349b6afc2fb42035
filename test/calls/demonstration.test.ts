/**
 * The demonstration call of `npm start`, as a newcomer's machine makes it: the built command, real audio, a real
 * socket. Its recording is then listened to, each side apart.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../engine/contracts.js';
import { loadAgent } from '../../engine/language/load.js';
import { packageRoot } from '../../engine/package-root.js';
import { readWav } from '../../runtime/audio/wav.js';
import { embeddedStt } from '../../runtime/stt/embedded/embedded-stt.js';
import type { SpeechToText, SttInput } from '../../runtime/contracts.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-demo-'));
let run: { code: number; output: string };
let stt: SpeechToText;

beforeAll(async () => {
  run = await new Promise((resolve) => {
    const env = {
      ...process.env,
      PARLEY_HOME: folder,
      DEEPGRAM_API_KEY: '',
      CARTESIA_API_KEY: '',
      OPENAI_API_KEY: '',
      OPENAI_BASE_URL: '',
    };
    execFile(
      process.execPath,
      [join(packageRoot, '.dist/flow.js'), 'serve', '--demo', '--once', '--port', '0'],
      { env, cwd: packageRoot },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
  stt = embeddedStt();
}, 120_000);

afterAll(() => {
  stt?.close?.();
  rmSync(folder, { recursive: true, force: true });
});

describe('the demonstration call', () => {
  it('goes as its script says, exits 0 and leaves a recording and a page', () => {
    expect(run.output).toMatch(/as its script says/);
    expect(run.code).toBe(0);
    expect(files('.html')).toHaveLength(1);
    expect(readFileSync(files('.html')[0]!, 'utf8')).toContain('where is my order');
  });

  it("has the caller's sentences on the caller's channel, in order", async () => {
    const { caller } = recording();
    expect(await heardIn(caller, await callerSentences())).toEqual(await callerSentences());
  });

  it("has the agent's sentences on the agent's channel, in order", async () => {
    const { agent } = recording();
    const sentences = [
      'hello this is ava at acme',
      'you can ask about an order a payment or our opening hours',
      "what's your order number",
      'we are open from nine to six monday to friday and from ten to four on saturday',
      'is there anything else i can do',
      'thanks for calling',
      'goodbye',
    ];
    // Between the third and the fourth stands the sentence that was cut short: it is in no set.
    const heard = (await heardIn(agent, sentences)).join(' | ');
    let from = 0;
    for (const sentence of sentences) {
      const at = heard.indexOf(sentence, from);
      expect(at, `"${sentence}" in "${heard}"`).toBeGreaterThanOrEqual(from);
      from = at + sentence.length;
    }
  });

  it('has the agent silent within 400 ms of the interruption', () => {
    const { caller, agent, onset } = interruption();
    expect(caller).toBeGreaterThan(0);
    expect(agent - onset).toBeLessThanOrEqual(400);
  });
});

function files(ending: string): string[] {
  const calls = join(folder, 'calls');
  return readdirSync(calls)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(calls, name));
}

function recording(): { caller: Int16Array; agent: Int16Array } {
  const { channels } = readWav(readFileSync(files('.wav')[0]!));
  return { caller: channels[0]!, agent: channels[1]! };
}

async function callerSentences(): Promise<string[]> {
  const { tests } = await loadAgent(join(packageRoot, 'flows/acme-support'));
  return tests
    .find(({ name }) => name === 'the demonstration call')!
    .turns.flatMap(({ say }) => (say === undefined ? [] : [say]));
}

/** Where both sides sound at once: the caller's onset, and the agent's last sound before 300 ms of silence. */
function interruption(): { caller: number; agent: number; onset: number } {
  const { caller, agent } = recording();
  const frame = 80;
  const loud = (samples: Int16Array, index: number): boolean => {
    let sum = 0;
    for (let at = index * frame; at < (index + 1) * frame; at++) sum += samples[at]! ** 2;
    return Math.sqrt(sum / frame) > 100;
  };
  const frames = Math.floor(Math.min(caller.length, agent.length) / frame);
  for (let index = 30; index < frames; index++) {
    const starts =
      loud(caller, index) && !Array.from({ length: 30 }, (_, back) => loud(caller, index - 1 - back)).some(Boolean);
    const over = Array.from({ length: 10 }, (_, back) => loud(agent, index - back)).some(Boolean);
    if (!starts || !over) continue;
    let last = index;
    for (let ahead = index; ahead < Math.min(frames, last + 30); ahead++) if (loud(agent, ahead)) last = ahead;
    return { caller: index * 10, onset: index * 10, agent: last * 10 };
  }
  return { caller: 0, agent: Infinity, onset: 0 };
}

/** The closed set of sentences, found in one side's sound: cut at pauses of 600 ms, each piece recognised. */
async function heardIn(samples: Int16Array, sentences: readonly string[]): Promise<string[]> {
  const heard: string[] = [];
  for (const piece of utterances(samples)) {
    const finals: string[] = [];
    for await (const event of stt.transcribe(
      asInput(piece, sentences),
      { language: 'en' },
      new AbortController().signal,
    )) {
      if (event.kind === 'final' && event.text !== '') finals.push(event.text);
    }
    heard.push(...finals);
  }
  return heard;
}

function utterances(samples: Int16Array): Int16Array[] {
  const frame = 160;
  const pieces: Int16Array[] = [];
  let from = -1;
  let last = -1;
  for (let at = 0; at + frame <= samples.length; at += frame) {
    let sum = 0;
    for (let index = at; index < at + frame; index++) sum += samples[index]! ** 2;
    if (Math.sqrt(sum / frame) > 100) {
      if (from < 0) from = at;
      last = at + frame;
    } else if (from >= 0 && at - last > 4800) {
      pieces.push(samples.slice(Math.max(0, from - 1600), last + 1600));
      from = -1;
    }
  }
  if (from >= 0) pieces.push(samples.slice(Math.max(0, from - 1600)));
  return pieces;
}

async function* asInput(samples: Int16Array, sentences: readonly string[]): AsyncIterable<SttInput> {
  yield { kind: 'tune', listening: closedSet(sentences) };
  yield { kind: 'speech_started', atMs: 0 };
  for (let at = 0; at < samples.length; at += 160) {
    yield { kind: 'audio', samples: samples.slice(at, at + 160), atMs: at / 8 };
  }
  yield { kind: 'speech_ended', atMs: samples.length / 8 };
  // An utterance is over when the wait after it is: half a second of quiet.
  for (let frame = 0; frame < 25; frame++) {
    yield { kind: 'audio', samples: new Int16Array(160), atMs: samples.length / 8 + frame * 20 };
  }
}

function closedSet(sentences: readonly string[]): Listening {
  return {
    position: `closed set of ${sentences.join('|')}`,
    moves: sentences.map((sentence, index) => ({ intent: `s${index}`, examples: [sentence] })),
    bargeIn: 'speech',
    endpointing: { minMs: 300, maxMs: 2500 },
    noInputMs: 6000,
    maxSpeechMs: 60_000,
    language: 'en-IE',
    hints: [],
    softWords: [],
    stopWords: [],
    secret: false,
  };
}
