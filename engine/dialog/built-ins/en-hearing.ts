import type { Hearing } from './built-ins.js';
import { isQuestion } from '../../slot-types/normalise.js';
import { between, opensRequest, pointsBack } from './en-clauses.js';

/** The small words by which the engine hears what an English utterance does, beside its values. */
export const englishHearing: Hearing = {
  slip: [
    /^\s*(?:oh\s+|uh\s+|um\s+)?(?:no|nope|sorry|wait|actually|i meant|i mean|i said|not)\b/i,
    /\b(?:i meant|i said|should (?:be|have been)|change (?:it|that) to|make (?:it|that))\b/i,
  ],
  hedge: /\b(but|except|instead|rather|change|make (it|that)|only if|as long as|if you)\b/i,
  agreeing: /^\s*(?:yes|yeah|yep|sure|right|correct|exactly|okay|ok)\b/i,
  yes: /^\s*(?:yes|yeah|yep|yup|sure|right|correct|exactly|that's right|that one|okay|ok)\b/i,
  no: /^\s*(?:no|nope|nah|not|don't|please don't)\b/i,
  waveOff:
    /^\s*(?:(?:no|nope|nah|oh|um|uh|well|ah|thanks|thank you)[\s,.]+)*(?:no[\s,.]+(?:never ?mind|forget (?:it|about it|that)|leave it|drop it|let's (?:leave|forget) it)|(?:please )?don't (?:bother|worry)(?: about (?:it|that))?)(?:[\s,]+(?:thanks|thank you|please))*[\s.!]*$/i,
  isQuestion,
  asksWhich:
    /^\s*(?:(?:so|and|but|okay|ok|well|uh|um|er|sorry|hm+)[\s,]+)*(?:(?:who|whom|whose|which|why|when|where|what(?! about)|how(?! about))(?:'?s|'?re)?(?: \S|\s*\?)|(?:do|does|did|are|is|was|were|am|have|has|will|would|should) (?:i|you|we|they|he|she|it|this|that|the|my|your)\b(?! (?:have|got|sell|serve|do|work|be|suit)\b| \S+ (?:work|be|suit)\b))/i,
  neither:
    /^\s*(?:no|nope|nah|neither|none)(?:,? (?:no|one|thanks|thank you|neither|of (?:them|those|these|the two|either)))*\s*[.!]*$/i,
  both: /^\s*both\b/i,
  articles:
    "(?:the|a|an|is|are|was|be|to|at|on|in|for|of|my|it's|its|should|should be|will be|would be|start|starts|on the)",
  denials: "(?:not|isn't|wasn't|rather than|instead of)",
  determiners: new Set(['a', 'an', 'the', 'my', 'some', 'i', 'is', 'of']),
  answers: new Set([
    'yes', 'yeah', 'yep', 'no', 'nope', 'but', 'not', 'sure', 'right', 'correct', 'and', 'or', 'was', 'were', 'start', 'day',
  ]),
  courtesy: new Set(['please', 'uh', 'um', 'er', 'oh', 'okay', 'ok', 'well', 'thanks', 'sorry', 'no']),
  approximates: new Set(['around', 'about', 'by', 'until', 'till', 'before', 'after', 'past']),
  narrates: /n't$|^(?:not|did|was|has|had|he|she|they|but)$/,
  takesLeave:
    /\b(?:bye+|goodbye|good ?night|see (?:you|ya)|later|hang(?:ing)? up|take care|have a|end (?:the|this) call|cheerio|so long|that(?:'s| is| will be|'ll be) (?:all|it)|off now|gotta go|got to go|leave)\b/i,
  partOfDay: /\b(?:(?:some ?time )?(?:in the |this |on |by )?(?:early |late )?(?:morning|afternoon|evening|night))\b/gi,
  nothing:
    /^\s*(?:(?:no|nope|nah|um+|uh+|oh|well)[\s,.]+)*(?:nothing|none|not (?:really|that i (?:know|can think) of)|no one|nobody|i'?m (?:good|fine|all set)|i don't think so|no preference|(?:it )?does(?:n't| not) matter|whatever|(?:i )?do(?:n't| not) (?:mind|care)|you (?:choose|pick))(?:[\s,]+(?:else|really|special|in particular|at all|more|comes to mind|thanks|thank you|that i (?:know|can think) of))*[\s.!]*$/i,
  asksForMore: /\b(?:another|else|more|other|further)\b/i,
  wishing:
    /^\s*(?:(?:and|or|so|but|well|um+|uh+|hm+|oh|no|actually|okay|sorry)[\s,]+)*(?:(?:what|how) about|(?:do|would|could|can) you (?:have|do|come|offer|take|make(?: it)?)|have you (?:got|any)|(?:is|are) there|(?:can|could|may) (?:i|we) (?:have|get|do|come|take|make(?: it)?)|i(?:'d| would) (?:like|prefer|rather have)|i (?:want|need|prefer)|give me|let's (?:say|do)|make (?:it|that))\s+(?=\S)/i,
  greeting:
    /^\s*(?:(?:(?:oh|um|uh|er|yes|yeah|okay|ok|well)[\s,.]+)*(?:hi|hello|hey|good (?:morning|afternoon|evening|day))(?:[\s,]+there)?[\s,.!]+)+(?:(?:um+|uh+|er+|so|yes|yeah)[\s,.]+)*(?=\S+\s+\S+\s+\S)/i,
  speaking: new Set([
    'can', 'could', 'we', 'you', 'i', 'i\'d', 'do', 'would', 'like', 'want', 'to', 'in', 'speak', 'talk', 'switch', 'change', 'go', 'on',
    'continue', 'please', 'rather', 'prefer', 'let\'s', 'is', 'this', 'available', 'have', 'it', 'uh', 'um', 'sorry', 'thanks', 'hi', 'hello',
  ]),
  clauses: { between, opensRequest, pointsBack },
  speaks: /\b(?:speak|talk|switch|continue in|in)\b/i,
}; // prettier-ignore
