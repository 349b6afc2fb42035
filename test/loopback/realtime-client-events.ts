/** What a client may send to OpenAI's Realtime, field by field, as its SDK (6.49) has it. */
type Message = Record<string, unknown>;

/** A check gives what is wrong, or nothing. */
type Check = (value: unknown, at: string) => string[];

const wrong = (at: string): string[] => [`${at} is not as documented`];
const text: Check = (value, at) => (typeof value === 'string' ? [] : wrong(at));
const yesOrNo: Check = (value, at) => (typeof value === 'boolean' ? [] : wrong(at));
const number =
  (from: number, to: number): Check =>
  (value, at) =>
    typeof value === 'number' && value >= from && value <= to ? [] : wrong(at);
const oneOf =
  (...values: unknown[]): Check =>
  (value, at) =>
    values.includes(value) ? [] : wrong(at);
const orNull =
  (check: Check): Check =>
  (value, at) =>
    value === null ? [] : check(value, at);
const listOf =
  (check: Check): Check =>
  (value, at) =>
    Array.isArray(value) ? value.flatMap((one, n) => check(one, `${at}[${n}]`)) : wrong(at);
const anyRecord: Check = (value, at) => (typeof value === 'object' && value !== null ? [] : wrong(at));

/** A record of these fields and no others; `!` marks those that must be there. */
const record =
  (fields: Record<string, Check>): Check =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(at);
    const known = new Map(Object.entries(fields).map(([name, check]) => [name.replace('!', ''), check]));
    const missing = Object.keys(fields).filter((name) => name.endsWith('!') && !(name.slice(0, -1) in value));
    return [
      ...missing.map((name) => `${at} has no ${name.slice(0, -1)}`),
      ...Object.entries(value).flatMap(([name, field]) => {
        const check = known.get(name);
        return check ? check(field, `${at}.${name}`) : [`${at} has a field ${name}`];
      }),
    ];
  };
/** By its `type`. */
const byType =
  (types: Record<string, Check>): Check =>
  (value, at) => {
    const type = String((value as Message | null)?.type);
    return Object.hasOwn(types, type) ? types[type]!(value, `${at}(${type})`) : [`${at} is of the type ${type}`];
  };

const format = byType({
  'audio/pcm': record({ 'type!': text, rate: oneOf(24_000) }),
  'audio/pcmu': record({ 'type!': text }),
  'audio/pcma': record({ 'type!': text }),
});
const detection = byType({
  server_vad: record({
    'type!': text,
    create_response: yesOrNo,
    interrupt_response: yesOrNo,
    idle_timeout_ms: orNull(number(5000, 30_000)),
    prefix_padding_ms: number(0, 10_000),
    silence_duration_ms: number(0, 10_000),
    threshold: number(0, 1),
  }),
  semantic_vad: record({
    'type!': text,
    create_response: yesOrNo,
    interrupt_response: yesOrNo,
    eagerness: oneOf('low', 'medium', 'high', 'auto'),
  }),
});
const output = { format, voice: text };
const audio = record({
  input: record({
    format,
    noise_reduction: orNull(record({ 'type!': oneOf('near_field', 'far_field') })),
    transcription: orNull(record({ model: text, language: text, prompt: text, delay: text })),
    turn_detection: orNull(detection),
  }),
  output: record({ ...output, speed: number(0.25, 1.5) }),
});
const tool = record({ 'type!': oneOf('function'), 'name!': text, description: text, parameters: anyRecord });
const modalities = oneOfLists(['text'], ['audio']);
const content = byType({
  input_text: record({ 'type!': text, 'text!': text }),
  output_text: record({ 'type!': text, 'text!': text }),
  input_audio: record({ 'type!': text, 'audio!': text }),
});
const item = byType({
  message: record({ 'type!': text, 'role!': oneOf('user', 'assistant', 'system'), 'content!': listOf(content) }),
  item_reference: record({ 'type!': text, 'id!': text }),
  function_call: record({ 'type!': text, 'call_id!': text, 'name!': text, 'arguments!': text }),
  function_call_output: record({ 'type!': text, 'call_id!': text, 'output!': text }),
});
const shared = {
  instructions: text,
  max_output_tokens: number(1, 4096),
  output_modalities: modalities,
  tool_choice: oneOf('auto', 'none', 'required'),
  tools: listOf(tool),
};
const metadata: Check = (value, at) => {
  const entries = Object.entries((value ?? {}) as Message);
  const isFine = entries.length <= 16 && entries.every(([name, one]) => name.length <= 64 && String(one).length <= 512);
  return isFine && entries.every(([, one]) => typeof one === 'string') ? [] : wrong(at);
};
const clientEvent = (fields: Record<string, Check>): Check => record({ 'type!': text, event_id: text, ...fields });

const events = byType({
  'session.update': clientEvent({ 'session!': record({ 'type!': oneOf('realtime'), audio, ...shared }) }),
  'input_audio_buffer.append': clientEvent({ 'audio!': base64 }),
  'input_audio_buffer.commit': clientEvent({}),
  'input_audio_buffer.clear': clientEvent({}),
  'response.create': clientEvent({
    response: record({
      ...shared,
      audio: record({ output: record(output) }),
      conversation: oneOf('auto', 'none'),
      input: listOf(item),
      metadata,
    }),
  }),
  'response.cancel': clientEvent({ response_id: text }),
  'conversation.item.delete': clientEvent({ 'item_id!': text }),
});

/** What of a message is not as documented, or is nothing that a session of ours should send. */
export function clientEventProblems(message: Message): string[] {
  return events(message, 'message');
}

/** How long a piece of sound is, in the session's format. */
export function soundSeconds(sound: string, given: unknown, problems: string[]): number {
  const bytes = Buffer.from(sound, 'base64').length;
  const isPcm = (given as Message | undefined)?.type === 'audio/pcm';
  if (isPcm && bytes % 2 !== 0) problems.push('half a sample');
  return isPcm ? bytes / 2 / 24_000 : bytes / 8000;
}

function base64(value: unknown, at: string): string[] {
  const isSound = typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length < 15 * 2 ** 20;
  return isSound ? [] : wrong(at);
}

function oneOfLists(...lists: string[][]): Check {
  return (value, at) => (lists.some((list) => JSON.stringify(list) === JSON.stringify(value)) ? [] : wrong(at));
}
