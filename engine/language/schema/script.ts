/** Scripted conversations and their stand-ins for tools. */
import { expectProperties } from '../expect-schema.js';
import { perturbations } from '../script.js';
import { duration, flag, map, oneOf, onlyMap, ref, text, texts, type Schema, value, values } from './shape.js';

/** Under `definitions`. */
export const scriptShapes: Record<string, Schema> = {
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
        '{ flow, state, slots, clock, call, answered_by, memory }',
        {
          flow: { ...text, description: 'The flow the call begins in. Default: the agent’s `start`.' },
          state: { ...text, description: 'The state of that flow it begins in. Default: the first.' },
          slots: { ...values, description: 'What is known already, by slot: `{ order_id: 4471 }`.' },
          clock: { ...text, description: 'When the call begins, in the agent’s zone: 2026-03-01T10:00.' },
          answered_by: oneOf(['person', 'machine'], 'We called: who took it. A machine waits for its message.'),
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
  mocksFile: map(
    'stand-ins for tools',
    { tools: ref('mocks', 'Stand-ins by tool, for every script of the folder.') },
    { required: ['tools'] },
  ),
};
