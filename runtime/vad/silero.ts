import { OutsideError } from '../../engine/errors.js';
import type { VoiceActivityDetector } from '../contracts.js';
import { WorkerThread } from '../worker-thread.js';
import { frameSamples, type SileroBatch } from './silero-model.js';
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

/** So many calls at once, and a run waits until more than one frame has come. */
const manyCalls = 6;
/** From the beginning of one run to that of the next, with many calls: no frame waits longer for its run. */
const gatherMs = 8;

/**
 * Silero in a worker thread. The frames of all calls that are due go in one run, which costs a sixth of running them
 * apart, and waking the thread costs as much as a run: with many calls the frames of 8 ms go together. While a run is
 * under way the next batch gathers, at most one frame of each call in it.
 */
export function createSilero(): SileroVad {
  const thread = new WorkerThread<VadRequest, Float32Array>('vad-worker', 'silero');
  const detectors = new Set<Detector>();
  let running = false;
  let nextCall = 1;
  let lastRunMs = -Infinity;

  const gathered = async (): Promise<void> => {
    const waitMs = detectors.size < manyCalls ? 0 : lastRunMs + gatherMs - performance.now();
    // Without a wait: frames that arrive in the same tick share a run.
    await new Promise<void>((resolve) => void (waitMs >= 1 ? setTimeout(resolve, waitMs) : setImmediate(resolve)));
    lastRunMs = performance.now();
  };

  const runAll = async (): Promise<void> => {
    if (running) return;
    running = true;
    for (;;) {
      await gathered();
      const due = [...detectors].flatMap(({ call, waiting }) =>
        waiting.length > 0 ? [{ call, one: waiting.shift()! }] : [],
      );
      if (due.length === 0) break;
      try {
        const probabilities = await thread.request({ kind: 'run', ...packed(due) });
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

/** One message of two arrays: a clone of an object for each frame costs more than the run. */
function packed(due: readonly { call: number; one: { frame: Int16Array } }[]): SileroBatch {
  const frames = new Int16Array(due.length * frameSamples);
  due.forEach(({ one }, row) => frames.set(one.frame.subarray(0, frameSamples), row * frameSamples));
  return { calls: Uint32Array.from(due, ({ call }) => call), frames };
}
