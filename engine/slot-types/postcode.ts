import { code } from './code.js';
import { defineType, writtenText } from './define.js';
import { matchesWhole } from './pattern.js';
import { regionOf } from './regions.js';

/** Shapes without the space, after the postal services' own descriptions. */
const shapes: Readonly<Record<string, string>> = {
  IE: '[A-Z][0-9][0-9W][A-Z0-9]{4}', GB: '[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}', US: '[0-9]{5}(?:[0-9]{4})?',
  CA: '(?:[A-Z][0-9]){3}', NL: '[0-9]{4}[A-Z]{2}', DE: '[0-9]{5}', FR: '[0-9]{5}', ES: '[0-9]{5}', IT: '[0-9]{5}', AT: '[0-9]{4}',
  BE: '[0-9]{4}', CH: '[0-9]{4}', AU: '[0-9]{4}', NZ: '[0-9]{4}', DK: '[0-9]{4}', NO: '[0-9]{4}', SE: '[0-9]{5}', FI: '[0-9]{5}',
  PT: '[0-9]{7}', PL: '[0-9]{5}', IN: '[0-9]{6}', MX: '[0-9]{5}', CO: '[0-9]{6}', CL: '[0-9]{7}', PE: '[0-9]{5}', UY: '[0-9]{5}',
}; // prettier-ignore
const elsewhere = '[A-Z0-9]{3,10}';

export function shapeOf(language: string): string {
  return shapes[regionOf(language)] ?? elsewhere;
}

/** A postal code of the region, written in capitals without spaces: "d oh two x y seven six" → `D02XY76`. */
export const postcode = defineType({
  name: 'postcode',
  read: (_tokens, context, text) =>
    code.find(text, { ...context, pattern: context.pattern ?? shapeOf(context.language) }),
  parse(written, context) {
    const value = (writtenText(written) ?? '').toUpperCase().replace(/[\s-]/g, '');
    const pattern = context.pattern ?? shapeOf(context.language);
    if (matchesWhole(pattern, value)) return { value };
    return { problem: 'A postal code of the region is expected here, such as D02XY76 in Ireland.' };
  },
  say: (value) => [...String(value)].join(' '),
  spoken: (context) => code.spoken({ ...context, pattern: context.pattern ?? shapeOf(context.language) }),
});
