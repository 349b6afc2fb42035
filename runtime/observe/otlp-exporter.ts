/**
 * Sends spans to a collector: OTLP over HTTP in JSON. Our own hundred lines because a record has all that spans need
 * when a call is over: the OpenTelemetry SDK (a dozen packages) would follow each call while it runs, for the same JSON.
 * Nothing waits for it: a queue of fixed length, one request at a time, and what does not get through is counted.
 */
import type { Clock } from '../../engine/contracts.js';
import { UsageError } from '../../engine/errors.js';
import { attributesOf, type Span } from './call-spans.js';
import type { Log } from './log.js';

export interface SpanExporter {
  /** Takes them to be sent; what does not fit is dropped. */
  add(spans: readonly Span[]): void;
  /** Spans that no collector has got, and none will. */
  readonly dropped: number;
  /** Sends what is left, for a short time. */
  close(): Promise<void>;
}

export interface OtlpOptions {
  /** `…/v1/traces` */
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Of the process: `service.name` among it. */
  resource: Readonly<Record<string, string>>;
  timeoutMs?: number;
  clock: Clock;
  log: Log;
}

const mostQueued = 8192;
const mostInRequest = 512;
const everyMs = 5000;
const closeMs = 3000;
/** Then its spans are given up, and the next are tried. */
const tries = 4;
const firstPauseMs = 1000;
/** Worth another try, says OTLP; whatever else is answered will be answered again. */
const passing: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** How the collector's address and our name are given: as to every OpenTelemetry SDK. @throws UsageError */
export function otlpOptionsIn(
  env: Readonly<Record<string, string | undefined>>,
): Omit<OtlpOptions, 'clock' | 'log'> | undefined {
  const own = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url = own || (base ? `${base.replace(/\/+$/, '')}/v1/traces` : undefined);
  if (url === undefined || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none')
    return undefined;
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new UsageError('OTEL_EXPORTER_OTLP_ENDPOINT takes an address such as http://127.0.0.1:4318');
  const timeoutMs = Number(env.OTEL_EXPORTER_OTLP_TIMEOUT || 10_000);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1)
    throw new UsageError('OTEL_EXPORTER_OTLP_TIMEOUT takes milliseconds');
  const resource = pairsOf(env.OTEL_RESOURCE_ATTRIBUTES);
  return {
    url,
    headers: pairsOf(env.OTEL_EXPORTER_OTLP_TRACES_HEADERS ?? env.OTEL_EXPORTER_OTLP_HEADERS),
    resource: { ...resource, 'service.name': env.OTEL_SERVICE_NAME || resource['service.name'] || 'parley' },
    timeoutMs,
  };
}

export function otlpExporter(options: OtlpOptions): SpanExporter {
  return new OtlpExporter(options);
}

class OtlpExporter implements SpanExporter {
  readonly #options: OtlpOptions;
  readonly #closing = new AbortController();
  #queue: Span[] = [];
  #dropped = 0;
  #isDown = false;
  #sending: Promise<void> | undefined;
  #stopWaiting: (() => void) | undefined;

  constructor(options: OtlpOptions) {
    this.#options = options;
  }

  get dropped(): number {
    return this.#dropped;
  }

  add(spans: readonly Span[]): void {
    const room = Math.max(0, mostQueued - this.#queue.length);
    // Those in front have the others under them.
    this.#queue.push(...spans.slice(0, room));
    this.#dropped += Math.max(0, spans.length - room);
    const { clock } = this.#options;
    this.#stopWaiting ??= clock.at(clock.now() + everyMs, () => this.#start());
    if (this.#queue.length >= mostInRequest) this.#start();
  }

  async close(): Promise<void> {
    const { clock } = this.#options;
    this.#start();
    const cancel = clock.at(clock.now() + closeMs, () => this.#closing.abort(new Error('closed')));
    await this.#sending;
    cancel();
  }

  #start(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined));
  }

  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const spans = this.#queue.splice(0, mostInRequest);
      const problem = await this.#send(spans);
      if (problem !== undefined) this.#dropped += spans.length;
      if ((problem !== undefined) === this.#isDown) continue;
      // Once when it begins, once when it is over.
      this.#isDown = problem !== undefined;
      if (problem === undefined) this.#options.log.info('spans are collected again', {});
      else this.#options.log.warn('spans are not collected', { problem });
    }
  }

  /** @returns why they were given up */
  async #send(spans: readonly Span[]): Promise<string | undefined> {
    const { url, headers, resource, clock, timeoutMs = 10_000 } = this.#options;
    const body = JSON.stringify({
      resourceSpans: [
        { resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope: { name: 'parley' }, spans }] },
      ],
    });
    let problem = '';
    for (let tried = 0; tried < tries && !this.#closing.signal.aborted; tried++) {
      try {
        if (tried > 0) await clock.sleep(firstPauseMs * 2 ** (tried - 1), this.#closing.signal);
        const response = await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body,
          redirect: 'error',
          signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(timeoutMs)]),
        });
        await response.body?.cancel();
        if (response.ok) return undefined;
        problem = `HTTP ${String(response.status)}`;
        if (!passing.has(response.status)) return problem;
      } catch (error) {
        // Its words may hold the address, and that a key.
        problem = error instanceof Error ? error.name : 'unknown';
      }
    }
    return problem;
  }
}

/** `a=b,c=d%20e` */
function pairsOf(text = ''): Record<string, string> {
  const pairs = text.split(',').flatMap((pair): [string, string][] => {
    const at = pair.indexOf('=');
    if (at <= 0) return [];
    const value = pair.slice(at + 1).trim();
    return [[pair.slice(0, at).trim(), /%(?![0-9a-f]{2})/i.test(value) ? value : decodeURIComponent(value)]];
  });
  return Object.fromEntries(pairs);
}
