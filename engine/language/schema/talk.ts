/** How an agent talks: words, questions, ladders, repairs, and the manner of both sides. */
import { scalarShapes } from './scalars.js';
import { condition, duration, flag, map, oneOf, onlyMap, ref, text, texts, type Schema } from './shape.js';

/** How words are spoken; `voice` and `pace` may differ in each state. */
export const manner: Record<string, Schema> = {
  voice: { ...text, description: "A voice of the agent's provider that speaks here, by its own name or id." },
  pace: ref('pace', "How fast, 1 being the voice's own pace: 0.9 is a little slower. From 0.5 to 2."),
};

/** Of a flow and of a state; the agent's has more. */
export const speaking: Record<string, Schema> = {
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
export const cascade: Record<string, Schema> = {
  no_input: ref('rungs', 'What happens at each silence, in order; the last one repeats.'),
  no_input_after: { ...duration, description: 'How long a silence counts as no answer.' },
  no_match: ref('rungs', 'What happens each time the caller was not understood, in order; the last one repeats.'),
  barge_in: ref('bargeIn', scalarShapes.bargeIn!.description),
  endpointing: ref('endpointing', scalarShapes.endpointing!.description),
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

/** Under `definitions`. */
export const talkShapes: Record<string, Schema> = {
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
};
