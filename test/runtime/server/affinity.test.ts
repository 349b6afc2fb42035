import { describe, expect, it } from 'vitest';
import { createTokens } from '../../../runtime/server/tokens.js';
import { affinityOf } from '../../../runtime/server/workers/affinity.js';
import { pathOfWorker, splitWorker } from '../../../runtime/server/workers/worker-path.js';

const of = (url: string, body = '', headers: Record<string, string> = {}) =>
  affinityOf({ url, headers, body: Buffer.from(body) });

describe('which worker a request belongs to', () => {
  it('is named in the addresses that the worker gave out', () => {
    expect(of(`${pathOfWorker(12, '/twilio/over')}?call=CA1`)).toEqual({ worker: 12, keys: [] });
    expect(splitWorker('/~3/twilio/media')).toEqual({ worker: 3, path: '/twilio/media' });
    for (const path of ['/~0/call', '/~x/call', '/~99999/call', '/~1', '/a/~1/call', '/call'])
      expect(splitWorker(path)).toEqual({ path });
  });

  it('is in the token with which a caller comes back, whoever may have signed it', async () => {
    const token = await createTokens().issue('resume', { seconds: 60, subject: JSON.stringify(['id', null, 2]) });
    expect(of(`/call?resume=${token}`)).toEqual({ worker: 2, keys: [] });
    expect(of(`/webrtc/offer?resume=${token}`)).toEqual({ worker: 2, keys: [] });
    for (const bad of ['', 'x', 'a.b.c', 'a.e30.c', `a.${Buffer.from('{"sub":"[1"}').toString('base64url')}.c`])
      expect(of(`/call?resume=${bad}`)).toEqual({ keys: [] });
  });

  it("is that of the call's other webhooks, of either leg", () => {
    expect(of('/twilio/status', 'CallSid=CA2&ParentCallSid=CA1').keys).toEqual(['form CA2', 'form CA1']);
    expect(of('/plivo/status', 'CallUUID=P1').keys).toEqual(['form P1']);
    expect(of('/vonage/event', JSON.stringify({ uuid: 'V1', status: 'completed' })).keys).toEqual(['vonage V1']);
    const state = Buffer.from('v3:parent').toString('base64');
    const event = { data: { payload: { call_control_id: 'v3:leg', client_state: state } } };
    expect(of('/telnyx/voice', JSON.stringify(event)).keys).toEqual(['telnyx v3:parent', 'telnyx v3:leg']);
  });

  it("is that of the conversation's name; the first for conversations without one and for calls that we place", () => {
    const chat = JSON.stringify({ model: 'shop', messages: [{ role: 'user', content: 'hi' }] });
    expect(of('/v1/chat/completions', chat, { 'x-conversation-id': 'c1' })).toEqual({ keys: ['chat shop c1'] });
    expect(of('/v1/chat/completions', chat)).toEqual({ worker: 1, keys: [] });
    expect(of('/calls/abc')).toEqual({ worker: 1, keys: [] });
  });

  it('is any where nothing can be read', () => {
    for (const [url, body] of [
      ['/telnyx/voice', 'nonsense'],
      ['/telnyx/voice', 'null'],
      ['/v1/chat/completions', '[]'],
      ['//', ''],
      ['*', ''],
      ['', ''],
    ] as const)
      // prettier-ignore
      expect(of(url, body)).toEqual({ keys: [] });
  });
});
