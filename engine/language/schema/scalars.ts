import { ref, type Schema } from './shape.js';

/** Shapes of scalars and small things, under `definitions`. */
export const scalarShapes: Record<string, Schema> = {
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
