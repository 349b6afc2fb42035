import { distance } from 'fastest-levenshtein';

/** The known name that was probably meant, or undefined. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const steps = mistakes(name.toLowerCase(), candidate.toLowerCase());
    if (steps < bestDistance) [best, bestDistance] = [candidate, steps];
  }
  if (best === undefined) return undefined;
  const longest = Math.max(name.length, best.length);
  return bestDistance <= (longest < 3 ? 0 : Math.max(1, Math.floor((longest + 1) / 3))) ? best : undefined;
}

/** Two letters that changed places are one mistake. */
function mistakes(name: string, candidate: string): number {
  const steps = distance(name, candidate);
  const sorted = (word: string): string => [...word].sort().join('');
  return steps === 2 && name.length === candidate.length && sorted(name) === sorted(candidate) ? 1 : steps;
}

/** `Did you mean "confirm"?`, else the names there are, else the sentence given. */
export function didYouMean(name: string, known: Iterable<string>, otherwise = ''): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (otherwise !== '') return otherwise;
  return names.length > 0 && names.length <= 12 ? `There are: ${names.join(', ')}.` : '';
}
