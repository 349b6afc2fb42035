/**
 * The conversation that speed is measured on: a table is booked and a booking cancelled, in 19 states, with a digression.
 * Once as a flow, once as a programmer would write it who needs only this one. Both say the same, word for word
 * (the bench compares them). No tools: what they would find is decided by conditions, so that every turn is pure.
 */

export const bookingFlow = `
flow: booking
slots:
  party: { type: integer, called: [people], ask: For how many people? }
  day: { type: choice, options: [monday, tuesday, friday], ask: Which day? }
  hour: { type: choice, options: [seven, eight, nine], ask: At what time? }
  who: { type: name, called: [name], ask: What is your name? }
  phone: { type: digits, ask: Your phone number? }
  ref: { type: code, pattern: "[A-Z][0-9]{3}", ask: Your reference? }
intents:
  book: [book a table]
  drop: [drop my booking]
  open: [when are you open]
states:
  anything_else:
    say: Anything else?
    transitions: [{ intent: book, clear: [party, day, hour, who, phone], to: ask_party }, { intent: drop, clear: [ref], to: ask_ref }, { intent: no, to: goodbye }]
  ask_party: { collect: party, to: ask_day }
  ask_day: { collect: day, to: ask_hour }
  ask_hour: { collect: hour, transitions: [{ intent: open, say: We are open from five to eleven. }], to: ask_who }
  ask_who: { collect: who, to: ask_phone }
  ask_phone: { collect: phone, to: check }
  check:
    transitions: [{ if: party == 13, to: offer }]
    to: confirm
  offer:
    say: That is full. Another time?
    transitions: [{ intent: yes, clear: [hour], to: ask_hour }, { intent: no, to: anything_else }]
  confirm:
    say: "Table for {{ party }} on {{ day }} at {{ hour }}, correct?"
    transitions: [{ intent: yes, to: booked }, { intent: no, clear: [party, day, hour, who, phone], to: ask_party }]
  booked: { say: Booked., to: anything_else }
  ask_ref: { collect: ref, to: look }
  look:
    transitions: [{ if: ref == "X000", to: unknown }]
    to: confirm_drop
  unknown: { say: There is no such booking., to: anything_else }
  confirm_drop:
    say: "Cancel it, sure?"
    transitions: [{ intent: yes, to: dropped }, { intent: no, to: anything_else }]
  dropped: { say: Cancelled., to: more }
  more: { transitions: [{ if: party == 99, to: rare }], to: anything_else }
  rare: { say: That was a large one., to: rarer }
  rarer: { say: Thank you., to: anything_else }
  goodbye: { say: Goodbye., hang_up: true }
`;

export interface Said {
  text: string;
  /** What a router makes of it; the switch is told the value too. */
  intent?: string;
  value?: string | number;
}

/** Eleven turns from "Anything else?" to "Anything else?". */
export const script: readonly Said[] = [
  { text: 'book a table', intent: 'book' },
  { text: '4', value: 4 },
  { text: 'friday', value: 'friday' },
  { text: 'when are you open', intent: 'open' },
  { text: 'eight', value: 'eight' },
  { text: 'Jane Doe', value: 'Jane Doe' },
  { text: '555123', value: '555123' },
  { text: 'yes', intent: 'yes' },
  { text: 'drop my booking', intent: 'drop' },
  { text: 'B777', value: 'B777' },
  { text: 'yes', intent: 'yes' },
];

/** What the bare switch needs to know. */
export interface ByHand {
  at: string;
  party: number | null;
  day: string | null;
  hour: string | null;
  who: string | null;
  phone: string | null;
  ref: string | null;
  history: { from: 'caller' | 'agent'; text: string }[];
}

export function byHandBegin(): ByHand {
  return { at: 'anything_else', party: null, day: null, hour: null, who: null, phone: null, ref: null, history: [] };
}

/**
 * The bare switch, as in the design's study: it changes its state in place, and is told the intent and the value, which
 * the engine has to find. The words, one line each. History keeps forty entries, as the engine's does.
 */
export function byHand(s: ByHand, { text, intent, value }: Said): string[] {
  const out: string[] = [];
  const { history } = s;
  history.push({ from: 'caller', text });
  const say = (words: string): void => {
    out.push(words);
    history.push({ from: 'agent', text: words });
  };
  let at = s.at;
  switch (at) {
    case 'anything_else':
      at =
        intent === 'book'
          ? '>ask_party'
          : intent === 'drop'
            ? '>ask_ref'
            : intent === 'no'
              ? '>goodbye'
              : '>anything_else';
      break;
    case 'ask_party':
      if (typeof value === 'number') [s.party, at] = [value, '>ask_day'];
      else at = '>ask_party';
      break;
    case 'ask_day':
      if (typeof value === 'string') [s.day, at] = [value, '>ask_hour'];
      else at = '>ask_day';
      break;
    case 'ask_hour':
      if (intent === 'open') {
        say('We are open from five to eleven.');
        at = '>ask_hour';
      } else if (typeof value === 'string') [s.hour, at] = [value, '>ask_who'];
      else at = '>ask_hour';
      break;
    case 'ask_who':
      if (typeof value === 'string') [s.who, at] = [value, '>ask_phone'];
      else at = '>ask_who';
      break;
    case 'ask_phone':
      if (typeof value === 'string') [s.phone, at] = [value, 'check'];
      else at = '>ask_phone';
      break;
    case 'offer':
      at = intent === 'yes' ? '>ask_hour' : intent === 'no' ? '>anything_else' : '>offer';
      break;
    case 'confirm':
      at = intent === 'yes' ? 'booked' : intent === 'no' ? '>ask_party' : '>confirm';
      break;
    case 'ask_ref':
      if (typeof value === 'string') [s.ref, at] = [value, 'look'];
      else at = '>ask_ref';
      break;
    case 'confirm_drop':
      at = intent === 'yes' ? 'dropped' : intent === 'no' ? '>anything_else' : '>confirm_drop';
      break;
  }
  for (;;)
    switch (at) {
      case 'check':
        at = s.party === 13 ? '>offer' : '>confirm';
        break;
      case 'booked':
        say('Booked.');
        at = '>anything_else';
        break;
      case 'look':
        if (s.ref === 'X000') say('There is no such booking.');
        at = s.ref === 'X000' ? '>anything_else' : '>confirm_drop';
        break;
      case 'dropped':
        say('Cancelled.');
        at = '>anything_else';
        break;
      default:
        s.at = at.slice(1);
        say(question(s));
        if (history.length > 40) history.splice(0, history.length - 40);
        return out;
    }
}

function question(s: ByHand): string {
  switch (s.at) {
    case 'ask_party':
      return 'For how many people?';
    case 'ask_day':
      return 'Which day?';
    case 'ask_hour':
      return 'At what time?';
    case 'ask_who':
      return 'What is your name?';
    case 'ask_phone':
      return 'Your phone number?';
    case 'offer':
      return 'That is full. Another time?';
    case 'confirm':
      return `Table for ${String(s.party)} on ${String(s.day)} at ${String(s.hour)}, correct?`;
    case 'ask_ref':
      return 'Your reference?';
    case 'confirm_drop':
      return 'Cancel it, sure?';
    case 'goodbye':
      return 'Goodbye.';
    default:
      return 'Anything else?';
  }
}

const intents: Readonly<Record<string, string>> = {
  'book a table': 'book', 'a table please': 'book', 'drop my booking': 'drop', 'cancel my booking': 'drop',
  'when are you open': 'open', 'what are your hours': 'open', yes: 'yes', 'yes please': 'yes', no: 'no', 'no thanks': 'no',
}; // prettier-ignore

/** What may be said instead of an answer anywhere. */
const anywhere: ReadonlySet<string> = new Set([
  'cancel', 'never mind', 'hold on', 'one moment', 'repeat that', 'say that again', 'help', 'goodbye', 'a person please', 'start over',
]); // prettier-ignore

const values: Readonly<Record<string, (said: string, text: string) => string | number | undefined>> = {
  ask_party: (said) => (/^\d{1,2}$/.test(said) ? Number(said) : undefined),
  ask_day: (said) => /\b(?:monday|tuesday|friday)\b/.exec(said)?.[0],
  ask_hour: (said) => /\b(?:seven|eight|nine)\b/.exec(said)?.[0],
  ask_who: (_, text) => (/^\p{Lu}[\p{L}'-]+(?: \p{Lu}[\p{L}'-]+)*$/u.test(text) ? text : undefined),
  ask_phone: (said) => (/^\d{5,12}$/.test(said) ? said : undefined),
  ask_ref: (_, text) => /\b[A-Z]\d{3}\b/.exec(text)?.[0],
};

/**
 * The same work as the engine's turn: the caller's words in, a new state and words out, and the old state as it was,
 * since a turn that fails is not taken. As a programmer would write it who needs no more than this conversation.
 */
export function byHandFromWords(state: ByHand, words: string): { state: ByHand; out: string[] } {
  const text = words.trim();
  const said = text.toLowerCase().replace(/[.,!?]+$/, '');
  const next = { ...state, history: state.history.slice(-38) };
  if (anywhere.has(said)) return { state: next, out: [question(next)] };
  const value = values[state.at]?.(said, text);
  const intent = value === undefined ? intents[said] : undefined;
  return { state: next, out: byHand(next, { text, intent, value }) };
}
