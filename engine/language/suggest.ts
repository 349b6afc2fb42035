import { distance } from 'fastest-levenshtein';

/** The known name that was probably meant, or undefined. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const steps = distance(name.toLowerCase(), candidate.toLowerCase());
    if (steps < bestDistance) [best, bestDistance] = [candidate, steps];
  }
  return best !== undefined && bestDistance <= Math.max(1, Math.floor((Math.max(name.length, best.length) + 1) / 3))
    ? best
    : undefined;
}

/** `Did you mean "confirm"?`, else the names there are, else the sentence given. */
export function didYouMean(name: string, known: Iterable<string>, otherwise = ''): string {
  const names = [...known];
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (otherwise !== '') return otherwise;
  return names.length > 0 && names.length <= 12 ? `There are: ${names.join(', ')}.` : '';
}
