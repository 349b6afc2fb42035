import { isWrapping } from '../../slot-types/answer.js';
import { fillers } from '../../slot-types/normalise.js';
import { readCardinal, readOrdinal } from '../../slot-types/numbers.js';
import type { ItemWords } from './item-words.js';

const few = String.raw`(?:[\p{L}\p{N}']+\s+){0,6}?`;

/** How callers say what they do to a list, in English. */
export const englishItems: ItemWords = {
  marks: [
    {
      does: 'remove',
      pattern: new RegExp(
        String.raw`\b(?:(?:take|leave|strike|knock)\s+${few}(?:off|out|away|back)\b|(?:remove|delete|drop|scratch|scrap|forget about|forget|lose|cancel|never mind|get rid of|no more|minus|clear|empty)\b|start\s+(?:the|my|our)\s+\p{L}+\s+(?:over|again)\b|(?:(?:do not|don't|no longer|not)\s+)(?:want|need)\b)`,
        'giu',
      ),
    },
    {
      does: 'change',
      pattern:
        /\b(?:make|change|switch|swap|replace|turn|upgrade|instead of|rather than|can (?:it|that|the \p{L}+) be|should (?:be|have|come)|i meant|i mean|i (?:only |just |really )?(?:wanted|said|asked for|ordered)(?! to\b))\b/giu,
    },
    {
      does: 'add',
      pattern:
        /\b(?:add|also|another|plus|as well|(?:i'll|i will|can i|could i|may i|let me)\s+(?:have|get|take|order)|i'd like|give me|get me)\b/giu,
    },
  ],
  swapMarks: new Set(['instead of', 'rather than']),
  subjectFirst: /^should/,
  meant: {
    mark: /^i (?:mean|only|just|really|wanted|said|asked|ordered)/,
    opening: /^\s*(?:no|nope|sorry|wait|actually|i mean)\b(?![\s,]+(?:and|also|plus|thanks)\b)/i,
  },
  request:
    /\b(?:can|could|may|might)\s+(?:i|we|you)\s+(?:please\s+)?(?:have|get|take|order|bring|add|do|make|change|remove|swap|switch|leave|give)\b/gi,
  wanting:
    /\b(?:i'd|i would|we'd)\s+(?:like|love)\b|\b(?:i'll|we'll|i will)\s+(?:have|get|take|try)\b|\b(?:hi|hello|hey)\b/gi,
  clearing: /^(?:clear|empty|start)\b/i,
  place: { numbered: /^number$/, noun: /^(?:one|item|thing)$/, last: /^last$/, article: /^the$/, isBare: false },
  small: /^(?:an?|some|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})$/,
  noThing: new Set(['bit', 'lot', 'moment', 'minute', 'second', 'few', 'couple', 'question', 'table', 'thing', 'favour', 'for', 'with', 'of', 'to', 'on', 'that', 'while', 'number', 'plain']), // prettier-ignore
  joints: /,|\b(?:and|plus|also|then)\b/gi,
  noTopping: new Set(['me', 'you', 'him', 'her', 'us', 'them', 'that', 'this', 'it', 'everything', 'nothing', 'anything', 'thanks', 'thank', 'please', 'all', 'now', 'maybe', 'also', 'yeah', 'yes', 'no', 'ok', 'okay', 'ice']), // prettier-ignore
  amounts: new Set(['a', 'an', 'some', 'extra', 'lots', 'lot', 'loads', 'of', 'little', 'bit', 'the', 'more', 'plenty', 'touch', 'dash', 'drop']), // prettier-ignore
  cuts: /[,;.]|\b(?:and|plus|also|with)\b/gi,
  freeCuts: /[,;]|\b(?:and|plus)\b/gi,
  ofChange: /^(?:make|made|change|switch|turn|put|said|meant?|wanted|asked|ordered|should|could|come|into|without|but|large|one|ones|two|three|of|them|those|these|both|all|each|half|other|others|not|instead|sorry|wait|said|really|too|now|quick|quickly|fast|snappy|same|first|second|third|last)$/, // prettier-ignore
  without: /\bwithout\s+\p{L}/iu,
  withRest: /\bwith\s+(.*)$/iu,
  wholeOrder: /\b(?:everything|it all|them all|all of (?:it|that|them)|the lot|the (?:whole|entire) \p{L}+)\b/iu,
  pronoun: /\b(?:that|it|this|those|these|them)\b/i,
  lastMeant: /\bthe last (?:one|thing|item)\b/i,
  more: {
    isMore: /\b(?:another|more|again|extra)\b/i,
    isSame: /\bof (?:those|these|them|that)\b/i,
    again: /\b(?:another one|one more|(?:the )?same again)\b/i,
  },
  into: /\b(?:to|for|with|by|into|a|an)\b/i,
  another: /^another$/,
  moreBefore: /\b(?:another|more)\s+$/i,
  all: /\b(?:both|all(?!\s+right)|each|every one|every(?:one|body)|the (?:two|three|four|five|six) of us)\b/i,
  isWith: /\bwith\b/i,
  chain: /^[\s,]*(?:(?:and|with|plus|an?|the|some|large|medium|small|\p{L}+)[\s,]+){0,4}$/iu,
  slips: /^(?:yes|yeah|but|no|nope|sorry|wait|not|meant?|mean|rather|instead|said)$/,
  leftOut: {
    before: /^\s*no\s+(?=[\p{L}])/iu,
    after: /^[\s,]*(?:please|thanks|thank you|then|after all)?[\s.!]*$/i,
  },
  theBefore: /\b(?:the|my|that)\s+$/i,
  denied: /\b(?:no|nope|not|said|meant?)\b/i,
  makes: /^make$/,
  article: /^(?:an?|another|some)$/,
  takenBack: /\b(?:no wait|wait|i meant?|sorry|make that)\b/i,
  tellsApart: true,
  inner: {
    offBefore:
      /\b(?:no|without|not|minus|hold|skip|instead of|rather than|except(?: for)?|leave (?:out|off)|leave|take|remove|drop|lose|nor|(?:don't|do not) (?:want|like|put))\s+(?:on\s+)?(?:the\s+|any\s+|my\s+|more\s+|of\s+){0,2}$/i,
    notOff: /\b(?:i'll|let me|can i)\s+take\s+\S*\s*$/i,
    denial: /\bno(?=\s+(?!wait|sorry|make|actually|i\b|that|not\b)\p{L})/giu,
    denialBack: /(\bno\s+(?:\p{L}+[\s,]+){1,2})(actually|sorry|wait)\b/giu,
    swapBefore: /\b(?:swap|switch|replace|exchange|change|trade)\s+(?:out\s+)?(?:the\s+|my\s+)?$/i,
    swapTo: /\b(?:for|with|to|by)\b/i,
    onBefore: /\b(?:with|add|plus|extra|but|put|have|get|for|more)\s+(?:some\s+|the\s+)?$/i,
    joint: /^[\s,]*(?:and|or|nor)?[\s,]*(?:the|any|no)?[\s,]*$/i,
    nothing: new Set(['no', 'nope', 'none', 'nothing', 'neither', 'plain', 'without', 'nah']),
    besideNothing: new Set(['any', 'thanks', 'thank', 'you', 'please', 'just', 'else', 'extra', 'on', 'it', 'of', 'those', 'them', 'that', 'at', 'all', "i'm", 'good', 'fine', 'for', 'me', 'uh', 'um', 'more', 'special', 'the', 'keep']), // prettier-ignore
    also: /\b(?:also|too|as well|extra|add|plus|more|another)\b/i,
    ofOne: /\b(?:to|on|onto|in|into|for|from|off|of|with)\s+(?:the|my|that|our)\s+(?:\p{L}+\s+){0,2}$/iu,
    theOne: /\b(?:the|my|that)\s+(?:\p{L}+\s+){0,2}$/iu,
    saidOf: /\b(?:no|without|with|extra|hold|more)\s+(?:the\s+)?$/i,
  },
  cardinal: readCardinal,
  ordinal: readOrdinal,
  isWrapping,
  isFiller: (word) => fillers.has(word) || word === 'maybe',
};
