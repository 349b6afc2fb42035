/** What a server told of what was done to it: its log, and its numbers. */

/** How often each kind of warning stands in the log; a line about one call has no kind but its event. */
export function kindsTold(lines: readonly string[]): { errors: string[]; warnings: Map<string, number> } {
  const warnings = new Map<string, number>();
  const errors: string[] = [];
  for (const line of lines) {
    if (!line.startsWith('{')) continue;
    const { level, event, reason, where, transport, what, call } = JSON.parse(line) as Record<string, string>;
    if (level === 'error') errors.push(line);
    if (level !== 'warn') continue;
    const ofCall = what === undefined && call !== undefined ? { call } : {};
    const kind = JSON.stringify({ event, reason, where, transport, what, ...ofCall });
    warnings.set(kind, (warnings.get(kind) ?? 0) + 1);
  }
  return { errors, warnings };
}

/** The value of a series at `/metrics`; 0 when it is not there. */
export function metricOf(page: string, name: string, labels: Record<string, string>): number {
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
