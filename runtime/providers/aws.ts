/** AWS's services: requests signed by an account (Signature Version 4). */
import { AwsV4Signer } from 'aws4fetch';
import { OutsideError } from '../../engine/errors.js';
import { addressOf } from './address.js';
import type { AwsAccount } from './aws-account.js';
import { needsKey, type Vendor } from './refusals.js';

const keyNames = 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

export function awsVendor(envUrl: string, instead: Vendor['instead']): Vendor {
  return { name: 'aws', envKey: keyNames, envUrl, instead };
}

/** A service of AWS at its own address or another. @throws UsageError for an address in the clear */
export class AwsService {
  readonly #vendor: Vendor;
  readonly #name: string;
  readonly #account: Partial<AwsAccount>;
  readonly #base: string | undefined;
  readonly #baseIn: (region: string) => string;

  /** @param name as it stands in signatures: `transcribe` */
  constructor(
    name: string,
    {
      vendor,
      account = {},
      baseUrl,
      baseIn,
    }: {
      vendor: Vendor;
      account?: Partial<AwsAccount> | undefined;
      baseUrl?: string | undefined;
      baseIn: (region: string) => string;
    },
  ) {
    this.#name = name;
    this.#vendor = vendor;
    this.#account = account;
    this.#base = baseUrl === undefined ? undefined : addressOf(baseUrl, vendor);
    this.#baseIn = baseIn;
  }

  /** An address that carries its signature, for a GET within five minutes. @throws OutsideError without an account */
  async presigned(path: string, query: Readonly<Record<string, string>>): Promise<string> {
    const { base, ...account } = this.#whole();
    const all = new URLSearchParams({ ...query, 'X-Amz-Expires': '300' });
    const url = `${base}${path}?${all.toString()}`;
    const signer = new AwsV4Signer({ url, method: 'GET', service: this.#name, signQuery: true, ...account });
    return (await signer.sign()).url.href;
  }

  /** The headers of a POST. @throws OutsideError without an account */
  async signed(path: string, body: string): Promise<{ url: string; headers: Record<string, string> }> {
    const { base, ...account } = this.#whole();
    const url = `${base}${path}`;
    const headers = { 'content-type': 'application/json' };
    const signer = new AwsV4Signer({ url, method: 'POST', body, headers, service: this.#name, ...account });
    const { headers: signed } = await signer.sign();
    return { url, headers: Object.fromEntries(signed as unknown as Iterable<[string, string]>) };
  }

  #whole(): AwsAccount & { base: string } {
    const { accessKeyId, secretAccessKey, region, sessionToken } = this.#account;
    if (!accessKeyId || !secretAccessKey) throw needsKey(this.#vendor);
    if (!region)
      throw new OutsideError(this.#vendor.name, 'refused', 'its region is not known. Set AWS_REGION.', {
        retryable: false,
      });
    return {
      accessKeyId,
      secretAccessKey,
      region,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      base: this.#base ?? this.#baseIn(region),
    };
  }
}
