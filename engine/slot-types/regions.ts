/** The region of a BCP 47 language (`en-IE` → `IE`); for a bare language its most usual one. */
export function regionOf(language: string): string {
  const region = language.split('-').find((part, index) => index > 0 && /^[A-Za-z]{2}$/.test(part));
  if (region !== undefined) return region.toUpperCase();
  const [bare = 'en'] = language.toLowerCase().split('-');
  return usualRegion[bare] ?? 'US';
}

const usualRegion: Readonly<Record<string, string>> = {
  en: 'US', de: 'DE', fr: 'FR', es: 'ES', it: 'IT', nl: 'NL', pt: 'PT', pl: 'PL', sv: 'SE', da: 'DK', nb: 'NO', no: 'NO', fi: 'FI',
  ga: 'IE', ja: 'JP', cs: 'CZ', hu: 'HU', ro: 'RO', el: 'GR', tr: 'TR',
}; // prettier-ignore

/** ISO 4217 currencies of regions outside the euro (whose regions are the default). */
const currencies: Readonly<Record<string, string>> = {
  US: 'USD', PR: 'USD', EC: 'USD', GB: 'GBP', CA: 'CAD', AU: 'AUD', NZ: 'NZD', IN: 'INR', JP: 'JPY', CH: 'CHF', LI: 'CHF', SE: 'SEK',
  DK: 'DKK', NO: 'NOK', PL: 'PLN', CZ: 'CZK', HU: 'HUF', RO: 'RON', TR: 'TRY', ZA: 'ZAR', MX: 'MXN', BR: 'BRL', SG: 'SGD', HK: 'HKD',
  PH: 'PHP', NG: 'NGN', KE: 'KES', AE: 'AED', IL: 'ILS', CN: 'CNY', KR: 'KRW', AR: 'ARS', BO: 'BOB', CL: 'CLP',
  CO: 'COP', CR: 'CRC', CU: 'CUP', DO: 'DOP', GT: 'GTQ', HN: 'HNL', NI: 'NIO', PE: 'PEN', PY: 'PYG', UY: 'UYU', VE: 'VES',
}; // prettier-ignore

/** What people pay with there. */
export function currencyOf(language: string): string {
  return currencies[regionOf(language)] ?? 'EUR';
}
