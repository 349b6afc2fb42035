/**
 * What the engine brings in English: its own words, and how callers say the built-in intents.
 * A designer overrides the words by name (`repair: { cancel: { say: … } }`) and adds to the examples
 * (`intents: { yes: [grand so] }`).
 */

/** What built-in words may speak of. */
export interface BuiltInFacts {
  /** The title of the flow in question, if it has one. */
  title: string;
  /** What is offered, or the value in question. */
  it: string;
}

/** Words by name; those with several are variants. Each is a breath long: nobody waits five seconds for an apology. */
export const builtInWords = {
  greeting: ['Hello. How can I help?'],
  anything_else: ['Is there anything else I can do?', 'What else can I do for you?', 'Can I help with anything else?'],
  goodbye: ['Goodbye.', 'Thanks for calling. Goodbye.'],
  help: ['Just answer in your own words. You can also say repeat, or cancel.'],
  help_floor: ({ it }) => [`I can help with ${it}. What would you like?`],
  why: ['I need it to take care of this for you.'],
  why_confirm: ['Just to be sure that I have it right.'],
  cancel: ({ title }) => [title === '' ? "All right, let's leave that." : `All right, let's leave ${title}.`],
  cancel_all: ["All right, let's leave all of it."],
  drop: ({ title }) => [title === '' ? "Okay, I'll leave that one out." : `Okay, I'll leave out ${title}.`],
  confirm_cancel: ({ title }) => [title === '' ? 'Shall I stop here?' : `Do you want to leave ${title}?`],
  correct: ['Okay.'],
  what_to_change: ['What should I change?'],
  hold_on: ['Take your time.', 'Sure, take your time.', "No rush, I'm here."],
  one_moment: ['One moment, please.', 'Just a moment.'],
  here: ["Yes, I'm here."],
  repeat: ["There's nothing to repeat yet."],
  dont_know: ["That's all right."],
  skip: ["I can't go on without this one."],
  left: ['Okay.', "That's fine."],
  start_over: ["All right, let's start again."],
  confirm_start_over: ['Shall we start again from the beginning?'],
  speak: ({ it }) => [it === '' ? "I'm sorry, I only speak English." : `I'm sorry, I only speak ${it}.`],
  languages: ({ it }) => [`I speak ${it}.`],
  speaking: ["Sure, let's go on in English."],
  human: ["I'll put you through to someone. One moment, please."],
  no_human: ({ it }) => [
    new Map([
      ['busy', "I'm sorry, they're on another call just now."],
      ['no_answer', "I'm sorry, nobody is picking up just now."],
      ['closed', "I'm sorry, nobody is there at this time of day."],
    ]).get(it) ?? "I'm sorry, nobody is free just now.",
  ],
  offer_human: ['Shall I put you through to a person?'],
  clarify: ({ it }) => [`Did you mean ${it}?`],
  resume: ({ title }) => [title === '' ? 'So, back to where we were.' : `Now, back to ${title}.`],
  resume_ask: ({ title }) => [title === '' ? 'Shall we go on where we were?' : `Shall we go on with ${title}?`],
  so_far: ({ it }) => [`So far I have ${it}.`],
  welcome_back: ({ title }) => [
    title === '' ? 'Welcome back. Shall we go on where we were?' : `Welcome back. Shall we go on with ${title}?`,
  ],
  welcome_under_way: ({ title }) => [
    title === '' ? 'Welcome back. We were cut off.' : `Welcome back. We were cut off in the middle of ${title}.`,
  ],
  queued: ({ title }) => [title === '' ? "I'll come to that in a moment." : `I'll come to ${title} right after this.`],
  next: ({ title }) => [`Now, about ${title}.`],
  too_late: ["I'm sorry, that has already gone through, so I can't change it any more."],
  too_much: ['Sorry, that was a lot at once.'],
  out_of_scope: ["I'm sorry, I can't help with that."],
  part_out_of_scope: ["I can't help with the rest of that, I'm afraid."],
  chitchat: ["Let's see what I can do for you."],
  thanks: ["You're welcome.", 'My pleasure.'],
  hello: ['Hello.', 'Hi there.'],
  how_are_you: ["I'm fine, thank you."],
  who_are_you: ["I'm an automated assistant."],
  rude: ["I'm sorry this is so frustrating.", "I understand you're upset. I'm sorry."],
  error: ["I'm sorry, something went wrong on my side."],
  new_version: ["I'm sorry, that has just changed on our side, so I can't go on with it."],
  give_up: ["I'm sorry, we're not getting anywhere. Please call again later."],
  half: ['And the rest?', 'Go on.'],
  half_year: ['And which year?'],
  half_time: ['At what time?'],
  half_day: ['On which day?'],
  go_ahead: ['What can I do for you?'],
  confirm_goodbye: ['Shall I hang up?'],
  no_input: ['Are you still there?', 'Hello? Are you there?'],
  no_match: ["Sorry, I didn't catch that.", 'Sorry, I missed that.', "I didn't quite get that."],
  not_understood: ["Sorry, I didn't get that. What can I do for you?", 'Sorry, I missed that. How can I help?'],
  confirm: ({ it }) => [`${it}. Is that right?`],
  echo: ({ it }) => [`${it}.`],
  ask: ({ it }) => [`What is the ${it}?`],
  remember_ask: ['Shall I remember that for the next time you call?'],
  forget_me_ask: ['Shall I delete everything I have stored about you?'],
  forget_me: ["Done. I don't keep anything about you any more."],
  not_forgotten: ['All right, I delete nothing.'],
} satisfies Record<string, string[] | ((facts: BuiltInFacts) => string[])>;

export type BuiltInName = keyof typeof builtInWords;

/** How callers say the built-in intents. */
export const builtInExamples: Readonly<Record<string, readonly string[]>> = {
  yes: [
    'yes', 'yeah', 'yep', 'yes please', 'sure', 'of course', 'okay', 'ok', 'that is right', "that's right", 'correct',
    'right', 'exactly', 'go ahead', 'please do', 'do it', 'sounds good', 'fine', "that's fine", 'yes do that', 'absolutely',
    'definitely', 'yes go ahead', 'perfect', 'alright', 'all right', "yes that's right", "yes that's correct", 'yup', 'aye',
    'certainly', 'i would', 'i do', 'that works', 'yes that works', 'yes it is', 'it is', 'uh huh', 'yes of course',
    'please go ahead', 'yes thank you', 'great', 'good', 'that would be great', "yes that's fine", 'yes please do', 'okay sure', "that's me", 'yes that is me', 'that is me',
  ],
  no: [
    'no', 'nope', 'no thanks', 'no thank you', 'not really', "no that's wrong", "that's not right", 'no it is not', "don't",
    'please don\'t', 'not at all', 'nah', 'no way', "i don't want that", "no don't do that", 'rather not', "i'd rather not",
    "that's wrong", 'no leave it', 'leave it', 'wrong', 'incorrect', "no it isn't", 'not now', 'no not really', 'negative',
    'no i would not', "i don't think so", 'better not', 'no please', 'no never mind that',
  ],
  done: [
    "that's all", "that's it", 'nothing else', "that'll be all", 'i am done', "i'm done", "no that's all", "that's everything",
    "no that's it", 'nothing more', "we're done", "that's all thanks", "that's all for now", 'no nothing else thank you',
  ],
  repeat: [
    'repeat', 'repeat that', 'can you repeat that', 'say that again', 'could you say that again', 'pardon', 'what did you say',
    'sorry what', 'come again', 'once more please', 'excuse me', 'what was that', "i didn't catch that", "i didn't hear you",
    'again please', 'sorry can you repeat that', 'please repeat', 'could you repeat that please', 'say it again',
    "sorry i didn't get that", 'can you say that one more time',
    'can you say it again', 'one more time', 'say again', 'what was that again', 'sorry i missed that', 'i missed that',
    'sorry what did you say', 'huh', "i couldn't hear you", 'run that by me again', 'tell me again',
    'speak up please', 'can you speak up', 'louder please', 'could you speak up a bit', "i can hardly hear you", "you're very quiet",
    'what did you just say', 'what', 'uh what', 'what now', 'you what', 'what was it', 'how was that', 'what did you say again',
  ],
  slower: [
    'slower', 'slower please', 'not so fast', 'can you speak more slowly', 'please slow down', "you're too fast",
    'speak slowly', 'could you say that slower', 'too fast', 'can you slow down a bit',
    'slow down', 'a bit slower please', 'speak more slowly please', 
  ],
  help: [
    'help', 'help me', 'can you help me', "i don't understand", 'what do you mean', 'what can i say', 'what are my options',
    'how does this work', 'what should i say', "i'm not sure what you mean", 'i need help', 'what do you mean by that',
    'where do i find that', 'what is that', "what's that", "i don't get it", 'what can you do', 'what am i supposed to say',
    "i'm confused", "i'm lost", 'what does that mean',
    'can you explain that', 'explain that please', 'what do i say', "i don't know what to say", 'what do you need from me',
    
  ],
  why: [
    'why', 'why do you ask', 'why do you need that', 'what do you need that for', 'what for', 'why do you want to know that',
    'why do you need to know', "what's that for", 'is that really necessary', 'what is this for',
    'why is that', 'why do i have to say that', "what's it for", 'why should i tell you that', 'what do you use it for',
  ],
  correct: [
    "that's wrong, i want to change something", 'i made a mistake', 'can i change something', 'i want to correct something',
    'something is not right', "that's not what i said", 'let me correct that', 'i need to change that', 'change something',
    'i said something else', 'wait that was wrong', 'i misspoke', 'i want to change my answer', 'you got that wrong',
    'i got that wrong', 'let me change that', 'i need to correct that', 'i gave you the wrong one', 'i made an error',
    'that was the wrong one', 'i said it wrong', 'can i correct that', 'can we change that', 'you misheard me',
    'you heard that wrong', "that's not what i meant", "i'd like to change something", 
    'go back i made a mistake',
  ],
  cancel: [
    'cancel', 'cancel that', 'cancel this', 'stop', 'stop it', 'forget it', 'never mind', 'forget about it', 'abort',
    "i don't want to do this any more", 'i changed my mind', "let's stop this", 'quit', 'drop it', 'please cancel',
    'stop this', 'cancel everything', 'i want to cancel this', "let's leave it", 'forget that', 'scrap that',
    'cancel it', 'stop please', "let's forget it", "let's forget about it", 'forget the whole thing', 'call it off',
    "i'd rather stop here", "i don't want it any more", "don't bother", 'no forget it', "let's not do this",
    "i don't want to do this now",
  ],
  human: [
    'agent', 'operator', 'a person', 'a human', 'talk to a person', 'speak to a human', 'i want to talk to someone',
    'let me speak to a person', 'can i speak to somebody', 'real person please', 'talk to an agent', 'put me through to someone',
    'i want to speak to a human being', 'customer service please', 'get me a person', 'representative', 'let me talk to a real person',
    'can i talk to a human', 'connect me to an agent', 'give me a human', 'speak to a colleague of yours',
    'i want a human', 'i want to talk to a person', 'can i talk to someone', 'talk to someone', 'speak to someone',
    'speak to an agent', 'speak to a representative', 'a real person', 'human please', 'get me someone',
    'is there anyone i can talk to', "i'd like to speak to somebody", 'manager please',
    "i don't want to talk to a machine", "i don't want to talk to a robot", 'transfer me to a person',
    'put me through to a person', 'live agent',
  ],
  goodbye: [
    'goodbye', 'bye', 'bye bye', 'see you', 'have a nice day', 'hang up', 'thanks bye', 'okay bye', 'thank you goodbye',
    'talk to you later', "that's all goodbye", 'end the call', 'good bye', 'no thank you goodbye',
    'goodbye then', 'bye now', 'bye for now', 'have a good one', 'have a good day',
    'thanks goodbye', 'good night', 'see you later', 'take care', 'bye then', "that's it bye", 'okay goodbye', 'thank you bye', 'bye thank you',
  ],
  hold_on: [
    'hold on', 'wait', 'one moment', 'just a second', 'hang on', 'give me a second', 'one moment please', 'wait a minute',
    'hang on a second', 'let me look for it', 'give me a minute', 'just a moment', 'hold on please', 'let me check',
    'wait a second', "i'm looking for it", 'hold on a second', 'one second',
    'just a sec', 'one sec', 'bear with me', 'let me find it', 'let me get it', 'let me get my card',
    'let me grab a pen', 'hold the line', 'hang on a minute',
    "i'll be right back", 'give me a moment', 'let me think',
  ],
  dont_know: [
    "i don't know", 'no idea', "i'm not sure", 'i have no idea', "i can't remember", "i don't remember", 'dunno',
    "i don't have that", "i couldn't tell you", 'not sure', "i don't know it", 'i forgot',
    "i really don't know", 'i have no clue', 'no clue', "i wouldn't know", "i don't have it with me", "i don't have it on me",
    'hard to say', "i don't recall", "i've forgotten", "i'm not certain", "i don't have one", "i couldn't say",
    'i do not know', "that i don't know",
  ],
  skip: ['skip', 'skip that', 'skip this', 'skip this question', 'next question', 'move on', 'pass', "i'd rather not say", "let's skip it", 'can we skip that', 'leave that out', "i'd rather not answer", "i don't want to answer that", 'can i skip this one', "let's move on"],
  start_over: [
    'start over', 'start again', 'from the beginning', "let's start from the beginning", 'restart', 'begin again',
    'can we start over', 'start from scratch', "let's start again", 'back to the beginning',
    'start all over', "let's start over", 'begin from the start', 'from the top', "let's do it all again",
    'i want to start again', 'can we begin again', 'can we restart', 'go back to the start', 'go back to the beginning',
    'take it from the top', "let's begin again", 'all over again please', 'back to square one',
    'i want to start over',
  ],
  speak: ['do you speak spanish', 'can we speak french', 'in german please', 'do you speak another language', 'can you speak spanish', 'i would like to speak polish'],
  chitchat: [
    'how are you', 'how are you doing', "what's your name", 'are you a robot', 'are you a real person', 'nice to meet you',
    'how is it going', 'tell me a joke', 'who are you', 'are you human',
    'thank you', 'thanks', 'thanks a lot', 'thank you very much', 'thank you so much', 'cheers', 'thanks anyway', 'thank you anyway', 'thanks for your help', "that's very kind", 'hello',
    'hi', 'hi there', 'hey', 'good morning', 'good afternoon', 'good evening', 'hello there', 'you are useless',
    'this is stupid', "you're an idiot", 'shut up', 'this is ridiculous', "you're not helping", 'what a waste of time',
    'i hate this', 'you stupid machine', 'fuck you', 'fuck off', 'this is bullshit', 'you suck', 'damn it',
  ],
  forget_me: [
    'forget me', 'delete my data', 'forget everything about me', 'delete what you know about me', "don't keep my data", 'erase my data',
    'i want you to delete my data', 'delete my information', 'remove my details', 'forget my details',
  ],
}; // prettier-ignore

/** Titles by which "did you mean" offers the built-in intents. */
export const builtInTitles: Readonly<Record<string, string>> = {
  yes: 'yes', no: 'no', done: 'that was all', repeat: 'hearing that again', slower: 'a slower voice', help: 'help', why: 'why I ask',
  correct: 'a correction', cancel: 'stopping here', human: 'talking to a person', goodbye: 'goodbye', hold_on: 'a moment',
  dont_know: "you don't know", skip: 'leaving that out', start_over: 'starting over', speak: 'another language', chitchat: 'a chat',
  forget_me: 'deleting your data',
}; // prettier-ignore

/** Said while the agent speaks, these never stop it. */
export const softWords: readonly string[] = [
  'mhm',
  'uh huh',
  'mm',
  'hmm',
  'okay',
  'ok',
  'right',
  'yeah',
  'i see',
  'got it',
  'sure',
  'uh',
  'um',
  'ah',
  'oh',
];

/** Said while the agent speaks, these always stop it. */
export const stopWords: readonly string[] = ['stop', 'wait', 'hold on', 'hang on', 'no', 'cancel', 'sorry'];

/** What small talk is about, and which of our words answer it; the last one is for everything else. */
export const smallTalk: readonly { kind: 'rude' | 'thanks' | 'greeting' | 'person' | 'other'; said: RegExp; words: BuiltInName }[] = [
  {
    kind: 'rude',
    said: /\b(useless|stupid|idiot|idiotic|dumb|shut up|ridiculous|not helping|waste of time|hate|moron|rubbish|garbage|crap|damn|suck|sucks|bloody|bullshit|shit|fuck\w*|arse\w*|asshole)\b/i,
    words: 'rude',
  },
  { kind: 'thanks', said: /\b(thanks|thank you|cheers|(?:very|so) kind|appreciate)\b/i, words: 'thanks' },
  { kind: 'person', said: /\bhow (?:are you|is it going|'s it going|do you do)\b/i, words: 'how_are_you' },
  { kind: 'person', said: /\b(robot|human|real person|machine|computer|who are you|your name)\b/i, words: 'who_are_you' },
  { kind: 'greeting', said: /\b(hello|hi|hey|good (?:morning|afternoon|evening|day)|nice to meet|good to hear)\b/i, words: 'hello' },
  { kind: 'other', said: /^/, words: 'chitchat' },
]; // prettier-ignore

/** "I'm back", "hello, are you there?": who says this wants the question, not an answer. */
export const isBack =
  /^(?:(?:yes|yeah|yep|ok|okay|hello|hi|alright|all right|right|so|sorry|oh|well|now)[\s,.?!]+)*(?:(?:i'm|i am|we're|we are) (?:still |now )?(?:here|back|ready)(?: now| again)?|(?:are you )(?:still )?there|can you (?:still )?hear me|is (?:anyone|anybody|somebody|someone) there)[\s.!?]*$/i;

/** "Hmm, wait, …": what follows stands in the first group. */
export const waiting =
  /^(?:(?:hm+|uh|um|er|oh|okay|ok|no|well|so|sorry|actually|please)[\s,.]+)*(?:please )?(?:wait|hold on|hang on|one (?:moment|second|sec|minute)|just a (?:moment|second|sec|minute)|give me a (?:moment|second|sec|minute))(?: (?:a|one) (?:moment|second|sec|minute))?(?: please)?[\s,.!?]+([^\s,.!?]\S*\s+\S.*)$/i;

/** A word of waiting or looking: "do you take cards" has none, whatever a router makes of it. */
export const asksForTime =
  /\b(?:wait\w*|hold\w*|hang\w*|moments?|minutes?|mins?|(?<!the )seconds?(?! one)|secs?|(?:some|more|bit of) time|bear|look\w*|check\w*|find\w*|fetch|get|grab|search\w*|think\w*|back)\b/i;

/** "Forget the balance", "cancel the card": what is dropped by its name stands in the first group. */
export const dropping =
  /^(?:(?:no|oh|okay|ok|actually|well|and|please|sorry|wait|can you|could you|let's|just|you can|then)[\s,]+)*(?:(?:forget|cancel|drop|scrap|stop|skip|never mind|leave out)(?: about)?|(?:i )?(?:don't|do not) (?:need|want)) (.+?)(?:[\s,]+(?:then|please|for now|after all|as well|too|any ?more|now))*[\s.!?]*$/i;

/** A cancel of all that runs and waits. */
export const everything = /\b(everything|all of (it|them|that)|the whole (thing|lot))\b/i;

/** Words at the head of an utterance that say a value is being put right. */
export const correcting =
  /\b(actually|i meant|i mean|i said|make (it|that)|change (it|that)|should (be|have been)|instead|rather|not that|wait|correction|sorry)\b/i;

/** Words that say nothing beside a value: stripped before asking what is left of an answer. */
export const wrapping: ReadonlySet<string> = new Set([
  'uh', 'um', 'er', 'erm', 'ah', 'oh', 'hm', 'hmm', 'well', 'so', 'like', 'just', 'please', 'thanks', 'thank', 'you', 'okay', 'ok',
  'it', 'its', "it's", 'is', 'thats', "that's", 'that', 'this', 'the', 'a', 'an', 'i', "i'd", "i'll", "i'm", 'im', 'my', 'me', 'we', "we'd", "we're", 'us',
  'would', 'want', 'need', 'have', 'take', 'get', 'be', 'will', 'are', 'am', 'to', 'for', 'of', 'at', 'on', 'in', 'from', 'by', 'with', 'about', 'around',
  'and', 'then', 'there', 'make', 'say', 'put', 'go', 'let', "let's", 'lets', 'think', 'guess', 'maybe', 'only', 'number', 'do', 'can', 'one', 'should',
  'great', 'good', 'fine', 'actually', 'sounds', 'lovely', 'love', 'give', 'name', 'called', 'owe', 'him', 'her', 'them', 'people', 'mr', 'mrs', 'ms', 'hi', 'hello',
]); // prettier-ignore
