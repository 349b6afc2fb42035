/** What we ask of Twilio's REST interface: place a call, change a running one, end it, record it. */
import { askCarrier } from './carrier-api.js';

/** "Call is not in-progress" and "not found": for a hang-up as good as done. */
const overCodes = ['21220', '20404'];

export interface OutgoingCall {
  to: string;
  from: string;
  /** Asked for its TwiML when somebody answers. */
  url: string;
  /** Told how the call goes. */
  statusCallback: string;
  ringMs: number;
  /** Told who answered: a person or a machine, and when the machine's greeting is over. */
  amdCallback?: string;
}

export class TwilioRest {
  readonly #accountSid: string;
  readonly #authorization: string;
  readonly #apiBase: string;

  /** @param options.apiBase where the interface is; for a region of its own, or a loopback twin */
  constructor(options: { accountSid: string; authToken: string; apiBase?: string }) {
    const { accountSid, authToken } = options;
    this.#accountSid = accountSid;
    this.#authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    this.#apiBase = options.apiBase ?? 'https://api.twilio.com';
  }

  /** @returns the sid of the new call. @throws OutsideError; its text never holds a number */
  async call({ to, from, url, statusCallback, ringMs, amdCallback }: OutgoingCall): Promise<string> {
    const form = new URLSearchParams({
      To: to,
      From: from,
      Url: url,
      Timeout: String(Math.round(ringMs / 1000)),
      StatusCallback: statusCallback,
      ...(amdCallback !== undefined && {
        MachineDetection: 'DetectMessageEnd',
        AsyncAmd: 'true',
        AsyncAmdStatusCallback: amdCallback,
      }),
    });
    for (const event of ['initiated', 'ringing', 'answered', 'completed']) form.append('StatusCallbackEvent', event);
    const { sid } = await this.#ask('Calls.json', form, 'call');
    if (typeof sid !== 'string') throw new TypeError('Twilio took the call and named no sid');
    return sid;
  }

  /** Takes the call out of its stream, and goes on with this TwiML. @throws OutsideError */
  async update(callSid: string, twiml: string): Promise<void> {
    await this.#ask(`Calls/${encodeURIComponent(callSid)}.json`, new URLSearchParams({ Twiml: twiml }), 'transfer');
  }

  /** @throws OutsideError */
  async hangUp(callSid: string): Promise<void> {
    const path = `Calls/${encodeURIComponent(callSid)}.json`;
    await this.#ask(path, new URLSearchParams({ Status: 'completed' }), 'hang up', (_, text) =>
      overCodes.some((code) => text.includes(code)),
    );
  }

  /** Records both sides, a channel each. @returns where the recording can be fetched, with the account's token. @throws OutsideError */
  async record(callSid: string, statusCallback: string): Promise<string> {
    const form = new URLSearchParams({
      RecordingChannels: 'dual',
      RecordingStatusCallback: statusCallback,
    });
    for (const event of ['completed', 'absent']) form.append('RecordingStatusCallbackEvent', event);
    const { sid } = await this.#ask(`Calls/${encodeURIComponent(callSid)}/Recordings.json`, form, 'record');
    return this.#url(`Recordings/${encodeURIComponent(String(sid))}`).href;
  }

  /** What is said meanwhile is silence in the recording. @throws OutsideError */
  async pauseRecording(callSid: string, isPaused: boolean): Promise<void> {
    await this.#ask(
      `Calls/${encodeURIComponent(callSid)}/Recordings/Twilio.CURRENT.json`,
      new URLSearchParams(isPaused ? { Status: 'paused', PauseBehavior: 'silence' } : { Status: 'in-progress' }),
      'pause the recording',
    );
  }

  #url(path: string): URL {
    return new URL(`/2010-04-01/Accounts/${encodeURIComponent(this.#accountSid)}/${path}`, this.#apiBase);
  }

  #ask(
    path: string,
    body: URLSearchParams,
    what: string,
    isFine?: (status: number, text: string) => boolean,
  ): Promise<Record<string, unknown>> {
    return askCarrier({
      carrier: 'twilio',
      url: this.#url(path),
      authorization: this.#authorization,
      body,
      what,
      cure: 'check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN',
      ...(isFine && { isFine }),
    });
  }
}
