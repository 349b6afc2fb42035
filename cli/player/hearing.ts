/** What a script's sound is heard as: the runtime's own detector and recogniser, faster than time. */
import { VirtualClock } from '../../engine/clock.js';
import type { Listening } from '../../engine/contracts.js';
import { frameMs, frameSamples, lineRateHz, type EarEvent, type SpeechToText } from '../../runtime/contracts.js';
import { createEar } from '../../runtime/ear.js';
import { createStt } from '../../runtime/stt/index.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { createVad } from '../../runtime/vad/index.js';
import type { Environment } from '../assemble.js';
import type { Speaker } from '../turn-sound.js';

/** Silence around a sound: the detector hears an onset in it, the recogniser an end. */
const beforeMs = 400;
const afterMs = 1600;
/** The caller that `flow call` has too. */
const voiceName = 'rms';

/** One for all agents of a run; what it needs is loaded when the first sound is heard. */
export class Hearing {
  readonly #env: Environment;
  readonly #recognisers = new Map<string, Promise<SpeechToText>>();
  #vad: ReturnType<typeof createVad> | undefined;
  #voice: ReturnType<typeof embeddedTts> | undefined;

  constructor(env: Environment = process.env) {
    this.#env = env;
  }

  /** The local voice, for words. */
  speaker(language: string): Speaker {
    return { voice: (this.#voice ??= embeddedTts()), voiceName, language };
  }

  /**
   * What a call's ear makes of a sound while it listens so; times count from the sound's first sample.
   * @param samples 8 kHz
   * @param spec of a recogniser: `embedded`, `deepgram/nova-3`
   */
  async hear(samples: Int16Array, listening: Listening, spec: string): Promise<EarEvent[]> {
    let recogniser = this.#recognisers.get(spec);
    if (!recogniser) this.#recognisers.set(spec, (recogniser = createStt(spec, this.#env)));
    const stt = await recogniser;
    this.#vad ??= createVad();
    await Promise.all([stt.warm?.(), this.#vad.warm()]);
    const events: EarEvent[] = [];
    const log = { warn: () => undefined };
    const ear = createEar({ vad: this.#vad.open(), stt, clock: new VirtualClock(), language: listening.language, log });
    const taken = (async () => {
      for await (const event of ear.events()) events.push(event);
    })();
    try {
      ear.tune(listening);
      const pad = (ms: number): Int16Array => new Int16Array((ms * lineRateHz) / 1000);
      let atMs = -beforeMs;
      let count = 0;
      for (const piece of [pad(beforeMs), samples, pad(afterMs)])
        for (let from = 0; from < piece.length; from += frameSamples) {
          const frame = new Int16Array(frameSamples);
          frame.set(piece.subarray(from, from + frameSamples));
          ear.hear(frame, (atMs += frameMs));
          if (++count % 8 === 0) await ear.settled();
        }
      ear.endTurn();
      await ear.settled();
    } finally {
      ear.close();
      await taken;
    }
    return events;
  }

  close(): void {
    this.#vad?.close();
    this.#voice?.close?.();
    for (const recogniser of this.#recognisers.values())
      recogniser.then(
        (stt) => stt.close?.(),
        () => undefined,
      );
  }
}
