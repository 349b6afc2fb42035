import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AwsAccount } from '../../runtime/providers/aws-account.js';

export const loopbackAccount = {
  accessKeyId: 'AKIDLOOPBACK',
  secretAccessKey: 'aws-loopback-key/+=',
  sessionToken: 'session+loopback/key==',
  region: 'eu-west-1',
} satisfies AwsAccount;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** What is wrong with a request's signature (Version 4), in its headers or in its query; undefined: nothing. */
export function signatureProblem(
  request: IncomingMessage,
  service: string,
  body: Buffer = Buffer.alloc(0),
): string | undefined {
  const url = new URL(request.url!, `http://${request.headers.host}`);
  const inQuery = url.searchParams.has('X-Amz-Signature');
  const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  const [credential, signedHeaders, signature] = inQuery
    ? ['Credential', 'SignedHeaders', 'Signature'].map((name) => url.searchParams.get(`X-Amz-${name}`) ?? '')
    : (header?.slice(1) ?? []);
  const told = (name: string): string | undefined =>
    inQuery ? (url.searchParams.get(name) ?? undefined) : (request.headers[name.toLowerCase()] as string | undefined);
  const date = told('X-Amz-Date') ?? '';
  if (!credential || !signedHeaders || !signature || !/^\d{8}T\d{6}Z$/.test(date)) return 'not signed';
  const sentMs = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..)Z$/, '$1-$2-$3:$4:$5Z'));
  const lastsS = inQuery ? Number(told('X-Amz-Expires')) : 300;
  if (!(lastsS > 0 && lastsS <= 300) || Math.abs(Date.now() - sentMs) > lastsS * 1000) return 'expired';
  const scope = `${date.slice(0, 8)}/${loopbackAccount.region}/${service}/aws4_request`;
  if (credential !== `${loopbackAccount.accessKeyId}/${scope}`) return 'another credential';
  if (told('X-Amz-Security-Token') !== loopbackAccount.sessionToken) return 'another session token';
  if (!signedHeaders.split(';').includes('host')) return 'the host is not signed';

  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  const canonical = [
    request.method,
    url.pathname.split('/').map(encoded).join('/'),
    query,
    ...signedHeaders.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n');
  const key = [date.slice(0, 8), loopbackAccount.region, service, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${loopbackAccount.secretAccessKey}`,
  );
  const wanted = hmac(key, ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n'));
  return timingSafeEqual(wanted, Buffer.from(signature, 'hex')) ? undefined : 'another signature';
}
