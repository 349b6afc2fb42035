/** A browser that calls over WebRTC, and does to its packets what networks do. */
import { IceCandidate, MediaStreamTrack, RTCIceParameters, RTCPeerConnection, RTCRtpCodecParameters, RtpHeader, RtpPacket } from 'werift'; // prettier-ignore
import type { RTCDataChannel, RTCIceTransport, RTCRtpSender } from 'werift';
import { decodeMuLaw, encodeMuLaw } from '../../runtime/audio/g711.js';

const codec = (name: string, payloadType: number) =>
  new RTCRtpCodecParameters({ mimeType: `audio/${name}`, clockRate: 8000, channels: 1, payloadType });

export type Got =
  | { kind: 'audio'; samples: Int16Array; sequence: number; timestamp: number; marker: boolean; atMs: number }
  | { kind: 'message'; message: { type: string } & Record<string, unknown>; atMs: number };

export interface RtcCallerOptions {
  /** False: only sound. */
  channel?: boolean;
  /** False: lets marks go unanswered. */
  marks?: boolean;
}

export class RtcCaller {
  readonly got: Got[] = [];
  state = 'new';
  isChannelOpen = false;
  isClosed = false;
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel | undefined;
  readonly #wakes = new Set<() => void>();
  #sender!: RTCRtpSender;
  #sequence = 65_530;
  #timestamp = 4_294_967_000;

  constructor({ channel = true, marks = true }: RtcCallerOptions = {}) {
    this.#connection = new RTCPeerConnection({
      codecs: { audio: [codec('opus', 111), codec('PCMU', 0), codec('telephone-event', 126)], video: [] },
      iceServers: [],
      iceUseIpv6: false,
    });
    this.#connection.connectionStateChange.subscribe((state) => {
      this.state = state;
      this.#wake();
    });
    this.#connection.onTrack.subscribe((track) =>
      track.onReceiveRtp.subscribe(({ header, payload }) => {
        const { sequenceNumber: sequence, timestamp, marker } = header;
        const samples = decodeMuLaw(payload);
        this.got.push({ kind: 'audio', samples, sequence, timestamp, marker, atMs: performance.now() });
        this.#wake();
      }),
    );
    if (!channel) return;
    this.#channel = this.#connection.createDataChannel('parley');
    this.#channel.onMessage.subscribe((data) => {
      const message = JSON.parse(data.toString()) as { type: string };
      this.got.push({ kind: 'message', message, atMs: performance.now() });
      if (marks && message.type === 'mark') this.send(message);
      this.#wake();
    });
    this.#channel.stateChanged.subscribe((state) => {
      this.isChannelOpen = state === 'open';
      if (state === 'closed') this.isClosed = true;
      this.#wake();
    });
  }

  async offer(): Promise<string> {
    const transceiver = this.#connection.addTransceiver(new MediaStreamTrack({ kind: 'audio' }), {
      direction: 'sendrecv',
    });
    this.#sender = transceiver.sender;
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#connection.localDescription!.sdp;
  }

  async answered(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
    await this.until(() => this.state === 'connected' && (!this.#channel || this.isChannelOpen));
  }

  /** Packets of 20 ms, all at once; `order` says which go out in which order: [1, 0, 0] is late, and one twice. */
  speak(samples: Int16Array, order?: number[]): void {
    const packets: { sequence: number; timestamp: number; payload: Uint8Array }[] = [];
    for (let at = 0; at < samples.length; at += 160) {
      const payload = encodeMuLaw(samples.subarray(at, at + 160));
      packets.push({ sequence: this.#next(), timestamp: this.#timestamp, payload });
      this.#timestamp = (this.#timestamp + payload.length) >>> 0;
    }
    for (const index of order ?? packets.keys()) this.#packet(0, packets[index]!);
  }

  /** At the pace of speech, in real time. */
  async say(samples: Int16Array): Promise<void> {
    const fromMs = performance.now();
    for (let at = 0; at < samples.length; at += 160) {
      this.speak(samples.subarray(at, at + 160));
      const waitMs = fromMs + (at + 160) / 8 - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  /** RFC 4733: while it is held, and three times at its end. */
  press(digit: string): void {
    const event = '0123456789*#ABCD'.indexOf(digit);
    const timestamp = this.#timestamp;
    for (const [end, duration] of [[0, 160], [0, 320], [0x80, 480], [0x80, 480], [0x80, 480]] as const) // prettier-ignore
      this.#packet(126, { sequence: this.#next(), timestamp, payload: Uint8Array.of(event, end | 10, duration >> 8, duration & 0xff) }); // prettier-ignore
    this.#timestamp = (timestamp + 480) >>> 0;
  }

  send(message: unknown): void {
    if (this.#channel?.readyState === 'open')
      this.#channel.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** What the agent said, in order. */
  get said(): string[] {
    return this.got.flatMap((one) =>
      one.kind === 'message' && one.message.type === 'transcript' && one.message.who === 'agent'
        ? [String(one.message.text)]
        : [],
    );
  }

  /** Of the call, as it was told. */
  get id(): string | undefined {
    return this.#ready('id');
  }

  /** With what it comes back. */
  get resume(): string | undefined {
    return this.#ready('resume');
  }

  #ready(field: string): string | undefined {
    const ready = this.got.findLast((one) => one.kind === 'message' && one.message.type === 'ready');
    return ready?.kind === 'message' ? (ready.message[field] as string | undefined) : undefined;
  }

  get #ice(): RTCIceTransport {
    return this.#connection.iceTransports[0]!;
  }

  /** Its side of the ICE session that runs, as a fragment of SDP. */
  fragment(candidates: string[] = []): string {
    const { localUsername, localPassword } = this.#ice.connection;
    return ['a=ice-options:trickle', `a=ice-ufrag:${localUsername}`, `a=ice-pwd:${localPassword}`, 'm=audio 9 RTP/AVP 0', 'a=mid:0', ...candidates.map((one) => `a=${one}`), 'a=end-of-candidates', ''].join('\r\n'); // prettier-ignore
  }

  /** The network that it was in is gone: nothing leaves and nothing comes, until it has found another. */
  async loseNetwork(): Promise<void> {
    const inside = this.#ice.connection as unknown as { protocols: { close(): Promise<void> }[] };
    const old = inside.protocols;
    inside.protocols = [];
    await Promise.all(old.map((one) => one.close()));
  }

  /** Another network, in which it goes on with the same ICE session: browsers that gather without end do so. */
  async move(): Promise<void> {
    await this.loseNetwork();
    const { connection } = this.#ice;
    const inside = connection as unknown as { localCandidatesStart: boolean; checkListDone: boolean; checkListState: object }; // prettier-ignore
    inside.localCandidatesStart = inside.checkListDone = false;
    inside.checkListState = new (inside.checkListState.constructor as new () => object)();
    connection.checkList = [];
    connection.resetNominatedPair();
    await connection.gatherCandidates();
    await connection.connect();
  }

  /** A new ICE session. @returns its own side of it */
  async restart(): Promise<string> {
    this.#ice.restart();
    await this.#ice.gather();
    return this.fragment(this.#ice.connection.localCandidates.map((one) => `candidate:${one.toSdp()}`));
  }

  /** @param fragment the other side of the new session */
  async restarted(fragment: string): Promise<void> {
    const value = (name: string): string => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(fragment)![1]!;
    this.#ice.setRemoteParams(new RTCIceParameters({ usernameFragment: value('ice-ufrag'), password: value('ice-pwd'), iceLite: /^a=ice-lite/m.test(fragment) })); // prettier-ignore
    for (const [, candidate] of fragment.matchAll(/^a=(candidate:.*?)\r?$/gm))
      await this.#ice.addRemoteCandidate(IceCandidate.fromJSON({ candidate: candidate! }));
    await this.#ice.addRemoteCandidate(undefined);
    await this.#ice.start();
  }

  /** Its machine is gone: nothing comes any more. */
  async vanish(): Promise<void> {
    await this.#connection.close();
  }

  /** Looked at with everything that comes. */
  async until(test: () => boolean, withinMs = 10_000): Promise<void> {
    if (test()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!test()) return;
        clearTimeout(timer);
        this.#wakes.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#wakes.delete(look);
        reject(new Error(`it did not happen; ${this.state}; said: ${this.said.join(' | ')}`));
      }, withinMs);
      this.#wakes.add(look);
    });
  }

  #next(): number {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return this.#sequence;
  }

  /** As the library sends, but with the payload type that is wanted. */
  #packet(
    payloadType: number,
    { sequence, timestamp, payload }: { sequence: number; timestamp: number; payload: Uint8Array },
  ): void {
    // prettier-ignore
    this.#sender.codec = codec('any', payloadType);
    const header = new RtpHeader({ sequenceNumber: sequence, timestamp, payloadType });
    void this.#sender.sendRtp(new RtpPacket(header, Buffer.from(payload)));
  }

  #wake(): void {
    for (const look of [...this.#wakes]) look();
  }
}
