import type { Log } from '../runtime/observe/log.js';
import type { Counter, Metrics } from '../runtime/observe/metrics.js';

/** Where a model worded something by itself. `session`: it answered though nobody had asked it. */
export type OwnWordsPart = 'model' | 'voice' | 'session';

const what: Readonly<Record<OwnWordsPart, string>> = {
  model: 'worded a reply where it was to choose a move',
  voice: 'said something else than it was asked to read',
  session: 'answered the caller without being asked',
};
const toldEvery = 100;

/** What models worded by themselves, which nobody ever hears: counted for `/metrics`, and said at the first and every hundredth. */
export class OwnWords {
  readonly #log: Pick<Log, 'warn'>;
  readonly #times = new Map<string, number>();
  #counter: Counter | undefined;

  constructor(log: Pick<Log, 'warn'>) {
    this.#log = log;
  }

  count(metrics: Metrics): void {
    this.#counter = metrics.counter(
      'voice_own_words_total',
      'Replies that a model worded by itself, dropped unheard, by what it was to do.',
    );
  }

  /** For one provider. */
  of(provider: string, part: OwnWordsPart): () => void {
    return () => {
      this.#counter?.add({ provider, part });
      const key = `${part} ${provider}`;
      const times = this.#times.get(key) ?? 0;
      this.#times.set(key, times + 1);
      if (times % toldEvery === 0)
        this.#log.warn(`${provider} ${what[part]}; nobody hears it (${times + 1} so far)`, { provider, part });
    };
  }
}
