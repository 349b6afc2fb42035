import { describe, expect, it } from 'vitest';
import { ChunkOrder } from '../../../runtime/transports/chunk-order.js';

const given = (numbers: number[]): (number[] | undefined)[] => {
  const order = new ChunkOrder<number>();
  return numbers.map((number) => order.push(number, number));
};

describe('B73 chunks that a carrier mixes up', () => {
  it('are heard in order when they are back within 60 ms', () => {
    expect(given([1, 3, 2, 4])).toEqual([[1], [], [2, 3], [4]]);
    expect(given([1, 4, 3, 2, 5])).toEqual([[1], [], [], [2, 3, 4], [5]]);
  });

  it('do not hold up the rest when one of them is lost', () => {
    expect(given([1, 3, 4, 5, 6])).toEqual([[1], [], [], [], [3, 4, 5, 6]]);
  });

  it('are heard once', () => {
    expect(given([1, 2, 2, 1, 3])).toEqual([[1], [2], undefined, undefined, [3]]);
    expect(given([1, 3, 3, 2])).toEqual([[1], [], undefined, [2, 3]]);
  });

  it('that come after they were given up are dropped', () => {
    expect(given([1, 3, 4, 5, 6, 2]).at(-1)).toBeUndefined();
  });

  it('still held when the stream ends are not lost', () => {
    const order = new ChunkOrder<number>();
    for (const number of [1, 4, 3]) order.push(number, number);
    expect(order.rest()).toEqual([3, 4]);
  });

  it('begin with the first that comes, whatever its number', () => {
    expect(given([7, 8])).toEqual([[7], [8]]);
  });
});
