import type { OutsideError } from '../../engine/errors.js';
import type { AnswerNews } from './answer-sockets.js';
import { refusalOf, type Vendor } from './refusals.js';

/** An `error` of OpenAI's Realtime, or why a response failed. Its own text may hold ours, so it is not passed on. */
export interface RealtimeError {
  code?: unknown;
  type?: unknown;
}

export function realtimeProblem(vendor: Vendor, { code, type }: RealtimeError): OutsideError {
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

/** What an `error` message says of the answer that runs. */
export function realtimeErrorNews(vendor: Vendor, message: Record<string, unknown>): AnswerNews {
  const error = message.error as RealtimeError;
  // It had ended when it was to be cancelled.
  if (error.code === 'response_cancel_not_active') return { is: 'stopped' };
  return { problem: realtimeProblem(vendor, error) };
}
