import type { OutsideError } from '../../engine/errors.js';
import { refusalOf, type Vendor } from './refusals.js';

/** What an `error` of OpenAI's Realtime means. Its own text may hold ours, so it is not passed on. */
export function realtimeProblem(vendor: Vendor, { code, type }: { code?: unknown; type?: unknown }): OutsideError {
  const statuses: Record<string, number> = {
    invalid_api_key: 401,
    insufficient_quota: 402,
    rate_limit_exceeded: 429,
    // Its sessions do not last for ever: a new one goes on.
    session_expired: 503,
  };
  const known = typeof code === 'string' && Object.hasOwn(statuses, code) ? statuses[code] : undefined;
  return refusalOf(vendor, known ?? (type === 'invalid_request_error' ? 400 : 500));
}
