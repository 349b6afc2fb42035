// CI allows no skipped test: prints the names of those that were and fails.
import { readFileSync } from 'node:fs';

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = report.testResults.flatMap((file) =>
  file.assertionResults.filter((test) => test.status !== 'passed').map((test) => `${test.status}: ${test.fullName}`),
);
if (skipped.length > 0) {
  console.error(`not passed:\n  ${skipped.join('\n  ')}`);
  process.exit(1);
}
