import { availableParallelism } from 'node:os';
import { UsageError } from '../../../engine/errors.js';
import type { SpeechToText, SttEvent } from '../../contracts.js';
import { WorkerThread } from '../../worker-thread.js';
import { untilAborted } from '../until-aborted.js';
import { Utterance } from './utterance.js';
import type { SttAnswer, SttRequest } from './worker.js';

export interface EmbeddedSttOptions {
  /** Threads that recognise; four utterances each at a time. By default 2, or 1 on a machine with one core. */
  workers?: number;
}

/** A second thread is started only when the first has so many calls. */
const callsBeforeNextWorker = 3;

/**
 * The recogniser that needs no key: soundswallower in worker threads, hearing what the position allows
 * (`Listening`: examples, slot values) and rejecting the rest. English only. For trying and testing: in
 * production use a keyed provider.
 *
 * Events: interims while words are said; one final per utterance, with empty text when something was said that
 * was not expected here, or when too many people speak at once. An utterance ends shortly before the position's
 * shortest endpointing wait is over, so that short pauses do not cut it.
 */
export function embeddedStt(options: EmbeddedSttOptions = {}): SpeechToText {
  const count = options.workers ?? Math.min(2, availableParallelism());
  if (!Number.isInteger(count) || count < 1 || count > 32) {
    throw new UsageError("The embedded recogniser's `workers` must be a whole number from 1 to 32.");
  }
  const workers = Array.from({ length: count }, () => ({
    thread: new WorkerThread<SttRequest, SttAnswer>('stt-worker', 'embedded recogniser'),
    calls: 0,
  }));
  let nextCall = 1;

  return {
    name: 'embedded',

    async warm() {
      await workers[0]!.thread.request({ kind: 'warm' });
    },

    close() {
      for (const { thread } of workers) thread.close();
    },

    async *transcribe(audio, { language }, signal): AsyncIterable<SttEvent> {
      if (signal.aborted) return;
      const worker =
        workers.find(({ calls }) => calls < callsBeforeNextWorker) ??
        workers.reduce((a, b) => (b.calls < a.calls ? b : a));
      const call = String(nextCall++);
      const { thread } = worker;
      const utterance = new Utterance((request) => thread.request({ ...request, call } as SttRequest), language);
      worker.calls += 1;
      try {
        for await (const input of untilAborted(audio, signal)) yield* utterance.take(input);
      } finally {
        worker.calls -= 1;
        thread.request({ kind: 'leave', call }).catch(() => {});
      }
    },
  };
}
