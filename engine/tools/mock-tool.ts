import type { ToolCall } from '../contracts.js';
import type { Tool } from '../language/flow.js';
import { matchesValue } from '../language/match-value.js';
import type { MockRule, Mocks } from '../language/script.js';
import { exampleOfFields } from './written-values.js';

/** The stand-ins of one runner, with what was used of them. */
export class MockShelf {
  readonly #mocks: Mocks;
  readonly #used = new Map<MockRule, number>();

  constructor(mocks: Mocks) {
    this.#mocks = mocks;
  }

  has(call: Pick<ToolCall, 'tool' | 'flow'>): boolean {
    return this.#rulesOf(call).length > 0;
  }

  /** The first rule whose `when` fits and which is not used up; it counts as used. */
  take(call: ToolCall): MockRule | undefined {
    for (const rule of this.#rulesOf(call)) {
      const used = this.#used.get(rule) ?? 0;
      if (rule.times !== undefined && used >= rule.times) continue;
      if (rule.when !== undefined && !matchesValue(rule.when, call.input)) continue;
      this.#used.set(rule, used + 1);
      return rule;
    }
    return undefined;
  }

  #rulesOf(call: Pick<ToolCall, 'tool' | 'flow'>): readonly MockRule[] {
    const own = call.flow === undefined ? undefined : this.#mocks.get(`${call.flow}.${call.tool}`);
    return own ?? this.#mocks.get(call.tool) ?? [];
  }
}

/** A stand-in to copy: every output field with a value of its type. */
export function mockLine(tool: Tool): string {
  return `${tool.name}: { gives: ${exampleOfFields(tool.output)} }`;
}
