/** What the REST interfaces of carriers have in common: one request, and what its failures are called here. */
import { OutsideError } from '../../engine/errors.js';

const deadlineMs = 5000;

export interface CarrierRequest {
  /** The carrier's name, for errors. */
  carrier: string;
  url: string | URL;
  /** Default POST. */
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  authorization: string;
  /** A form, or JSON. */
  body?: URLSearchParams | object;
  /** What was asked for, for errors: `transfer`. Never a number. */
  what: string;
  /** What to look at when the carrier does not know us: `check TELNYX_API_KEY`. */
  cure: string;
  /** An answer that is as good as success: a hang-up of what has ended. */
  isFine?: (status: number, text: string) => boolean;
}

/**
 * Asks a carrier for something and gives its answer's fields; what is no JSON has none.
 * @throws OutsideError; its text holds neither numbers nor what the carrier wrote, but the carrier's own code for it
 */
export async function askCarrier(request: CarrierRequest): Promise<Record<string, unknown>> {
  const { carrier, url, authorization, body, what, cure, isFine } = request;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method: request.method ?? 'POST',
      headers: {
        authorization,
        ...(body && {
          'content-type': body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json',
        }),
      },
      ...(body && { body: body instanceof URLSearchParams ? body.toString() : JSON.stringify(body) }),
      signal: AbortSignal.timeout(deadlineMs),
    });
    text = await answer.text();
  } catch (cause) {
    const timeout = cause instanceof Error && cause.name === 'TimeoutError';
    throw new OutsideError(carrier, timeout ? 'timeout' : 'unreachable', 'its REST interface did not answer', {
      retryable: true,
      cause,
    });
  }
  const { status } = answer;
  if (answer.ok || isFine?.(status, text)) return fieldsOf(text);
  const refused = status === 401 || status === 403;
  const code = codeOf(fieldsOf(text));
  throw new OutsideError(
    carrier,
    refused ? 'refused' : status === 429 ? 'busy' : 'protocol',
    `its REST interface answered ${String(status)}${code === undefined ? '' : ` (${code})`} to ${what}${refused ? `; ${cure}` : ''}`,
    { retryable: status === 429 || status >= 500 },
  );
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Twilio writes `{code}`, Telnyx `{errors: [{code}]}`; only figures are taken over. */
function codeOf({ code, errors }: Record<string, unknown>): string | undefined {
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  const found = code ?? (typeof first === 'object' && first !== null ? (first as { code?: unknown }).code : undefined);
  const text = typeof found === 'number' || typeof found === 'string' ? String(found) : '';
  return /^\d{1,8}$/.test(text) ? text : undefined;
}
