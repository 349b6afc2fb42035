/** The parts of a step's world that come from outside: the time in the agent's zone, and chance from a seed. */

/** Writes calendar time (ms since 1970 UTC) as local time of a zone, `2026-03-02T10:00:00`. */
export function localTimeIn(timezone: string): (date: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  let second = Number.NaN;
  let text = '';
  return (date) => {
    // Formatting costs as much as the rest of a pure step, and turns come many times a second in tests.
    const now = Math.floor(date / 1000);
    if (now !== second) [second, text] = [now, format.format(date).replace(' ', 'T')];
    return text;
  };
}

/** Numbers 0 ≤ x < 1 that depend on the arguments only, so a dialog picks the same variants when it is played again. */
export function seededRandom(seed: number, dialogId: string, turn: number): () => number {
  // FNV-1a over the id, then mulberry32 (both in the public domain).
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < dialogId.length; index++) hash = Math.imul(hash ^ dialogId.charCodeAt(index), 0x01000193);
  let state = Math.imul(hash ^ turn, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
