import { generateKeyPairSync, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const email = 'ear@shop-1.iam.gserviceaccount.com';
const keyId = 'key-1';

export const loopbackProject = 'shop-1';
export const loopbackToken = 'ya29.loopback-token';

/** A service account's file, as the console gives it. Its path. */
export function writeServiceAccount(folder: string, change: object = {}): string {
  const file = join(folder, 'service-account.json');
  const account = {
    type: 'service_account',
    project_id: loopbackProject,
    private_key_id: keyId,
    private_key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  };
  writeFileSync(file, JSON.stringify({ ...account, ...change }));
  return file;
}

/**
 * What is wrong with a bearer: a token that was given out, or one that the service account signed itself for this
 * service (https://google.aip.dev/auth/4111). Undefined when it is good. Read here, not by the library under test.
 */
export function bearerProblem(bearer: string, audience: string, nowMs: number): string | undefined {
  if (bearer === loopbackToken) return undefined;
  const [head, body, signature] = bearer.split('.');
  if (!head || !body || !signature) return 'no token';
  const { alg, kid } = partOf(head);
  const { iss, sub, aud, iat, exp } = partOf(body);
  if (alg !== 'RS256' || kid !== keyId) return 'another key';
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), keys.publicKey, Buffer.from(signature, 'base64url')))
    return 'a wrong signature';
  if (iss !== email || sub !== email) return 'another account';
  if (aud !== audience) return `for ${String(aud)}`;
  const nowS = nowMs / 1000;
  if (Number(iat) > nowS + 60 || Number(exp) < nowS || Number(exp) - Number(iat) > 3600) return 'another time';
  return undefined;
}

function partOf(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
}
