import { fold, isWrapping } from '../../slot-types/es/define.js';
import { readCardinal, readOrdinal } from '../../slot-types/es/numbers.js';
import type { Token } from '../../slot-types/normalise.js';
import type { ItemWords } from './item-words.js';

/** `\b` knows no accented letters: a word's edges by hand. */
const word = (source: string, flags = 'iu'): RegExp => new RegExp(`(?<![\\p{L}])(?:${source})(?![\\p{L}])`, flags);
const folded = new WeakMap<readonly Token[], Token[]>();

function plain(tokens: readonly Token[]): readonly Token[] {
  const known = folded.get(tokens);
  if (known) return known;
  const made = tokens.map((token) => ({ ...token, word: fold(token.word) }));
  folded.set(tokens, made);
  return made;
}

/** How callers say what they do to a list, in Spanish. */
export const spanishItems: ItemWords = {
  marks: [
    {
      does: 'remove',
      pattern: word(
        'qu[ií]t[ae](?:me|nos)?(?:l[oae]s?)?|quitar(?:l[oa]s?)?|saque|saca|borre|borra|elimine|elimina|cancele|cancela|retire|olvide|olvídese de|deje fuera|vacíe|empiece de nuevo|ya no (?:quiero|queremos)|no (?:quiero|queremos|me ponga|ponga)',
        'giu',
      ),
    },
    {
      does: 'change',
      pattern: word(
        'c[aá]mbi[ea](?:me|nos)?(?:l[oa]s?)?|cambiar|sustituya|reemplace|que sean?|mejor|en vez del?|en lugar del?|quería decir|quise decir|digo|he dicho|dije|deberían? ser|tienen? que ser',
        'giu',
      ),
    },
    {
      does: 'add',
      pattern: word(
        'añad[ae](?:me)?|agreg(?:ue|a)(?:me)?|también|además|otr[oa]s?|p[oó]n(?:ga)?(?:me|nos)|(?:me|nos) (?:pone|ponga|trae|traiga|da)|d[eé](?:me|nos)|tr[aá]ig[ae](?:me|nos)|quisiera|querría|quería(?! decir)|quiero|queremos|me gustaría',
        'giu',
      ),
    },
  ],
  swapMarks: new Set(['en vez de', 'en vez del', 'en lugar de', 'en lugar del']),
  subjectFirst: /^(?:deber|tiene)/,
  meant: {
    mark: /^(?:quería decir|quise decir|digo|he dicho|dije)$/,
    opening: /^\s*(?:no|perdón|perdone|espere|espera|digo)(?!\p{L})(?![\s,]+(?:y|también|además|gracias)(?!\p{L}))/iu,
  },
  request: word(
    '(?:me |nos )?(?:puede|podría|puedes|podrías) (?:poner|traer|dar|añadir|quitar|cambiar|apuntar)(?:me|nos|l[oa]s?)?|(?:me|nos) (?:pone|da|trae)',
    'giu',
  ),
  wanting: word('quisiera|querría|quería|quiero|queremos|me gustaría|hola|buenas', 'giu'),
  clearing: /^(?:vacíe|empiece)/i,
  place: { numbered: /^número$/, noun: /^(?:cosa|plato)$/, last: /^últim[oa]$/, article: /^(?:el|la)$/, isBare: true },
  small: /^(?:un|una|unos|unas|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|\d{1,2})$/,
  noThing: new Set(['momento', 'momentito', 'segundo', 'minuto', 'poco', 'par', 'pregunta', 'mesa', 'cosa', 'favor', 'para', 'con', 'de', 'a', 'en', 'que', 'rato', 'número']), // prettier-ignore
  joints: /,|(?<!\p{L})(?:y|e|más|también|luego)(?!\p{L})/giu,
  noTopping: new Set(['usted', 'ustedes', 'ella', 'ellos', 'nosotros', 'eso', 'esto', 'todo', 'nada', 'gracias', 'ahora', 'también', 'sí', 'no', 'vale', 'hielo']), // prettier-ignore
  amounts: new Set(['un', 'una', 'unos', 'unas', 'algo', 'poco', 'poquito', 'mucho', 'mucha', 'muchos', 'muchas', 'extra', 'más', 'de', 'el', 'la', 'los', 'las']), // prettier-ignore
  cuts: /[,;.]|(?<!\p{L})(?:y|e|también|además|con)(?!\p{L})/giu,
  freeCuts: /[,;]|(?<!\p{L})(?:y|e)(?!\p{L})/giu,
  ofChange: /^(?:cámbi[ea]\p{L}*|cambi[ea]r?|ponga|póngal[oa]s?|dicho|digo|dije|quería|decir|debería|ser|que|sean?|mejor|por|sin|pero|uno|una|dos|tres|los|las|ese|esa|esos|esas|ambos|todos|todas|otro|otra|otros|otras|primero|primera|segundo|segunda|tercero|tercera|último|última|mismo|misma|perdón|espere|rápido)$/iu,
  without: word('sin\\s+\\p{L}+'),
  withRest: /(?<!\p{L})con\s+(.*)$/iu,
  wholeOrder: word('todo|todos|todas|todo el pedido'),
  pronoun: word('l[oa]s?|es[oa]s?|est[oa]s?|ese|este|mejor|que sean?|\\p{L}+[ae]l[oa]s?'),
  lastMeant: word('l[oa] últim[oa]|el último'),
  more: {
    isMore: word('otr[oa]s?|más'),
    isSame: word('de es[oa]s|de est[oa]s'),
    again: word('otr[oa]|un[oa] más|lo mismo'),
  },
  into: word('por|a|un|una'),
  another: /^otr[oa]s?$/i,
  moreBefore: /(?<!\p{L})(?:otr[oa]s?|más)\s+$/iu,
  all: word('ambos|ambas|los dos|las dos|todos|todas|cada un[oa]'),
  isWith: word('con'),
  chain: /^[\s,]*(?:(?:y|con|un|una|el|la|\p{L}+)[\s,]+){0,4}$/iu,
  slips: /^(?:sí|pero|no|perdón|perdone|espere|espera|digo|mejor|sino)$/iu,
  leftOut: {
    before: /^\s*(?:sin|ya\s+no)\s+(?:el\s+|la\s+|los\s+|las\s+)?(?=\p{L})/iu,
    after: /^[\s,]*(?:por favor|gracias|entonces|al final)?[\s.!]*$/iu,
  },
  theBefore: /(?<!\p{L})(?:el|la|los|las|mi|ese|esa)\s+$/iu,
  denied: word('no|digo|dicho|dije'),
  makes: /^(?:que sean?|mejor|c[aá]mbi[ea]l[oa]s?)$/iu,
  article: /^(?:un|una|unos|unas|otro|otra)$/,
  takenBack: word('no espere|espere|espera|perdón|digo|mejor'),
  tellsApart: false,
  inner: {
    offBefore:
      /(?<!\p{L})(?:sin|no|ni|menos|en vez de|en lugar de|excepto|salvo|qu[ií]t[ae](?:le|les|me)?|no (?:quiero|le ponga|me ponga))\s+(?:el\s+|la\s+|los\s+|las\s+|más\s+|de\s+){0,2}$/iu,
    notOff: /(?!)/,
    denial: /(?<!\p{L})no(?=\s+(?!espere|perdón|mejor|digo)\p{L})/giu,
    denialBack: /((?<!\p{L})sin\s+(?:\p{L}+[\s,]+){1,2})(mejor|perdón|espere)(?!\p{L})/giu,
    swapBefore: /(?<!\p{L})(?:cambi[ea]|cámbi[ea]me|sustituya|reemplace)\s+(?:el\s+|la\s+|los\s+|las\s+)?$/iu,
    swapTo: word('por|a'),
    onBefore: /(?<!\p{L})(?:con|añad[ae]|agregue|más|extra de|extra|pero|ponga|póngale|para)\s+(?:un poco de\s+|el\s+|la\s+|los\s+|las\s+)?$/iu,
    joint: /^[\s,]*(?:y|e|o|ni)?[\s,]*(?:el|la|los|las)?[\s,]*$/iu,
    nothing: new Set(['no', 'nada', 'ninguno', 'ninguna', 'ningún', 'sin', 'solo', 'tampoco']),
    besideNothing: new Set(['gracias', 'por', 'favor', 'más', 'de', 'eso', 'así', 'está', 'bien', 'me', 'pues', 'le', 'ponga', 'quiero', 'tal', 'cual']),
    also: word('también|además|más|extra|añad[ae]|agregue|otr[oa]'),
    ofOne: /(?<!\p{L})(?:a|en|para|de|con)\s+(?:el|la|mi|ese|esa)\s+(?:\p{L}+\s+){0,2}$|(?<!\p{L})(?:al|del)\s+(?:\p{L}+\s+){0,2}$/iu,
    theOne: /(?<!\p{L})(?:el|la|mi|ese|esa|al|del)\s+(?:\p{L}+\s+){0,2}$/iu,
    saidOf: /(?<!\p{L})(?:no|sin|con|extra|extra de|más)\s+(?:el\s+|la\s+)?$/iu,
  },
  cardinal: (tokens, index) => readCardinal(plain(tokens), index),
  ordinal: (tokens, index) => readOrdinal(plain(tokens), index),
  isWrapping: (one) => isWrapping(fold(one)),
  isFiller: (one) => /^(?:eh|em|mm|pues|bueno|a|ver|por|favor|gracias|entonces|quizás|quizá)$/.test(one),
}; // prettier-ignore
