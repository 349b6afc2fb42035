/** What holds in every call, whatever happens in whatever order; each looks at a whole run and says what broke it. */
import type { Effect } from '../../../runtime/call/events.js';
import { nextDue } from '../../../runtime/call/reducer.js';
import { phaseOf } from '../../../runtime/call/state.js';
import type { Step } from './world.js';

/** What is wrong, and after which step it was. */
export interface Breach {
  rule: string;
  at: number;
  what: string;
}

type Rule = (log: readonly Step[], tell: (at: number, what: string) => void) => void;
type Of<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

function each<K extends Effect['kind']>(
  log: readonly Step[],
  kind: K,
  see: (effect: Of<K>, step: Step, at: number) => void,
): void {
  log.forEach((step, at) => {
    for (const effect of step.effects) if (effect.kind === kind) see(effect as Of<K>, step, at);
  });
}

/** By name: the number of the behaviour, and what it says. */
export const rules: Record<string, Rule> = {
  'B3 no sound of what was dropped'(log, tell) {
    const dropped = new Set<number>();
    log.forEach((step, at) => {
      for (const effect of step.effects) {
        if (effect.kind === 'unspeak' && !effect.keep) for (const n of effect.sentences) dropped.add(n);
        if (effect.kind === 'speak') dropped.delete(effect.sentence);
        if (effect.kind === 'send' && dropped.has(effect.sentence)) tell(at, `sentence ${String(effect.sentence)}`);
      }
    });
  },
  'B3 one sentence after the other, without a hole'(log, tell) {
    let last: { n: number; to: number } | undefined;
    const over = new Set<number>();
    log.forEach((step, at) => {
      for (const effect of step.effects) {
        // After a hold it is taken up again at a word before.
        if (effect.kind === 'clear') {
          last = undefined;
          over.clear();
        }
        if (effect.kind !== 'send') continue;
        if (last?.n === effect.sentence && effect.from !== last.to)
          tell(at, `${String(effect.from)} after ${String(last.to)}`);
        if (last && last.n !== effect.sentence) over.add(last.n);
        if (over.has(effect.sentence)) tell(at, `sentence ${String(effect.sentence)} again`);
        last = { n: effect.sentence, to: effect.to };
      }
    });
  },
  'B24 silent while held'(log, tell) {
    each(log, 'send', (_, step, at) => {
      if (step.state.hold) tell(at, 'sends');
    });
  },
  'never talks over a caller who may stop it'(log, tell) {
    each(log, 'send', ({ sentence }, { state }, at) => {
      const said = state.playout.sentences.find((one) => one.n === sentence);
      if (
        state.caller.speaking &&
        said?.bargeIn === 'speech' &&
        !said.own &&
        !state.tools.some((tool) => tool.onInterrupt === 'block')
      )
        tell(at, said.id);
    });
  },
  'one turn of the dialog at a time'(log, tell) {
    let running: number | undefined;
    log.forEach(({ event, effects, state }, at) => {
      if ((event.kind === 'turn_ended' || event.kind === 'turn_failed') && event.gen === running) running = undefined;
      if (running !== undefined && state.asking?.gen === running && !state.asking.running) running = undefined;
      for (const effect of effects) {
        if (effect.kind !== 'ask') continue;
        if (running !== undefined) tell(at, `${String(effect.gen)} while ${String(running)} runs`);
        running = effect.gen;
      }
    });
  },
  'B41 no more heard than was given, each piece once'(log, tell) {
    const given: string[] = [];
    log.forEach(({ event, effects }, at) => {
      if (event.kind === 'out' && event.out.kind === 'words' && event.out.remembered) given.push(event.out.text);
      for (const effect of effects) {
        if (effect.kind !== 'ask') continue;
        for (const { text, share } of effect.input.heard?.parts ?? []) {
          const index = given.indexOf(text);
          if (index < 0) tell(at, `"${text}" was not given, or is told twice`);
          else given.splice(index, 1);
          if (!(share >= 0 && share <= 1)) tell(at, `share ${String(share)}`);
        }
      }
    });
  },
  'B48 what must be heard is whole before anything is answered'(log, tell) {
    const must = new Set<string>();
    // A voice that fails, a call that ends and one that is cut off from here have their own rules.
    let excused = false;
    log.forEach(({ event, effects, state }, at) => {
      if (event.kind === 'out' && event.out.kind === 'words' && event.out.mustHear) must.add(event.out.text);
      excused ||= state.ending !== undefined || event.kind === 'voice_failed' || event.kind === 'turn_failed';
      excused ||= effects.some((effect) => effect.kind === 'log' && effect.event === 'voice failed');
      if (excused) return;
      for (const effect of effects) {
        if (effect.kind !== 'ask') continue;
        for (const { text, share } of effect.input.heard?.parts ?? [])
          if (must.has(text) && share < 0.99) tell(at, `"${text}" to ${String(share)}`);
      }
    });
  },
  'B41 each mark once'(log, tell) {
    const names = new Set<string>();
    each(log, 'mark', ({ name }, _, at) => {
      if (names.has(name)) tell(at, name);
      names.add(name);
    });
  },
  'B50 every tool call settled once'(log, tell) {
    const open = new Map<string, number>();
    log.forEach(({ event, effects, state }, at) => {
      if (event.kind === 'out' && event.out.kind === 'tool' && event.out.phase === 'started') {
        // One that nobody asks for any more was never taken in.
        if (state.tools.some((tool) => event.out.kind === 'tool' && tool.callId === event.out.callId))
          open.set(event.out.callId, at);
      }
      for (const effect of effects) {
        if (effect.kind === 'note' && effect.note.kind === 'tool') {
          if (!open.delete(effect.note.callId)) tell(at, `${effect.note.callId} settles twice`);
        }
      }
    });
    const last = log.at(-1);
    if (last?.state.closed !== undefined)
      for (const callId of open.keys()) tell(log.length - 1, `${callId} is never settled`);
  },
  'B80 no word of the caller is lost'(log, tell) {
    const excused = [
      'late_finals',
      'backchannels',
      'echo_suppressed',
      'deaf_words',
      'speech_beside_keys',
      'ear_closed',
    ];
    let excuses = 0;
    const open = new Map<string, number>();
    // Whoever goes on speaking after the line was cut speaks to nobody.
    const cutMs = log.find(({ state }) => state.ending?.stage === 'closing')?.atMs ?? Infinity;
    log.forEach(({ event, effects, state }, at) => {
      if (event.kind === 'ear' && event.event.kind === 'final' && event.event.startMs > cutMs) return;
      if (
        event.kind === 'ear' &&
        event.event.kind === 'final' &&
        event.event.text !== '' &&
        state.closed === undefined &&
        !state.deaf
      ) {
        // While a farewell is spoken nothing is taken in.
        if (state.ending?.stage !== 'farewell') open.set(event.event.text, at);
      }
      for (const effect of effects) {
        if (effect.kind === 'count' && excused.includes(effect.name)) excuses += 1;
        if (effect.kind === 'note' && effect.note.kind === 'turn' && effect.note.turn.who === 'caller') {
          for (const text of open.keys()) if (effect.note.turn.text.includes(text)) open.delete(text);
        }
      }
    });
    // Something said over keys, or over the deaf end of the call, is told as a number only.
    const ended = log.some(({ state }) => state.ending?.stage === 'farewell' || state.deaf);
    if (open.size > excuses && !ended) for (const [text, at] of open) tell(at, `"${text}"`);
  },
  'B102 closed once, told once, hung up once'(log, tell) {
    for (const kind of ['close', 'hang_up'] as const) {
      let count = 0;
      each(log, kind, (_, __, at) => {
        if (++count > 1) tell(at, `${kind} twice`);
      });
    }
    let told = 0;
    each(log, 'notify', ({ notice }, _, at) => {
      if (notice.kind === 'ended' && ++told > 1) tell(at, 'told twice');
    });
    const closedAt = log.findIndex(({ state }) => state.closed !== undefined);
    if (closedAt >= 0)
      log
        .slice(closedAt + 1)
        .forEach((step, i) => step.effects.length > 0 && tell(closedAt + 1 + i, 'effects after the end'));
  },
  'B2 waits for something, always'(log, tell) {
    log.forEach(({ state }, at) => {
      if (state.closed === undefined && nextDue(state) === undefined && state.due.pump === undefined)
        tell(at, phaseOf(state));
      if (
        phaseOf(state) === 'listening' &&
        !state.caller.speaking &&
        Object.keys(state.due).every((name) => name === 'max_call' || name === 'warn')
      )
        if (state.asking?.ending !== 'transfer')
          tell(at, `listens without an end: ${JSON.stringify(state.asking?.ending)}`);
    });
  },
  'B2 never silent for longer than the largest guard'(log, tell) {
    let quietSinceMs = 0;
    log.forEach(({ atMs, effects, state, event }, at) => {
      const audible = atMs <= state.playout.playEndMs || effects.some((effect) => effect.kind === 'send');
      if (audible || state.caller.speaking || state.asking?.ending === 'transfer' || event.kind === 'ear')
        quietSinceMs = atMs;
      if (atMs - quietSinceMs > 20_000 && state.ending?.stage !== 'closing') {
        tell(at, `${String(atMs - quietSinceMs)} ms`);
        quietSinceMs = atMs;
      }
    });
  },
  'no deadline is armed twice for ever'(log, tell) {
    // A tick that changes nothing and is due again at once would spin.
    let same = 0;
    log.forEach((step, at) => {
      const before = log[at - 1];
      same =
        before && step.event.kind === 'tick' && step.atMs === before.atMs && step.effects.length === 0 ? same + 1 : 0;
      if (same === 50) tell(at, 'spins');
    });
  },
};

/** The first breach of each rule. */
export function breaches(log: readonly Step[]): Breach[] {
  const found: Breach[] = [];
  for (const [rule, check] of Object.entries(rules)) {
    let told = false;
    check(log, (at, what) => {
      if (told) return;
      told = true;
      found.push({ rule, at, what });
    });
  }
  return found;
}
