/** Spanish: how callers deny a value, and say that one is wrong without giving another. The same names as in `en-corrections.ts`. */
import type { Corrections } from './built-ins.js';

const opening = '(?:no|ah|eh|perdón|perdone|espere|espera|pero|en realidad|creo que|[\\s,])*';
const numbers =
  'cero|un|una|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieciséis|diecisiete|dieciocho|diecinueve|veinte|veinti\\p{L}+|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien|ciento|y|media|medio|cuarto|menos|mil';

export const spanishCorrections: Corrections = {
  denialBefore:
    /(?<!\p{L})(?:no|no es|no era|en vez de|en lugar de|más que)\s+(?:(?:el|la|los|las|un|una|a|en|para|de|al|del)\s+)*$/iu,
  deniedOnly: new RegExp(`^${opening}(?:no es|no era|no he dicho|no dije|no quiero)\\s+(.+)$`, 'iu'),
  denies: /(?<!\p{L})(?:no|en vez de|en lugar de|más que)(?!\p{L})/iu,
  states: /(?<!\p{L})(?:es|era|son|debería|tiene que)(?!\p{L})/iu,
  isWrong: new RegExp(
    `^${opening}(?:(?:el|la|los|las|mi|su|ese|esa)\\s+)?(?<before>[\\p{L}' ]+?)\\s*(?:(?:no (?:es|está|son|están|era)\\s+(?:correct[oa]s?|bien|así))|(?:es|está|son|están|era|estaba)\\s+(?:mal|incorrect[oa]s?|equivocad[oa]s?|bien|correct[oa]s?))[\\s.!]*$`,
    'iu',
  ),
  isRight: /(?<!\p{L})(?<!no )(?:es|está|son|están)\s+(?:bien|correct[oa]s?)/iu,
  wrongFirst: new RegExp(
    `^${opening}(?:(?:quiero|quisiera|querría|puedo|podemos|me gustaría|hay que|necesito|tengo que)\\s+)?(?:cambiar|cambie|cambia|corregir|corrija|arregle|está mal)\\s+(?:(?:el|la|los|las|mi)\\s+)?(?<after>[\\p{L}' ]+?)(?:\\s+por favor)?[\\s.!?]*$`,
    'iu',
  ),
  allIsWrong: new RegExp(
    `^${opening}(?:(?:eso|esto|así)\\s+)?(?:está (?:todo )?mal|no (?:es|está) (?:correcto|bien|así|eso|lo que (?:he dicho|dije|he pedido|pedí|quería)))[\\s.!]*$`,
    'iu',
  ),
  bareNumber: new RegExp(
    `^(?<before>(?:(?:sí|si|no|pero|y|ah|eh|puede|podemos|ponga|póngalo|póngalos|que|sea|sean|seamos|son|somos|seremos|mejor|perdón|perdone|espere|digo|quería|decir|cambie|cámbielo|por|a|la|las|el|serían|entonces)[\\s,]+)*)(?<number>(?:(?:\\d{1,4}(?::\\d\\d)?|${numbers})(?:\\s+|(?=[\\s,.!?]*(?:$|por favor|mejor|entonces))))+)(?:por favor|mejor|entonces|[\\s,.!?])*$`,
    'iu',
  ),
  betweenValues:
    /(?:[\s,.;]+(?:y|nacid[oa](?: el)?|fecha de nacimiento(?: es)?|mi|teléfono|número(?: es)?|el|es))*[\s,.;]*$/iu,
};
