/** Telephone numbers, letters, codes, postal codes and e-mail addresses, as they are given on the phone in Spanish. */
import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';
import { monday, none, table } from '../table.js';

const es = { language: 'es-ES' };
const mexico = { language: 'es-MX' };

describe('a telephone number in Spanish', () => {
  table(
    'phone',
    [
      ['seis uno dos tres cuatro cinco seis siete ocho', '+34612345678'],
      ['seiscientos doce, treinta y cuatro, cincuenta y seis, setenta y ocho', '+34612345678'],
      ['612 34 56 78', '+34612345678'],
      ['612345678', '+34612345678'],
      ['seis, sesenta y seis, doble cero, uno dos tres cuatro', '+34666001234'],
      ['más treinta y cuatro, seis uno dos tres cuatro cinco seis siete ocho', '+34612345678'],
      ['+34 612 345 678', '+34612345678'],
      [
        'cero cero treinta y cuatro, seiscientos doce, treinta y cuatro, cincuenta y seis, setenta y ocho',
        '+34612345678',
      ],
      ['mi número es el seis uno dos tres cuatro cinco seis siete ocho', '+34612345678'],
      ['noventa y uno, cuatro cinco seis, setenta y ocho, noventa', '+34914567890'],
      ['nueve uno cuatro cinco seis siete ocho nueve cero', '+34914567890'],
      ['es el 91 456 78 90', '+34914567890'],
      ['seis uno dos, eh, tres cuatro cinco, seis siete ocho', '+34612345678'],
      ['seis doce, triple tres, cuatro cinco seis', '+34612333456'],
      ['sí, es el 612 34 56 78, gracias', '+34612345678'],
      ['cincuenta y cinco, doce treinta y cuatro, cincuenta y seis setenta y ocho', '+525512345678', mexico],
      ['55 1234 5678', '+525512345678', mexico],
      ['treinta y tres, treinta y seis, quince, veinte, diez', '+523336152010', mexico],
      [
        'más cincuenta y dos, cincuenta y cinco, doce treinta y cuatro, cincuenta y seis setenta y ocho',
        '+525512345678',
        mexico,
      ],
      ['más uno, dos uno dos, cinco cinco cinco, cero uno cuatro siete', '+12125550147'],
      ['uno dos tres', none],
      ['no tengo teléfono', none],
      ['mañana a las ocho', none],
      ['sí', none],
      ['¿para qué lo necesita?', none],
      ['un momento', none],
      ['doscientos euros', none],
      ['el mismo', none],
      ['cuatro personas', none],
      ['', none],
    ],
    es,
  );

  it('is said in groups', () => {
    expect(slotType('phone').say('+34612345678', { ...monday, ...es })).toMatch(/^6/);
  });
});

describe('a spelled word in Spanish', () => {
  table(
    'spelled',
    [
      ['be o be', 'bob'],
      ['be de burro, o, be de burro', 'bob'],
      ['uve a erre e ele a', 'varela'],
      ['ve chica, e, ere, a', 'vera'],
      ['be larga, e, ene', 'ben'],
      ['be alta, e, ene', 'ben'],
      ['uve doble, a, ene, de, a', 'wanda'],
      ['doble u, a, ene, de, a', 'wanda'],
      ['doble ve, i, ele, ele', 'will'],
      ['i griega, a, ge, o', 'yago'],
      ['ye, a, ge, o', 'yago'],
      ['ge a erre ce i a', 'garcia'],
      ['eme de María, a, ere, te de Teresa', 'mart'],
      ['ele, u, ce, í, a', 'lucia'],
      ['eñe, u, eñe, e, zeta', 'ñuñez'],
      ['ka, e, doble ele, i griega', 'kelly'],
      ['hache de Huelva, u, ge, o', 'hugo'],
      ['p e p e', 'pepe'],
      ['P, E, P, E.', 'pepe'],
      ['equis, o, che, i', 'xochi'],
      ['se escribe jota, o, ese, e', 'jose'],
      ['con be de Barcelona, o, te, i', 'boti'],
      ['a, ene, a', 'ana'],
      ['jota de Jaén, o', 'jo'],
      ['o, elle, o', 'ollo'],
      ['sí', none],
      ['a', none],
      ['de', none],
      ['cuatro cuatro siete uno', none],
      ['¿cómo se escribe?', none],
      ['mañana', none],
      ['un momento', none],
      ['como suena', none],
      ['el doble', none],
      ['', none],
    ],
    es,
  );
});

describe('a code in Spanish', () => {
  const pattern = '[A-Z]{2}[0-9]{4}';
  table(
    'code',
    [
      ['a be cuatro cuatro siete uno', 'AB4471'],
      ['a de Alicante, be de burro, cuatro cuatro siete uno', 'AB4471'],
      ['AB4471', 'AB4471'],
      ['ab 4471', 'AB4471'],
      ['a, be, cuarenta y cuatro, setenta y uno', 'AB4471'],
      ['el código es a be cuatro cuatro siete uno', 'AB4471'],
      ['uve equis doble cero uno dos', 'VX0012'],
      ['ve equis cero cero doce', 'VX0012'],
      ['hache jota nueve ocho siete seis', 'HJ9876'],
      ['i griega zeta uno dos tres cuatro', 'YZ1234'],
      ['uve doble ka cinco cinco cinco cinco', 'WK5555'],
      ['eme de Madrid, ene de Navarra, uno dos tres cuatro', 'MN1234'],
      ['ce de casa, de de dedo, uno dos tres cuatro', 'CD1234'],
      ['es el pe cu tres tres cero cero', 'PQ3300'],
      ['a be cuatro cuatro siete dos, no, a be cuatro cuatro siete uno', 'AB4471'],
      ['eh, te ese mil doscientos', 'TS1200'],
      ['ere ese doble uno doble dos', 'RS1122'],
      ['doce treinta y cuatro', '1234', { pattern: '[0-9]{4}' }],
      ['cero cero siete', '007', { pattern: '[0-9]{3}' }],
      ['1234 be, be, be', '1234BBB', { pattern: '[0-9]{4}[A-Z]{3}' }],
      ['doce treinta y cuatro ce efe ge', '1234CFG', { pattern: '[0-9]{4}[A-Z]{3}' }],
      ['uno dos tres cuatro cinco seis siete ocho zeta', '12345678Z', { pattern: '[0-9]{8}[A-Z]' }],
      ['a be', none],
      ['cuatro cuatro', none],
      ['no lo tengo', none],
      ['¿qué código?', none],
      ['mañana', none],
      ['sí', none],
      ['un momento', none],
      ['el viernes a las ocho', none],
      ['', none],
    ],
    { ...es, pattern },
  );
});

describe('a postal code in Spanish', () => {
  table(
    'postcode',
    [
      ['veintiocho cero cero uno', '28001'],
      ['28001', '28001'],
      ['dos ocho cero cero uno', '28001'],
      ['veintiocho mil uno', '28001'],
      ['veintiocho mil cuarenta', '28040'],
      ['cero ocho cero cero uno', '08001'],
      ['cero ocho, cero veintiuno', '08021'],
      ['cuarenta y un mil cinco', '41005'],
      ['cuarenta y uno, cero cero, cinco', '41005'],
      ['el código postal es veintiocho cero doce', '28012'],
      ['es el 46001', '46001'],
      ['cuarenta y seis cero cero uno', '46001'],
      ['cuarenta y seis doble cero uno', '46001'],
      ['28.001', '28001'],
      ['280 01', '28001'],
      ['eh, cinco cero cero cero tres', '50003'],
      ['dos ocho cero cero uno, no, dos ocho cero cero dos', '28002'],
      ['cero seis siete cero cero', '06700', mexico],
      ['06700', '06700', mexico],
      ['once quinientos sesenta', '11560', mexico],
      ['sesenta y cuatro mil', '64000', mexico],
      ['cuatro cuatro uno seis cero', '44160', mexico],
      ['veintiocho', none],
      ['dos ocho cero', none],
      ['no me lo sé', none],
      ['¿cuál es?', none],
      ['en Madrid', none],
      ['sí', none],
      ['a las ocho', none],
      ['un momento', none],
      ['', none],
    ],
    es,
  );
});

describe('an e-mail address in Spanish', () => {
  table(
    'email',
    [
      ['lucía arroba correo punto es', 'lucia@correo.es'],
      ['lucía punto gómez arroba correo punto es', 'lucia.gomez@correo.es'],
      ['lucia guion bajo gomez arroba correo punto com', 'lucia_gomez@correo.com'],
      ['lucia guion gomez arroba correo punto com', 'lucia-gomez@correo.com'],
      ['ana noventa y dos arroba correo punto es', 'ana92@correo.es'],
      ['ana@correo.es', 'ana@correo.es'],
      ['mi correo es ana arroba correo punto es', 'ana@correo.es'],
      ['es ana arroba mi guion tienda punto com', 'ana@mi-tienda.com'],
      ['ana arroba correo punto com punto mx', 'ana@correo.com.mx'],
      ['jota perez arroba correo punto es', 'jperez@correo.es'],
      ['ana arroba gmail punto com', 'ana@gmail.com'],
      ['ana arroba jotmeil punto com', 'ana@hotmail.com'],
      ['ana arroba hotmail punto com, gracias', 'ana@hotmail.com'],
      ['info arroba bar pepe punto es', 'info@barpepe.es'],
      ['pepe cero siete arroba yahoo punto es', 'pepe07@yahoo.es'],
      ['ana más viajes arroba correo punto es', 'ana+viajes@correo.es'],
      ['todo junto anagomez arroba correo punto es', 'anagomez@correo.es'],
      ['ana gómez todo junto arroba correo punto es', 'anagomez@correo.es'],
      ['ana arroba correo punto net', 'ana@correo.net'],
      ['eh, ana arroba correo punto es', 'ana@correo.es'],
      ['no tengo correo', none],
      ['arroba', none],
      ['ana punto gómez', none],
      ['mañana', none],
      ['sí', none],
      ['¿qué correo?', none],
      ['un momento', none],
      ['punto es', none],
      ['', none],
    ],
    es,
  );
});
