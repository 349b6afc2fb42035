/** Ear and voice in a session that they share pass what every ear and every voice has to. */
import { expect } from 'vitest';
import { RealClock } from '../../../engine/clock.js';
import type { Clock } from '../../../engine/contracts.js';
import type { SpeechToText, TextToSpeech } from '../../../runtime/contracts.js';
import { openRealtimeSession, type RealtimeSession } from '../../../runtime/providers/realtime-session.js';
import { openAiRealtimeStt } from '../../../runtime/stt/openai-realtime.js';
import { openAiRealtime } from '../../../runtime/tts/openai-realtime.js';
import { describeHearingSocket, said, tone } from '../../conformance/hearing-socket.js';
import { describeSpeechSocket } from '../../conformance/speech-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { describeTextToSpeech } from '../../conformance/tts.js';
import { listenings } from '../../fixtures/speech.js';
import { loopbackKey, startRealtimeSession } from '../../loopback/realtime-session.js';

interface Where {
  baseUrl: string;
  clock?: Clock;
}

/** Its words come while they are said, as with the other twins that the suites know. */
async function startSession(
  script?: Parameters<typeof startRealtimeSession>[0],
): ReturnType<typeof startRealtimeSession> {
  const server = await startRealtimeSession(script);
  server.transcribesLate = false;
  return server;
}

const sessionAt = ({ baseUrl, clock = new RealClock() }: Where): RealtimeSession =>
  openRealtimeSession({ base: baseUrl, apiKey: loopbackKey, model: 'gpt-realtime', voice: undefined, clock });

/** Each call has a session of its own. */
function ear(where: Where): SpeechToText {
  const stt = openAiRealtimeStt({ apiKey: loopbackKey, ...where });
  return {
    name: stt.name,
    async *transcribe(audio, options, signal) {
      const session = sessionAt(where);
      try {
        yield* stt.transcribe(audio, { ...options, session }, signal);
      } finally {
        session.close();
      }
    },
  };
}

function voice(where: Where): TextToSpeech {
  const tts = openAiRealtime({ apiKey: loopbackKey, ...where });
  const session = sessionAt(where);
  return {
    name: tts.name,
    warm: () => session.open(),
    close: () => {
      session.close();
      tts.close!();
    },
    speak: (sentence, signal) => tts.speak({ ...sentence, session }, signal),
  };
}

describeSpeechToText('openai realtime, in a session of the call', {
  hearsSound: false,
  speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startSession([said('where is my order')]);
    return {
      stt: ear({ baseUrl: server.url }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

describeHearingSocket('openai realtime, in a session of the call', {
  envKey: 'OPENAI_API_KEY',
  answersSilence: false,
  start: startSession,
  create: ear,
});

describeTextToSpeech('openai realtime, in a session of the call', {
  words: false,
  create: async () => {
    const server = await startRealtimeSession();
    const tts = voice({ baseUrl: server.url });
    return {
      tts,
      close: async () => {
        expect(server.problems).toEqual([]);
        tts.close!();
        await server.close();
      },
    };
  },
});

describeSpeechSocket('openai realtime, in a session of the call', {
  envKey: 'OPENAI_API_KEY',
  start: () => startRealtimeSession(),
  create: voice,
});
