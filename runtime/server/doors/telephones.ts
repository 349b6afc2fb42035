/** The telephones of fewer users than Twilio and Telnyx: what each is given, and the doors of those that are set. */
import { AudioSocketDoor } from './audiosocket-door.js';
import type { Dialler } from '../outgoing-calls.js';
import type { Door, DoorHost } from './door.js';
import { JambonzDoor } from './jambonz-door.js';
import { PlivoDoor } from './plivo-door.js';
import { VonageDoor } from './vonage-door.js';

export interface TelephoneOptions {
  /** `authToken` checks webhooks; with `authId` too, calls are handed over and hung up. */
  plivo?: { authToken?: string; authId?: string; insecure?: boolean; apiBase?: string };
  /** `port`: of its own, for Asterisk's sockets. 0 takes a free one. `secret`: what the dialplan asks for a call with. */
  audioSocket?: { port: number; secret?: string; insecure?: boolean };
  /** `signatureSecret` checks webhooks; with the other two calls are handed over and hung up. */
  vonage?: {
    signatureSecret?: string;
    applicationId?: string;
    privateKey?: string;
    insecure?: boolean;
    apiBase?: string;
  };
  /** `marks`: the far end answers them. With `accountSid` and `apiKey` calls are placed, and fetched back. */
  jambonz?: {
    secret?: string;
    insecure?: boolean;
    marks?: boolean;
    accountSid?: string;
    apiKey?: string;
    apiBase?: string;
  };
}

/** @throws UsageError when one would stand open */
export function telephoneDoors(host: DoorHost, { plivo, audioSocket, vonage, jambonz }: TelephoneOptions): Door[] {
  return [
    ...(plivo ? [new PlivoDoor(host, plivo)] : []),
    ...(audioSocket ? [new AudioSocketDoor(host, audioSocket)] : []),
    ...(vonage ? [new VonageDoor(host, vonage)] : []),
    ...(jambonz ? [new JambonzDoor(host, jambonz)] : []),
  ];
}

/** A carrier that can be asked to ring somebody, with the keys that it was given. */
export function canDial(door: Door & { canDial?: boolean }): door is Door & Dialler {
  return door.canDial === true;
}
