/** What is told of ICE after the offer and its answer: fragments of SDP (RFC 8840), cut out of it and put into it. */

const names = /^a=ice-(?:ufrag|pwd):/;
const ways = /^a=(?:candidate:|end-of-candidates)/;

const linesOf = (sdp) => sdp.split(/\r?\n/).filter((line) => line !== '');

/** Our names and ways: those of the first section, with which all others are bundled. */
export function fragmentOf(sdp) {
  const lines = linesOf(sdp);
  const [first, next] = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []));
  const section = lines.slice(first, next);
  const those = (pattern) => section.filter((line) => pattern.test(line));
  return [...those(names), section[0], ...those(/^a=mid:/), ...those(ways), ''].join('\r\n');
}

/** An answer once more, with the names and ways of a new session in place of the old. */
export function withFragment(sdp, fragment) {
  const told = linesOf(fragment);
  const own = told.filter((line) => names.test(line) || ways.test(line));
  const kept = linesOf(sdp).filter((line) => !names.test(line) && !ways.test(line));
  // A section's attributes come after its m= and c= lines.
  const sections = kept.flatMap((line) => (line.startsWith('c=') ? [line, ...own] : [line]));
  return `${sections.join('\r\n')}\r\n`;
}
