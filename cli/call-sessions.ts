/** Which parts of a call share one session with their vendor, and the sessions of the calls that run. */
import type { Clock, LanguageModel } from '../engine/contracts.js';
import type { Agent } from '../engine/language/flow.js';
import type { RealtimeModel } from '../runtime/llm/openai-realtime.js';
import type { RealtimeSession } from '../runtime/providers/realtime-session.js';
import type { Environment } from './assemble.js';
import { modelNames } from './language-models.js';
import type { OwnWords } from './own-words.js';

/** What opens a session of a call of this agent. */
interface Opening {
  base: string;
  model: string;
  voice: string | undefined;
}

/** Behind it a model may be named. */
const realtime = /^openai\/realtime(?:\/|$)/;
const usualAddress = 'https://api.openai.com/v1';

/**
 * What the parts that name `openai/realtime` share: the ear, and with it the voice, the model or both. A part at an
 * address of its own, or a model of another name, stays by itself. Undefined: nothing is shared.
 */
export function sharedSession(agent: Agent, env: Environment): Opening | undefined {
  const { stt, tts, voice } = agent.voice;
  const base = env.OPENAI_BASE_URL || undefined;
  const earAt = env.OPENAI_STT_URL || base;
  if (!realtime.test(stt ?? '') || (!env.OPENAI_API_KEY && earAt === undefined)) return undefined;
  const speaks = tts !== undefined && realtime.test(tts) && (env.OPENAI_TTS_URL || base) === earAt;
  const asked = base === earAt ? modelNames(agent, env).find((name) => realtime.test(name)) : undefined;
  const part = speaks ? tts : asked;
  if (part === undefined) return undefined;
  return {
    base: earAt ?? usualAddress,
    model: part.replace(/^openai\/realtime\/?/, '') || 'gpt-realtime',
    voice: speaks ? voice : undefined,
  };
}

export class CallSessions {
  readonly #env: Environment;
  readonly #clock: Clock;
  readonly #ownWords: OwnWords;
  /** By the dialog's name: one that is gone on with in another call has that call's session. */
  readonly #sessions = new Map<string, RealtimeSession>();

  constructor(env: Environment, clock: Clock, ownWords: OwnWords) {
    this.#env = env;
    this.#clock = clock;
    this.#ownWords = ownWords;
  }

  /** @returns undefined where this agent's parts share nothing; else it is closed with the call */
  async open(agent: Agent, dialog: string): Promise<RealtimeSession | undefined> {
    const opening = sharedSession(agent, this.#env);
    if (!opening) return undefined;
    const { openRealtimeSession } = await import('../runtime/providers/realtime-session.js');
    const session = openRealtimeSession({
      ...opening,
      apiKey: this.#env.OPENAI_API_KEY || undefined,
      clock: this.#clock,
      onOwnWords: this.#ownWords.of(opening.model, 'session'),
    });
    session.whenClosed(() => {
      if (this.#sessions.get(dialog) === session) this.#sessions.delete(dialog);
    });
    this.#sessions.set(dialog, session);
    return session;
  }

  /** The router's models as this dialog asks them: one that has a part in its call's session hears the caller. */
  modelsOf(dialog: string): (model: LanguageModel) => LanguageModel {
    return (model) => {
      const session = this.#sessions.get(dialog);
      return session && 'in' in model ? (model as RealtimeModel).in(session) : model;
    };
  }
}
