import type { Usage } from '../contracts.js';

/** What one call had done by providers: by provider, also what nobody heard. */
export class UsageSheet {
  readonly #amounts = new Map<string, Usage>();
  /** How often each provider did not do what was asked of it. */
  readonly errors: Record<string, number> = {};

  /** Bound: given away as it is. */
  readonly add = (usage: Usage): void => {
    const key = `${usage.who} ${usage.what}`;
    const known = this.#amounts.get(key);
    if (known) {
      known.amount += usage.amount;
      if (usage.wasted) known.wasted = (known.wasted ?? 0) + usage.wasted;
    } else this.#amounts.set(key, { ...usage });
  };

  /** Bound, likewise. */
  readonly failed = (provider: string): void => {
    this.errors[provider] = (this.errors[provider] ?? 0) + 1;
  };

  /** Seconds to the tenth, in the order of the first use. */
  lines(): Usage[] {
    return [...this.#amounts.values()].map(({ wasted, ...usage }) => ({
      ...usage,
      amount: Math.round(usage.amount * 10) / 10,
      ...(wasted && { wasted: Math.round(wasted * 10) / 10 }),
    }));
  }
}
