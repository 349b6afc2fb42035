/** A call over WebRTC in place of the socket: the browser keeps the pace, fills holes and takes the echo out. */

/**
 * @param stream the microphone
 * @param address where offers go
 * @param on `open()`, `message(data)` and `close(why)`; each may come late, `close` once
 */
export async function dialWebRtc(stream, address, on) {
  const connection = new RTCPeerConnection();
  const channel = connection.createDataChannel('parley');
  const player = new Audio();
  /** How long the browser keeps sound before it plays it, ms. */
  let keptMs = 80;
  let isOver = false;
  const over = (why) => {
    if (isOver) return;
    close();
    on.close(why);
  };
  const close = () => {
    isOver = true;
    clearInterval(asking);
    player.srcObject = null;
    connection.close();
  };
  const send = (message) => channel.readyState === 'open' && channel.send(JSON.stringify(message));
  const asking = setInterval(async () => {
    for (const { type, jitterBufferDelay: s, jitterBufferEmittedCount: count } of (
      await connection.getStats()
    ).values())
      if (type === 'inbound-rtp' && count > 0) keptMs = (s / count) * 1000;
  }, 1000);
  for (const track of stream.getAudioTracks()) connection.addTrack(track, stream);
  connection.ontrack = ({ track }) => {
    player.srcObject = new MediaStream([track]);
    void player.play();
  };
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === 'failed') over('The line is gone. Call again.');
  };
  channel.onopen = on.open;
  channel.onclose = () => over('The call is over.');
  channel.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    // The sound before a mark is heard when the browser has played what it keeps.
    if (message.type === 'mark') setTimeout(send, keptMs, { type: 'mark', name: message.name });
    else on.message(data);
  };
  try {
    await connection.setLocalDescription();
    const answer = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: connection.localDescription.sdp,
    });
    if (!answer.ok) throw new Error((await answer.json()).error);
    await connection.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  } catch (error) {
    close();
    throw error;
  }
  return { send, close };
}
