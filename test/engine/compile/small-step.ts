import type { Json, Listening, Out } from '../../../engine/contracts.js';
import type { DialogState, Effect, Step, StepResult, Understand } from '../../../engine/dialog/seam.js';

/**
 * A step that does what the caller's words say, so that a test says what happens where it happens:
 * `tool find`, `write pay`, `model`, `secret 1234`, `pay with secret`, `circle`, `bug`, `wait`; any other words are
 * echoed. Knows no flows; keeps what was said in `log`.
 */
export const smallStep: Step = (world, before, event): StepResult => {
  const state = structuredClone(before) as DialogState & {
    log: string[];
    calls: number;
    secret?: Record<string, Json>;
  };
  state.log ??= [];
  state.calls ??= 0;
  const out: Out[] = [];
  const say = (id: string, text: string): void =>
    void out.push({ kind: 'words', id, text, mustHear: false, bargeIn: 'speech', remembered: true });
  const done = (effect: Effect): StepResult => {
    if (effect.kind === 'listen') out.push({ kind: 'listen', listening: listening() });
    if (effect.kind === 'wait') out.push({ kind: 'wait', for: effect.for });
    if (effect.kind === 'end') out.push({ kind: 'end', hangUp: effect.hangUp });
    return { state, out, effect };
  };
  const call = (tool: string, effect: 'read' | 'write', more: Record<string, Json> = {}, key?: string): StepResult => {
    const callId = `${String(state.id)}/${state.turn}/${++state.calls}`;
    out.push({
      kind: 'tool',
      callId,
      name: tool,
      phase: 'started',
      onInterrupt: world.agent.tools.get(tool)?.onInterrupt ?? 'finish',
    });
    return done({
      kind: 'tool',
      call: {
        callId,
        tool,
        effect,
        input: { n: state.turn, ...more },
        ...(key !== undefined && { idempotencyKey: key }),
      },
    });
  };

  switch (event.kind) {
    case 'go_on':
      return done({ kind: 'listen' });
    case 'tool_settled': {
      const { outcome, value } = event.result;
      state.log.push(`${event.callId} ${outcome}`);
      out.push({ kind: 'tool', callId: event.callId, name: '', phase: 'settled', onInterrupt: 'finish', outcome });
      if (state.circle === true) return call('find', 'read');
      say('result', `${outcome} ${JSON.stringify(value ?? null)}`);
      return done({ kind: 'listen' });
    }
    case 'tool_pending':
      state.log.push(`${event.callId} pending`);
      return done({ kind: 'listen' });
    case 'generated':
      return done({ kind: 'listen' });
    case 'words_done':
      state.log.push(`${event.interrupted ? 'heard' : 'said'} ${event.text}`);
      return done({ kind: 'listen' });
    case 'input': {
      state.turn++;
      const { input } = event;
      if (input.kind === 'open') {
        say('hello', state.log.length === 0 ? 'Hello.' : `Back again after ${state.log.length}.`);
        return done({ kind: 'listen' });
      }
      if (input.kind === 'tool') {
        state.log.push(`late ${input.callId} ${input.result.outcome}`);
        say('late', `late ${input.result.outcome}`);
        return done({ kind: 'listen' });
      }
      if (input.kind === 'hang_up') return done({ kind: 'end', hangUp: true });
      if (input.kind !== 'utterance') return done({ kind: 'listen' });
      const { text } = input;
      state.log.push(text.startsWith('secret') ? 'secret' : text);
      if (text === 'bug') throw new Error('a mistake of the step');
      if (text === 'circle') state.circle = true;
      if (text === 'circle') return call('find', 'read');
      if (text === 'wait') {
        say('careful', 'Listen to this.');
        return done({ kind: 'wait', for: 'played' });
      }
      if (text === 'goodbye') return done({ kind: 'end', hangUp: true });
      if (text === 'model') {
        return done({
          kind: 'model_words',
          id: 'small/talk',
          mode: 'generate',
          instruction: 'Talk.',
          fallback: 'The fixed line.',
        });
      }
      const [verb, noun] = text.split(' ');
      if (verb === 'secret') state.secret = { 'small.pin': noun! };
      if (verb === 'tool') return call(noun!, 'read');
      if (verb === 'write') return call(noun!, 'write');
      if (verb === 'keyed') return call(noun!, 'write', {}, `key-${String(state.id)}-${state.turn}`);
      if (verb === 'pin') return call(noun!, 'write', { pin: state.secret?.['small.pin'] ?? null });
      const pin = state.secret?.['small.pin'];
      say(
        'echo',
        verb === 'know'
          ? `I know ${pin === undefined ? 'nothing' : JSON.stringify(pin)}.`
          : `You said ${event.understanding?.text ?? '?'}.`,
      );
      return done({ kind: 'listen' });
    }
  }
};

export const smallUnderstand: Understand = (_world, _state, { text }) =>
  Promise.resolve({ text, moves: [], route: 'rule', probability: 1, candidates: [], llmCalls: 0 });

export function smallState(id: string, version = 'v1'): DialogState {
  return { version, turn: 0, id };
}

export function listening(position = 'listen'): Listening {
  return {
    position, moves: [], bargeIn: 'speech', endpointing: { minMs: 300, maxMs: 2500 }, noInputMs: 6000, maxSpeechMs: 60_000,
    language: 'en-IE', hints: [], softWords: [], stopWords: [], secret: false,
  }; // prettier-ignore
}
