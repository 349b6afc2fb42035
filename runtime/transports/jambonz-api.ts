/** What we ask of jambonz' REST interface (v1): place a call, take one out of what it is in, hang it up. */
import { askCarrier } from './carrier-api.js';

/** A webhook, and the password that it brings. */
export interface JambonzHook {
  url: string;
  method: 'POST';
  username?: string;
  password?: string;
}

export interface JambonzDial {
  to: string;
  from: string;
  /** Asked for the application when somebody answers. */
  answered: JambonzHook;
  /** Told how the call goes. */
  told: JambonzHook;
  ringMs: number;
  /** Told who answered, as jambonz hears it. */
  machine?: string;
}

export class JambonzApi {
  readonly #authorization: string;
  readonly #base: string;

  /** @param options.apiBase where the interface is: `https://jambonz.cloud/api` unless it is your own */
  constructor({ accountSid, apiKey, apiBase }: { accountSid: string; apiKey: string; apiBase?: string | undefined }) {
    this.#authorization = `Bearer ${apiKey}`;
    const base = (apiBase ?? 'https://jambonz.cloud/api').replace(/\/$/, '');
    this.#base = `${base}/v1/Accounts/${encodeURIComponent(accountSid)}/Calls`;
  }

  /** @returns the new call's `call_sid`. @throws OutsideError; its text never holds a number */
  async call({ to, from, answered, told, ringMs, machine }: JambonzDial): Promise<string> {
    const { sid } = await this.#ask('', 'POST', 'call', {
      from,
      to: { type: 'phone', number: to },
      call_hook: answered,
      call_status_hook: told,
      timeout: Math.round(ringMs / 1000),
      ...(machine !== undefined && { amd: { actionHook: machine } }),
    });
    if (typeof sid !== 'string') throw new TypeError('jambonz took the call and named no sid');
    return sid;
  }

  /** The call leaves its socket, and goes on with what it is answered at `url`. @throws OutsideError */
  async redirect(callSid: string, url: string): Promise<void> {
    await this.#ask(`/${encodeURIComponent(callSid)}`, 'PUT', 'transfer', { call_hook: url });
  }

  /** What is over already is as good as hung up. @throws OutsideError */
  async hangUp(callSid: string): Promise<void> {
    await this.#ask(`/${encodeURIComponent(callSid)}`, 'PUT', 'hang up', { call_status: 'completed' });
  }

  #ask(path: string, method: 'POST' | 'PUT', what: string, body: object): Promise<Record<string, unknown>> {
    return askCarrier({
      carrier: 'jambonz',
      url: `${this.#base}${path}`,
      method,
      authorization: this.#authorization,
      body,
      what,
      cure: 'check JAMBONZ_ACCOUNT_SID and JAMBONZ_API_KEY',
      isFine: (status) => what === 'hang up' && (status === 404 || status === 422),
    });
  }
}
