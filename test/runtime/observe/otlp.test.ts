/** Spans of calls, and the way to a collector on loopback that checks them as the specification has them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RealClock } from '../../../engine/clock.js';
import type { CallRecord } from '../../../runtime/call/call.js';
import { spansOf, type Span } from '../../../runtime/observe/call-spans.js';
import { logOver, silentLog } from '../../../runtime/observe/log.js';
import { otlpExporter, otlpOptionsIn } from '../../../runtime/observe/otlp-exporter.js';
import { eventually } from '../../conformance/line.js';
import { menu, Browser, startReal } from '../../calls/real-server.js';

const record: CallRecord = {
  id: 'c1',
  transport: 'twilio',
  about: { agent: 'bank', version: 'v1' },
  started: '2026-11-02T10:00:00.000Z',
  durationMs: 9000,
  ended: 'completed',
  turns: [
    { who: 'agent', text: 'Hello, Aoife.', startMs: 100, endMs: 900 },
    { who: 'caller', text: 'my number is 4417', startMs: 1000, endMs: 2000, by: 'speech' },
    {
      who: 'agent', text: 'Thank you, 4417.', startMs: 2605, endMs: 4000, interrupted: true, rehearsed: 'adopted',
      stages: { speechEnd: 2000, final: 2100, decision: 2400, firstSentence: 2420, ttsRequest: 2420, firstByte: 2600, firstSent: 2605, firstHeard: 2705 },
    },
  ],
  states: [{ flow: 'pay', state: 'ask', atMs: 50 }],
  interruptions: [{ onsetMs: 3900, silentMs: 3950 }],
  tools: [{ callId: 't1', name: 'look', outcome: 'ok', atMs: 2300 }],
  counters: {},
}; // prettier-ignore

/** What the specification asks of a request. @throws where it is not so */
function spansIn(text: string): Span[] {
  const body = JSON.parse(text) as { resourceSpans: { resource: { attributes: unknown }; scopeSpans: { spans: Span[] }[] }[] }; // prettier-ignore
  const spans = body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  const ids = new Map(spans.map((span) => [span.spanId, span]));
  expect(ids.size).toBe(spans.length);
  for (const { traceId, spanId, parentSpanId, name, kind, startTimeUnixNano, endTimeUnixNano, attributes } of spans) {
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(name).not.toBe('');
    expect([1, 2, 3]).toContain(kind);
    expect(startTimeUnixNano).toMatch(/^\d{19}$/);
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    if (parentSpanId !== undefined) expect(ids.get(parentSpanId)?.traceId).toBe(traceId);
    for (const { key, value } of attributes) {
      expect(key).toMatch(/^[a-z._]+$/);
      expect(Object.keys(value)).toHaveLength(1);
    }
  }
  return spans;
}

interface Collector {
  url: string;
  requests: { path: string; headers: IncomingMessage['headers']; text: string }[];
  answer: (response: ServerResponse) => void;
  close(): Promise<void>;
}

async function startCollector(): Promise<Collector> {
  const server = createServer((incoming, response) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', () => {
      collector.requests.push({ path: incoming.url!, headers: incoming.headers, text: Buffer.concat(pieces).toString() }); // prettier-ignore
      collector.answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const collector: Collector = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests: [],
    answer: (response) => void response.setHeader('content-type', 'application/json').end('{}'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return collector;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
const collect = async (): Promise<Collector> => {
  const collector = await startCollector();
  open.push(collector);
  return collector;
};

describe('the spans of a call', () => {
  it("are the call, each turn under it, and an answer's stages under that, to the millisecond", () => {
    const spans = spansOf(record);
    const call = spans[0]!;
    const at = ({ startTimeUnixNano, endTimeUnixNano }: Span): number[] =>
      [startTimeUnixNano, endTimeUnixNano].map((nano) => Number(BigInt(nano) / 1_000_000n) - Date.parse(record.started)); // prettier-ignore
    const children = (parent: Span): unknown[] =>
      spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId).map((span) => [span.name, ...at(span)]);
    expect([call.name, call.kind, ...at(call)]).toEqual(['call', 2, 0, 9000]);
    expect(children(call)).toEqual([
      ['agent turn', 100, 900],
      ['caller turn', 1000, 2000],
      ['agent turn', 2000, 4000],
    ]);
    expect(children(spans.find((span) => at(span)[0] === 2000)!)).toEqual([
      ['final', 2000, 2100],
      ['decision', 2100, 2400],
      ['first_sentence', 2400, 2420],
      ['tts_request', 2420, 2420],
      ['first_byte', 2420, 2600],
      ['first_sent', 2600, 2605],
      ['first_heard', 2605, 2705],
    ]);
    expect(call.events.map(({ name }) => name)).toEqual(['state', 'tool', 'interruption']);
  });

  it('hold no word, digit or name of anybody', () => {
    const text = JSON.stringify(
      spansOf(record).map((span) => ({ ...span, traceId: '', spanId: '', parentSpanId: '' })),
    );
    for (const word of ['Aoife', '4417', 'Thank', 'number is']) expect(text).not.toContain(word);
  });

  it('mark a call that failed', () => {
    expect(spansOf({ ...record, ended: 'error' })[0]!.status.code).toBe(2);
    expect(spansOf(record)[0]!.status.code).toBe(0);
  });
});

describe('the way to a collector', () => {
  it('is taken from the environment as any OpenTelemetry SDK takes it', () => {
    expect(otlpOptionsIn({})).toBeUndefined();
    expect(otlpOptionsIn({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(
      otlpOptionsIn({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/',
        OTEL_SERVICE_NAME: 'voice',
        OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test,service.name=other',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20k, x-b=%zz',
      }),
    ).toEqual({
      url: 'http://c:4318/v1/traces',
      headers: { authorization: 'Bearer k', 'x-b': '%zz' },
      resource: { 'service.name': 'voice', 'deployment.environment': 'test' },
      timeoutMs: 10_000,
    });
    expect(otlpOptionsIn({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/x' })?.url).toBe('https://c/x');
    expect(() => otlpOptionsIn({ OTEL_EXPORTER_OTLP_ENDPOINT: 'c:4318' })).toThrow(/takes an address/);
  });

  it('carries a real call, with its stages, once it is over; the caller is not in it', async () => {
    const collector = await collect();
    const server = await startReal({
      agents: { menu },
      env: { PARLEY_VAD: 'energy', OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'desk' },
    });
    const caller = await Browser.dial(server.callUrl);
    await caller.hears('Press one.');
    caller.key('1');
    await caller.hears('Thank you.');
    const before = caller.audioBytes;
    // Half a second and more of it: an answer that was heard.
    await caller.until(() => caller.audioBytes > before + 20_000);
    const { id } = caller;
    caller.hangUp();
    await caller.until(() => caller.closed);
    await server.close();
    expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/traces']);
    const [{ text, headers }] = collector.requests as [Collector['requests'][number]];
    expect(headers['content-type']).toBe('application/json');
    const spans = spansIn(text);
    expect(spans[0]!.attributes).toContainEqual({ key: 'parley.call.id', value: { stringValue: id } });
    expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['call', 'agent turn', 'caller turn', 'decision', 'first_byte', 'first_sent'])); // prettier-ignore
    expect(text).toContain('{"key":"service.name","value":{"stringValue":"desk"}}');
    expect(text).not.toMatch(/Press one|Thank you/);
  }, 30_000);

  it('touches no call when nobody collects, or does not answer: what is too much is dropped and counted, and said once', async () => {
    const collector = await collect();
    collector.answer = () => undefined;
    const lines: string[] = [];
    const log = logOver((_, event) => void lines.push(event), {});
    const exporter = otlpExporter({ url: `${collector.url}/v1/traces`, resource: {}, timeoutMs: 50, clock: new RealClock(), log }); // prettier-ignore
    const one = spansOf(record);
    const fromMs = performance.now();
    for (let i = 0; i < 5000; i++) exporter.add(one);
    // A queue that has no bound would hold all of them.
    expect(exporter.dropped).toBeGreaterThan(5000 * one.length - 10_000);
    expect(performance.now() - fromMs).toBeLessThan(2000);
    await exporter.close();
    expect(exporter.dropped).toBe(5000 * one.length);
    expect(lines).toEqual(['spans are not collected']);
  }, 15_000);

  it('is tried again when the collector is busy, and not when it refuses', async () => {
    const collector = await collect();
    const answers = [503, 200, 400];
    collector.answer = (response) => void response.writeHead(answers[collector.requests.length - 1]!).end();
    const exporter = otlpExporter({ url: collector.url, resource: {}, clock: new RealClock(), log: silentLog });
    exporter.add(spansOf(record));
    const closing = exporter.close();
    await eventually(() => collector.requests.length === 2);
    await closing;
    expect(exporter.dropped).toBe(0);
    expect(new Set(collector.requests.map(({ text }) => text)).size).toBe(1);
    const second = otlpExporter({ url: collector.url, resource: {}, clock: new RealClock(), log: silentLog });
    second.add(spansOf(record));
    await second.close();
    expect(collector.requests).toHaveLength(3);
    expect(second.dropped).toBe(spansOf(record).length);
  }, 15_000);
});
