/** Several processes' `/metrics` as one. */

/** Of these the sum says nothing. */
const together: Readonly<Record<string, (values: number[]) => number>> = {
  voice_loop_lag_p99_ms: (values) => Math.max(...values),
  // Full is who takes no call at all: while one has room, the server has.
  voice_full: (values) => Math.min(...values),
};

/**
 * Adds up what has the same name and labels.
 *
 * @param texts of those that run
 * @param ended of those that are gone: what they counted still counts, how they stood does not
 */
export function sumMetrics(texts: readonly string[], ended: readonly string[] = []): string {
  const families = new Map<string, { head: string[]; samples: Map<string, number[]> }>();
  for (const [index, text] of [...texts, ...ended].entries()) {
    let name = '';
    let isGauge = false;
    for (const line of text.split('\n')) {
      const [, what, of = ''] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (what !== undefined) {
        name = of;
        isGauge = what === 'TYPE' && line.endsWith(' gauge');
        const family = families.get(name) ?? { head: [], samples: new Map<string, number[]>() };
        if (!family.head.includes(line)) family.head.push(line);
        families.set(name, family);
        continue;
      }
      const at = line.lastIndexOf(' ');
      if (at < 0 || (isGauge && index >= texts.length)) continue;
      const samples = families.get(name)?.samples;
      const series = line.slice(0, at);
      const values = samples?.get(series) ?? [];
      values.push(Number(line.slice(at + 1)));
      samples?.set(series, values);
    }
  }
  const lines = [...families].flatMap(([name, { head, samples }]) => {
    const sum = together[name] ?? ((values: number[]) => values.reduce((a, b) => a + b, 0));
    return [...head, ...[...samples].map(([series, values]) => `${series} ${String(sum(values))}`)];
  });
  return `${lines.join('\n')}\n`;
}
