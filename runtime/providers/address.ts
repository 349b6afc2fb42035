import { UsageError } from '../../engine/errors.js';
import type { Vendor } from './refusals.js';

/**
 * The base of a vendor's address, with `http:` or `https:` (ws and http mean the same here) and no slash at its end.
 * A key and a caller's words must not cross a network in the clear: without encryption only on this machine.
 * @throws UsageError for what is no URL, or is one in the clear
 */
export function addressOf(text: string, { name, envUrl }: Vendor): string {
  let url: URL;
  try {
    url = new URL(text.replace(/^ws/, 'http'));
  } catch {
    throw new UsageError(`The address of ${name} is no URL. Write it like https://host/path (${envUrl}).`);
  }
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback))
    throw new UsageError(
      `The address of ${name} must begin with https:// or wss:// (${envUrl}); without encryption only on this machine.`,
    );
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
