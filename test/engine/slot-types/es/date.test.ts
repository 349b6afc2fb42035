import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';
import { monday, none, table } from '../table.js';

const es = { language: 'es-ES' };

describe('a day in Spanish', () => {
  table(
    'date',
    [
      ['el quince de mayo', '2026-05-15'],
      ['hoy', '2026-03-02'],
      ['hoy mismo', '2026-03-02'],
      ['mañana', '2026-03-03'],
      ['pasado mañana', '2026-03-04'],
      ['mañana por la mañana', '2026-03-03'],
      ['el lunes que viene', '2026-03-09'],
      ['el viernes', '2026-03-06'],
      ['este viernes', '2026-03-06'],
      ['el viernes que viene', '2026-03-06'],
      ['el próximo viernes', { either: ['2026-03-06', '2026-03-13'] }],
      ['el próximo lunes', '2026-03-09'],
      ['el jueves de la semana que viene', '2026-03-12'],
      ['el jueves de la próxima semana', '2026-03-12'],
      ['dentro de una semana', '2026-03-09'],
      ['en ocho días', { either: ['2026-03-09', '2026-03-10'] }],
      ['de aquí a quince días', { either: ['2026-03-16', '2026-03-17'] }],
      ['dentro de quince días', { either: ['2026-03-16', '2026-03-17'] }],
      ['de mañana en ocho', '2026-03-10'],
      ['del viernes en ocho', '2026-03-13'],
      ['dentro de tres días', '2026-03-05'],
      ['dentro de un mes', '2026-04-02'],
      ['el primero de junio', '2026-06-01'],
      ['el uno de junio', '2026-06-01'],
      ['el día doce', '2026-03-12'],
      ['el veinte', '2026-03-20'],
      ['el 15', '2026-03-15'],
      ['quince', '2026-03-15'],
      ['el viernes seis de marzo', '2026-03-06'],
      ['el martes diez', '2026-03-10'],
      ['15/5', '2026-05-15'],
      ['el tres del cuatro', '2026-04-03'],
      ['el tres del cuatro del dos mil veintisiete', '2027-04-03'],
      ['el quince de mayo de mil novecientos ochenta y cinco', '1985-05-15'],
      ['el doce de octubre del ochenta y cinco', '1985-10-12', { range: { max: 'today' } }],
      ['el jueves, no, el viernes', '2026-03-06'],
      ['no el jueves, sino el viernes', '2026-03-06'],
      ['no, mejor el viernes', '2026-03-06'],
      ['el viernes o el sábado', { either: ['2026-03-06', '2026-03-07'] }],
      ['ayer', '2026-03-01', { range: { max: 'today' } }],
      ['anteayer', '2026-02-28', { range: { max: 'today' } }],
      ['antier', '2026-02-28', { range: { max: 'today' } }],
      ['el lunes pasado', '2026-02-23'],
      ['hace tres días', '2026-02-27', { range: { max: 'today' } }],
      ['a finales de mes', none],
      ['por la mañana', none],
      ['esta noche', '2026-03-02'],
      ['a las tres', none],
      ['las tres y media', none],
      ['cuatro personas', none],
      ['el dos por ciento', none],
      ['un segundo', none],
      ['¿qué día es mejor?', none],
      ['cuando pueda', none],
      ['el primero', none],
      ['sí', none],
      ['el treinta y uno de febrero', none],
      ['', none],
    ],
    es,
  );

  it('is said as people say it', () => {
    const say = (value: string): string => slotType('date').say(value, { ...monday, ...es });
    expect(say('2026-05-22')).toBe('el viernes 22 de mayo');
    expect(say('2026-06-01')).toBe('el lunes 1 de junio');
    expect(say('1985-05-15')).toBe('el miércoles 15 de mayo de 1985');
  });
});
