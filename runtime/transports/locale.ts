/** Languages as carriers want them. */

export const defaultLocale = 'en-US';

/** With its region, as Twilio wants it: `es` is `es-ES`. */
export function localeOf(language: string): string {
  try {
    const { language: name, region } = new Intl.Locale(language).maximize();
    return region === undefined ? name : `${name}-${region}`;
  } catch {
    return defaultLocale;
  }
}
