/** What we read of a browser's offer (SDP, RFC 8866), and what we leave of it: PCMU, its keys, one data channel. */
import { UsageError } from '../../engine/errors.js';
import type { IceNames } from './sdp-fragment.js';

export interface Offer {
  /** The offer with what we do not speak taken out, so that whoever answers it cannot choose that. */
  sdp: string;
  /** Payload types (RFC 3551, 6). */
  pcmu: number;
  keys?: number;
  hasData: boolean;
}

/** Static payload type of PCMU (RFC 3551, table 4). */
const staticPcmu = 0;

/**
 * Candidates are left out: names under `.local` would have to be looked up in the network for a stranger.
 *
 * @param keepsCandidates we look for ways to the caller too: those given as addresses stay
 * @throws UsageError for an offer that we cannot answer, saying what is to be offered
 */
export function readOffer(text: string, keepsCandidates = false): Offer {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines[0] !== 'v=0') refuse('this is no SDP');
  const first = lines.findIndex((line) => line.startsWith('m='));
  const sections: string[][] = [];
  for (const line of first < 0 ? [] : lines.slice(first)) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)!.push(line);
  }
  const audio = sections.filter(([line]) => line!.startsWith('m=audio '));
  const data = sections.filter(([line]) => line!.startsWith('m=application '));
  if (audio.length !== 1 || data.length > 1 || sections.length > audio.length + data.length)
    refuse('it has to have audio once, a data channel at most once, and no video');
  if (!iceNamesIn(text) || !/\ba=fingerprint:/.test(text)) refuse('ICE or DTLS is missing');
  if (audio[0]!.some((line) => line === 'a=recvonly' || line === 'a=inactive' || line === 'a=sendonly'))
    refuse('its audio has to go both ways (a=sendrecv)');
  const { section, pcmu, keys } = narrowed(audio[0]!);
  const kept = sections.map((one) => (one === audio[0] ? section : one));
  const sdp = [...lines.slice(0, first), ...kept.flat()].filter(
    (line) => !line.startsWith('a=candidate:') || (keepsCandidates && !/\.local\b/i.test(line)),
  );
  return { sdp: `${sdp.join('\r\n')}\r\n`, pcmu, ...(keys !== undefined && { keys }), hasData: data.length === 1 };
}

/** The audio section with PCMU and the keys of its rate only, PCMU first: what is sent is of the first. */
function narrowed(section: string[]): { section: string[]; pcmu: number; keys?: number } {
  const [media, port, protocol, ...formats] = section[0]!.split(' ');
  const typeOf = (name: RegExp): number | undefined => {
    for (const line of section) {
      const [, type, codec] = /^a=rtpmap:(\d{1,3}) (\S+)/.exec(line) ?? [];
      if (codec !== undefined && name.test(codec) && formats.includes(type!)) return Number(type);
    }
    return undefined;
  };
  const pcmu = typeOf(/^PCMU\/8000(\/1)?$/i) ?? (formats.includes(String(staticPcmu)) ? staticPcmu : undefined);
  if (pcmu === undefined) refuse('it has to have PCMU (G.711 mu-law) among its audio codecs');
  const keys = typeOf(/^telephone-event\/8000$/i);
  const kept = [pcmu, ...(keys === undefined ? [] : [keys])].map(String);
  const others = section.slice(1).filter((line) => {
    const [, type] = /^a=(?:rtpmap|fmtp|rtcp-fb):(\S+)/.exec(line) ?? [];
    return type === undefined || kept.includes(type);
  });
  if (!others.some((line) => line.startsWith(`a=rtpmap:${String(pcmu)} `)))
    others.push(`a=rtpmap:${String(pcmu)} PCMU/8000`);
  return {
    section: [[media, port, protocol, ...kept].join(' '), ...others],
    pcmu,
    ...(keys !== undefined && { keys }),
  };
}

function refuse(why: string): never {
  throw new UsageError(`the offer cannot be answered: ${why}`);
}

/** The names of whoever wrote this, by which their checks are known (RFC 8839, 5.4). */
export function iceNamesIn(sdp: string): IceNames | undefined {
  const [user, password] = ['ufrag', 'pwd'].map((name) => new RegExp(`^a=ice-${name}:(\\S+)`, 'm').exec(sdp)?.[1]);
  return user === undefined || password === undefined ? undefined : { user, password };
}

/** The first section: all are bundled with it. */
export function bundledSection(sdp: string): { line: string; mid: string } {
  return { line: /^m=.*/m.exec(sdp)![0].trimEnd(), mid: /^a=mid:(\S+)/m.exec(sdp)?.[1] ?? '0' };
}

/** `a=ice-lite` belongs to the session (RFC 8839, 5.3); the library writes it to each of its sections. */
export function withLiteInSession(sdp: string): string {
  if (!/^a=ice-lite\r?$/m.test(sdp)) return sdp;
  return sdp.replace(/^a=ice-lite\r?\n/gm, '').replace(/^(t=.*)\r?\n/m, '$1\r\na=ice-lite\r\n');
}
