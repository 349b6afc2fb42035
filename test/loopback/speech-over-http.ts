import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeMuLaw } from '../../runtime/audio/g711.js';
import { readWav, writeWav } from '../../runtime/audio/wav.js';
import { signatureProblem } from './aws-signature.js';

export type HttpSpeechFault =
  | { kind: 'refuse'; status: number }
  | { kind: 'silent' }
  /** Breaks off after half of the answer. */
  | { kind: 'drop' }
  /** Sends half of the answer and no more. */
  | { kind: 'stall' }
  /** 200 with something else. */
  | { kind: 'page' }
  | { kind: 'empty' };

export interface LoopbackHttpSpeech {
  url: string;
  problems: string[];
  /** What was asked for, in order: the path, and what the body or the query said. */
  requests: { path: string; asked: Record<string, unknown> }[];
  fault: HttpSpeechFault | undefined;
  /** What it hears in any sound. */
  hears: string;
  aborted: number;
  close(): Promise<void>;
}

export const loopbackKey = 'http-loopback-key';
const wordMs = 300;

/** Every word is 300 ms of a tone. */
function soundOf(text: string, rateHz: number): Int16Array {
  const words = text.trim().split(/\s+/).length;
  return Int16Array.from({ length: (words * wordMs * rateHz) / 1000 }, (_, n) => 8000 * Math.sin((n * 2500) / rateHz));
}

/** As Polly tells them: one object a line, a word's place in the text in bytes. */
function speechMarksOf(text: string): string {
  return [...text.matchAll(/[\p{L}\p{N}']+/gu)]
    .map(({ 0: value, index }, n) => ({
      time: n * wordMs,
      type: 'word',
      start: index,
      end: index + value.length,
      value,
    }))
    .map((mark) => `${JSON.stringify(mark)}\n`)
    .join('');
}

/**
 * The doors of vendors that give or take sound as one HTTP request: OpenAI's `/audio/speech` and
 * `/audio/transcriptions`, Piper's `/`, Coqui's `/api/tts`, Azure's `/cognitiveservices/v1`, Google's
 * `/v1/text:synthesize`, Polly's `/v1/speech`, and what hears at
 * OpenAI's, Azure's and Google's. Each checks its key where it has one, and what it was sent.
 */
export async function startHttpSpeech(): Promise<LoopbackHttpSpeech> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    response.on('close', () => {
      if (!response.writableFinished) state.aborted += 1;
    });
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      void (async () => {
        const { fault } = state;
        if (fault?.kind === 'silent') return;
        if (fault?.kind === 'refuse') return response.writeHead(fault.status).end('{"error":"refused"}');
        const url = new URL(request.url!, 'http://127.0.0.1');
        const body = Buffer.concat(parts);
        const json = (): Record<string, unknown> => JSON.parse(body.toString()) as Record<string, unknown>;
        const key = (given: unknown): boolean => {
          if (given === loopbackKey || given === `Bearer ${loopbackKey}`) return true;
          response.writeHead(401).end('{"error":"key"}');
          return false;
        };
        const note = (asked: Record<string, unknown>): void => void state.requests.push({ path: url.pathname, asked });
        const answer = (type: string, all: Uint8Array): void => {
          if (fault?.kind === 'page') return void response.writeHead(200).end('<html>');
          response.writeHead(200, { 'content-type': type });
          if (fault?.kind === 'empty') return void response.end();
          // Cut within a sample: whoever reads must put the halves together.
          const half = Math.floor(all.length / 4) * 2 + 1;
          response.write(all.subarray(0, half));
          if (fault?.kind === 'stall') return;
          setTimeout(() => (fault?.kind === 'drop' ? response.destroy() : response.end(all.subarray(half))), 5);
        };
        const pcm = (samples: Int16Array): Uint8Array => new Uint8Array(samples.buffer);
        switch (url.pathname) {
          case '/v1/audio/speech': {
            if (!key(request.headers.authorization)) return;
            const asked = json();
            note(asked);
            if (asked.response_format !== 'pcm' || typeof asked.model !== 'string' || typeof asked.voice !== 'string')
              state.problems.push('not what /audio/speech takes');
            return answer('audio/pcm', pcm(soundOf(String(asked.input), 24_000)));
          }
          case '/v1/audio/transcriptions': {
            if (!key(request.headers.authorization)) return;
            const form = await new Response(body, {
              headers: { 'content-type': request.headers['content-type']! },
            }).formData();
            const wav = readWav(new Uint8Array(await (form.get('file') as unknown as Blob).arrayBuffer()));
            const samples = wav.channels[0]!;
            note({
              model: form.get('model'),
              language: form.get('language'),
              prompt: form.get('prompt'),
              ms: samples.length / 8,
            });
            if (wav.sampleRateHz !== 8000) state.problems.push('another rate');
            return answer('application/json', Buffer.from(JSON.stringify({ text: ` ${state.hears} ` })));
          }
          case '/v1/speech:recognize': {
            if (!key(request.headers['x-goog-api-key'] ?? request.headers.authorization)) return;
            const { config, audio } = json() as Record<string, Record<string, unknown>>;
            const { encoding, sampleRateHertz, ...asked } = config!;
            note({ ...asked, ms: Buffer.from(String(audio!.content), 'base64').length / 16 });
            if (encoding !== 'LINEAR16' || sampleRateHertz !== 8000) state.problems.push('another format');
            const half = state.hears.indexOf(' ') + 1;
            const results = [state.hears.slice(0, half), state.hears.slice(half)].map((transcript) => ({
              alternatives: [{ transcript, confidence: 0.9 }],
            }));
            const said = state.hears === '' ? {} : { results };
            return answer('application/json', Buffer.from(JSON.stringify({ ...said, requestId: '1' })));
          }
          case '/speech/recognition/conversation/cognitiveservices/v1': {
            if (!key(request.headers['ocp-apim-subscription-key'])) return;
            const wav = readWav(new Uint8Array(body));
            note({ ...Object.fromEntries(url.searchParams), ms: wav.channels[0]!.length / 8 });
            if (!/^audio\/wav/.test(request.headers['content-type']!)) state.problems.push('another format');
            const heard = { RecognitionStatus: 'Success', NBest: [{ Confidence: 0.9, Display: state.hears }] };
            const said = state.hears === '' ? { RecognitionStatus: 'NoMatch' } : heard;
            return answer('application/json', Buffer.from(JSON.stringify(said)));
          }
          case '/': {
            const asked = json();
            note(asked);
            return answer('audio/wav', writeWav([soundOf(String(asked.text), 22_050)], 22_050));
          }
          case '/api/tts': {
            const asked = Object.fromEntries(url.searchParams);
            note(asked);
            return answer('audio/wav', writeWav([soundOf(asked.text!, 22_050)], 22_050));
          }
          case '/cognitiveservices/v1': {
            if (!key(request.headers['ocp-apim-subscription-key'])) return;
            const ssml = body.toString();
            note({ ssml });
            if (request.headers['x-microsoft-outputformat'] !== 'raw-8khz-8bit-mono-mulaw')
              state.problems.push('another format');
            const text = ssml.replace(/<[^>]*>/g, ' ');
            return answer('audio/basic', encodeMuLaw(soundOf(text, 8000)));
          }
          case '/v1/text:synthesize': {
            if (!key(request.headers['x-goog-api-key'])) return;
            const asked = json();
            note(asked);
            const { speakingRate: pace = 1 } = asked.audioConfig as { speakingRate?: number };
            if (!(pace >= 0.25 && pace <= 2)) state.problems.push(`a pace of ${pace}`);
            const wav = writeWav(
              [soundOf(String(Object.values(asked.input as object)[0]).replace(/<[^>]*>/g, ' '), 8000)],
              8000,
            );
            const audioContent = Buffer.from(wav).toString('base64');
            return answer('application/json', Buffer.from(JSON.stringify({ audioContent })));
          }
          case '/v1/speech': {
            const wrong = signatureProblem(request, 'polly', body);
            if (wrong !== undefined) return response.writeHead(403).end(`{"message":"${wrong}"}`);
            const asked = json();
            note(asked);
            const text = String(asked.Text).replace(/<[^>]*>/g, ' ');
            if (asked.OutputFormat === 'json')
              return answer('application/x-json-stream', Buffer.from(speechMarksOf(text)));
            if (asked.OutputFormat !== 'pcm' || asked.SampleRate !== '8000') state.problems.push('another format');
            return answer('audio/pcm', pcm(soundOf(text, 8000)));
          }
          default:
            response.writeHead(404).end();
        }
      })().catch((problem: unknown) => {
        state.problems.push(String(problem));
        response.destroy();
      });
    });
  });
  const state: LoopbackHttpSpeech = {
    url: '',
    problems: [],
    requests: [],
    fault: undefined,
    hears: 'where is my order',
    aborted: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}
