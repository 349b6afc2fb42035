/** How a request to Google says who asks. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import type { GoogleAccount } from './google-account.js';
import { needsKey, type Vendor } from './refusals.js';

/** In a refusal's cure: `Set …`. */
export const googleKeys = 'GOOGLE_API_KEY or GOOGLE_APPLICATION_CREDENTIALS';

export interface GoogleAuthority {
  headers: Record<string, string>;
  /** Of the account; a key says none. */
  project?: string;
}

export interface GoogleAccessOptions {
  vendor: Vendor;
  /** `https://speech.googleapis.com/`, wherever it is reached. */
  audience: string;
  clock: Clock;
  apiKey?: string | undefined;
  account?: GoogleAccount | undefined;
}

interface ServiceAccount {
  email: string;
  privateKey: string;
  keyId: string | undefined;
  project: string | undefined;
}

/** Google takes none that is good for longer; a fresh one is made this long before it ends. */
const tokenSeconds = 3600;
const spareSeconds = 600;

/**
 * A token, a service account or a key, whichever is there first. A service account signs its own tokens for one service
 * (https://google.aip.dev/auth/4111), so nobody else is asked.
 */
export class GoogleAccess {
  readonly #options: GoogleAccessOptions;
  #serviceAccount: Promise<ServiceAccount> | undefined;
  #token: { text: string; untilS: number } | undefined;

  constructor(options: GoogleAccessOptions) {
    this.#options = options;
  }

  /** @throws OutsideError without any of them, or for a file that is no service account's */
  async authority(): Promise<GoogleAuthority> {
    const { vendor, apiKey, account = {} } = this.#options;
    const { accessToken, credentialsFile, project } = account;
    if (accessToken !== undefined)
      return {
        headers: { authorization: `Bearer ${accessToken}`, ...(project && { 'x-goog-user-project': project }) },
        ...(project && { project }),
      };
    if (credentialsFile !== undefined) {
      this.#serviceAccount ??= readServiceAccount(credentialsFile, vendor);
      this.#serviceAccount.catch(() => (this.#serviceAccount = undefined));
      const its = await this.#serviceAccount;
      const asked = its.project ?? project;
      return { headers: { authorization: `Bearer ${await this.#signed(its)}` }, ...(asked && { project: asked }) };
    }
    if (!apiKey) throw needsKey(vendor);
    return { headers: { 'x-goog-api-key': apiKey } };
  }

  async #signed(its: ServiceAccount): Promise<string> {
    const nowS = Math.floor(this.#options.clock.date() / 1000);
    if (this.#token && this.#token.untilS - spareSeconds > nowS) return this.#token.text;
    const { importPKCS8, SignJWT } = await import('jose');
    let text: string;
    try {
      text = await new SignJWT()
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(its.keyId && { kid: its.keyId }) })
        .setIssuer(its.email)
        .setSubject(its.email)
        .setAudience(this.#options.audience)
        .setIssuedAt(nowS)
        .setExpirationTime(nowS + tokenSeconds)
        .sign(await importPKCS8(its.privateKey, 'RS256'));
    } catch (cause) {
      throw noServiceAccount(this.#options.vendor, 'its private_key is none', cause);
    }
    this.#token = { text, untilS: nowS + tokenSeconds };
    return text;
  }
}

async function readServiceAccount(file: string, vendor: Vendor): Promise<ServiceAccount> {
  let content: Record<string, unknown>;
  try {
    content = Object(JSON.parse(await readFile(file, 'utf8'))) as Record<string, unknown>;
  } catch (cause) {
    // The parser's own message quotes what it read.
    throw noServiceAccount(vendor, 'it cannot be read', cause instanceof SyntaxError ? undefined : cause);
  }
  const { type, client_email: email, private_key: privateKey, private_key_id: keyId, project_id: project } = content;
  if (type !== 'service_account') throw noServiceAccount(vendor, 'its "type" is not "service_account"');
  if (typeof email !== 'string' || typeof privateKey !== 'string')
    throw noServiceAccount(vendor, 'it lacks client_email or private_key');
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);
  return { email, privateKey, keyId: text(keyId), project: text(project) };
}

function noServiceAccount({ name }: Vendor, how: string, cause?: unknown): OutsideError {
  return new OutsideError(
    name,
    'refused',
    `GOOGLE_APPLICATION_CREDENTIALS names no key of a service account: ${how}. Download its JSON key, or set GOOGLE_API_KEY.`,
    { retryable: false, cause },
  );
}
