import type { WebSocket } from 'ws';
import { encodeALaw, encodeMuLaw } from '../../runtime/audio/g711.js';
import { sendGarbage, startSocketTwin, toneOf, wordMs, type SocketTwin } from './socket-twin.js';

export type ElevenLabsFault =
  | { kind: 'refuse'; status: number }
  /** Takes the handshake, then says so in a message of its own, which repeats what it was sent, and closes. */
  | { kind: 'error'; error: string }
  /** Cuts the connection after so many chunks of a sentence. */
  | { kind: 'drop'; afterChunks: number; times: number }
  | { kind: 'silent' }
  /** Sends so many chunks and no more. */
  | { kind: 'stall'; afterChunks: number }
  | { kind: 'garbage' };

export interface LoopbackElevenLabs extends SocketTwin {
  /** The contexts, in order. */
  contexts: { text: string; settings: unknown; flushed: boolean; closed: boolean }[];
  /** The most contexts that were open at a time on one connection. */
  most: number;
  fault: ElevenLabsFault | undefined;
}

export const loopbackKey = 'elevenlabs-loopback-key';
/** Faster than speech. */
const paceMs = 4;
/** Not a whole number of words: characters of a word come in two chunks. */
const chunkMs = 250;

/**
 * Speaks `/v1/text-to-speech/{voice}/multi-stream-input`: nothing is said of a context before it is flushed, closed or
 * 120 characters long; `isFinal` when a closed context has flushed, which no message stops; a sixth context closes the
 * connection with 1008; characters are timed from the beginning of each chunk.
 */
export async function startElevenLabs(): Promise<LoopbackElevenLabs> {
  const state = {} as LoopbackElevenLabs;
  const twin = await startSocketTwin({
    refuse: (url, request) => {
      if (state.fault?.kind === 'refuse') return state.fault.status;
      if (!/^\/v1\/text-to-speech\/[^/]+\/multi-stream-input$/.test(url.pathname)) return 404;
      return request.headers['xi-api-key'] === loopbackKey ? undefined : 401;
    },
    converse: (client, url) => converse(client, url, state),
  });
  return Object.assign(state, twin, { contexts: [], most: 0, fault: undefined });
}

interface Context {
  record: LoopbackElevenLabs['contexts'][number];
  speaking: boolean;
}

function converse(client: WebSocket, url: URL, state: LoopbackElevenLabs): void {
  const open = new Map<string, Context>();
  const format = url.searchParams.get('output_format') ?? '';
  if (!/^(pcm|ulaw|alaw)_\d+$/.test(format)) state.problems.push(`output_format ${format}`);
  if (!url.searchParams.get('model_id')) state.problems.push('no model_id');

  client.on('message', (data: Buffer, isBinary) => {
    if (isBinary) return void state.problems.push('a binary frame');
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    const id = message.context_id;
    if (typeof id !== 'string' || id === '') return void state.problems.push('no context_id');
    const context = open.get(id);
    if (message.close_context === true) {
      if (!context) return void state.problems.push('closes a context that is not open');
      context.record.closed = true;
      if (!context.speaking) speak(id, context);
      return;
    }
    if (typeof message.text !== 'string') return void state.problems.push('no text');
    if (!context) {
      if (message.text !== ' ') state.problems.push('a context that begins without a space');
      open.set(id, {
        record: { text: '', settings: message.voice_settings, flushed: false, closed: false },
        speaking: false,
      });
      state.contexts.push(open.get(id)!.record);
      state.most = Math.max(state.most, open.size);
      if (open.size > 5) return fail('max_active_conversations', 'Too many contexts');
      if (state.fault?.kind === 'error') fail(state.fault.error, 'said: the secret word');
      return;
    }
    if ('voice_settings' in message) state.problems.push('settings after the first message');
    if (!message.text.endsWith(' ')) state.problems.push('text that does not end with a space');
    context.record.text += message.text;
    context.record.flushed ||= message.flush === true;
    if (context.record.flushed || context.record.text.length >= 120) speak(id, context);
  });

  const fail = (error: string, message: string): void => {
    client.send(JSON.stringify({ error, message, code: 1008 }));
    client.close(1008, message);
  };

  const speak = (id: string, context: Context): void => {
    const { fault } = state;
    context.speaking = true;
    const text = context.record.text.trim();
    const rateHz = Number(format.split('_')[1]);
    const sound = toneOf(text, rateHz);
    const chunk = (rateHz * chunkMs) / 1000;
    const chars = charsOf(text);
    let n = 0;
    const step = (): void => {
      if (client.readyState !== client.OPEN || fault?.kind === 'silent') return;
      if (fault?.kind === 'stall' && n >= fault.afterChunks) return;
      if (fault?.kind === 'drop' && fault.times > 0 && n >= fault.afterChunks) {
        fault.times -= 1;
        return client.terminate();
      }
      if (fault?.kind === 'garbage')
        sendGarbage(client, [
          { audio: 'AAAA', contextId: 'of nobody' },
          { audio: 17, contextId: id },
          { audio: null, contextId: { toString: 1 } },
          {
            audio: '',
            contextId: id,
            alignment: { chars: [{ toString: 1 }], charStartTimesMs: [0], charDurationsMs: [1] },
          },
          { isFinal: 'perhaps', contextId: id },
        ]);
      const fromMs = n * chunkMs;
      const here = chars.filter(({ ms }) => ms >= fromMs && ms < fromMs + chunkMs);
      const alignment = {
        chars: here.map(({ char }) => char),
        charStartTimesMs: here.map(({ ms }) => ms - fromMs),
        charDurationsMs: here.map(({ durationMs }) => durationMs),
      };
      const piece = sound.slice(n * chunk, (n + 1) * chunk);
      client.send(
        JSON.stringify({
          audio: encoded(piece, format).toString('base64'),
          alignment,
          normalizedAlignment: alignment,
          contextId: id,
        }),
      );
      n += 1;
      if (n * chunk < sound.length) return void setTimeout(step, paceMs);
      if (!context.record.closed) return;
      open.delete(id);
      client.send(JSON.stringify({ isFinal: true, contextId: id }));
    };
    setTimeout(step, paceMs);
  };
}

/** A space has no length; whole milliseconds, as on the wire. */
function charsOf(text: string): { char: string; ms: number; durationMs: number }[] {
  return text.split(/\s+/).flatMap((word, n) => {
    const each = Math.floor(wordMs / word.length);
    return [
      ...(n > 0 ? [{ char: ' ', ms: n * wordMs, durationMs: 0 }] : []),
      ...[...word].map((char, i) => ({ char, ms: n * wordMs + i * each, durationMs: each })),
    ];
  });
}

function encoded(samples: Int16Array, format: string): Buffer {
  if (format.startsWith('ulaw')) return Buffer.from(encodeMuLaw(samples));
  if (format.startsWith('alaw')) return Buffer.from(encodeALaw(samples));
  return Buffer.from(samples.buffer);
}
