/** The detectors there are: one line each. Each opens one detector a call. */
import { UsageError } from '../../engine/errors.js';
import type { VoiceActivityDetector } from '../contracts.js';

/** A kind of detector, shared by all calls. */
export interface VadSource {
  readonly name: string;
  open(): VoiceActivityDetector;
  /** Fails with an OutsideError when it cannot run here. */
  warm(): Promise<void>;
  close(): void;
}

export const vadProviders: Record<string, { create(): Promise<VadSource> }> = {
  silero: { create: async () => ({ name: 'silero', ...(await import('./silero.js')).createSilero() }) },
  energy: {
    create: async () => {
      const { energyVad } = await import('./energy.js');
      return { name: 'energy', open: energyVad, warm: () => Promise.resolve(), close: () => {} };
    },
  },
};

/** @throws UsageError for a detector that does not exist */
export async function createVad(name = 'silero'): Promise<VadSource> {
  const provider = Object.hasOwn(vadProviders, name) ? vadProviders[name] : undefined;
  if (provider === undefined) {
    throw new UsageError(
      `There is no voice activity detector "${name}". Use one of ${Object.keys(vadProviders).join(', ')}.`,
    );
  }
  return provider.create();
}
