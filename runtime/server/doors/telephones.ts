/** The telephones of fewer users than Twilio and Telnyx: what each is given, and the doors of those that are set. */
import type { Door, DoorHost } from './door.js';
import { PlivoDoor } from './plivo-door.js';

export interface TelephoneOptions {
  /** `authToken` checks webhooks; with `authId` too, calls are handed over and hung up. */
  plivo?: { authToken?: string; authId?: string; insecure?: boolean; apiBase?: string };
}

/** @throws UsageError when one would stand open */
export function telephoneDoors(host: DoorHost, { plivo }: TelephoneOptions): Door[] {
  return [...(plivo ? [new PlivoDoor(host, plivo)] : [])];
}
