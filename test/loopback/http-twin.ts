/** What every twin of a carrier's account has: its REST interface on loopback, and what was not as its pages say. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TwinCommand {
  method: string;
  /** With its query. */
  path: string;
  authorization: string;
  contentType: string;
  text: string;
}

/** @param body JSON, or nothing at all */
export type TwinAnswer = (status: number, body?: object) => void;

export abstract class HttpTwin {
  /** What was not as the carrier's pages have it. Must stay empty. */
  readonly problems: string[] = [];
  readonly #server: Server;

  protected constructor() {
    this.#server = createServer((request, response) => {
      const answer: TwinAnswer = (status, body) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body && JSON.stringify(body));
      };
      this.#take(request, answer).catch((error: unknown) => {
        this.problems.push(`a command: ${error instanceof Error ? error.message : 'unknown'}`);
        if (!response.headersSent) answer(500);
      });
    });
  }

  /** Somebody asks for something over the REST interface. */
  protected abstract command(command: TwinCommand, answer: TwinAnswer): void | Promise<void>;
  /** Every connection of its calls goes. */
  protected abstract vanish(): void;

  protected async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get apiBase(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.vanish();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, answer: TwinAnswer): Promise<void> {
    let text = '';
    for await (const piece of request) text += String(piece);
    const { authorization = '', 'content-type': contentType = '' } = request.headers;
    await this.command(
      { method: request.method ?? '', path: request.url ?? '', authorization, contentType, text },
      answer,
    );
  }
}
