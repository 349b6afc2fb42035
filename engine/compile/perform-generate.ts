import type { Json, ModelMessage, ModelRequest } from '../contracts.js';
import type { Generated, GenerateCall, GenerateTool } from '../dialog/seam.js';
import { runOutside } from './perform-tool.js';
import { defaultSeconds, heardOf, wordsOut } from './perform-words.js';
import { streamModel } from './stream-model.js';
import { timed } from './timed.js';
import type { TurnHost } from './turn-host.js';
import { SpeechBudget } from '../language/voice-rules.js';

/** Until a model's first sentence or function: longer than for words alone, since a function comes in one piece. */
export const firstPieceMs = 2000;
/** Requests in one go: it may look something up, then note down, then speak. */
const mostRequests = 4;
const maxTokens = 200;
/** What a model is told of a look-up, characters. */
const longestResult = 4000;

const noteDown = 'note_down';

/**
 * A model's go in a `generate:` state. Its sentences are spoken as they come; a question is held back to the end, since
 * it is not put when nothing is left to ask. It is given functions to note down and to look up, and whatever else it
 * calls is passed over. Never rejects.
 */
export async function performGenerate(host: TurnHost, call: GenerateCall): Promise<Generated> {
  const { model, signal, clock } = host;
  const done: Generated = {
    text: '', interrupted: false, fills: {}, tools: [], llmCalls: 0, failed: false, notes: [],
  }; // prettier-ignore
  if (signal.aborted) return { ...done, interrupted: true };
  if (!model) return { ...done, failed: true };
  const said: string[] = [];
  let held: string[] = [];
  const budget = new SpeechBudget(call.maxSeconds ?? defaultSeconds);
  const say = (sentence: string): void => {
    said.push(sentence);
    host.emit(wordsOut(call, sentence));
  };
  const onSentence = (sentence: string): void => {
    if (call.isLast || !budget.take(sentence)) return;
    if (sentence.endsWith('?')) held.push(sentence);
    // What follows a question shows that it was not the end.
    else for (const one of [...held.splice(0), sentence]) say(one);
  };
  const messages = [...call.messages];
  const lookedUp: LookedUp = new Map();
  for (let round = 0; round < mostRequests; round++) {
    done.llmCalls += 1;
    held = [];
    const request = requestOf(call, messages, round === mostRequests - 1);
    const { calls, problem } = await timed(
      host,
      'modelMs',
      streamModel(model, request, { clock, signal, firstMs: firstPieceMs, onSentence }),
    );
    if (signal.aborted) return { ...done, text: heardOf(signal.reason, call.id, said), interrupted: true };
    if (problem !== undefined) {
      const isEmpty = said.length === 0 && Object.keys(done.fills).length === 0 && calls.length === 0;
      host.problem(`${model.name}: ${problem}; ${isEmpty ? 'the fallback is said' : 'what was said stands'}`);
      if (isEmpty) return { ...done, failed: true };
    }
    const answers = await timed(
      host,
      'toolsMs',
      Promise.all(calls.map((one) => answer(host, call, one, done, lookedUp))),
    );
    if (signal.aborted) return { ...done, text: heardOf(signal.reason, call.id, said), interrupted: true };
    const isNoted = call.missing.every((name) => done.fills[name] !== undefined);
    const isSilent = said.length === 0 && held.length === 0;
    const wantsMore = calls.some(({ name }) => name !== noteDown) || (isSilent && !isNoted && !call.isLast);
    if (calls.length === 0 || problem !== undefined || !wantsMore) break;
    const ids = calls.map((_, index) => `call_${String(round)}_${String(index)}`);
    messages.push(
      { role: 'assistant', content: said.join(' '), calls: calls.map((one, index) => ({ id: ids[index]!, ...one })) },
      ...answers.map((content, index): ModelMessage => ({ role: 'tool', content, callId: ids[index]! })),
    );
  }
  const [question, ...more] = held;
  const text = said.join(' ');
  const isNothing = text === '' && question === undefined && Object.keys(done.fills).length === 0;
  return {
    ...done,
    text,
    ...(question !== undefined && { question: [question, ...more].join(' ') }),
    // Nothing said, nothing noted: as good as absent. In its last go that is no news.
    failed: isNothing && !call.isLast,
  };
}

function requestOf(call: GenerateCall, messages: ModelMessage[], isOver: boolean): ModelRequest {
  const functions = [
    ...(call.fills.length > 0
      ? [
          {
            name: noteDown,
            description: 'Note down what the caller has said. Only what they said themselves.',
            parameters: objectOf(Object.fromEntries(call.fills.map(({ name, description }) => [name, description]))),
          },
        ]
      : []),
    // In the last request of a go nothing is looked up any more.
    ...(isOver ? [] : call.tools).map(({ tool, description, asks }) => ({
      name: tool,
      description,
      parameters: objectOf(asks),
    })),
  ];
  return { messages: [...messages], functions, maxTokens, mustCall: call.isLast && functions.length > 0 };
}

function objectOf(fields: Readonly<Record<string, string>>): Json {
  const properties = Object.entries(fields).map(([name, description]) => [name, { type: 'string', description }]);
  return { type: 'object', properties: Object.fromEntries(properties) as Json, additionalProperties: false };
}

/** What the model is told of one of its calls; what it noted and looked up is put into `done`. */
async function answer(
  host: TurnHost,
  call: GenerateCall,
  { name, arguments: json }: { name: string; arguments: string },
  done: Generated,
  lookedUp: LookedUp,
): Promise<string> {
  const given = parse(json);
  if (name === noteDown) {
    for (const { name: slot } of call.fills) {
      const value = given[slot];
      if (typeof value === 'string' || typeof value === 'number') done.fills[slot] = String(value);
    }
    const left = call.missing.filter((slot) => done.fills[slot] === undefined);
    return left.length === 0 ? 'Noted.' : `Noted. Still to find out: ${left.join(', ')}. Go on talking.`;
  }
  const tool = call.tools.find((one) => one.tool === name);
  if (!tool) {
    done.notes.push('the model called a function it was not given');
    return 'There is no such function.';
  }
  const input = inputOf(tool, given);
  // The same question has the same answer: it is asked once in a go, however often the model calls.
  const key = `${name} ${JSON.stringify(input)}`;
  const known = lookedUp.get(key);
  if (known) {
    done.notes.push(`the model called ${name} a second time with the same input`);
    return known;
  }
  const asked = lookUp(host, tool, input, done);
  lookedUp.set(key, asked);
  return asked;
}

/** What was looked up in this go, by tool and input. */
type LookedUp = Map<string, Promise<string>>;

function inputOf(tool: GenerateTool, given: Record<string, unknown>): Record<string, Json> {
  const chosen = Object.keys(tool.asks).map((name): [string, Json] => {
    const value = given[name];
    return [name, typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null];
  });
  return { ...Object.fromEntries(chosen), ...tool.input };
}

async function lookUp(
  host: TurnHost,
  tool: GenerateTool,
  input: Record<string, Json>,
  done: Generated,
): Promise<string> {
  const callId = `${tool.callId}.${String(done.tools.length)}`;
  const shown = { kind: 'tool', callId, name: tool.tool, onInterrupt: 'cancel' } as const;
  host.emit({ ...shown, phase: 'started', ...(tool.filler && { filler: tool.filler }) });
  const flow = tool.flow === undefined ? {} : { flow: tool.flow };
  const sinceMs = host.clock.now();
  const result = await runOutside(() =>
    host.tools.run({ callId, tool: tool.tool, input, effect: 'read', ...flow }, host.signal),
  );
  host.emit({ ...shown, phase: 'settled', outcome: result.outcome });
  done.tools.push({
    callId,
    name: tool.tool,
    input,
    outcome: result.outcome,
    ms: host.clock.now() - sinceMs,
    attempts: result.attempts ?? 1,
    ...(result.value !== undefined && { result: result.value }),
  });
  if (result.problem !== undefined) host.problem(`${tool.tool}: ${result.problem}`);
  return JSON.stringify({ outcome: result.outcome, result: result.value ?? null }).slice(0, longestResult);
}

/** Arguments that are no object are none. */
function parse(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
