/**
 * The shape of the language as a JSON Schema (draft-07): published as `flows/flow.schema.json` for editors, and used
 * by the loader. It looks at what YAML 1.2 makes of a file; the loader itself reads scalars as their source text.
 *
 * Written so that a wrong value gives one error and not one for each alternative: no `anyOf`, since `items` and
 * `properties` only look at lists and maps.
 *
 * Our own annotation: `loaderChecks` (the pattern is for editors, the loader says it better).
 */
import { checksumNames } from '../slot-types/checksum.js';
import { slotTypeNames } from '../slot-types/slot-type.js';
import { builtInEvents, builtInIntents } from './build-transition.js';
import { expectProperties } from './expect-schema.js';
import { perturbations } from './script.js';

export interface Schema {
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  /** What editors offer where a value is free. */
  examples?: unknown[];
  pattern?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  patternProperties?: Record<string, Schema>;
  propertyNames?: Schema;
  required?: string[];
  items?: Schema;
  minItems?: number;
  minProperties?: number;
  minimum?: number;
  maximum?: number;
  $ref?: string;
  $id?: string;
  $schema?: string;
  definitions?: Record<string, Schema>;
  allOf?: Schema[];
  if?: Schema;
  then?: Schema;
  else?: Schema;
  loaderChecks?: boolean;
}

/** Editors and ajv alike read what stands beside a `$ref`. Every shared shape is a reference: each is compiled once. */
const ref = (name: string, description?: string): Schema => ({
  $ref: `#/definitions/${name}`,
  ...(description === undefined ? {} : { description }),
});
const map = (title: string, properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  title,
  type: 'object',
  properties,
  additionalProperties: false,
  ...more,
});
const named = (title: string, of: Schema, description?: string): Schema => ({
  title,
  description,
  type: 'object',
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_-]*$', title: 'a name' },
  additionalProperties: of,
});
const oneOf = (values: string[], description?: string): Schema => ({
  title: `one of ${values.join(', ')}`,
  enum: values,
  description,
});

/** Shapes of scalars and small things, under `definitions`. */
const small: Record<string, Schema> = {
  text: { title: 'text', type: ['string', 'number', 'boolean'] },
  flag: { title: 'true or false', type: 'boolean' },
  count: { title: 'a number', type: 'number', minimum: 0 },
  pace: { title: 'a number from 0.5 to 2', type: 'number', minimum: 0.5, maximum: 2 },
  texts: { title: 'text, or a list of texts', type: ['string', 'number', 'boolean', 'array'], items: ref('text') },
  duration: {
    title: 'a length of time such as 900ms, 6s, 5m or 30d',
    type: ['string', 'number'],
    pattern: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$',
    loaderChecks: true,
  },
  share: { title: 'a share, as in 2% or 0.02', type: ['string', 'number'] },
  condition: {
    title: 'a condition',
    description: 'A condition: an expression without {{ }}, as in `total > 100 && !verified`. Empty does not hold.',
    type: ['string', 'boolean', 'number'],
  },
  value: {
    title: 'a value: plain, or a whole "{{ expression }}"',
    type: ['string', 'number', 'boolean', 'array', 'object', 'null'],
  },
  values: { title: 'values by name', type: 'object', additionalProperties: ref('value') },
  expected: {
    title: 'what it has to be',
    description: 'A value, a `/regex/`, a comparison such as `"> 900"`, or `{ any: […] }`.',
    type: ['string', 'number', 'boolean', 'array', 'object', 'null'],
  },
  bargeIn: {
    title: 'one of off, deaf, keys, match, speech, words(n)',
    description:
      'What stops the agent while it speaks: nothing (off hears it at the end, deaf drops it), keys, words that fit here (match), a number of words, or any speech. Default speech.',
    examples: ['off', 'deaf', 'keys', 'match', 'speech', 'words(2)'],
    type: ['string', 'boolean'],
    pattern: '^(off|deaf|keys|match|speech|words\\([0-9]+\\))$',
  },
  endpointing: {
    title: 'fast, normal, patient, or { min, max }',
    description:
      'How long a pause ends the turn of the caller: fast 200 ms to 1 s, normal 300 ms to 2.5 s, patient 900 ms to 4 s. Default: by what is asked (a yes or a choice fast, digits and addresses patient).',
    examples: ['fast', 'normal', 'patient'],
    type: ['string', 'object'],
    pattern: '^(fast|normal|patient)$',
    properties: {
      min: ref('duration', 'The shortest pause that can end a turn, where the words sound complete. Default 300ms.'),
      max: ref('duration', 'The pause that always ends it. Default 2500ms.'),
    },
    additionalProperties: false,
  },
};

const text = ref('text');
const flag = ref('flag');
const speakers: Record<string, Schema> = {
  stt: { ...text, description: 'Who turns speech into text: `deepgram/nova-3`.' },
  tts: { ...text, description: 'Who speaks: `cartesia/sonic-3`.' },
  voice: { ...text, description: 'The voice of that provider, by its own name or id.' },
};
/** How words are spoken; `voice` and `pace` may differ in each state. */
const manner: Record<string, Schema> = {
  voice: { ...text, description: "A voice of the agent's provider that speaks here, by its own name or id." },
  pace: ref('pace', "How fast, 1 being the voice's own pace: 0.9 is a little slower. From 0.5 to 2."),
};
const texts = ref('texts');
const duration = ref('duration');
const values = ref('values');
const value = ref('value');
const condition = ref('condition');
const onlyMap = (name: string): Schema[] => [{ if: { type: 'object' }, then: ref(name) }];

/** Of a flow and of a state; the agent's has more. */
const speaking: Record<string, Schema> = {
  voice: map(
    '{ voice, pace }',
    { ...manner },
    {
      patternProperties: { '^[a-z]{2}(-[A-Za-z0-9]{2,8})*$': map('{ voice, pace }', manner) },
      description:
        "Who speaks here, and how fast, of the voices of the agent's provider: `{ voice: lucia, pace: 0.9 }`.",
    },
  ),
};

/** Keys that agent, flow and state share: the nearest wins. */
const cascade: Record<string, Schema> = {
  no_input: ref('rungs', 'What happens at each silence, in order; the last one repeats.'),
  no_input_after: { ...duration, description: 'How long a silence counts as no answer.' },
  no_match: ref('rungs', 'What happens each time the caller was not understood, in order; the last one repeats.'),
  barge_in: ref('bargeIn', small.bargeIn!.description),
  endpointing: ref('endpointing', small.endpointing!.description),
  max_speech: { ...duration, description: 'The longest the caller may speak in one turn.' },
  repair: {
    title: 'repairs by name',
    description: 'Words and options of the built-in repairs: `cancel: { say: … }`, `help: off`.',
    type: 'object',
    additionalProperties: ref('repair'),
  },
  router: ref('router', 'How sure the router has to be here, and whom it asks when it is not: `{ below: clarify }`.'),
  digress: oneOf(['allow', 'queue'], 'What happens to another request in the middle of this task.'),
  resume: ref('resume', 'How the task goes on after a digression.'),
};

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

const names: Record<string, Schema> = {
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

const lexicon: Schema = {
  title: 'sounds by word',
  description: 'How words of this language are said, in plain letters: `Siobhan: shi-vawn`. Callers may say them too.',
  type: 'object',
  additionalProperties: text,
};
const localeShape = map('the words of a language', {
  locale: { ...text, description: 'Its name, as in es; a file in locales/ has it as its own.' },
  words: {
    title: 'words by id',
    description: 'What is said, by the ids of words: museum/hello, ask.day.1, cancel.',
    type: 'object',
    additionalProperties: ref('words'),
  },
  examples: {
    title: 'examples by flow or intent',
    description: 'What callers say, by flow, intent (flow.intent), or entry of knowledge (leaflet.hours).',
    type: 'object',
    additionalProperties: texts,
  },
  lexicon: ref('lexicon'),
  slots: {
    title: 'slots by name',
    description: 'Options and names of slots: visit.size, or size for one of the agent’s.',
    type: 'object',
    additionalProperties: map('{ options, called }', {
      options: {
        title: 'names by option',
        description: 'The first is how it is said, the others are heard too.',
        type: 'object',
        additionalProperties: texts,
      },
      called: { ...texts, description: 'How callers name it.' },
    }),
  },
});

const transferProperties: Record<string, Schema> = {
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

/** How words are played, whole or in parts. */
const manners: Record<string, Schema> = {
  ssml: { ...text, description: 'What a voice that reads SSML gets in place of the text: `<speak>…</speak>`.' },
  audio: {
    ...text,
    description: 'A recording that is played in place of the voice: `./chime.wav`. The text is remembered.',
  },
  must_hear: { ...flag, description: 'Played to the end, whatever the caller says meanwhile. Default false.' },
  barge_in: ref('bargeIn', 'What stops these words; without it, what the state says.'),
};

const definitions: Record<string, Schema> = {
  ...small,
  router: map(
    'router options',
    {
      max_wrong: ref('share', 'The share of accepted turns that may be wrong. Default 3%.'),
      threshold: ref('share', 'How sure it has to be, from 0 to 1, in place of what `max_wrong` comes to: `0.8`.'),
      margin: ref(
        'share',
        'How far the best intent has to lead the next one, from 0 to 1: `0.2`. Without it 0, and two nearer than 0.15 are asked back.',
      ),
      below: oneOf(
        ['llm', 'clarify', 'no_match'],
        'What happens when the local router is not sure. Default llm: a model is asked, where there is one.',
      ),
      llm: oneOf(['never'], 'No model is asked here.'),
      llm_deadline: { ...duration, description: 'How long the model may take to route a turn. Default 1200ms.' },
    },
    { description: 'How sure the router has to be.' },
  ),
  dtmf: map(
    '{ length, end, first, between }',
    {
      length: {
        title: 'a number of keys such as 4 or 3..6',
        description: 'How many keys make the value: 4, or 3..6. The full length ends the entry at once. Default 1..20.',
        type: ['string', 'number'],
        pattern: '^[0-9]+(\\.\\.[0-9]+)?$',
      },
      end: { ...text, description: 'The key that ends the entry before its full length. Default #.' },
      first: { ...duration, description: 'How long to wait for the first key. Default 6s.' },
      between: { ...duration, description: 'How long to wait between two keys. Default 2s.' },
    },
    { description: 'The value may be keyed in.' },
  ),
  rejectLine: map(
    '{ if, say }',
    {
      if: { ...condition, description: 'The trouble: a value for which this holds is refused, as in `day < today`.' },
      say: ref('words', 'Said when it is refused; then the question is put again.'),
    },
    { required: ['if'] },
  ),
  phraseMap: map(
    'words with options',
    {
      text: { ...text, description: 'The words.' },
      if: { ...condition, description: 'Said only while this holds; in a list the first that holds is said.' },
      ...manners,
      mode: oneOf(
        ['fixed', 'rephrase', 'generate'],
        'fixed: as it stands. rephrase: a model says it in its own words. generate: a model says what the text asks for. Default fixed.',
      ),
      max_seconds: ref('count', 'How long they may take to say. A model is cut there, at a whole sentence.'),
      parts: {
        title: 'a list of { id, text }',
        description: 'Said one after another, in place of `text`. `heard.<id>` is the share of each that was heard.',
        type: 'array',
        items: ref('part'),
        minItems: 1,
      },
    },
    { allOf: [{ if: { required: ['parts'] }, then: {}, else: { required: ['text'] } }] },
  ),
  part: map(
    '{ id, text }',
    {
      id: { ...text, pattern: '^[A-Za-z_][A-Za-z0-9_]*$', description: 'Its name: heard.<id>.' },
      text: { ...text, description: 'The words.' },
      if: { ...condition, description: 'Left out while this does not hold: `heard.fee == 0`.' },
      ...manners,
    },
    { required: ['id', 'text'] },
  ),
  generate: map(
    '{ task, fills, turns, tools, fallback }',
    {
      task: { ...text, description: 'What the model is to do here, in a sentence or two.' },
      fills: {
        title: 'what it is by slot',
        description: 'Slots that it finds out: `topic: what the complaint is about`.',
        type: 'object',
        additionalProperties: text,
      },
      turns: {
        title: 'a number from 1 to 3',
        description: 'Answers of the caller that it may take. Then the state is left.',
        type: 'number',
        minimum: 1,
        maximum: 3,
      },
      tools: { ...texts, description: 'Reads that it may make.' },
      sees: { ...texts, description: '`sensitive: pii` slots whose values the model may see.' },
      fallback: ref('words', 'Said when the model is absent or late.'),
      max_seconds: ref('count', 'How long it may speak at a time.'),
    },
    { required: ['task', 'fallback'], description: 'A model talks with the caller, within these bounds.' },
  ),
  words: {
    title: 'words',
    description: 'What is said: a text, a list of variants, or texts with options.',
    type: ['string', 'number', 'boolean', 'array', 'object'],
    items: ref('phrase'),
    allOf: onlyMap('phraseMap'),
  },
  phrase: { title: 'words', type: ['string', 'number', 'boolean', 'object'], allOf: onlyMap('phraseMap') },
  ladder: {
    title: 'words, or a list with one entry per attempt',
    type: ['string', 'number', 'boolean', 'array', 'object'],
    items: ref('words'),
    allOf: onlyMap('phraseMap'),
  },
  rungs: {
    title: 'a list of reask and transitions',
    type: ['array', 'object', 'string'],
    items: ref('rung'),
    pattern: '^reask$',
    allOf: onlyMap('transition'),
    minItems: 1,
  },
  rung: {
    title: 'reask or a transition',
    type: ['string', 'object'],
    pattern: '^reask$',
    allOf: onlyMap('transition'),
  },
  resume: oneOf(['reask', 'summarise', 'ask', 'silent']),
  transition,
  transitions: {
    title: 'a list of transitions',
    type: ['array', 'object'],
    items: ref('transition'),
    allOf: onlyMap('transition'),
  },
  repair: {
    title: 'words, off, or { say, to, confirm, wait }',
    type: ['string', 'object', 'array', 'boolean'],
    items: ref('phrase'),
    properties: {
      say: ref('words', 'What is said in place of the built-in words.'),
      wait: { ...duration, description: 'Of `hold_on`: how long the caller may look before a silence counts.' },
      to: { ...text, description: 'Goes there after the words, in place of what the built-in does.' },
      confirm: oneOf(
        ['none', 'implicit', 'explicit'],
        'Of `correct`: how a corrected value is confirmed. Of cancel, start_over, goodbye, human: `explicit` asks first.',
      ),
    },
    additionalProperties: false,
  },
  slot: {
    title: 'a slot',
    type: ['string', 'object'],
    properties: slotProperties,
    additionalProperties: false,
    description: 'A value the caller gives. `person: name` is short for `person: { type: name }`.',
  },
  toolType: {
    title: 'a type',
    description: 'A slot type, [one, of, these], { list: … }, { map: … } or the fields of a record.',
    type: ['string', 'array', 'object'],
    items: text,
    properties: { spoken: { ...text, description: 'How one is said, from its fields: `"{{ name }}, {{ tier }}"`.' } },
    additionalProperties: ref('toolType'),
  },
  tool: map(
    'a tool',
    {
      effect: { ...oneOf(['read', 'write']), description: 'A write is sent at most once.' },
      confirm: {
        ...flag,
        description: 'Only runs once the caller has said yes: the checker looks at every state that calls it.',
      },
      description: { ...text, description: 'What a language model is told that may use it. Default: its name.' },
      input: named(
        'types by name',
        ref('toolType'),
        'What it is given, by name: `{ order_id: text }`. Inside the tool these are the names.',
      ),
      output: named(
        'types by name',
        ref('toolType'),
        'What it gives, by name: `{ status: [packed, lost], eta: date }`. An answer that does not fit is an error.',
      ),
      outcomes: {
        title: 'a status or a condition by name',
        description:
          'Results with a name, for `on:` — an HTTP status, or a condition over the output and `status`: `{ not_found: 404 }`.',
        type: 'object',
        additionalProperties: { title: 'a status or a condition', type: ['number', 'string', 'boolean'] },
      },
      http: map(
        '{ get: url } or { post: url, body }',
        {
          get: {
            ...text,
            description:
              'The address to read: `"{{ env.SHOP_URL }}/orders/{{ order_id }}"`. Values are percent-encoded.',
          },
          post: { ...text, description: 'The address to send to with POST.' },
          put: { ...text, description: 'The address to send to with PUT.' },
          patch: { ...text, description: 'The address to send to with PATCH.' },
          delete: { ...text, description: 'The address to delete.' },
          headers: {
            title: 'headers by name',
            description: 'Headers of the request: `{ authorization: "Bearer {{ env.SHOP_TOKEN }}" }`.',
            type: 'object',
            additionalProperties: text,
          },
          body: {
            ...value,
            description: 'What is sent, as JSON: `{ amount: "{{ amount }}" }`. Without it nothing is.',
          },
        },
        { description: 'An HTTP request: one of get, post, put, patch, delete with the address. The answer is JSON.' },
      ),
      code: { ...text, description: './tools.ts#name: counts from this file.' },
      mcp: map(
        '{ server, tool }',
        {
          server: { ...text, description: "One of the agent's mcp_servers." },
          tool: { ...text, description: 'Its name there; without it, the name it has here.' },
        },
        { required: ['server'], description: 'A tool of an MCP server.' },
      ),
      timeout: { ...duration, description: 'How long it may take; then `on: timeout`. Default 8s.' },
      retries: {
        title: 'a number',
        description:
          'How often a read is tried again after a failure, with growing pauses. Default 0. A write never is.',
        type: 'number',
        minimum: 0,
        maximum: 10,
      },
      idempotency_key: {
        ...text,
        description:
          'A text that is the same for the same write, as in `"{{ call.id }}-{{ order_id }}"`: with it a write that a crash left open is sent again.',
      },
      filler: {
        title: '{ after, say }',
        description: 'Said when the tool takes longer.',
        type: ['object', 'string', 'array'],
        items: ref('phrase'),
        properties: {
          after: { ...duration, description: 'After how long it is said. Default 900ms.' },
          say: ref('words', 'What is said meanwhile: `One moment.`'),
        },
        additionalProperties: false,
      },
      on_interrupt: oneOf(
        ['finish', 'cancel', 'block'],
        'When the caller speaks meanwhile: it runs on (finish, the default), is stopped (cancel), or is waited for (block). After a hang-up only finish runs on.',
      ),
      late_result: oneOf(
        ['speak', 'store', 'drop'],
        'A result that comes when the caller has turned to something else: the talk goes on from it (speak, the default), it is only kept, or dropped.',
      ),
    },
    { required: ['effect'], description: 'Something outside that is asked (read) or changed (write).' },
  ),
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
  agent: map(
    'an agent',
    {
      agent: { ...text, description: 'The name of the agent.' },
      language: {
        ...text,
        description: 'As in en-IE: the region gives currency, phone numbers and the order of dates.',
      },
      languages: {
        title: 'a list of languages',
        type: 'array',
        items: text,
        minItems: 1,
        description: 'As in [en-IE, es]: the first is the default, the others have a file in locales/.',
      },
      timezone: { ...text, description: 'As in Europe/Dublin.' },
      start: { ...text, description: 'The flow a call begins with.' },
      person_within: {
        ...ref('count'),
        description: 'How many turns a caller may need to reach a person from any state; 3 without it.',
      },
      persona: { ...text, description: 'Who the agent is: read by the language model.' },
      voice: map(
        '{ stt, tts, vad, voice, pace, barge_in, endpointing }',
        {
          ...speakers,
          pace: manner.pace!,
          vad: { ...text, description: 'What tells speech from noise.' },
          barge_in: ref('bargeIn', small.bargeIn!.description),
          endpointing: ref('endpointing', small.endpointing!.description),
        },
        {
          patternProperties: {
            '^[a-z]{2}(-[A-Za-z0-9]{2,8})*$': map(
              '{ stt, tts, voice, pace }',
              { ...speakers, pace: manner.pace! },
              {
                description:
                  'Who listens and speaks in this language: `es: { voice: lucia }`. The rest is as around it.',
              },
            ),
          },
          description: 'Who listens and who speaks. The environment may name others when the agent is served.',
        },
      ),
      llm: {
        ...texts,
        description:
          'Who is asked when the router is unsure: openai/gpt-4o-mini, anthropic/claude-…, langchain/openai/gpt-4o-mini, or a file of your own. A list: the quick and cheap one first, the next one when it is unsure, late or broken.',
        examples: ['openai/gpt-4o-mini', ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5']],
      },
      mcp_servers: named(
        'servers by name',
        ref('mcpServer'),
        'MCP servers that tools name. Every text may read env.* and nothing else.',
      ),
      tracing: oneOf(['langsmith'], 'Sends the traces of the graph to LangSmith. Without it nothing leaves.'),
      transfer: map('{ to, mode, summary, hours, wait, max }', transferProperties, {
        description: 'Where a caller who wants a person is put through to; also the defaults of every `transfer:`.',
      }),
      knowledge: {
        title: 'knowledge by name',
        description: 'What `answer:` looks things up in: fixed answers, documents, or a retriever in code.',
        type: 'object',
        propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_-]*$', title: 'a name' },
        additionalProperties: ref('knowledge'),
      },
      lexicon: ref('lexicon'),
      memory: map(
        '{ ttl, consent }',
        {
          ttl: { ...duration, description: 'How long values of `scope: caller` are kept. Default 90d.' },
          consent: oneOf(['ask', 'assume'], 'Whether the caller is asked first (the default).'),
        },
        { description: 'How slots with `scope: caller` are kept from call to call.' },
      ),
      version: {
        title: 'a whole number from 1 on, as in 3',
        type: 'number',
        minimum: 1,
        description:
          'Raise it when something is renamed or taken out, and say what in `migrations`: a conversation that began under an older version then goes on under this one.',
      },
      migrations: {
        title: 'what changed, by the version it came with',
        description:
          'How kept conversations of older versions are moved to this one: `2: { rename: { slots: { order.number: order.order_id } } }`. Calls that run keep the version they began with.',
        type: 'object',
        propertyNames: { pattern: '^[1-9][0-9]*$', title: 'a version' },
        additionalProperties: ref('migration'),
      },
      description: { ...text, description: 'What the agent is for: a note to those who read the file.' },
      ...names,
      ...cascade,
    },
    { required: ['agent'] },
  ),
  migration: map(
    '{ rename, default, drop }',
    {
      rename: map(
        '{ flows, states, slots }',
        {
          flows: ref('newNames', 'Flows: `{ order: check_order }`. Their slots and states go along.'),
          states: ref('newNames', 'States, with their flow: `{ order.ask: order.ask_number }`.'),
          slots: ref(
            'newNames',
            'Slots, those of a flow with its name: `{ order.number: order.order_id, who: guest }`.',
          ),
        },
        { description: 'New names by old ones. On the left the version before, on the right this one.' },
      ),
      default: {
        ...values,
        description:
          'Values of slots that are new, for conversations that began without them: `{ order.gift: false }`.',
      },
      drop: map(
        '{ flows, states, slots }',
        {
          flows: { ...texts, description: 'Flows that are gone: a task in one of them ends, and the caller is told.' },
          states: {
            ...texts,
            description: 'States that are gone: who stood there passes the flow once more, with what was said.',
          },
          slots: { ...texts, description: 'Slots that are gone: their values are forgotten.' },
        },
        { description: 'What is not there any more.' },
      ),
    },
    { description: 'What changed when this version came: rename, then default; what was dropped is forgotten.' },
  ),
  newNames: { title: 'new names by old ones', type: 'object', additionalProperties: text },
  mcpServer: map(
    '{ command, args } or { url }',
    {
      command: { ...text, description: 'A program that speaks MCP on its standard input and output.' },
      args: { ...texts, description: 'What it is started with.' },
      env: {
        title: 'texts by name',
        type: 'object',
        additionalProperties: text,
        description: 'Its environment, beside PATH, HOME and the like: nothing else of ours is handed on.',
      },
      url: { ...text, description: 'Where it runs (streamable HTTP).' },
      headers: {
        title: 'headers by name',
        type: 'object',
        additionalProperties: text,
        description: 'As in authorization: "Bearer {{ env.ORDERS_TOKEN }}".',
      },
    },
    { description: 'An MCP server: a program to start, or an address.' },
  ),
  knowledge: {
    title: 'a list of { id, asks, says }, { files, entries }, or a file like ./kb.ts',
    description:
      'Questions with fixed answers; or documents that are cut by their headings; or code that gives a LangChain retriever.',
    type: ['array', 'object', 'string'],
    items: ref('knowledgeEntry'),
    properties: {
      files: {
        ...texts,
        description: 'Markdown documents: paths or patterns like help/*.md, which count from this file.',
      },
      entries: {
        title: 'a list of { id, asks, says }',
        type: 'array',
        items: ref('knowledgeEntry'),
        description: 'Answered before the documents; without `says`, other words for what the documents answer.',
      },
    },
    required: ['files'],
    additionalProperties: false,
  },
  knowledgeEntry: map(
    '{ id, asks, says }',
    {
      id: { ...text, description: 'Its name.' },
      asks: { ...texts, description: 'How callers ask for it.' },
      says: ref('words', 'What is said. Without it the documents answer.'),
    },
    { required: ['id', 'asks'] },
  ),
  mock: map('{ when, times, gives, outcome, delay }', {
    when: {
      title: 'inputs by name',
      description: 'Fits only calls with these inputs: `{ order_id: 4471, amount: "> 900" }`. Without it, every call.',
      type: 'object',
      additionalProperties: ref('expected'),
    },
    times: {
      title: 'a number',
      description: 'How often it may answer: `1`. Without it, always.',
      type: 'number',
      minimum: 0,
    },
    gives: { ...value, description: 'The output: `{ status: shipped, eta: 2026-03-04 }`.' },
    outcome: {
      ...text,
      description: 'What comes of the call: error, timeout, or one of its `outcomes`. Default: success.',
      examples: ['error', 'timeout'],
    },
    delay: { ...duration, description: 'How long it takes: `1200ms`. Default 0.' },
  }),
  mocks: {
    title: 'stand-ins by tool',
    type: 'object',
    additionalProperties: {
      title: 'a stand-in, or a list of them',
      type: ['object', 'array'],
      items: ref('mock'),
      allOf: onlyMap('mock'),
    },
  },
  turn: map(
    'a turn',
    {
      say: { ...text, description: 'What the caller says: `two tickets for friday`.' },
      confidence: {
        title: 'a share from 0 to 1',
        description: 'How sure the recogniser is of it: `0.5`. Default 1.',
        type: 'number',
        minimum: 0,
        maximum: 1,
      },
      takes: { ...duration, description: 'How long the caller takes to say it. Default: as long as its words do.' },
      dtmf: { ...text, description: 'The keys that the caller presses: `4471#`.' },
      silence: {
        ...duration,
        description: 'The caller says nothing for so long, from the end of the agent’s words: `6s`.',
      },
      hang_up: { ...flag, description: 'The caller hangs up: `true`.' },
      event: {
        title: 'a name, or { name, data }',
        description: 'Something happens outside, for `on:` — `desk_free`, or with data.',
        type: ['string', 'object'],
        properties: {
          name: { ...text, description: 'Its name, as `on:` has it.' },
          data: { ...value, description: 'What comes with it.' },
        },
        additionalProperties: false,
      },
      audio: {
        title: 'a file, or { say }',
        description:
          'Sound in place of words: a WAV file beside the script, `hello.wav`, or words that the local voice speaks, `{ say: hello }`. The recogniser hears it.',
        type: ['string', 'object'],
        properties: { say: { ...text, description: 'Words for the local voice to speak.' } },
        additionalProperties: false,
      },
      at: { ...text, description: 'While the agent speaks: word 3, 900ms, 50%, find_order + 1s.' },
      needs: { ...texts, description: '`llm`: this turn may ask a language model.', examples: ['llm'] },
      expect: ref('expect', 'What must hold after this turn.'),
    },
    { description: 'One thing the caller does, and what must hold after it.' },
  ),
  expect: map('expectations', expectProperties),
  test: map(
    'a scripted conversation',
    {
      test: { ...text, description: 'What the script protects.' },
      start: map(
        '{ flow, state, slots, clock, call, memory }',
        {
          flow: { ...text, description: 'The flow the call begins in. Default: the agent’s `start`.' },
          state: { ...text, description: 'The state of that flow it begins in. Default: the first.' },
          slots: { ...values, description: 'What is known already, by slot: `{ order_id: 4471 }`.' },
          clock: { ...text, description: 'When the call begins, in the agent’s zone: 2026-03-01T10:00.' },
          call: { ...values, description: 'Facts of the call, read as `call.*`: `{ from: "+35312345678" }`.' },
          memory: {
            ...values,
            description: 'What is kept of the caller from earlier calls: `{ guest: Ana, order.milk: oat }`.',
          },
        },
        { description: 'How the call begins: where, when, from whom, and what is known.' },
      ),
      tools: ref('mocks', 'Stand-ins for tools; they win over mocks.yaml.'),
      turns: {
        title: 'a list of turns',
        description: 'What the caller does, in order, and what must hold after each.',
        type: 'array',
        items: ref('turn'),
        minItems: 1,
      },
      perturb: {
        title: 'a list',
        type: 'array',
        items: oneOf([...perturbations]),
        description:
          'Disturbances: the script is also played with each of them, in a few places, and must end well all the same: `[silence, hang_up]`.',
      },
    },
    { required: ['test', 'turns'] },
  ),
  locale: localeShape,
  lexicon,
  mocksFile: map(
    'stand-ins for tools',
    { tools: ref('mocks', 'Stand-ins by tool, for every script of the folder.') },
    { required: ['tools'] },
  ),
};

const begins = (key: string, then: string, otherwise: Schema): Schema => ({
  if: { required: [key] },
  then: ref(then),
  else: otherwise,
});

/** The published schema: any document of an agent's files. */
export const flowSchema: Schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'flow.schema.json',
  title: 'A document of a Parley agent: agent, flow, test, or mocks',
  type: 'object',
  definitions,
  allOf: [
    begins(
      'agent',
      'agent',
      begins('flow', 'flow', begins('test', 'test', begins('locale', 'locale', ref('mocksFile')))),
    ),
  ],
};

/** What a `$ref` means, with what stands beside it. */
export function resolved(schema: Schema | undefined): Schema | undefined {
  if (schema?.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  return { ...resolved(definitions[$ref.replace('#/definitions/', '')]), ...beside };
}

/** The schema of what stands at a key (a number: an item of a list). */
export function schemaInside(schema: Schema | undefined, key: string | number): Schema | undefined {
  const shape = resolved(schema);
  if (shape === undefined) return undefined;
  if (typeof key === 'number') return resolved(shape.items);
  const own = shape.properties?.[key] ?? patterned(shape, key);
  if (own) return resolved(own);
  const asMap = shape.allOf?.find((one) => one.if?.type === 'object')?.then;
  if (asMap) return schemaInside(asMap, key);
  return shape.additionalProperties === false ? undefined : resolved(shape.additionalProperties);
}

/** The schema of a key that has no name of its own, and is known by its form. */
export function patterned(shape: Schema, key: string): Schema | undefined {
  return Object.entries(shape.patternProperties ?? {}).find(([pattern]) => new RegExp(pattern).test(key))?.[1];
}

/** What a map has to look like where a map is one of several shapes. */
export function mapShape(schema: Schema | undefined): Schema | undefined {
  const shape = resolved(schema);
  return resolved(shape?.allOf?.find((one) => one.if?.type === 'object')?.then) ?? shape;
}

/** The schema as editors get it: without our own annotation. */
export function publishedSchema(): unknown {
  const publish = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(publish);
    if (typeof value !== 'object' || value === null) return value;
    const { loaderChecks, ...schema } = value as Schema;
    void loaderChecks;
    return Object.fromEntries(
      Object.entries(schema)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, publish(item)]),
    );
  };
  return publish(flowSchema);
}

export type DocumentKind = 'agent' | 'flow' | 'test' | 'mocksFile' | 'locale';
