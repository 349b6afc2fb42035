/** A twin of a jambonz account on loopback: its REST interface (v1), by which calls are placed and taken elsewhere. */
import { HttpTwin, type TwinAnswer, type TwinCommand } from './http-twin.js';
import { JambonzCall } from './jambonz.js';

interface PlacedBody {
  from: string;
  to: { type: string; number: string };
  call_hook: { url: string; username?: string; password: string };
  call_status_hook: { url: string };
  timeout: number;
  amd?: { actionHook: string };
}

export class JambonzAccount extends HttpTwin {
  readonly accountSid = '11111111-2222-3333-4444-555555555555';
  readonly apiKey = 'key of the twin';
  readonly commands: { call: string; body: Record<string, unknown> }[] = [];
  readonly calls = new Map<string, JambonzCall>();
  /** The last call that was placed. */
  placed: { body: PlacedBody; call: JambonzCall } | undefined;
  readonly #marks: boolean;

  private constructor(marks: boolean) {
    super();
    this.#marks = marks;
  }

  static start(marks = false): Promise<JambonzAccount> {
    return new JambonzAccount(marks).listen();
  }

  protected vanish(): void {
    for (const call of this.calls.values()) call.vanish();
  }

  /** The callee's side tells something of a call. */
  async told(call_status: string): Promise<void> {
    const { call, body } = this.placed!;
    await call.tell(body.call_status_hook.url, { call_status });
  }

  /** Somebody has picked up. */
  async takes(): Promise<void> {
    const { call, body } = this.placed!;
    await call.ask(body.call_hook.url);
  }

  /** Its detection has come to something. */
  async hears(type: string): Promise<void> {
    const { call, body } = this.placed!;
    await call.tell(body.amd!.actionHook, { type });
  }

  protected async command({ method, path, authorization, text }: TwinCommand, answer: TwinAnswer): Promise<void> {
    const [, id = ''] = new RegExp(`^/v1/Accounts/${this.accountSid}/Calls(?:/([^/]+))?$`).exec(path) ?? [];
    if (authorization !== `Bearer ${this.apiKey}`) return answer(401);
    const body = JSON.parse(text) as Record<string, unknown>;
    if (id === '' && method === 'POST') return this.#place(body as unknown as PlacedBody, answer);
    const found = this.calls.get(id);
    if (method !== 'PUT' || !found) return answer(404);
    this.commands.push({ call: id, body });
    answer(202);
    if (typeof body.call_hook === 'string') await found.redirected(body.call_hook);
    else if (body.call_status === 'completed') found.hangUp();
    else this.problems.push('a command that jambonz does not know');
  }

  #place(body: PlacedBody, answer: TwinAnswer): void {
    const { from, to, call_hook: hook, call_status_hook: status, timeout, amd, ...more } = body;
    const isFine =
      /^\+\d{7,15}$/.test(from) && to.type === 'phone' && /^\+\d{7,15}$/.test(to.number) && Number.isInteger(timeout) &&
      [hook.url, status.url, ...(amd ? [amd.actionHook] : [])].every((url) => URL.canParse(url)) && Object.keys(more).length === 0; // prettier-ignore
    if (!isFine) this.problems.push('a call that jambonz does not place');
    const { origin } = new URL(hook.url);
    const call = new JambonzCall({ http: origin, password: hook.password, direction: 'outbound', marks: this.#marks });
    this.calls.set(call.callSid, call);
    this.placed = { body, call };
    answer(201, { sid: call.callSid, callId: 'x' });
    void this.told('ringing');
  }
}
