/**
 * An agent as a language model: `POST /v1/chat/completions` and `GET /v1/models`, for platforms that hear and speak by
 * themselves and ask "their" model for each turn.
 */
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { UsageError } from '../../../engine/errors.js';
import { callFor, ChatProblem, readChat, usageOf, type ChatEnd, type ChatRequest } from '../chat/chat-messages.js';
import { Conversation, lettersOf } from '../chat/conversation.js';
import { isLoopback } from '../admission.js';
import type { ServerOptions } from '../options.js';
import type { Door, DoorHost } from './door.js';

/** Nobody hangs up a chat: after so long it is taken to be over. */
const idleMs = 30 * 60_000;
const mostConversations = 1000;
const maxBodyBytes = 1024 * 1024;

export class ChatDoor implements Door {
  readonly name = 'chat';
  readonly #host: DoorHost;
  readonly #key: string | undefined;
  readonly #onRecord: ServerOptions['onRecord'];
  /** By agent and key; those without a key by their own id. */
  readonly #conversations = new Map<string, Conversation>();
  #stopSweep: (() => void) | undefined;

  /** @param options.key what a request has to bring as bearer; without one only this machine comes in */
  constructor(host: DoorHost, options: { key?: string; onRecord?: ServerOptions['onRecord'] }) {
    this.#host = host;
    this.#key = options.key;
    this.#onRecord = options.onRecord;
    this.#sweep();
  }

  routes(app: FastifyInstance): void {
    void app.register((scope, _, done) => {
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (__, body, parsed) => parsed(null, body));
      scope.get('/v1/models', (request, reply) =>
        this.#guarded(request, reply, () => ({
          object: 'list',
          data: this.#host.agents().map(({ name }) => ({ id: name, object: 'model', created: 0, owned_by: 'parley' })),
        })),
      );
      scope.post('/v1/chat/completions', { bodyLimit: maxBodyBytes }, (request, reply) =>
        this.#guarded(request, reply, () => this.#complete(request, reply)),
      );
      done();
    });
  }

  async close(): Promise<void> {
    this.#stopSweep?.();
    await Promise.all([...this.#conversations.keys()].map((key) => this.#end(key, 'the server ends')));
  }

  async #guarded(request: FastifyRequest, reply: FastifyReply, work: () => unknown): Promise<unknown> {
    try {
      if (!this.#mayEnter(request)) throw new ChatProblem(401, 'give the key as bearer token', 'invalid_api_key');
      return await work();
    } catch (error) {
      const problem = error instanceof ChatProblem ? error : this.#ours(error);
      if (problem.status < 500) this.#host.refused(problem.code.replaceAll('_', ' '), this.name);
      return reply.code(problem.status).send(problem.body);
    }
  }

  #ours(error: unknown): ChatProblem {
    if (error instanceof UsageError) return new ChatProblem(404, error.message, 'model_not_found', 'model');
    this.#host.log.error('chat failed', { problem: error instanceof Error ? error.message : 'unknown' });
    return new ChatProblem(500, 'something went wrong here', 'internal_error');
  }

  #mayEnter(request: FastifyRequest): boolean {
    if (this.#key === undefined) return isLoopback(this.#host.boundHost) && this.#host.isOwnOrigin(request.raw);
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(`Bearer ${this.#key}`));
  }

  async #complete(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    let body: unknown;
    try {
      body = JSON.parse(String(request.body));
    } catch {
      throw new ChatProblem(400, 'the body is no JSON', 'invalid_json');
    }
    const header = request.headers['x-conversation-id'];
    const chat = readChat(body, typeof header === 'string' ? header : undefined);
    const { key, conversation } = await this.#find(chat);
    const gone = new AbortController();
    reply.raw.on('close', () => {
      if (!reply.raw.writableFinished) gone.abort(new Error('the other end is gone'));
    });
    const answer = new Answer(chat, conversation.id);
    void reply.header('x-conversation-id', conversation.id);
    if (!chat.stream) {
      for await (const piece of conversation.answer(chat.messages, gone.signal)) answer.take(piece);
      this.#after(key, conversation);
      return answer.whole();
    }
    const { raw } = reply.hijack();
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-conversation-id': conversation.id,
    });
    const write = (chunk: object): void => void raw.write(`data: ${JSON.stringify(chunk)}\n\n`);
    try {
      write(answer.chunk({ role: 'assistant', content: '' }));
      for await (const piece of conversation.answer(chat.messages, gone.signal)) {
        const content = answer.take(piece);
        if (content !== undefined) write(answer.chunk({ content }));
      }
      for (const chunk of answer.last()) write(chunk);
    } catch (error) {
      write(this.#ours(error).body);
    }
    raw.end('data: [DONE]\n\n');
    this.#after(key, conversation);
    return reply;
  }

  /** The conversation that a request goes on with: by its name, else by what the caller has said so far. */
  async #find({ key: named, messages, model }: ChatRequest): Promise<{ key: string; conversation: Conversation }> {
    const isFirst = messages.every(({ role }) => role !== 'assistant');
    const said = messages.filter(({ role }) => role === 'user').map(({ text }) => text);
    if (messages.at(-1)?.role === 'user') said.pop();
    const key = named === undefined ? this.#same(model, messages, said) : `${model ?? ''}\n${named}`;
    const known = key === undefined ? undefined : this.#conversations.get(key);
    if (known && !known.isOver && !(isFirst && known.said.length > 0)) return { key: key!, conversation: known };
    if (known) await this.#end(key!, 'begun anew');
    if (known === undefined && !isFirst)
      this.#host.log.warn('chat goes on with what is not known here', { cure: 'send x-conversation-id' });
    const reason = this.#host.refusal();
    if (reason !== undefined) throw new ChatProblem(503, 'no new conversations are taken at the moment', reason);
    if (this.#conversations.size >= mostConversations)
      throw new ChatProblem(429, 'too many conversations at once', 'too_many_conversations');
    const id = randomUUID();
    const { clock } = this.#host;
    const { dialog, about } = await this.#host.open({
      id,
      transport: this.name,
      ...(model === undefined ? {} : { agent: model }),
    });
    const conversation = new Conversation(id, dialog, clock, about);
    const place = named === undefined ? `${model ?? ''}\n\n${id}` : `${model ?? ''}\n${named}`;
    this.#conversations.set(place, conversation);
    return { key: place, conversation };
  }

  /** One in which the same was said by both sides, as far as the caller heard ours. */
  #same(model: string | undefined, messages: ChatRequest['messages'], said: readonly string[]): string | undefined {
    const lastHeard = messages.findLast(({ role }) => role === 'assistant');
    if (!lastHeard) return undefined;
    return [...this.#conversations].find(
      ([key, one]) =>
        key.startsWith(`${model ?? ''}\n\n`) &&
        one.said.join('\n') === said.join('\n') &&
        lettersOf(one.lastAnswer).startsWith(lettersOf(lastHeard.text)),
    )?.[0];
  }

  #after(key: string, { isOver }: Conversation): void {
    if (isOver) void this.#end(key, 'completed');
  }

  async #end(key: string, reason: string): Promise<void> {
    const conversation = this.#conversations.get(key);
    this.#conversations.delete(key);
    if (!conversation) return;
    const { clock, log } = this.#host;
    try {
      const record = await conversation.close(reason);
      this.#onRecord?.(record, { id: record.id, transport: this.name, text: true, clock, log });
    } catch (error) {
      log.warn('chat did not close', { problem: error instanceof Error ? error.message : 'unknown' });
    }
  }

  #sweep(): void {
    const { clock } = this.#host;
    for (const [key, { lastMs }] of this.#conversations) if (clock.now() - lastMs > idleMs) void this.#end(key, 'idle');
    this.#stopSweep = clock.at(clock.now() + idleMs / 10, () => this.#sweep());
  }
}

/** One answer, as OpenAI words it, whole or in chunks. */
class Answer {
  readonly #chat: ChatRequest;
  readonly #base: { id: string; created: number; model: string };
  #text = '';
  #end: ChatEnd = {};

  constructor(chat: ChatRequest, id: string) {
    this.#chat = chat;
    this.#base = { id: `chatcmpl-${id}`, created: Math.floor(Date.now() / 1000), model: chat.model ?? 'parley' };
  }

  /** @returns what is to be said now, with the space to what was said before */
  take(piece: { text: string } | { end: ChatEnd }): string | undefined {
    if ('end' in piece) {
      Object.assign(this.#end, piece.end);
      return undefined;
    }
    const content = this.#text === '' ? piece.text : ` ${piece.text}`;
    this.#text += content;
    return content;
  }

  chunk(delta: object, finish_reason: string | null = null): object {
    const choice = { index: 0, delta, logprobs: null, finish_reason };
    return { ...this.#base, object: 'chat.completion.chunk', choices: [choice] };
  }

  last(): object[] {
    const calls = this.#calls();
    const usage = { ...this.#base, object: 'chat.completion.chunk', choices: [], usage: this.#usage() };
    return [
      ...(calls ? [this.chunk({ tool_calls: calls.map((call, index) => ({ index, ...call })) })] : []),
      { ...this.chunk({}, calls ? 'tool_calls' : 'stop'), ...this.#told() },
      ...(this.#chat.includesUsage ? [usage] : []),
    ];
  }

  whole(): object {
    const calls = this.#calls();
    const message = { role: 'assistant', content: this.#text, ...(calls && { tool_calls: calls }) };
    const choice = { index: 0, message, logprobs: null, finish_reason: calls ? 'tool_calls' : 'stop' };
    return { ...this.#base, object: 'chat.completion', choices: [choice], usage: this.#usage(), ...this.#told() };
  }

  #calls(): object[] | undefined {
    const call = callFor(this.#end, this.#chat.tools);
    return call && [{ id: `call_${randomUUID().replaceAll('-', '')}`, type: 'function', function: call }];
  }

  /** For platforms that offer no function for it. */
  #told(): object {
    const { transfer, ended } = this.#end;
    return transfer || ended ? { parley: { ...(transfer && { transfer }), ...(ended && { ended }) } } : {};
  }

  #usage(): object {
    return usageOf(this.#chat.messages, this.#text);
  }
}
