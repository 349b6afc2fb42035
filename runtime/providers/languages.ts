/** A language with a region, for vendors that want one: where most speakers are, where the flow names none. */
export function withRegion(language: string): string {
  const { language: base, region } = new Intl.Locale(language).maximize();
  return `${base}-${region ?? 'US'}`;
}

/** Google's names for what is otherwise in BCP 47 (https://cloud.google.com/speech-to-text/docs/languages). */
const googleCodes: Record<string, string> = {
  'zh-CN': 'cmn-Hans-CN',
  'zh-TW': 'cmn-Hant-TW',
  'zh-HK': 'yue-Hant-HK',
  'yue-HK': 'yue-Hant-HK',
  'nb-NO': 'no-NO',
};

/** A language as Google's recognisers call it. */
export function googleLanguage(language: string): string {
  const code = withRegion(language);
  return googleCodes[code] ?? code;
}
