/**
 * Vonage Voice over a WebSocket: PCM at 16 kHz both ways, 20 ms a frame, and events as its "WebSockets" guide documents
 * them. `notify` comes back when all before it was played; after `clear` what was not reached does not. A key comes as
 * `digit`. There is no message for the end: the socket closes.
 */
import type { PcmDialect, PcmMessage } from './pcm-line.js';
import { recordOf } from './media-line.js';

/** What our NCCO gave the socket comes back in its first text. */
export interface VonageStart {
  call: string;
  token?: string;
  agent?: string;
  from?: string;
  to?: string;
}

export const vonageContentType = 'audio/l16;rate=16000';

export function vonageStart(message: PcmMessage): VonageStart | undefined {
  if (message.event !== 'websocket:connected' || message['content-type'] !== vonageContentType) return undefined;
  const { call, token, agent, from, to } = message;
  return {
    call: typeof call === 'string' ? call : '',
    ...(typeof token === 'string' && { token }),
    ...(typeof agent === 'string' && { agent }),
    ...(typeof from === 'string' && { from }),
    ...(typeof to === 'string' && { to }),
  };
}

export const vonageDialect: PcmDialect = {
  transport: 'vonage',
  inHz: 16_000,
  outHz: 16_000,
  read(message) {
    switch (message.event) {
      case 'websocket:dtmf':
        return typeof message.digit === 'string' ? { kind: 'key', digit: message.digit } : 'bad';
      case 'websocket:notify': {
        const { mark } = recordOf(message.payload);
        return typeof mark === 'string' ? { kind: 'mark', name: mark } : 'bad';
      }
      case 'websocket:cleared':
      case 'websocket:connected':
        return 'nothing';
      default:
        return undefined;
    }
  },
  mark: (name) => ({ action: 'notify', payload: { mark: name } }),
  clear: () => ({ action: 'clear' }),
};
