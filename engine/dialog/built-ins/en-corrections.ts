/** English: how callers deny a value, and say that one is wrong without giving another. */

/** Right before a value that is denied: "not the 12th, the 13th". */
export const denialBefore =
  /\b(?:not|isn't|wasn't|rather than|instead of)\s+(?:(?:the|a|an|to|at|on|in|for|from)\s+)*$/iu;

/** Nothing but a denial: "no, not the 12th". */
export const deniedOnly =
  /^(?:no|nope|oh|sorry|wait|[\s,])*(?:it's |that's |i said )?(?:not|it isn't|that isn't|i didn't say)\s+(.+)$/iu;

/** Some words of denial are there at all. */
export const denies = /\b(?:not|isn't|wasn't|rather than|instead of)\b/iu;

/** "The number is wrong", "fix the date": what is left of it beside the slot's name says nothing else. */
export const isWrong =
  /^(?:no|nope|sorry|wait|oh|actually|but|um|uh|i think|[\s,])*(?:(?:the|my|that|your)\s+)?(?<before>[\p{L}' ]+?)\s*(?:is|was|isn't|wasn't|'s|are|were)\s+(?:all\s+)?(?:wrong|not (?:right|correct)|incorrect|right|correct)[\s.!]*$/iu;
export const wrongFirst =
  /^(?:no|nope|sorry|wait|oh|actually|but|um|uh|i (?:want|need|would like) to|i'd like to|can (?:i|you|we)|please|[\s,])*(?:(?:that's|it's|you (?:have|got)) the wrong|wrong|change|fix|correct)\s+(?:(?:the|my|that)\s+)?(?<after>[\p{L}' ]+?)(?:\s+please)?[\s.!?]*$/iu;

/** "That's not right", and nothing that says what is. */
export const allIsWrong =
  /^(?:no|nope|sorry|wait|oh|actually|but|um|uh|hang on|hold on|[\s,])*(?:that|this|it)(?:(?:['’]s|\s+is|\s+was)\s+(?:all\s+)?(?:not\s+(?:right|correct|what i (?:said|wanted|ordered|asked for))|wrong|incorrect)|\s+(?:isn|wasn)['’]t\s+(?:right|correct|what i (?:said|wanted|ordered|asked for)))[\s.!]*$/iu;

/** Nothing but a number, and what wraps it in a change: "yes, but make it eleven". */
export const bareNumber =
  /^(?<before>(?:(?:yes|yeah|yep|no|nope|but|and|oh|could|can|we|you|do|try|go|for|have|how about|what about|let's|maybe|it's|sorry|wait|actually|um|uh|i|meant|mean|said|make|change|it|that|to|should|be|been|please|rather|instead|then|better|at|is|the)[\s,]+)*)(?<number>(?:(?:\d{1,4}(?::\d\d)?(?:st|nd|rd|th)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|half|quarter|past|a)(?:[\s-]+|(?=[\s,.!?]*(?:$|please|instead|then|rather))))+)(?:please|instead|then|rather|[\s,.!?])*$/iu;

/** What stands between a name and what is said after it, at the end of a stretch: "Aoife Murphy, born on the". */
export const betweenValues =
  /(?:[\s,.;]+(?:and|born(?: on)?|date of birth(?: is)?|birthday(?: is)?|it's|my|number(?: is)?|phone|on|the))*[\s,.;]*$/i;

/** A sentence that says what something is. */
export const states = /\b(?:is|should|was)\b/i;

/** "The number is right" denies nothing. */
export const isRight = /\b(?:is|was|are|were)\s+(?:right|correct)/i;
