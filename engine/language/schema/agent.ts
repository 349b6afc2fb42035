/** The agent as a whole, its languages and its versions. */
import { scalarShapes } from './scalars.js';
import { duration, map, named, oneOf, ref, text, texts, type Schema, values } from './shape.js';
import { cascade, manner } from './talk.js';
import { names, transferProperties } from './task.js';

const speakers: Record<string, Schema> = {
  stt: { ...text, description: 'Who turns speech into text: `deepgram/nova-3`.' },
  tts: { ...text, description: 'Who speaks: `cartesia/sonic-3`.' },
  voice: { ...text, description: 'The voice of that provider, by its own name or id.' },
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

/** Under `definitions`. */
export const agentShapes: Record<string, Schema> = {
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
          barge_in: ref('bargeIn', scalarShapes.bargeIn!.description),
          endpointing: ref('endpointing', scalarShapes.endpointing!.description),
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
          'Who is asked when the router is unsure: openai/gpt-4o-mini, openai/realtime (over a Realtime session: that of the call if voice.stt is openai/realtime too), anthropic/claude-…, langchain/openai/gpt-4o-mini, or a file of your own. A list: the quick and cheap one first, the next one when it is unsure, late or broken.',
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
  lexicon,
  locale: localeShape,
};
