import type { Clock } from '../engine/contracts.js';
import type { Agent } from '../engine/language/flow.js';
import { createEar } from '../runtime/ear.js';
import type { Log } from '../runtime/observe/log.js';
import { UsageSheet } from '../runtime/providers/usage.js';
import type { CallParts } from '../runtime/server/server.js';
import type { CallSessions } from './call-sessions.js';
import type { Speech } from './speech.js';

/** What hears and speaks in one call of this agent. */
export async function soundOf(
  agent: Agent,
  {
    speech,
    sessions,
    clock,
    dialog,
    log,
  }: { speech: Speech; sessions: CallSessions; clock: Clock; /** Its name. */ dialog: string; log: Log },
): Promise<Pick<CallParts, 'ear' | 'session' | 'usage' | 'voice' | 'fallbackVoice'>> {
  const { stt, tts } = speech.of(agent);
  const usage = new UsageSheet();
  const session = await sessions.open(agent, dialog);
  const shared = session && { session };
  return {
    ear: createEar({
      vad: speech.openVad(),
      stt,
      clock,
      language: agent.language,
      spent: usage.add,
      failed: usage.failed,
      log,
      ...shared,
    }),
    ...shared,
    usage,
    voice: tts,
    fallbackVoice: speech.fallbackVoice,
  };
}
