/** Whole numbers, fractions, places in a row and figures, as they are said on the phone in Spain and Mexico. */
import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';
import { monday, none, table } from '../table.js';

const es = { language: 'es-ES' };

describe('a whole number in Spanish', () => {
  table(
    'integer',
    [
      ['treinta y dos', 32],
      ['mil doscientos', 1200],
      ['veintiún', 21],
      ['veintiuna personas', 21],
      ['dos', 2],
      ['somos cuatro', 4],
      ['para tres, por favor', 3],
      ['una docena', 12],
      ['media docena', 6],
      ['un par', 2],
      ['un par de cafés', 2],
      ['ciento uno', 101],
      ['doscientas cincuenta', 250],
      ['dos mil veintiséis', 2026],
      ['cien mil', 100_000],
      ['medio millón', 500_000],
      ['un millón doscientos mil', 1_200_000],
      ['diez y seis', 16],
      ['unos veinte', 20],
      ['ninguno', 0],
      ['cero', 0],
      ['1.500', 1500],
      ['tres, no, cuatro', 4],
      ['tres, digo cuatro', 4],
      ['no, mejor cinco', 5],
      ['dos o tres', { either: [2, 3] }],
      ['menos cinco', -5],
      ['una', 1],
      ['quince mil quinientos', 15_500],
      ['pues, a ver, seis', 6],
      ['serían siete', 7],
      ['ponga ocho', 8],
      ['nomás dos', 2],
      ['dos adultos y un niño', { all: [2, 3, 1] }],
      ['mañana', none],
      ['la segunda', none],
      ['un momento', none],
      ['un momento, por favor', none],
      ['sí', none],
      ['no lo sé', none],
      ['todos', none],
      ['varios', none],
      ['¿cuántos caben?', none],
      ['mercado', none],
      ['un segundo', none],
      ['', none],
    ],
    es,
  );
});

describe('a number in Spanish', () => {
  table(
    'number',
    [
      ['tres coma cinco', 3.5],
      ['dos y medio', 2.5],
      ['dos y media', 2.5],
      ['medio', 0.5],
      ['medio kilo', 0.5],
      ['cero coma siete', 0.7],
      ['4,5', 4.5],
      ['3.5', 3.5],
      ['3.000', 3000],
      ['uno y medio', 1.5],
      ['kilo y medio', 1.5],
      ['un litro y medio', 1.5],
      ['dos litros y medio', 2.5],
      ['ochenta y dos kilos y medio', 82.5],
      ['tres cuartos', 0.75],
      ['tres cuartos de kilo', 0.75],
      ['un cuarto de kilo', 0.25],
      ['menos tres', -3],
      ['menos dos coma cinco', -2.5],
      ['treinta y siete con cinco', 37.5],
      ['doce punto tres', 12.3],
      ['cien', 100],
      ['setenta y ocho kilos', 78],
      ['diez por ciento', 10],
      ['dos coma veinticinco', 2.25],
      ['tres coma cero cinco', 3.05],
      ['mil quinientos', 1500],
      ['treinta y ocho y medio, creo', 38.5],
      ['setenta, no, setenta y cinco', 75],
      ['no sé', none],
      ['mucho', none],
      ['bastante', none],
      ['la primera', none],
      ['el lunes', none],
      ['un momento', none],
      ['¿cuánto es?', none],
      ['demasiado', none],
      ['sí', none],
      ['el cuarto', none],
      ['', none],
    ],
    es,
  );
});

describe('a place in a row in Spanish', () => {
  table(
    'ordinal',
    [
      ['el segundo', 2],
      ['la tercera', 3],
      ['el primero', 1],
      ['el primer piso', 1],
      ['la cuarta, por favor', 4],
      ['quinto', 5],
      ['número tres', 3],
      ['la opción dos', 2],
      ['la número cuatro', 4],
      ['el sexto', 6],
      ['la séptima', 7],
      ['octavo', 8],
      ['el noveno', 9],
      ['la décima', 10],
      ['el undécimo', 11],
      ['el decimotercero', 13],
      ['el vigésimo primero', 21],
      ['2º', 2],
      ['la 3ª', 3],
      ['el primero, no, el segundo', 2],
      ['no el primero, sino el segundo', 2],
      ['eh, el tercero, creo', 3],
      ['el primero o el segundo', { either: [1, 2] }],
      ['tercer piso', 3],
      ['el doceavo', 12],
      ['dos', none],
      ['un segundo', none],
      ['un segundo, por favor', none],
      ['espere un segundo', none],
      ['las ocho menos cuarto', none],
      ['las tres y cuarto', none],
      ['un cuarto de hora', none],
      ['la última', none],
      ['mañana', none],
      ['diez segundos', none],
      ['sí', none],
      ['', none],
    ],
    es,
  );
});

describe('figures in Spanish', () => {
  table(
    'digits',
    [
      ['cuatro cuatro siete uno', '4471'],
      ['doble cero siete', '007'],
      ['cuarenta y cuatro, setenta y uno', '4471'],
      ['seis, sesenta y seis, doble cero', '66600'],
      ['cero cero uno dos', '0012'],
      ['mi número es el uno dos tres cuatro', '1234'],
      ['4471', '4471'],
      ['44 71', '4471'],
      ['triple tres uno', '3331'],
      ['doscientos doce, cuarenta', '21240'],
      ['uno, cero, cero, cinco', '1005'],
      ['eh, nueve, ocho, siete', '987'],
      ['doce treinta y cuatro', '1234'],
      ['cuatro cuatro, eh, siete uno', '4471'],
      ['dos veces cero, siete', '007'],
      ['cuatro cuatro siete dos, no, cuatro cuatro siete uno', '4471'],
      ['termina en cuatro cuatro siete uno', '4471'],
      ['es el cinco cinco cinco', '555'],
      ['noventa y nueve cero uno', '9901'],
      ['1 2 3 4.', '1234'],
      ['cero siete cero siete', '0707'],
      ['uno dos tres cuatro', '1234', { pattern: '[0-9]{4}' }],
      ['siete ocho nueve cero uno', '78901', { pattern: '[0-9]{5}' }],
      ['uno dos', none, { pattern: '[0-9]{4}' }],
      ['no me acuerdo', none],
      ['un momento', none],
      ['sí', none],
      ['mañana', none],
      ['la segunda', none],
      ['¿qué número?', none],
      ['espere', none],
      ['el doble', none],
      ['', none],
    ],
    es,
  );
});

describe('numbers said in Spanish', () => {
  const said = (type: 'integer' | 'number' | 'ordinal' | 'digits', value: number | string): string =>
    slotType(type).say(value, { ...monday, ...es });

  it('are written for a voice to read', () => {
    expect(said('integer', -4)).toBe('menos 4');
    expect(said('number', 2.5)).toBe('2 coma 5');
    expect(said('ordinal', 3)).toBe('tercero');
    expect(said('digits', '0071')).toBe('0 0 7 1');
  });
});
