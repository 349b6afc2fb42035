/** `npm run bench [-- --json]`: figures and ratios, never a pass or a fail. */
import { packageRoot } from '../../engine/package-root.js';

/** One figure. `ratio` is to the hand-written equivalent, where there is one. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  ratio?: number;
}

const benches: Record<string, () => Promise<Row[]>> = {
  turn: async () => (await import('./turn.js')).benchTurn(),
  router: async () => (await import('./router.js')).benchRouter(),
  speech: async () => (await import('./speech.js')).benchSpeech(),
  server: async () => (await import('./server.js')).benchServer(),
};

process.chdir(packageRoot);
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const json = process.argv.includes('--json');
const all: Record<string, Row[]> = {};
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (!json) console.log(`\n${name}`);
  const rows = (all[name] = await bench());
  if (json) continue;
  for (const row of rows) {
    const ratio = row.ratio === undefined ? '' : `${Math.round(row.ratio)} x the hand-written one`;
    console.log(`  ${row.name.padEnd(58)} ${format(row.value).padStart(10)} ${row.unit.padEnd(8)} ${ratio}`);
  }
}
if (json) console.log(JSON.stringify(all));
process.exit(0);

function format(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 1 ? value.toFixed(2) : value.toPrecision(3);
}
