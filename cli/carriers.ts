/** What the environment says of the carriers that calls come and go by. */
import type { ServerOptions } from '../runtime/server/server.js';
import type { TelephoneOptions } from '../runtime/server/doors/telephones.js';
import type { Environment } from './assemble.js';
import { countSetting, portSetting, switchSetting } from './settings.js';

/** @param isOpen this machine only, or somebody in front vouches for who calls: Twilio's wire is there without a token */
export function carriersIn(
  env: Environment,
  { insecure, isOpen }: { insecure?: boolean; isOpen: boolean },
): Pick<ServerOptions, 'twilio' | 'telnyx' | keyof TelephoneOptions | 'outbound'> {
  return {
    twilio:
      env.TWILIO_AUTH_TOKEN !== undefined || isOpen
        ? {
            authToken: env.TWILIO_AUTH_TOKEN,
            accountSid: env.TWILIO_ACCOUNT_SID,
            apiBase: env.TWILIO_API_BASE,
            record: switchSetting(env, 'TWILIO_RECORD'),
            insecure,
          }
        : undefined,
    telnyx: env.TELNYX_API_KEY
      ? {
          apiKey: env.TELNYX_API_KEY,
          publicKey: env.TELNYX_PUBLIC_KEY,
          apiBase: env.TELNYX_API_BASE,
          connectionId: env.TELNYX_CONNECTION_ID,
          insecure,
        }
      : undefined,
    outbound: {
      from: env.PARLEY_CALL_FROM,
      allowPremium: switchSetting(env, 'PARLEY_ALLOW_PREMIUM'),
      ...(env.PARLEY_CALLS_PER_MINUTE !== undefined && { perMinute: countSetting(env, 'PARLEY_CALLS_PER_MINUTE') }),
    },
    plivo:
      env.PLIVO_AUTH_TOKEN || insecure
        ? {
            authToken: env.PLIVO_AUTH_TOKEN,
            authId: env.PLIVO_AUTH_ID,
            apiBase: env.PLIVO_API_BASE,
            insecure,
          }
        : undefined,
    audioSocket: env.AUDIOSOCKET_PORT
      ? { port: portSetting(env, 'AUDIOSOCKET_PORT'), secret: env.AUDIOSOCKET_SECRET, insecure }
      : undefined,
    vonage:
      env.VONAGE_SIGNATURE_SECRET || insecure
        ? {
            signatureSecret: env.VONAGE_SIGNATURE_SECRET,
            applicationId: env.VONAGE_APPLICATION_ID,
            privateKey: env.VONAGE_PRIVATE_KEY,
            apiBase: env.VONAGE_API_BASE,
            insecure,
          }
        : undefined,
    jambonz:
      env.JAMBONZ_SECRET || insecure
        ? {
            secret: env.JAMBONZ_SECRET,
            marks: switchSetting(env, 'JAMBONZ_MARKS'),
            accountSid: env.JAMBONZ_ACCOUNT_SID,
            apiKey: env.JAMBONZ_API_KEY,
            apiBase: env.JAMBONZ_API_BASE,
            insecure,
          }
        : undefined,
  };
}
