/** What ConversationRelay sends, as it came: nothing in it is to be trusted. */
import type { RawData } from 'ws';
import { recordOf, textsOf } from './media-line.js';

export type RelayMessage = { type: string } & Record<string, unknown>;

export interface RelaySetup {
  sessionId: string;
  callSid: string;
  from?: string;
  to?: string;
  /** From the `<Parameter>`s of our TwiML. */
  parameters: Record<string, string>;
}

/** Undefined for a setup that is not understood. */
export function setupOf(message: RelayMessage): RelaySetup | undefined {
  const { sessionId, callSid, from, to, customParameters } = message;
  if (typeof sessionId !== 'string' || typeof callSid !== 'string' || callSid === '') return undefined;
  return {
    sessionId,
    callSid,
    parameters: textsOf(customParameters),
    ...(typeof from === 'string' && from !== '' && { from }),
    ...(typeof to === 'string' && to !== '' && { to }),
  };
}

export function relayMessage(data: RawData): RelayMessage | undefined {
  try {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(data as Buffer[]);
    const value = recordOf(JSON.parse(bytes.toString('utf8')));
    return typeof value.type === 'string' ? (value as RelayMessage) : undefined;
  } catch {
    return undefined;
  }
}
