/** What a vendor's voice gets: the words alone, on one line. Undefined where there is nothing to say. */
export function plainText(text: string): string | undefined {
  const plain = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return /[\p{L}\p{N}]/u.test(plain) ? plain : undefined;
}

export function within(least: number, value: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
