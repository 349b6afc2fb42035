import { OutsideError } from '../../engine/errors.js';
import type { VoiceActivityDetector } from '../contracts.js';
import { WorkerThread } from '../worker-thread.js';
import type { VadRequest } from './silero-worker.js';

interface Detector {
  call: number;
  waiting: { frame: Int16Array; resolve: (probability: number) => void; reject: (problem: Error) => void }[];
}

/** Makes detectors that share one worker and one model. */
export interface SileroVad {
  open(): VoiceActivityDetector;
  /** Loads the model; fails with an OutsideError when it cannot run here. */
  warm(): Promise<void>;
  close(): void;
}

/**
 * Silero in a worker thread. The frames of all calls that are due go in one run, which costs a sixth of running them
 * apart: while a run is under way the next batch gathers, at most one frame of each call in it.
 */
export function createSilero(): SileroVad {
  const thread = new WorkerThread<VadRequest, number[]>('vad-worker', 'silero');
  const detectors = new Set<Detector>();
  let running = false;
  let nextCall = 1;

  const runAll = async (): Promise<void> => {
    if (running) return;
    running = true;
    // Frames that arrive in the same tick share a run.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (;;) {
      const due = [...detectors].flatMap(({ call, waiting }) =>
        waiting.length > 0 ? [{ call, one: waiting.shift()! }] : [],
      );
      if (due.length === 0) break;
      try {
        const batch = due.map(({ call, one }) => ({ call, frame: one.frame }));
        const probabilities = await thread.request({ kind: 'run', batch });
        due.forEach(({ one }, i) => one.resolve(probabilities[i]!));
      } catch (problem) {
        for (const { one } of due) one.reject(problem as Error);
      }
    }
    running = false;
  };

  return {
    async warm() {
      await thread.request({ kind: 'warm' });
    },

    open() {
      const detector: Detector = { call: nextCall++, waiting: [] };
      detectors.add(detector);
      return {
        name: 'silero',
        probability(frame) {
          return new Promise((resolve, reject) => {
            if (!detectors.has(detector)) {
              reject(new OutsideError('silero', 'closed', 'the detector of this call is closed', { retryable: false }));
              return;
            }
            detector.waiting.push({ frame: frame.slice(), resolve, reject });
            void runAll();
          });
        },
        close() {
          if (!detectors.delete(detector)) return;
          for (const { reject } of detector.waiting.splice(0)) {
            reject(new OutsideError('silero', 'closed', 'the detector of this call is closed', { retryable: false }));
          }
          thread.request({ kind: 'forget', call: detector.call }).catch(() => {});
        },
      };
    },

    close: () => thread.close(),
  };
}
