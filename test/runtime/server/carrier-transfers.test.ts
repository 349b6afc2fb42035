/** What becomes of a caller whose carrier tells nothing, whichever carrier it is. */
import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { TransferTerms } from '../../../runtime/contracts.js';
import { silentLog } from '../../../runtime/observe/log.js';
import { CarrierTransfers, type Told, type TransferSteps } from '../../../runtime/server/doors/carrier-transfers.js';
import type { DoorHost } from '../../../runtime/server/doors/door.js';

class Pigeons extends CarrierTransfers {
  send(terms: TransferTerms, steps: TransferSteps): Promise<Told> {
    return this.begin('one', { to: '+35315550199', mode: 'cold', packet: {}, terms, underWay: () => undefined }, steps);
  }
  answered(): void {
    this.take('one', this.find('one')!);
  }
  landed(hasHungUp = false): boolean {
    return this.over('one', { hasHungUp, outcomeOf: (one) => this.parted(one) }) !== undefined;
  }
}

describe('a transfer', () => {
  let clock: VirtualClock;
  let pigeons: Pigeons;
  let fetched: number;
  const back = { comeBackTo: () => undefined };
  const steps = (): TransferSteps => ({
    start: () => Promise.resolve(),
    fetchBack: () => {
      fetched += 1;
      return Promise.resolve();
    },
  });
  beforeEach(() => {
    clock = new VirtualClock();
    fetched = 0;
    pigeons = new Pigeons({ clock, log: silentLog } as unknown as DoorHost, 'pigeons');
  });

  it('of which nothing is told within the ring time and 15 s fetches its caller back, who hears that nobody took it', async () => {
    const told = pigeons.send({ answerWithinMs: 20_000 }, steps());
    await clock.advance(34_900);
    expect(fetched).toBe(0);
    await clock.advance(200);
    expect(fetched).toBe(1);
    pigeons.back('one', {}, back);
    expect(await told).toBe('no_answer');
    expect(pigeons.isRunning('one')).toBe(false);
  });

  it('whose caller does not come back when fetched is over: they have hung up', async () => {
    const told = pigeons.send({}, steps());
    await clock.advance(45_100);
    await clock.advance(10_100);
    expect(fetched).toBe(1);
    expect(await told).toBe('hung_up');
  });

  it('whose caller the carrier cannot fetch back is over, and no error of ours', async () => {
    const told = pigeons.send({}, { ...steps(), fetchBack: () => Promise.reject(new Error('not in progress')) });
    await clock.advance(45_100);
    expect(await told).toBe('hung_up');
  });

  it('that was taken is not cut short, however long the two talk; after it the caller is back', async () => {
    const told = pigeons.send({ comesBack: true, maxMs: 3_600_000 }, steps());
    pigeons.answered();
    await clock.advance(1_800_000);
    expect(fetched).toBe(0);
    expect(pigeons.landed()).toBe(true);
    pigeons.back('one', {}, back);
    expect(await told).toBe('far_hang_up');
  });

  it('that was ended by its longest talk says so', async () => {
    const told = pigeons.send({ comesBack: true, maxMs: 60_000 }, steps());
    pigeons.answered();
    await clock.advance(60_000);
    pigeons.landed();
    pigeons.back('one', {}, back);
    expect(await told).toBe('max_time');
  });

  it('is not fetched back twice when the word of it only comes late', async () => {
    const told = pigeons.send({ comesBack: true }, steps());
    await clock.advance(45_100);
    expect(pigeons.landed()).toBe(true);
    await clock.advance(60_000);
    expect(fetched).toBe(1);
    expect(await told).toBe('hung_up');
  });

  it('that does not begin leaves nothing behind', async () => {
    await expect(pigeons.send({}, { start: () => Promise.reject(new Error('refused')) })).rejects.toThrow('refused');
    expect(pigeons.isRunning('one')).toBe(false);
  });
});
