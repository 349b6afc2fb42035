import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const compiled = new Map<string, { matches(text: string): boolean } | null>();

/**
 * Whether the whole of `text` matches a regular expression in RE2 syntax (linear time, whatever the
 * designer wrote). A broken pattern matches nothing; `flow check` has reported it.
 */
export function matchesWhole(pattern: string, text: string): boolean {
  let regex = compiled.get(pattern);
  if (regex === undefined) {
    try {
      const { RE2JS } = require('re2js') as { RE2JS: { compile(pattern: string): { matches(text: string): boolean } } };
      regex = RE2JS.compile(pattern);
    } catch {
      regex = null;
    }
    if (compiled.size > 500) compiled.clear();
    compiled.set(pattern, regex);
  }
  return regex?.matches(text) ?? false;
}
