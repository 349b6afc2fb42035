import { describe, expect, it } from 'vitest';
import { tellMove } from '../../../cli/player/trace-lines.js';

const fill = { kind: 'fill', slot: 'medicine', text: 'the blue one', confidence: 0.7, correction: false } as const;

describe('a move as a person reads it', () => {
  it('shows the value, and of words that cannot be read yet the words and that they are kept', () => {
    expect(tellMove({ ...fill, value: 'inhaler' })).toBe('fill medicine = "inhaler"  ("the blue one", 0.70)');
    expect(tellMove({ ...fill, value: '\u0000\u0001the blue one' }, false)).toBe(
      'fill medicine = "the blue one", to be read later',
    );
    expect(tellMove({ ...fill, value: '\u0000the blue one', correction: true }, false)).toBe(
      'change medicine = "the blue one", to be read later',
    );
  });
});
