import { OutsideError } from '../../engine/errors.js';

export interface Vendor {
  /** As in the table of providers. */
  name: string;
  /** The environment variables of its key and address. */
  envKey?: string;
  envUrl: string;
  /** What does the same without a key: `stt: embedded`. Nothing does for a language model. */
  instead?: 'stt: embedded' | 'tts: embedded';
}

function keyCure({ envKey, envUrl, instead }: Vendor): string {
  const set = `Set ${envKey ?? envUrl}`;
  return instead ? `${set}, or use the embedded one (\`${instead}\`), which needs none.` : `${set}.`;
}

export function needsKey(vendor: Vendor): OutsideError {
  return new OutsideError(vendor.name, 'refused', `it needs a key. ${keyCure(vendor)}`, { retryable: false });
}

/** What an HTTP status means, the same for a socket's handshake; 0: nobody answered. */
export function refusalOf(vendor: Vendor, status: number, cause?: unknown): OutsideError {
  const { name, envUrl, instead } = vendor;
  const paidIn = instead ? `Pay it in, or use the embedded one (\`${instead}\`).` : 'Pay it in.';
  const known: Record<number, string> = {
    401: `not authorised (401), so not tried again. ${keyCure(vendor)}`,
    402: `its credit is used up (402), so not tried again. ${paidIn}`,
    403: `not allowed (403), so not tried again. Check what the key may do. ${keyCure(vendor)}`,
    404: `it does not know this model, voice or address (404), so not tried again. Check \`${instead ? 'voice' : 'llm'}:\` and ${envUrl}.`,
  };
  const more = { retryable: true, cause };
  if (status === 429) return new OutsideError(name, 'busy', 'too many requests at a time (429)', more);
  if (status === 408) return new OutsideError(name, 'timeout', 'it took too long (408)', more);
  if (status >= 500) return new OutsideError(name, 'unreachable', `it is out of order (${status})`, more);
  if (status >= 400)
    return new OutsideError(
      name,
      'refused',
      known[status] ??
        `it does not take this request (${status}), so not tried again. Check the model, the voice and the language.`,
      { retryable: false, cause },
    );
  return new OutsideError(name, 'unreachable', `no connection. Check the network and ${envUrl}.`, more);
}

export function lost({ name }: Vendor, how: string, cause?: unknown): OutsideError {
  return new OutsideError(name, 'closed', how, { retryable: true, cause });
}

export function tooLate({ name }: Vendor, how: string): OutsideError {
  return new OutsideError(name, 'timeout', how, { retryable: true });
}
