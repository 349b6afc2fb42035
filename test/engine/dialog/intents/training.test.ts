import { expect, it } from 'vitest';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { loadText } from '../drive.js';

const agent = `
agent: desk
intents: { skills: [what can you do, what are my options here], yes: [grand so] }
listen: [{ intent: skills, say: I book rooms. }]
---
flow: stop_cover
examples: [stop it, cancel this, go ahead]
states: { tell: { say: Stopped., to: end } }
`;

const examplesIn = async (yaml: string, id: string): Promise<string[]> =>
  trainingSet(await loadText(yaml))
    .find((intent) => intent.id === id)!
    .examples.map(({ text }) => text);

it("leaves a designer's own words out of the built-ins, also with one word more or less", async () => {
  const help = await examplesIn(agent, 'help');
  expect(help).not.toContain('what can you do');
  expect(help).not.toContain('what are my options');
  expect(help).toContain('what can i say');
  expect(await examplesIn(agent.replaceAll('what can you do', 'which skills'), 'help')).toContain('what can you do');
});

it('keeps every word of cancel, yes and the other ways out, whatever a flow is called', async () => {
  expect(await examplesIn(agent, 'cancel')).toEqual(expect.arrayContaining(['stop it', 'cancel this']));
  expect(await examplesIn(agent, 'yes')).toEqual(expect.arrayContaining(['go ahead', 'grand so', 'yes']));
});
