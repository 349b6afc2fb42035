/**
 * Training in a thread of its own: a reload under a running server must not hold up anyone's sound. The thread begins
 * when it is first asked and ends when nothing is left to train: it keeps nothing that a later training wants.
 */
import type { ClassifierState, TrainingMatter } from '../intents/classifier/training.js';
import { WorkerThread } from '../runtime/worker-thread.js';

export class TrainingThread {
  readonly #thread = new WorkerThread<TrainingMatter, ClassifierState>('router-worker', 'router');
  #asked = 0;

  /** Fails where no thread can start, or where it dies. The matter is copied: who asks may still train it itself. */
  readonly train = async (matter: TrainingMatter): Promise<ClassifierState> => {
    this.#asked += 1;
    try {
      return await this.#thread.request(matter);
    } finally {
      this.#asked -= 1;
      if (this.#asked === 0) this.close();
    }
  };

  close(): void {
    this.#thread.close();
  }
}
