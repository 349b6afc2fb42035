/** Names as callers give them in Spanish, and what is said in their place. */
import { describe, expect, it } from 'vitest';
import { slotType } from '../../../../engine/slot-types/index.js';

const asked = { language: 'es', now: '2026-03-02T10:00', asked: true };
const read = (said: string): unknown => slotType('name').find(said, asked)[0]?.value;

describe('a name in Spanish', () => {
  it.each([
    ['Ana', 'Ana'],
    ['Lucía Gómez', 'Lucía Gómez'],
    ['me llamo Lucía Pérez', 'Lucía Pérez'],
    ['mi nombre es Carlos Ruiz', 'Carlos Ruiz'],
    ['soy Marta', 'Marta'],
    ['a nombre de García', 'García'],
    ['María del Carmen', 'María del Carmen'],
    ['Juan de la Cruz', 'Juan de la Cruz'],
    ['Javier por favor', 'Javier'],
    ["Siobhan O'Brien", "Siobhan O'Brien"],
    ["me llamo Kevin O'Neill", "Kevin O'Neill"],
    ['Domingo', 'Domingo'],
    ['me llamo Domingo Sánchez', 'Domingo Sánchez'],
  ])('is heard in "%s"', (said, name) => {
    expect(read(said)).toBe(name);
  });

  it.each([
    'no, el domingo', 'el viernes', 'no, el', 'sí', 'no', 'cuánto cuesta', 'quiero dos entradas', 'no quiero', 'por favor',
    'un momento', 'gracias', 'repita por favor', 'cuándo abren', 'adiós',
  ])('is not heard in "%s"', (said) => {
    expect(read(said)).toBeUndefined();
  });
}); // prettier-ignore
