import { expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { createStt } from '../../../runtime/stt/index.js';
import { vosk } from '../../../runtime/stt/vosk.js';
import { callOf, describeHearingSocket, hear, said, tone } from '../../conformance/hearing-socket.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { listenings } from '../../fixtures/speech.js';
import { startVosk } from '../../loopback/vosk.js';

describeSpeechToText('vosk', {
  hearsSound: false,
  speech: () => Promise.resolve({ sound: tone(1100), text: 'where is my order', listening: listenings.menu }),
  create: async () => {
    const server = await startVosk([said('where is my order')]);
    return {
      stt: vosk({ baseUrl: server.url }),
      close: async () => {
        expect(server.problems).toEqual([]);
        await server.close();
      },
    };
  },
});

describeHearingSocket('vosk', { answersSilence: true, start: startVosk, create: vosk });

it('tells a Vosk server its rate first, the end to the letter last, and hears words with their times', async () => {
  const server = await startVosk([said('where is my order')]);
  const events = await hear(await createStt('vosk', { VOSK_URL: server.url }), callOf(3, { speech: [[0.45, 1.4]] }));
  expect(server.texts).toEqual(['{"config":{"sample_rate":8000,"words":true}}', '{"eof" : 1}']);
  expect(events.filter(({ kind }) => kind === 'final')).toMatchObject([
    { text: 'where is my order', startMs: 450, endMs: 1400, words: [{ text: 'where' }, {}, {}, { endMs: 1400 }] },
  ]);
  expect(events.some(({ kind }) => kind === 'end_of_turn')).toBe(false);
  await server.close();
  expect(() => vosk({ baseUrl: 'ws://ear.example' })).toThrow(UsageError);
});
