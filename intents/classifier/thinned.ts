/** At most `most` of them, evenly taken. */
export function thinned<T>(list: readonly T[], most: number): T[] {
  const step = list.length / most;
  return step <= 1 ? [...list] : Array.from({ length: most }, (_, i) => list[Math.floor(i * step)]!);
}
