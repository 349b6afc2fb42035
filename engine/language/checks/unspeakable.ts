import type { Phrase } from '../flow.js';
import type { Check, Report } from './check.js';
import { eachPhrase } from './readers.js';

/** As many characters as an unhurried voice says in a second. */
const charactersASecond = 15;
/** Longer than that nobody listens; `max_seconds` on the words allows more, or less. */
const longestSeconds = 20;
/** Whoever writes more has other troubles first. */
const longestLookedAt = 5_000;
/** A value that is put in is about as long as a date. */
const valueCharacters = 12;

/** What an engine of speech reads out letter by letter, or not at all. */
const troubles: readonly { pattern: RegExp; is: string; cure: string }[] = [
  {
    pattern: /\b[\w.+-]{1,64}@[\w-]{1,63}\.\w+/,
    is: 'an e-mail address',
    cure: 'Write it as it is said: help at acme dot com.',
  },
  {
    pattern: /\bhttps?:\/\/\S+|\bwww\.\S+|\b[a-z0-9-]{1,63}\.(com|org|net|io|eu|info|biz|ie|de|fr|es|co\.uk)\b/i,
    is: 'an address of the web',
    cure: 'Write it as it is said: acme dot com.',
  },
  {
    pattern: /<\/?[a-z][^<>]{0,200}>|\*\*|```|`[^`]{1,200}`|\[[^[\]]{1,200}\]\([^()]{1,200}\)|^\s*(?:[-*•]|#+)\s+\S/im,
    is: 'markup',
    cure: 'Write plain words; SSML has its own key: { text: …, ssml: … }.',
  },
  {
    pattern: /(?![©®™])\p{Extended_Pictographic}/u,
    is: 'a picture',
    cure: 'Say it in words.',
  },
  {
    pattern: /\d{5,}/,
    is: 'a long number',
    cure: 'Divide it as it is said, as in 1 800 555 12 12, or put it in with a filter: {{ "18005551212" | digits }}.',
  },
];

/** Words that cannot be spoken well, or that take too long. */
export const unspeakable: Check = {
  needs: 'shape',
  run({ agent }, report) {
    eachPhrase(agent, (phrase) => {
      checkPhrase(phrase, report);
    });
  },
};

/** Each `{{ value }}` as one mark. */
function withoutValues(source: string): string {
  let words = '';
  let at = 0;
  for (let open = source.indexOf('{{'); open !== -1; open = source.indexOf('{{', at)) {
    const close = source.indexOf('}}', open);
    if (close === -1) break;
    words += `${source.slice(at, open)}\0`;
    at = close + 2;
  }
  return words + source.slice(at);
}

function checkPhrase(phrase: Phrase & { maxSeconds?: number }, report: Report): void {
  const { source, place } = phrase.text;
  const words = withoutValues(source);
  let said = words.slice(0, longestLookedAt);
  for (const { pattern, is, cure } of troubles) {
    const found = pattern.exec(said)?.[0].replaceAll('\0', '…').trim();
    if (found === undefined) continue;
    // An e-mail address holds one of the web: it is told once.
    said = said.replace(pattern, '');
    const shown = found.length > 40 ? `${found.slice(0, 40)}…` : found;
    report(
      'unspeakable',
      { place, length: source.length },
      `"${shown}" is ${is}, and cannot be said.`,
      cure,
      'warning',
    );
  }
  const characters = words.replaceAll('\0', 'x'.repeat(valueCharacters)).replace(/\s+/g, ' ').trim().length;
  const seconds = Math.round(characters / charactersASecond);
  const longest = phrase.maxSeconds ?? longestSeconds;
  if (seconds > longest) {
    report(
      'unspeakable',
      { place, length: source.length },
      `These words take about ${seconds} seconds to say; after ${longest} few people still listen.`,
      'Say the part that matters first, and divide the rest over several states.',
      'warning',
    );
  }
}
