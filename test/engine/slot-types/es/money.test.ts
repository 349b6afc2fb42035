import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';
import { monday, none, table } from '../table.js';

const mexico = { language: 'es-MX' };

describe('an amount in Spanish', () => {
  table(
    'money',
    [
      ['cincuenta euros', '50 EUR'],
      ['veinte con treinta', '20.30 EUR'],
      ['doscientos pavos', '200 EUR'],
      ['veinte con treinta euros', '20.30 EUR'],
      ['doce euros con cincuenta', '12.50 EUR'],
      ['doce euros y medio', '12.50 EUR'],
      ['doce euros cincuenta', '12.50 EUR'],
      ['doce cincuenta', '12.50 EUR'],
      ['treinta céntimos', '0.30 EUR'],
      ['un euro', '1 EUR'],
      ['un euro con cinco céntimos', '1.05 EUR'],
      ['euro y medio', '1.50 EUR'],
      ['mil doscientos euros', '1200 EUR'],
      ['dos mil', '2000 EUR'],
      ['12,50 €', '12.50 EUR'],
      ['1.200 euros', '1200 EUR'],
      ['€30', '30 EUR'],
      ['cien dólares', '100 USD'],
      ['veinte libras', '20 GBP'],
      ['un millón de euros', '1000000 EUR'],
      ['medio millón de euros', '500000 EUR'],
      ['tres mil y pico euros, no, cuatro mil euros', '4000 EUR'],
      ['cincuenta euros, no, sesenta', '60 EUR'],
      ['unos cuarenta euros', '40 EUR'],
      ['quiero pagar treinta euros', '30 EUR', { asked: false }],
      ['mil pesos', '1000 MXN', mexico],
      ['doscientos pesos con cincuenta centavos', '200.50 MXN', mexico],
      ['quinientas lanas', none, mexico],
      ['cinco mil varos', '5000 MXN', mexico],
      ['mil quinientos', '1500 MXN', mexico],
      ['$250', '250 MXN', mexico],
      ['cien dólares', '100 USD', mexico],
      ['treinta o cuarenta euros', { either: ['30 EUR', '40 EUR'] }],
      ['dos personas', none],
      ['cincuenta', none, { asked: false }],
      ['¿cuánto cuesta?', none],
      ['a las ocho', none],
      ['mañana', none],
      ['nada', none],
      ['no lo sé', none],
      ['es muy caro', none],
      ['un momento', none],
      ['', none],
    ],
    { language: 'es-ES' },
  );

  it('is said with its unit', () => {
    const say = (value: string, language = 'es-ES'): string => slotType('money').say(value, { ...monday, language });
    expect(say('12.50 EUR')).toBe('12 euros con 50');
    expect(say('1 EUR')).toBe('un euro');
    expect(say('1 GBP')).toBe('una libra');
    expect(say('0.30 EUR')).toBe('30 céntimos');
    expect(say('0.50 MXN', 'es-MX')).toBe('50 centavos');
    expect(say('1000000 EUR')).toBe('1 millón de euros');
  });
});
