import { oneOf, reading } from '../define.js';
import { yesNo as english } from '../yes-no.js';
import { phraseAt } from '../normalise.js';
import type { Token } from '../normalise.js';
import type { Reading } from '../slot-type.js';
import { fold, isQuestion, isWrapping, spanish } from './define.js';

const phrases = (...texts: string[]): string[][] => texts.map((text) => fold(text).split(' '));

/** These answer wherever they open the utterance. */
const yes = phrases(
  'sí',
  'claro',
  'claro que sí',
  'por supuesto',
  'desde luego',
  'cómo no',
  'sí señor',
  'afirmativo',
  'ajá',
  'eso es',
  'así es',
  'efectivamente',
  'faltaría más',
  'que sí',
  'ya lo creo',
  'ándale',
  'órale',
  'creo que sí',
  'exacto',
  'exactamente',
);
const no = phrases(
  'no',
  'no gracias',
  'para nada',
  'qué va',
  'de ninguna manera',
  'en absoluto',
  'claro que no',
  'todavía no',
  'ahora no',
  'mejor no',
  'negativo',
  'creo que no',
  'prefiero que no',
  'por supuesto que no',
  'no es correcto',
  'no está bien',
  'no quiero',
  'que no',
  'ni hablar',
  'ni loco',
  'ni loca',
  'de eso nada',
  'me temo que no',
  'nel',
);
/** These only when nothing else is said. */
const bareYes = phrases(
  'vale',
  'de acuerdo',
  'correcto',
  'perfecto',
  'está bien',
  'muy bien',
  'adelante',
  'bueno',
  'ok',
  'okay',
  'me parece bien',
  'genial',
  'estupendo',
  'dale',
  'venga',
  'hágalo',
  'resérvelas',
  'resérvelo',
  'confírmelo',
  'confirmo',
  'lo confirmo',
  'listo',
  'bien',
  'sale',
  'sale y vale',
  'va',
  'ya',
  'por mí bien',
  'lo que diga',
);
const bareNo = phrases('incorrecto', 'está mal', 'tampoco', 'déjelo', 'nunca', 'jamás', 'ninguna');
const neither = phrases(
  'sí o no',
  'sí y no',
  'no sé',
  'no lo sé',
  'no estoy seguro',
  'no estoy segura',
  'no entiendo',
  'no importa',
  'no me acuerdo',
  'no recuerdo',
  'no tengo',
);

const conditions =
  /^(?:puede|pueden|pudiera|pudiese|podria|hay|hubiera|fuera|fuese|tiene|tienen|queda|quedan|no|se|me|le|quiere|prefiere|acaso)$/;

/** "Si puede ser el viernes": an "if", which recognisers write like a yes. */
function isCondition(tokens: readonly Token[]): boolean {
  const [first, second] = tokens;
  return (
    first?.raw.toLowerCase() === 'si' && second !== undefined && second.gap === ' ' && conditions.test(second.word)
  );
}

/** Yes or no, in Spanish: nothing inside a question or a sentence about something else. */
export const yesNo = spanish({
  name: 'yes_no',
  read(tokens, _context, text) {
    // "Qué va" and "cómo no" begin as questions do.
    const isSaid = phraseAt(tokens, 0, yes) + phraseAt(tokens, 0, no) > 0 && !/[¿?]/.test(text);
    if (!isSaid && isQuestion(tokens, text)) return [];
    if (isCondition(tokens)) return [];
    if (tokens.some((_, index) => phraseAt(tokens, index, neither) > 0)) return [];
    const found: { from: number; to: number; value: boolean; clear: boolean }[] = [];
    for (let index = 0; index < tokens.length; index++) {
      const kinds = [
        { length: phraseAt(tokens, index, yes), value: true, clear: true },
        { length: phraseAt(tokens, index, no), value: false, clear: true },
        { length: phraseAt(tokens, index, bareYes), value: true, clear: false },
        { length: phraseAt(tokens, index, bareNo), value: false, clear: false },
      ];
      const best = kinds.reduce((a, b) => (b.length > a.length ? b : a));
      if (best.length === 0) continue;
      found.push({ from: index, to: index + best.length, value: best.value, clear: best.clear });
      index += best.length - 1;
    }
    const inside = (index: number): boolean => found.some((one) => index >= one.from && index < one.to);
    const isWhole = tokens.every(({ word }, index) => inside(index) || isWrapping(word));
    const opening = (from: number): boolean =>
      tokens
        .slice(0, from)
        .every(({ word }, index) => inside(index) || /^(?:bueno|pues|a|ver|hola|hombre|mujer|oye|oiga|uf)$/.test(word));
    const counted = isWhole ? found : found.filter((one) => one.clear && opening(one.from));
    const last = counted.at(-1);
    if (!last) return [];
    const mixed = counted.some((one) => one.value !== last.value);
    const confidence = mixed ? 0.7 : counted.some((one) => one.clear) ? 1 : 0.9;
    const readings: Reading[] = [reading(text, tokens, last.from, last.to, last.value, confidence)];
    return readings;
  },
  parse: english.parse,
  say: (value) => (value === true ? 'sí' : value === false ? 'no' : String(value)),
  spoken: () =>
    oneOf([
      'sí',
      'sí por favor',
      'claro',
      'vale',
      'de acuerdo',
      'correcto',
      'eso es',
      'no',
      'no gracias',
      'para nada',
      'mejor no',
      'incorrecto',
    ]),
});
