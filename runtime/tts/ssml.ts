/** The root element is the provider's: each wants other attributes there. */
export function withinSpeak(ssml: string | undefined): string | undefined {
  return ssml?.replace(/^\s*(?:<\?xml[^>]*\?>\s*)?<speak\b[^>]*>/, '').replace(/<\/speak>\s*$/, '');
}

export function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };
  return text.replace(/[&<>"']/g, (one) => names[one]!);
}
