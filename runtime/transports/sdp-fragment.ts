/** What the two sides tell each other of ICE once the call is answered: fragments of SDP (RFC 8840, 9), by PATCH. */
import { UsageError } from '../../engine/errors.js';

/** Longer ones are not read, characters. A candidate is about a hundred. */
export const maxFragmentLength = 8 * 1024;
/** In one fragment; a machine has a few addresses. */
const maxCandidates = 30;

/** A side of one ICE session: by these its checks are known (RFC 8445, 7.2.2). */
export interface IceNames {
  user: string;
  password: string;
}

export interface SdpFragment extends IceNames {
  /** As they stand after `a=`: `candidate:…`. */
  candidates: string[];
  /** No more will come. */
  isEnd: boolean;
}

/** @throws UsageError for what is no fragment, saying what is wrong with it */
export function readFragment(text: string): SdpFragment {
  if (text.length > maxFragmentLength) refuse(`it is longer than ${String(maxFragmentLength)} characters`);
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines.some((line) => !/^[am]=[\x20-\x7e]+$/.test(line))) refuse('it has to be lines of a= and m=');
  const user = valueOf(lines, 'ice-ufrag', 4);
  const password = valueOf(lines, 'ice-pwd', 22);
  const candidates = lines.filter((line) => line.startsWith('a=candidate:')).map((line) => line.slice(2));
  if (candidates.length > maxCandidates) refuse(`it has more than ${String(maxCandidates)} candidates`);
  return { user, password, candidates, isEnd: lines.includes('a=end-of-candidates') };
}

/** 4 to 256 and 22 to 256 letters, digits, + and / (RFC 8839, 5.4); all sections of one bundle have the same. */
function valueOf(lines: string[], name: string, least: number): string {
  const prefix = `a=${name}:`;
  const [value, ...others] = new Set(lines.flatMap((line) => (line.startsWith(prefix) ? [line.slice(prefix.length)] : []))); // prettier-ignore
  if (value === undefined) refuse(`a=${name} is missing`);
  if (others.length > 0) refuse(`it has more than one a=${name}`);
  if (value.length < least || value.length > 256 || !/^[\w+/-]+$/.test(value)) refuse(`its a=${name} is none`);
  return value;
}

/** @param media the section that all are bundled with: its `m=` line and its `mid` */
export function writeFragment(fragment: SdpFragment, media: { line: string; mid: string }, isLite: boolean): string {
  const { user, password, candidates, isEnd } = fragment;
  return [
    ...(isLite ? ['a=ice-lite'] : []),
    `a=ice-ufrag:${user}`,
    `a=ice-pwd:${password}`,
    media.line,
    `a=mid:${media.mid}`,
    ...candidates.map((candidate) => `a=${candidate}`),
    ...(isEnd ? ['a=end-of-candidates'] : []),
    '',
  ].join('\r\n');
}

function refuse(why: string): never {
  throw new UsageError(`this is no fragment of SDP that could be used: ${why}`);
}
