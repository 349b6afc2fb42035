/**
 * A call over WebRTC in place of the socket: the browser keeps the pace, fills holes and takes the echo out. A
 * connection that is disturbed begins ICE anew in the same call; one that is gone is made again with the call's ticket.
 */
import { fragmentOf, withFragment } from './ice-fragments.js';

/** What has not come about by then is given up: a connection (the server waits as long), and a way in place of another. */
const connectMs = 15_000;
const restartMs = 5000;
/** Between one question for ways to the server and the next. */
const askMs = 250;
const fragmentType = 'application/trickle-ice-sdpfrag';

/** There is nothing to come back to. */
class Over extends Error {}

/**
 * @param stream the microphone
 * @param addressOf where offers go; with a ticket, those of a call that broke off
 * @param on `open()`, `message(data)`, `broken(tries)`, `again()` and `close(why)`; each may come late, `close` once
 * @param retryMs how long before each new try of a connection that broke
 */
export async function dialWebRtc(stream, addressOf, on, retryMs) {
  const player = new Audio();
  /** How long the browser keeps sound before it plays it, ms. */
  let keptMs = 80;
  let connection;
  let channel;
  /** Of the connection, and of its ICE session. */
  let address;
  let tag;
  let ticket = null;
  let isOver = false;
  /** One side has hung up; what is left is to close. */
  let isEnded = false;
  let isMending = false;
  /** Ends a wait between two tries. */
  let hurry = () => undefined;

  const over = (why) => {
    if (isOver) return;
    close();
    on.close(why);
  };
  const close = () => {
    isOver = true;
    clearInterval(asking);
    hurry();
    player.srcObject = null;
    connection?.close();
    for (const [target, name, listener] of listeners) target?.removeEventListener(name, listener);
  };
  const send = (message) => {
    isEnded ||= message.type === 'hang_up';
    if (channel?.readyState === 'open') channel.send(JSON.stringify(message));
  };
  const asking = setInterval(async () => {
    for (const { type, jitterBufferDelay: s, jitterBufferEmittedCount: count } of (
      (await connection?.getStats()) ?? new Map()
    ).values())
      if (type === 'inbound-rtp' && count > 0) keptMs = (s / count) * 1000;
  }, 1000);

  const leave = ({ persisted }) => {
    // Who closes the page has hung up. One that is only put aside may come back, and its call with it.
    if (!persisted && address) void fetch(address, { method: 'DELETE', keepalive: true });
  };
  const look = () => {
    if (document.visibilityState === 'hidden') return;
    hurry();
    if (connection?.connectionState !== 'connected') void mend();
  };
  let network = navigator.connection?.type;
  const moved = () => {
    if (navigator.connection.type === network) return;
    network = navigator.connection.type;
    hurry();
    void mend();
  };
  const listeners = [
    [window, 'pagehide', leave],
    [window, 'pageshow', look],
    [window, 'online', look],
    [document, 'visibilitychange', look],
    [navigator.connection, 'change', moved],
  ];

  /** A connection of its own, for a new call or for the one that the ticket is of. */
  async function connect() {
    const to = addressOf(ticket);
    to.searchParams.set('trickle', 'both');
    const old = connection;
    const own = new RTCPeerConnection({ iceServers: await serversOf(to) });
    connection = own;
    const ownChannel = own.createDataChannel('parley');
    channel = ownChannel;
    for (const track of stream.getAudioTracks()) own.addTrack(track, stream);
    own.ontrack = ({ track }) => {
      player.srcObject = new MediaStream([track]);
      void player.play();
    };
    own.onconnectionstatechange = () => {
      const isBroken = own.connectionState === 'disconnected' || own.connectionState === 'failed';
      if (own === connection && isBroken && ticket !== null) void mend();
    };
    const isOpen = new Promise((resolve) => (ownChannel.onopen = resolve));
    // The end of a call is told before its channel is closed.
    ownChannel.onclose = () => own === connection && mend({ isGone: true });
    ownChannel.onmessage = ({ data }) => own === connection && take(data);
    await own.setLocalDescription();
    const answer = await fetch(to, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: own.localDescription.sdp,
    });
    if (!answer.ok) {
      const problem = (await answer.json()).error;
      throw answer.status === 401 && ticket !== null ? new Over('The call is over.') : new Error(problem);
    }
    address = new URL(answer.headers.get('location'), to);
    tag = answer.headers.get('etag');
    await own.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
    void trickle(own);
    await within(connectMs, isOpen);
    // Not earlier: who closes a connection that is in use has hung up.
    old?.close();
  }

  /** ICE anew: the call goes on where we are now. */
  async function restart() {
    const own = connection;
    if (own.signalingState !== 'stable') await own.setLocalDescription({ type: 'rollback' });
    own.restartIce();
    await own.setLocalDescription();
    const answer = await patch(fragmentOf(own.localDescription.sdp), '*');
    tag = answer.headers.get('etag');
    const sdp = withFragment(own.remoteDescription.sdp, await answer.text());
    await own.setRemoteDescription({ type: 'answer', sdp });
    void trickle(own);
    await within(restartMs, isConnected(own));
  }

  /** Tells the server of ways to us as they are found, and asks for its own, until it knows of no more. */
  async function trickle(own) {
    const { sdp } = own.remoteDescription;
    // Who is only looked for by us needs none of ours, and has told all of its own.
    if (sdp.includes('a=ice-lite')) return;
    let isTold = sdp.includes('a=end-of-candidates');
    for (let round = 0; round < 40 && own === connection && !isOver; round++) {
      if (isTold && own.iceGatheringState === 'complete' && round > 0) return;
      const answer = await patch(fragmentOf(own.localDescription.sdp), tag).catch(() => undefined);
      if (!answer || own !== connection) return;
      const news = answer.status === 200 ? await answer.text() : '';
      const mid = /^a=mid:(\S+)/m.exec(news)?.[1];
      for (const [, candidate] of news.matchAll(/^a=(candidate:.*?)\r?$/gm))
        await own.addIceCandidate({ candidate, sdpMid: mid }).catch(() => undefined);
      isTold ||= news.includes('a=end-of-candidates');
      await new Promise((resolve) => setTimeout(resolve, askMs));
    }
  }

  async function patch(body, match) {
    const answer = await fetch(address, {
      method: 'PATCH',
      headers: { 'content-type': fragmentType, 'if-match': match },
      body,
    });
    if (!answer.ok) throw Object.assign(new Error('not taken'), { status: answer.status });
    return answer;
  }

  function take(data) {
    const message = JSON.parse(data);
    if (message.type === 'ready') ticket = message.resume ?? null;
    isEnded ||= message.type === 'ended' || message.type === 'error';
    // The sound before a mark is heard when the browser has played what it keeps.
    if (message.type === 'mark') setTimeout(send, keptMs, { type: 'mark', name: message.name });
    else on.message(data);
  }

  /** @param isGone the server has given the connection up: it takes a new one */
  async function mend({ isGone = false } = {}) {
    if (isMending || isOver || isEnded) return;
    if (ticket === null) return over('The line is gone. Call again.');
    isMending = true;
    for (const [tries, waitMs] of retryMs.entries()) {
      on.broken(tries);
      try {
        await (isGone ? connect() : restart());
        if (isOver) return;
        isMending = false;
        return on.again();
      } catch (error) {
        if (isOver) return;
        if (error instanceof Over) return over(error.message);
        // It knows nothing of this connection, or can do nothing with it any more.
        isGone ||= error.status >= 400 && error.status < 500 && error.status !== 429;
        if (isGone && tries === 0) continue;
      }
      await new Promise((resolve) => {
        hurry = resolve;
        // A little at random: not all callers of a server come back in the same instant.
        setTimeout(resolve, waitMs * (0.75 + Math.random() / 2));
      });
      if (isOver) return;
    }
    over('The line is gone and did not come back. Call again, and say what you wanted.');
  }

  try {
    await connect();
  } catch (error) {
    close();
    throw error;
  }
  for (const [target, name, listener] of listeners) target?.addEventListener(name, listener);
  on.open();
  return { send, close };
}

/** The STUN and TURN servers that the server names in `Link` headers (RFC 9725, 4.6). */
async function serversOf(address) {
  const answer = await fetch(address, { method: 'OPTIONS' });
  if (!answer.ok) return [];
  const links = (answer.headers.get('link') ?? '').matchAll(/<([^>]+)>((?:; [\w-]+="[^"]*")*)/g);
  return [...links].flatMap(([, urls, rest]) => {
    const { rel, username, credential } = Object.fromEntries([...rest.matchAll(/; ([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value])); // prettier-ignore
    return rel === 'ice-server' ? [{ urls, ...(username && { username, credential }) }] : [];
  });
}

function isConnected(connection) {
  return new Promise((resolve) => {
    const look = () => connection.connectionState === 'connected' && resolve();
    connection.addEventListener('connectionstatechange', look);
    look();
  });
}

function within(ms, promise) {
  return Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(reject, ms, new Error('it did not come about'))),
  ]);
}
