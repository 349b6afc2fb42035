import { expect, it } from 'vitest';
import { RelayPrompts } from '../../../runtime/transports/relay-prompts.js';

it('tells words once, whole or from their beginning, and the same words again when they are said again', () => {
  let repeated = 0;
  const prompts = new RelayPrompts(() => (repeated += 1));
  expect(prompts.isNew('no', false, 1000)).toBe(true);
  expect(prompts.isNew('no thanks', true, 1200)).toBe(true);
  expect(prompts.isNew('no thanks', true, 1210)).toBe(false);
  expect(prompts.isNew('no', false, 1300)).toBe(false);
  expect(prompts.isNew('yes', false, 1310)).toBe(true);
  expect(prompts.isNew('yes please', true, 1320)).toBe(true);
  expect(prompts.isNew('yes please', true, 1700)).toBe(true);
  expect(prompts.isNew('yes', false, 2100)).toBe(true);
  expect(repeated).toBe(2);
});
