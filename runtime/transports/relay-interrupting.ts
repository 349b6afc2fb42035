import type { BargeIn } from '../../engine/contracts.js';

/** Twilio judges no words: what a flow lets only some words interrupt, any speech does. */
export function mayInterrupt(bargeIn: BargeIn, mustHear: boolean): boolean {
  return !mustHear && bargeIn !== 'off' && bargeIn !== 'deaf';
}
