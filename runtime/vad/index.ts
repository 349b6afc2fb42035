/** The detectors there are: one line each. Each opens one detector a call. */
import { messageOf, UsageError } from '../../engine/errors.js';
import type { VoiceActivityDetector } from '../contracts.js';
import { energyVad } from './energy.js';
import { createSilero } from './silero.js';

/** A kind of detector, shared by all calls. What is heavy loads in its worker, with the first frame or `warm()`. */
export interface VadSource {
  readonly name: string;
  open(): VoiceActivityDetector;
  warm(): Promise<void>;
  close(): void;
}

export const vadProviders: Record<string, () => VadSource> = {
  silero: () => ({ name: 'silero', ...createSilero() }),
  energy: () => ({ name: 'energy', open: energyVad, warm: () => Promise.resolve(), close: () => {} }),
};

/**
 * A detector that cannot run here is replaced by loudness when it is warmed: `say` is told once, in a line for people.
 * (One that dies during a call is replaced by that call's ear.)
 * @throws UsageError for a detector that does not exist
 */
export function createVad(name = 'silero', say: (line: string) => void = () => {}): VadSource {
  const create = Object.hasOwn(vadProviders, name) ? vadProviders[name] : undefined;
  if (create === undefined) {
    throw new UsageError(
      `There is no voice activity detector "${name}". Use one of ${Object.keys(vadProviders).join(', ')}.`,
    );
  }
  let source = create();
  /** What is cut off by closing while it warms has not failed. */
  let closed = false;
  return {
    get name() {
      return source.name;
    },
    open: () => source.open(),
    async warm() {
      try {
        await source.warm();
      } catch (problem) {
        if (closed) return;
        source.close();
        source = vadProviders.energy!();
        say(`Speech is told from silence by loudness alone: ${messageOf(problem)}`);
      }
    },
    close: () => {
      closed = true;
      source.close();
    },
  };
}
