/** Vendors that speak gRPC. The only file that knows its library, which comes when the first of them is asked. */
import type * as Grpc from '@grpc/grpc-js';
import type * as Loader from '@grpc/proto-loader';
import { OutsideError } from '../../engine/errors.js';
import { lost, refusalOf, tooLate, type Vendor } from './refusals.js';

/** Services and messages as protobufjs writes them down in JSON: names, types, numbers. */
export interface GrpcSchema {
  nested: Record<string, object>;
}

export interface GrpcStream {
  /** What it was given and has not taken. */
  readonly unsentBytes: number;
  /** @param bytes about how much it is */
  write(message: object, bytes: number): void;
  /** Nothing more from us; what is still to come comes. */
  end(): void;
  /** Nothing more from anybody. */
  cancel(): void;
}

export interface GrpcListener {
  /** The other end took the call: its first sign, before any message. */
  taken(): void;
  /** An empty object for what could not be read. */
  message(message: Record<string, unknown>): void;
  /** Once; not after `cancel`. */
  over(end: GrpcEnd): void;
}

export interface GrpcEnd {
  /** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
  code: number;
  /** Undefined where it ended as it should (0). */
  problem: OutsideError | undefined;
}

/** As long as a handshake of `client-socket.ts`. */
const connectMs = 5000;
/** More than any message of a vendor. */
const mostBytes = 4_000_000;
/** A peer that does not answer a ping for so long is gone. Google closes on who pings much more often. */
const pingMs = 30_000;
const pongMs = 10_000;

const unavailable = 14;
/** What HTTP says for the same (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto). */
const statuses: Record<number, number> = {
  3: 400, // INVALID_ARGUMENT
  5: 404, // NOT_FOUND
  7: 403, // PERMISSION_DENIED
  8: 429, // RESOURCE_EXHAUSTED
  9: 400, // FAILED_PRECONDITION
  12: 404, // UNIMPLEMENTED
  16: 401, // UNAUTHENTICATED
};

export interface GrpcOptions {
  vendor: Vendor;
  schema: GrpcSchema;
  /** What does the same without the library: `stt: google/rest`. */
  otherwise: string;
  /** Another time between pings. */
  pingMs?: number;
  /** Brings the library. */
  library?: () => Promise<[typeof Grpc, typeof Loader]>;
}

const libraryItself = (): Promise<[typeof Grpc, typeof Loader]> =>
  Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);

/**
 * A connection of its own to `base`, which begins to connect.
 * @param base begins with `http:` or `https:`, as `addressOf` gives it
 * @throws OutsideError where the library is not installed
 */
export async function connectGrpc(base: string, options: GrpcOptions): Promise<GrpcConnection> {
  const { vendor, schema, otherwise, library = libraryItself } = options;
  let grpc: typeof Grpc;
  let loader: typeof Loader;
  try {
    [grpc, loader] = await library();
  } catch (cause) {
    throw new OutsideError(
      vendor.name,
      'refused',
      `its library is not installed. Run \`npm install @grpc/grpc-js @grpc/proto-loader\`, or use ${otherwise}.`,
      { retryable: false, cause },
    );
  }
  const services = loader.fromJSON(schema as Parameters<typeof Loader.fromJSON>[0], {
    keepCase: true,
    longs: Number,
    enums: String,
  });
  const { protocol, host, port, hostname } = new URL(base);
  const isPlain = protocol === 'http:';
  const credentials = isPlain ? grpc.credentials.createInsecure() : grpc.credentials.createSsl();
  const client = new grpc.Client(port === '' ? `${hostname}:${isPlain ? 80 : 443}` : host, credentials, {
    // Calls share nothing: one that is stuck holds up no other.
    'grpc.use_local_subchannel_pool': 1,
    // We repeat ourselves, and know what.
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    // A proxy stands between networks, not on this machine.
    'grpc.enable_http_proxy': isPlain ? 0 : 1,
    'grpc.keepalive_time_ms': options.pingMs ?? pingMs,
    'grpc.keepalive_timeout_ms': Math.min(pongMs, options.pingMs ?? pingMs),
    'grpc.max_receive_message_length': mostBytes,
  });
  return new GrpcConnection(vendor, grpc, client, services);
}

export class GrpcConnection {
  readonly #vendor: Vendor;
  readonly #grpc: typeof Grpc;
  readonly #client: Grpc.Client;
  readonly #services: Loader.PackageDefinition;
  #isConnected = false;
  #isLate = false;
  readonly #open = new Set<Grpc.ClientDuplexStream<object, object>>();

  constructor(vendor: Vendor, grpc: typeof Grpc, client: Grpc.Client, services: Loader.PackageDefinition) {
    this.#vendor = vendor;
    this.#grpc = grpc;
    this.#client = client;
    this.#services = services;
    client.waitForReady(Date.now() + connectMs, (late) => {
      this.#isConnected = late === undefined;
      this.#isLate = late !== undefined;
      // Else they would wait as long as the network lets them.
      if (late) for (const call of this.#open) call.cancel();
    });
  }

  /** @param name as in `google.cloud.speech.v2.Speech`, `StreamingRecognize` */
  stream(
    name: readonly [service: string, method: string],
    headers: Readonly<Record<string, string>>,
    listener: GrpcListener,
  ): GrpcStream {
    const method = (this.#services[name[0]] as Loader.ServiceDefinition)[name[1]]!;
    const metadata = new this.#grpc.Metadata();
    for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
    const read = (bytes: Buffer): object => {
      try {
        return method.responseDeserialize(bytes);
      } catch {
        // Thrown from here it would end the stream.
        return {};
      }
    };
    const call = this.#client.makeBidiStreamRequest<object, object>(
      method.path,
      method.requestSerialize,
      read,
      metadata,
    );
    this.#open.add(call);
    let isCancelled = false;
    let isTaken = false;
    let unsentBytes = 0;
    call.on('metadata', () => {
      isTaken = true;
      if (!isCancelled) listener.taken();
    });
    call.on('data', (message: object) => {
      isTaken = true;
      if (!isCancelled) listener.message(message as Record<string, unknown>);
    });
    call.on('error', () => {}); // told with the status, too
    call.on('status', ({ code }) => {
      this.#open.delete(call);
      if (!isCancelled) listener.over({ code, problem: this.#problemOf(code, isTaken) });
    });
    return {
      get unsentBytes() {
        return unsentBytes;
      },
      write(message, bytes) {
        if (!call.writable) return;
        unsentBytes += bytes;
        call.write(message, () => (unsentBytes -= bytes));
      },
      end: () => call.end(),
      cancel() {
        isCancelled = true;
        call.cancel();
      },
    };
  }

  close(): void {
    this.#client.close();
  }

  /** The status' own text may say what was sent, so it is not passed on. */
  #problemOf(code: number, isTaken: boolean): OutsideError | undefined {
    if (code === 0) return undefined;
    if (this.#isLate) return tooLate(this.#vendor, 'no connection in time');
    if (!this.#isConnected) return refusalOf(this.#vendor, 0);
    const { status } = this.#grpc;
    if (code === unavailable && !isTaken) return refusalOf(this.#vendor, 503);
    if (code === status.DEADLINE_EXCEEDED) return refusalOf(this.#vendor, 408);
    if (statuses[code]) return refusalOf(this.#vendor, statuses[code]);
    if (code === status.INTERNAL && !isTaken) return refusalOf(this.#vendor, 500);
    return lost(this.#vendor, `it ended the stream (${status[code] ?? code})`);
  }
}
