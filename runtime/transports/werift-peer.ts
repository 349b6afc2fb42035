/** A browser's connection (ICE, DTLS-SRTP, SCTP) by `werift`: the only place that knows the library. */
import type * as WeriftLibrary from 'werift';
import type { RTCDataChannel, RTCIceTransport, RTCPeerConnection, RTCRtpSender } from 'werift';
import { OutsideError, UsageError } from '../../engine/errors.js';
import type { Packet } from './rtp-in.js';
import { bundledSection, iceNamesIn, readOffer, withLiteInSession } from './sdp.js';
import { writeFragment, type IceNames, type SdpFragment } from './sdp-fragment.js';
import { isSigned } from './stun-signature.js';

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
  /** The caller's names in the ICE session that runs: whoever comes with others wants it begun anew. */
  readonly remote: IceNames;
  /** Ways to the caller. Those as names, and all where we are ICE lite, are passed over. */
  addCandidates(candidates: readonly string[], isEnd: boolean): void;
  /** Ways to us that the caller was not told of, as a fragment of SDP; undefined while there is nothing new. */
  untold(): string | undefined;
  /**
   * A new ICE session (RFC 8445, 9) beneath the same DTLS: sound and messages go on where the caller is now.
   *
   * @returns our side of it, a fragment of SDP
   */
  restart(remote: SdpFragment): Promise<string>;
  /** Not before something was connected: the library forgets then what it was doing. */
  readonly canRestart: boolean;
  listen(listener: PeerListener): void;
  sendRtp(packet: { sequence: number; timestamp: number; payload: Uint8Array; marker: boolean }): void;
  /** False when nothing can be sent, or too much waits. */
  sendText(text: string): boolean;
  close(): void;
}

export interface AnswerOptions {
  /** The caller asks for what comes after the answer: it does not wait for what STUN and TURN servers say. */
  isEarly?: boolean;
}

type Werift = typeof WeriftLibrary;

/** A socket of the library, as far as it is not in its types. */
interface StunSocket {
  onRequestReceived: { subscribe(take: (message: unknown, from: unknown, data: Buffer) => void): unknown };
}

/** Among what was told. */
const end = 'end-of-candidates';

const maxWaitingBytes = 1024 * 1024;
const maxMessageBytes = 16 * 1024;
/** So that the last messages and the closing of the channel are out before the connection goes. */
const closeMs = 300;
/** Our own addresses are known by then; what a server has to be asked for may take seconds, and comes after the answer. */
const ownAddressesMs = 100;
/** Of one call, over all its sessions: nobody has more ways to be reached. */
const mostCandidates = 200;

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
export async function answerOffer(text: string, settings: RtcSettings = {}, how: AnswerOptions = {}): Promise<Peer> {
  const isLite = settings.stun === undefined && settings.turn === undefined;
  const offer = readOffer(text, !isLite);
  const library = await werift();
  const peer = new WeriftPeer(library, offer, settings, isLite);
  try {
    await inTurn(settings, () => peer.negotiate(offer.sdp, how.isEarly === true && !isLite));
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
  readonly #isLite: boolean;
  remote: IceNames = { user: '', password: '' };
  #ice!: RTCIceTransport;
  /** The section that all others are bundled with. */
  #section!: { line: string; mid: string };
  #gathered: string[] = [];
  #isGathered = false;
  readonly #told = new Set<string>();
  #candidates = 0;
  #isConnected = false;
  /** The check that is being looked at, as it came. */
  #check: Buffer | undefined;
  #isClosed = false;

  constructor(library: Werift, offer: ReturnType<typeof readOffer>, settings: RtcSettings, isLite: boolean) {
    this.#library = library;
    this.#isLite = isLite;
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
      iceFilterStunResponse: (message, [host, port], protocol) => {
        const { localUsername, localPassword, nominated } = this.#ice.connection;
        // A check of an earlier session, or one that is not signed with our password, is nobody's.
        const isTheirs = message.getAttributeValue('USERNAME') === `${localUsername}:${this.remote.user}`;
        if (!isTheirs || !this.#check || !isSigned(this.#check, localPassword)) return false;
        this.#listener?.alive();
        const isElsewhere = nominated && (nominated.protocol !== protocol || nominated.remoteCandidate.host !== host || nominated.remoteCandidate.port !== port); // prettier-ignore
        // The library stays with the first pair that was nominated; a browser whose network changes nominates another.
        if (isElsewhere && message.attributesKeys.includes('USE-CANDIDATE')) this.#ice.connection.resetNominatedPair();
        return true;
      },
      maxMessageSize: maxMessageBytes,
      bundlePolicy: 'max-bundle',
    });
    this.connected = new Promise((resolve) => {
      this.#connection.connectionStateChange.subscribe((state) => {
        this.#isConnected ||= state === 'connected';
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

  async negotiate(offer: string, isEarly: boolean): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: offer });
    const [transceiver] = this.#connection.getTransceivers();
    transceiver!.setDirection('sendrecv');
    this.#sender = transceiver!.sender;
    await this.#sender.replaceTrack(new this.#library.MediaStreamTrack({ kind: 'audio' }));
    this.#ice = this.#connection.iceTransports[0]!;
    this.remote = iceNamesIn(offer)!;
    this.#watchIce(isEarly);
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    const { sdp } = this.#connection.localDescription!;
    this.#section = bundledSection(sdp);
    for (const [, candidate] of sdp.matchAll(/^a=(candidate:.*?)\r?$/gm)) this.#told.add(candidate!);
    if (sdp.includes(`a=${end}`)) this.#told.add(end);
    this.answer = withLiteInSession(sdp);
  }

  addCandidates(candidates: readonly string[], isEnd: boolean): void {
    this.#candidates += candidates.length;
    if (this.#isLite || this.#candidates > mostCandidates) return;
    for (const candidate of candidates) {
      const read = / \S+\.local /i.test(candidate) ? undefined : this.#library.IceCandidate.fromJSON({ candidate });
      if (read) void this.#ice.addRemoteCandidate(read);
    }
    if (isEnd) void this.#ice.addRemoteCandidate(undefined);
  }

  untold(): string | undefined {
    const wasGathered = this.#told.has(end);
    const candidates = this.#gathered.filter((one) => !this.#told.has(one));
    if (candidates.length === 0 && (wasGathered || !this.#isGathered)) return undefined;
    for (const one of [...candidates, ...(this.#isGathered ? [end] : [])]) this.#told.add(one);
    return writeFragment({ ...this.#own, candidates, isEnd: this.#isGathered }, this.#section, this.#isLite);
  }

  async restart({ user, password, candidates, isEnd }: SdpFragment): Promise<string> {
    const { connection } = this.#ice;
    // The sockets stay, and with them what a STUN server said of them; so does the relay that was asked for once.
    const mapped = this.#gathered.filter((one) => / typ srflx /.test(one)).map((one) => one.replace(/ (?:generation|ufrag) \S+/g, '')); // prettier-ignore
    delete connection.turnServer;
    this.#gathered = mapped;
    this.#isGathered = false;
    this.#told.clear();
    this.remote = { user, password };
    this.#ice.setRemoteParams(new this.#library.RTCIceParameters({ usernameFragment: user, password, iceLite: false }));
    this.addCandidates(candidates, isEnd);
    await this.#ice.gather();
    // The library begins no checks anew where DTLS is up already.
    void this.#ice.start().catch(() => undefined);
    return this.untold() ?? writeFragment({ ...this.#own, candidates: [], isEnd: false }, this.#section, this.#isLite);
  }

  get canRestart(): boolean {
    return this.#isConnected && !this.#isClosed;
  }

  get #own(): IceNames {
    const { localUsername: user, localPassword: password } = this.#ice.connection;
    return { user, password };
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

  /** What is gathered, each check as it came, and, where the caller asks again, an answer that does not wait. */
  #watchIce(isEarly: boolean): void {
    this.#ice.onIceCandidate.subscribe((candidate) => {
      if (!candidate) this.#isGathered = true;
      else this.#gathered.push(`candidate:${candidate.toJSON().candidate!.replace(/^candidate:/, '')}`);
    });
    // Of a check the library shows what it read, not the bytes that were signed.
    const connection = this.#ice.connection as unknown as { ensureProtocol(protocol: StunSocket): void };
    const ensure = connection.ensureProtocol.bind(connection);
    connection.ensureProtocol = (protocol) => {
      protocol.onRequestReceived.subscribe((_, __, data) => (this.#check = data));
      ensure(protocol);
    };
    if (!isEarly) return;
    // It connects when this resolves.
    const gather = this.#ice.gather.bind(this.#ice);
    this.#ice.gather = () => Promise.race([gather(), new Promise<void>((resolve) => setTimeout(resolve, ownAddressesMs))]); // prettier-ignore
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

let last: Promise<unknown> = Promise.resolve();

/** The library looks for a free port and takes it a moment later: where there is a range, two at once would find the same. */
function inTurn(settings: RtcSettings, work: () => Promise<void>): Promise<void> {
  if (!settings.ports) return work();
  const done = last.then(work);
  last = done.catch(() => undefined);
  return done;
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
