/** Dialogs whose line was lost, on a virtual clock. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Dialog } from '../../../engine/contracts.js';
import { silentLog } from '../../../runtime/observe/log.js';
import { KeptDialogs } from '../../../runtime/server/kept-dialogs.js';
import { listen, ScriptedDialog, words } from '../../fakes/dialog.js';

const keepMs = 30_000;

/** A call whose line was lost at 0. */
async function lose(answer: ConstructorParameters<typeof ScriptedDialog>[1] = () => [words('q', 'Which?'), listen()]) {
  const clock = new VirtualClock();
  const dialog = new ScriptedDialog(clock, answer);
  const kept = new KeptDialogs({ clock, log: silentLog, keepMs });
  const lost = new AbortController();
  const wrapped = kept.wrap(dialog, lost.signal);
  await run(wrapped, { kind: 'open', atMs: 0 });
  lost.abort();
  return { clock, dialog, kept, wrapped };
}

async function run(dialog: Dialog, input: Parameters<Dialog['turn']>[0]): Promise<string[]> {
  const kinds: string[] = [];
  for await (const out of dialog.turn(input, { signal: new AbortController().signal })) kinds.push(out.kind);
  return kinds;
}

const kindsOf = ({ inputs }: ScriptedDialog): string[] => inputs.map(({ kind }) => kind);

describe('a dialog whose line was lost', () => {
  it('hears nothing of it until its caller is back, however the call ends', async () => {
    const { clock, dialog, kept, wrapped } = await lose();
    expect(await run(wrapped, { kind: 'hang_up', atMs: 0 })).toEqual(['end']);
    await wrapped.close('connection_lost');
    await clock.advanceTo(keepMs - 1);
    expect(kindsOf(dialog)).toEqual(['open']);
    expect(dialog.closes).toEqual([]);
    expect(kept.take(dialog.id)).toBe(dialog);
  });

  it("is hung up on when the time to come back is over, once, and is nobody's then", async () => {
    const { clock, dialog, kept } = await lose();
    await clock.advanceTo(keepMs);
    expect(kindsOf(dialog)).toEqual(['open', 'hang_up']);
    expect(dialog.closes).toEqual(['the caller did not come back']);
    expect(kept.take(dialog.id)).toBeUndefined();
    await clock.advanceTo(3 * keepMs);
    expect(kindsOf(dialog)).toEqual(['open', 'hang_up']);
  });

  it('is not hung up on when its caller was back in time', async () => {
    const { clock, dialog, kept } = await lose();
    await clock.advanceTo(keepMs - 1);
    kept.take(dialog.id);
    await clock.advanceTo(3 * keepMs);
    expect(kindsOf(dialog)).toEqual(['open']);
    expect(kept.take(dialog.id)).toBeUndefined();
  });

  it('is closed with its server, and not hung up on', async () => {
    const { clock, dialog, kept } = await lose();
    await kept.close();
    await clock.advanceTo(2 * keepMs);
    expect(dialog.closes).toEqual(['the server ends']);
    expect(kindsOf(dialog)).toEqual(['open']);
  });

  it('that breaks at the hang-up harms nobody', async () => {
    const { clock, dialog } = await lose((input) => (input.kind === 'hang_up' ? [{ throws: 'broken' }] : [listen()]));
    await clock.advanceTo(keepMs);
    expect(kindsOf(dialog)).toEqual(['open', 'hang_up']);
  });

  it('that had ended is not kept', async () => {
    const { clock, dialog, kept } = await lose(() => [{ kind: 'end', hangUp: true }]);
    expect(kept.take(dialog.id)).toBeUndefined();
    await clock.advanceTo(2 * keepMs);
    expect(kindsOf(dialog)).toEqual(['open']);
  });
});
