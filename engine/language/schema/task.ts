/** What an agent does: flows, states, transitions, slots. */
import { checksumNames } from '../../slot-types/checksum.js';
import { slotTypeNames } from '../../slot-types/slot-type.js';
import { builtInEvents, builtInIntents } from '../build-transition.js';
import {
  condition,
  duration,
  flag,
  map,
  named,
  oneOf,
  onlyMap,
  ref,
  text,
  texts,
  type Schema,
  value,
} from './shape.js';
import { cascade, speaking } from './talk.js';

const transition = map(
  'a transition',
  {
    intent: { ...texts, description: 'What the caller meant: any of these.', examples: [...builtInIntents] },
    key: { ...text, description: 'A key the caller presses.' },
    on: {
      ...texts,
      description: 'An event or outcome: error, timeout, declined, not_listed, no_match, a tool’s outcome, …',
      examples: [...builtInEvents],
    },
    if: { ...condition, description: 'Taken only while this holds: `visits > 2`.' },
    say: ref('words', 'Said when this line is taken: `I can connect you.`'),
    set: {
      title: 'values by slot',
      type: 'object',
      additionalProperties: value,
      description: 'Slots to fill, in the order written.',
    },
    clear: { ...texts, description: 'Slots to empty.' },
    to: {
      ...text,
      description: 'Where it goes: a state, `end`, `human`, or a flow. Without it the question is put again.',
      examples: ['end', 'human'],
    },
    outcome: { ...text, description: 'With `to: end`: what the calling flow gets as `on:`.' },
    resume: ref('resume', 'To a flow that comes back, also from a state, and how the task then goes on.'),
  },
  { description: 'Every trigger on it must hold; then say, set, clear, to.' },
);

const slotProperties: Record<string, Schema> = {
  type: { ...oneOf([...slotTypeNames]), description: 'What kind of value this is.' },
  called: { ...texts, description: 'How callers name it: "the number is wrong".' },
  ask: ref('ladder', 'The question: one rung per attempt, the last one repeats.'),
  help: ref('words', 'Said when the caller asks for help at this question.'),
  why: ref('words', 'Said when the caller asks why.'),
  reject: {
    title: 'a list of { if, say }',
    description: 'What is wrong with a value: `if` names the trouble.',
    type: ['array', 'object'],
    items: ref('rejectLine'),
    allOf: onlyMap('rejectLine'),
  },
  range: {
    title: 'a range such as 1..12, 17:00..22:00 or ..today',
    type: ['string', 'number'],
    description: 'Both ends are included.',
  },
  if: { ...condition, description: 'Asked only when this holds.' },
  optional: { ...flag, description: 'Asked only where it is collected by name; the caller may skip it.' },
  default: {
    ...value,
    description: 'Its value while the caller gave none; it is then asked only where collected by name: `1`.',
  },
  value: { ...value, description: 'Computed, always current.' },
  ask_first: {
    ...flag,
    description:
      'Never filled before it was asked. With `confirm: explicit` it may be said beside the answer to another question of its flow, and is then asked about.',
  },
  confirm: oneOf(['none', 'implicit', 'explicit', 'auto'], 'How a value is confirmed; auto goes by confidence.'),
  dtmf: ref('dtmf', 'The value may be keyed in.'),
  by: oneOf(['keys', 'speech'], 'The only way to give it.'),
  sensitive: oneOf(['pii', 'secret'], 'A secret is in no log, checkpoint or model request.'),
  scope: oneOf(['turn', 'flow', 'call', 'caller'], 'How long it is kept.'),
  pattern: { ...text, description: 'A regular expression (RE2) for the whole value.' },
  checksum: oneOf(checksumNames, 'Whose check digits the value has; one that was misheard is refused at once.'),
  options: {
    title: 'a list, a map, or a whole "{{ expression }}"',
    description: 'What a choice offers: words, words with synonyms, or words with data.',
    type: ['array', 'object', 'string'],
    items: { title: 'an option', type: ['string', 'number', 'boolean', 'object'] },
    additionalProperties: {
      title: 'synonyms, or { also, … }',
      type: ['array', 'string', 'number', 'boolean', 'object'],
      items: text,
      properties: {
        also: {
          ...texts,
          description: 'Other words for this option: `[big, van]`. What stands beside it is its data.',
        },
      },
    },
  },
  spoken: { ...text, description: 'How one value is said: a template over its fields.' },
  of: {
    title: 'a type or fields',
    description:
      'Of a record, and of each item of a list: its fields, each like a slot. `of: name` is a list of plain values. Of a date_range, a name or an address: questions for its parts.',
    type: ['string', 'object'],
    additionalProperties: ref('slot'),
  },
  same_as: { ...texts, description: 'Slots, as flow.slot, whose value "the same dates" means.' },
  relative_to: { ...text, description: 'What "the same week" and "a day later" count from: "{{ booking.leaves }}".' },
  min: ref('count', 'The fewest items of a list: before them the caller cannot be done.'),
  max: ref('count', 'The most items of a list.'),
  more: ref('words', 'Keeps a list open: asked after each change, until the caller is done.'),
  added: ref('words', 'Said when items were added and are complete: `it`.'),
  removed: ref('words', 'Said when items were taken off: `it`.'),
  changed: ref('words', 'Said when an item was changed: `it`.'),
  not_there: ref('words', 'Said when the caller takes off or changes what is not in the list: `it`.'),
  ttl: {
    ...duration,
    description: 'With `scope: caller`: how long a value is kept. Default: the agent’s `memory`, else 90d.',
  },
  consent: { ...condition, description: 'With `scope: caller`: kept only while this holds, without asking.' },
  on_correct: oneOf(['keep'], 'A change of it forgets nothing and leads nowhere back.'),
  description: {
    ...text,
    description: 'What a language model is told about it, beside its name: `the number on the card`.',
  },
};

export const names: Record<string, Schema> = {
  slots: named('slots by name', ref('slot'), 'Values that callers give: `city: text`, or a map with its question.'),
  tools: named('tools by name', ref('tool'), 'What is asked or changed outside: `find_order: { effect: read, … }`.'),
  intents: {
    title: 'examples by intent',
    type: 'object',
    additionalProperties: texts,
    description: 'Named intents, or more examples for a built-in one.',
  },
  listen: {
    title: 'transitions, or false',
    description: 'Heard in all states below. `false` hears only its own and repair.',
    type: ['array', 'object', 'boolean'],
    items: ref('transition'),
    allOf: onlyMap('transition'),
  },
};

export const transferProperties: Record<string, Schema> = {
  to: { ...text, description: 'The number or address, often "{{ env.DESK }}".' },
  mode: oneOf(
    ['cold', 'warm'],
    'cold hands the call over at once; warm: the person hears first what it is about. Default cold.',
  ),
  summary: { ...flag, description: 'Whether the person gets what was said too, beside what is known. Default false.' },
  hours: { ...text, description: 'As in "mon-fri 08:00-20:00".' },
  wait: {
    ...duration,
    description:
      'How long the person may take to answer; then `on: no_answer`: `30s`. Default: as long as the line lets it ring.',
  },
  max: {
    ...duration,
    description: 'How long the talk with the person may last; then `on: max_time`: `15m`. Default: no end.',
  },
};

/** Under `definitions`. */
export const taskShapes: Record<string, Schema> = {
  transition,
  transitions: {
    title: 'a list of transitions',
    type: ['array', 'object'],
    items: ref('transition'),
    allOf: onlyMap('transition'),
  },
  slot: {
    title: 'a slot',
    type: ['string', 'object'],
    properties: slotProperties,
    additionalProperties: false,
    description: 'A value the caller gives. `person: name` is short for `person: { type: name }`.',
  },
  state: map(
    'a state',
    {
      say: ref('words', 'Said on entry.'),
      confirm: ref('words', 'Asked before the doing: yes goes on, a bare no is `on: declined`.'),
      collect: { ...texts, description: 'Slots to ask for, in this order; what is known is not asked.' },
      ask: ref('ladder', 'One open question for several slots.'),
      until: { ...condition, description: 'When enough is collected.' },
      call: { ...texts, description: 'The tool to run; of a list of reads, all at the same time.' },
      call_flow: { ...text, description: 'The flow to run and return from.' },
      with: {
        title: 'inputs by name',
        description:
          'Inputs of the tool or the called flow: `{ amount: "{{ total }}" }`. The rest is taken from slots of the same name.',
        type: 'object',
        additionalProperties: value,
      },
      answer: { ...text, description: 'Answers what was asked, from this knowledge; else `on: no_answer`.' },
      generate: ref('generate', 'A model talks with the caller until `fills` are known or its turns are spent.'),
      transfer: map('{ to, mode, summary, hours, wait, max }', transferProperties, {
        description: 'Hands the call to a person.',
      }),
      hang_up: { ...flag, description: 'Ends the call, once the words before it were heard: `true`.' },
      transitions: ref('transitions', 'Where it goes, line by line: the first whose triggers all hold is taken.'),
      to: {
        ...text,
        description: 'The exit when no transition was taken, for success only: a state, `end`, `human`, or a flow.',
        examples: ['end', 'human'],
      },
      listen: { title: 'false', enum: [false], description: 'Hears only its own transitions and repair.' },
      on_correct: oneOf(['keep'], 'What its work came to outlives a correction.'),
      ...cascade,
      ...speaking,
    },
    { description: 'say → confirm → one doing → transitions → to.' },
  ),
  flow: map(
    'a flow',
    {
      flow: { ...text, description: 'The name of the flow.' },
      title: { ...text, description: 'How the caller and the built-in words name it.' },
      description: { ...text, description: 'What the language model reads.' },
      examples: { ...texts, description: 'What callers say to start it: [4567](order_id) marks a value.' },
      not: { ...texts, description: 'What callers say for something else.' },
      in: named('slots by name', ref('slot'), 'What a calling flow may give.'),
      out: named('slots by name', ref('slot'), 'What a calling flow gets.'),
      start_if: { ...condition, description: 'When false the flow is not heard, or refused with `otherwise`.' },
      otherwise: map(
        '{ say, to }',
        {
          say: ref('words', 'Said when the flow is refused: `I need to see your number for that.`'),
          to: {
            ...text,
            description: 'A flow that may help, as in `sign_in`: after it this one is tried again, with what was said.',
          },
        },
        { description: 'What happens when `start_if` is false: words, and a flow after which it is tried again.' },
      ),
      on_correct: oneOf(['keep'], 'For all of its slots: a change forgets nothing.'),
      ...names,
      ...cascade,
      ...speaking,
      states: { ...named('states by name', ref('state'), 'The first one is where the flow begins.'), minProperties: 1 },
    },
    { required: ['flow', 'states'] },
  ),
};
