/** English: the small words with which several values are said back in one sentence. */
import type { SlotTypeName } from '../../slot-types/slot-type.js';

const before: Partial<Record<SlotTypeName, string>> = {
  city: 'in',
  date: 'for',
  datetime: 'for',
  time: 'at',
  duration: 'for',
};

export const echoWords = {
  /** What stands before a value of a type. */
  before,
  /** Names of slots that are such words themselves: `called: [to]`. */
  roles: new Set(['to', 'from', 'for', 'at', 'in', 'on', 'with', 'by', 'until']),
  /** A name for what is counted. */
  plural: /^(?:people|\p{L}+[^s\W]s)$/u,
  singular: (noun: string): string => (noun === 'people' ? 'person' : noun.replace(/ies$/u, 'y').replace(/s$/u, '')),
};
