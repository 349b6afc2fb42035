/** A browser's connection (ICE, DTLS-SRTP, SCTP) by `werift`: the only place that knows the library. */
import type * as WeriftLibrary from 'werift';
import type { RTCDataChannel, RTCPeerConnection, RTCRtpSender } from 'werift';
import { OutsideError, UsageError } from '../../engine/errors.js';
import type { Packet } from './rtp-in.js';
import { readOffer, userNameIn, withLiteInSession } from './sdp.js';

/** How callers reach us, and we them. */
export interface RtcSettings {
  /** The address that the world knows this machine by, where it is another than its own. */
  publicIp?: string;
  /** UDP ports that calls may take, one and more each: first and last. Default: any. */
  ports?: readonly [number, number];
  /** `host:port` of a STUN server, where no address can be given. */
  stun?: string;
  /** A relay, where callers cannot reach us at all. `url`: `turn:host:port`. */
  turn?: { url: string; user: string; password: string };
  /** Only callers of this machine. */
  loopbackOnly?: boolean;
}

/** What a connection tells; never after `close`. */
export interface PeerListener {
  packet(packet: Packet): void;
  /** A sign that the caller's machine is there, however quiet they are. */
  alive(): void;
  /** The data channel is open. */
  opened(): void;
  message(data: Buffer): void;
  /** The caller has closed: the data channel, or all of it. */
  closed(): void;
  /** The connection has failed. */
  lost(): void;
}

export interface Peer {
  /** SDP. */
  readonly answer: string;
  readonly types: { pcmu: number; keys?: number };
  readonly hasData: boolean;
  /** Resolves true when sound can be sent, false when that will never be. */
  readonly connected: Promise<boolean>;
  readonly canSend: boolean;
  listen(listener: PeerListener): void;
  sendRtp(packet: { sequence: number; timestamp: number; payload: Uint8Array; marker: boolean }): void;
  /** False when nothing can be sent, or too much waits. */
  sendText(text: string): boolean;
  close(): void;
}

type Werift = typeof WeriftLibrary;

const maxWaitingBytes = 1024 * 1024;
const maxMessageBytes = 16 * 1024;
/** So that the last messages and the closing of the channel are out before the connection goes. */
const closeMs = 300;

/** @throws OutsideError when it is not installed */
async function werift(): Promise<Werift> {
  try {
    return await import('werift');
  } catch (error) {
    throw new OutsideError('webrtc', 'refused', 'its library is not installed; run `npm install werift`', {
      retryable: false,
      cause: error,
    });
  }
}

/**
 * Answers an offer. Without a STUN or TURN server to ask we are "ICE lite" (RFC 8445, 2.5): the caller looks for the way
 * to us and we answer, so no stranger's list of addresses is gone through.
 *
 * @throws UsageError for an offer that cannot be answered; OutsideError without the library
 */
export async function answerOffer(text: string, settings: RtcSettings = {}): Promise<Peer> {
  const isLite = settings.stun === undefined && settings.turn === undefined;
  const offer = readOffer(text, !isLite);
  const library = await werift();
  const peer = new WeriftPeer(library, offer, settings, isLite);
  try {
    await peer.negotiate(offer.sdp);
  } catch {
    peer.close();
    throw new UsageError('the offer cannot be answered: it is no SDP of a WebRTC connection');
  }
  return peer;
}

class WeriftPeer implements Peer {
  answer = '';
  readonly types: { pcmu: number; keys?: number };
  readonly hasData: boolean;
  readonly connected: Promise<boolean>;
  readonly #library: Werift;
  readonly #connection: RTCPeerConnection;
  #sender: RTCRtpSender | undefined;
  #channel: RTCDataChannel | undefined;
  #listener: PeerListener | undefined;
  /** Who may ask whether we are there: our name and theirs. */
  #checkName: string | undefined;
  #isClosed = false;

  constructor(library: Werift, offer: ReturnType<typeof readOffer>, settings: RtcSettings, isLite: boolean) {
    this.#library = library;
    this.types = { pcmu: offer.pcmu, ...(offer.keys !== undefined && { keys: offer.keys }) };
    this.hasData = offer.hasData;
    const codec = (name: string, payloadType: number) =>
      new library.RTCRtpCodecParameters({ mimeType: `audio/${name}`, clockRate: 8000, channels: 1, payloadType });
    const { publicIp, ports, loopbackOnly } = settings;
    const hosts = [...(publicIp === undefined ? [] : [publicIp]), ...(loopbackOnly ? ['127.0.0.1'] : [])];
    this.#connection = new library.RTCPeerConnection({
      codecs: { audio: [codec('PCMU', offer.pcmu), codec('telephone-event', offer.keys ?? 101)], video: [] },
      iceLite: isLite,
      iceServers: serversOf(settings),
      ...(ports && { icePortRange: [...ports] }),
      ...(hosts.length > 0 && { iceAdditionalHostAddresses: hosts }),
      ...(loopbackOnly && { iceInterfaceAddresses: { udp4: '127.0.0.1' }, iceUseIpv6: false }),
      iceFilterStunResponse: (message) => {
        // A check that does not know both names is a stranger's.
        if (message.getAttributeValue('USERNAME') !== this.#checkName) return false;
        this.#listener?.alive();
        return true;
      },
      maxMessageSize: maxMessageBytes,
      bundlePolicy: 'max-bundle',
    });
    this.connected = new Promise((resolve) => {
      this.#connection.connectionStateChange.subscribe((state) => {
        if (state === 'connected') resolve(true);
        if (state === 'failed' || state === 'closed') resolve(false);
        if (this.#isClosed) return;
        if (state === 'failed') this.#listener?.lost();
        if (state === 'closed') this.#listener?.closed();
      });
    });
    this.#connection.onDataChannel.subscribe((channel) => this.#take(channel));
    this.#connection.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        const { payloadType, sequenceNumber: sequence, timestamp } = header;
        this.#listener?.packet({ payloadType, sequence, timestamp, payload });
      });
    });
  }

  async negotiate(offer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer });
    const [transceiver] = this.#connection.getTransceivers();
    transceiver!.setDirection('sendrecv');
    this.#sender = transceiver!.sender;
    await this.#sender.replaceTrack(new this.#library.MediaStreamTrack({ kind: 'audio' }));
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    const sdp = this.#connection.localDescription!.sdp;
    this.#checkName = `${userNameIn(sdp) ?? ''}:${userNameIn(offer) ?? ''}`;
    this.answer = withLiteInSession(sdp);
  }

  get canSend(): boolean {
    return this.#channel?.readyState === 'open';
  }

  listen(listener: PeerListener): void {
    this.#listener = listener;
    if (this.canSend) listener.opened();
  }

  sendRtp({ sequence, timestamp, payload, marker }: Parameters<Peer['sendRtp']>[0]): void {
    if (this.#isClosed || !this.#sender) return;
    const { RtpHeader, RtpPacket } = this.#library;
    const header = new RtpHeader({ sequenceNumber: sequence, timestamp, marker, payloadType: this.types.pcmu });
    // What cannot be sent any more is lost as any packet may be; that the line is gone is told elsewhere.
    this.#sender.sendRtp(new RtpPacket(header, Buffer.from(payload))).catch(() => undefined);
  }

  sendText(text: string): boolean {
    const channel = this.#channel;
    if (channel?.readyState !== 'open' || channel.bufferedAmount > maxWaitingBytes) return false;
    channel.send(text);
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener = undefined;
    const waitMs = this.canSend ? closeMs : 0;
    if (this.canSend) this.#channel!.close();
    setTimeout(() => void this.#connection.close().catch(() => undefined), waitMs);
  }

  /** The first is the call's; a caller needs no other. */
  #take(channel: RTCDataChannel): void {
    if (this.#channel) return channel.close();
    this.#channel = channel;
    channel.onMessage.subscribe((data) => this.#listener?.message(Buffer.from(data)));
    channel.stateChanged.subscribe((state) => {
      if (state === 'open') this.#listener?.opened();
      if (state === 'closed') this.#listener?.closed();
    });
  }
}

/** With a relay alone the relay is asked for our address too: the library would ask a server of its own choice. */
function serversOf({ stun, turn }: RtcSettings): { urls: string; username?: string; credential?: string }[] {
  if (stun === undefined && turn === undefined) return [];
  const host = stun ?? turn!.url.replace(/^turns?:/, '').replace(/\?.*$/, '');
  return [
    { urls: `stun:${host}` },
    ...(turn ? [{ urls: turn.url, username: turn.user, credential: turn.password }] : []),
  ];
}
