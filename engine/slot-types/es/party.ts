import type { PartyWords } from '../head-count.js';
import { readCardinal } from './numbers.js';

const nouns = [
  'adulto', 'adulta', 'nino', 'nina', 'menor', 'mayor', 'bebe', 'crio', 'cria', 'chico', 'chica', 'hombre', 'mujer', 'persona', 'jubilado',
  'jubilada', 'estudiante', 'invitado', 'invitada', 'amigo', 'amiga', 'hijo', 'hija', 'hermano', 'hermana', 'padre', 'madre', 'papa', 'mama',
  'abuelo', 'abuela', 'tio', 'tia', 'primo', 'prima', 'sobrino', 'sobrina', 'novio', 'novia', 'companero', 'companera', 'esposo', 'esposa',
  'marido', 'pareja', 'suegro', 'suegra', 'nieto', 'nieta', 'jefe', 'jefa', 'comensal',
]; // prettier-ignore

/** How people are counted in Spanish: "dos adultos y un niño", "mi mujer y yo". Words without accents. */
export const spanishParty: PartyWords = {
  one: new Set(nouns),
  several: new Set(nouns.map((noun) => (/[aeiou]$/.test(noun) ? `${noun}s` : `${noun}es`)).concat('mas', 'peques')),
  alone: new Set(['yo']),
  singular: /^(?:un|una|mi|mis|nuestro|nuestra|el|la|otro|otra)$/,
  joints: /^(?:y|e|con|mas|&|\+)$/,
  whole: /^(?:personas|comensales|invitados)$/,
  fillers: new Set(['pues', 'bueno', 'luego', 'tambien', 'ademas']),
  cardinal: readCardinal,
  ofUs: () => 0,
};
