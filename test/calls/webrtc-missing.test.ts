/** A server beside which nobody has installed the library for WebRTC. */
import { expect, it, vi } from 'vitest';
import { Browser, menu, startReal } from './real-server.js';

vi.mock('werift', () => {
  throw new Error('Cannot find package');
});

it('says what to install, and serves everybody else', async () => {
  const server = await startReal({ agents: { menu } });
  try {
    const offer =
      'v=0\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA\r\n';
    const response = await fetch(`${server.started.server.url}/webrtc/offer`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: offer,
    });
    expect(response.status).toBe(501);
    expect(((await response.json()) as { error: string }).error).toContain('npm install werift');
    const browser = await Browser.dial(server.callUrl);
    await browser.hears('Press one.');
    browser.hangUp();
    await browser.until(() => browser.closed);
  } finally {
    await server.close();
  }
}, 60_000);
