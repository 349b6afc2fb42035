import type { Manners } from '../call/manners.js';

/** What suits text: all of it is sent at once, and there is no sound to measure. */
export const relayManners: Partial<Manners> = {
  leadMs: 10 * 60_000,
  markMs: 20,
  markOverdueMs: 60 * 60_000,
  markLateMs: 60 * 60_000,
  // Twilio waits for the end of an utterance itself before it tells the words.
  finalBudgetMs: 5000,
  suppressEcho: false,
};
