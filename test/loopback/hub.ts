import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubFile {
  body: Buffer;
  /** Kept outside the repository: the hub's answer is a redirect that says size and SHA-256. */
  large?: boolean;
  /** Stops the next answer after so many bytes, until `breakOff`. */
  breaksAt?: number;
  /** Where the redirect of a large file leads; this hub's own store when absent. */
  store?: string;
  /** Sends these bytes in place of the body. */
  forged?: Buffer;
}

/**
 * Speaks as Hugging Face's hub does to who fetches files: `/{id}/resolve/{revision}/{file}`, small ones at once, large
 * ones by a redirect to another path with `X-Linked-Size` and `X-Linked-Etag`, ranges, `X-Repo-Commit`.
 */
export class Hub {
  readonly requests: { url: string; range?: string; authorization?: string }[] = [];
  readonly #server: Server;
  #stopped: ServerResponse | undefined;

  private constructor(
    readonly files: Record<string, HubFile>,
    readonly needsToken?: string,
  ) {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(files: Record<string, HubFile>, needsToken?: string): Promise<Hub> {
    const hub = new Hub(files, needsToken);
    await new Promise<void>((resolve) => hub.#server.listen(0, '127.0.0.1', resolve));
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends the answer that was stopped, before all of it was sent. */
  breakOff(): void {
    this.#stopped?.destroy();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '/', headers } = request;
    this.requests.push({ url, range: headers.range, authorization: headers.authorization });
    const [, at, path] = /^\/(?:(?:[\w.-]+\/[\w.-]+)\/resolve\/([\w.-]+)|store)\/(.+)$/.exec(url) ?? [];
    const file = path === undefined ? undefined : this.files[path];
    if (at !== undefined && this.needsToken && headers.authorization !== `Bearer ${this.needsToken}`) {
      response.writeHead(401).end();
      return;
    }
    if (!file) {
      response.writeHead(404).end('Entry not found');
      return;
    }
    const { body } = file;
    if (at !== undefined && file.large) {
      response
        .writeHead(302, {
          location: `${file.store ?? ''}/store/${path}`,
          'x-repo-commit': 'c0ffee'.repeat(7).slice(0, 40),
          'x-linked-size': String(body.length),
          'x-linked-etag': `"${createHash('sha256').update(body).digest('hex')}"`,
        })
        .end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
      return;
    }
    const sent = (file.forged ?? body).subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': sent.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }),
      ...(at !== undefined && { 'x-repo-commit': 'c0ffee'.repeat(7).slice(0, 40) }),
    });
    if (file.breaksAt !== undefined) {
      response.write(sent.subarray(0, file.breaksAt));
      this.#stopped = response;
      delete file.breaksAt;
      return;
    }
    response.end(sent);
  }
}
