import type { TrainingIntent } from '../../../engine/contracts.js';

const things = 'parcel invoice kitchen garden ticket password heating camera boat contract'.split(' ');
const acts = 'find cancel move repair explain sell'.split(' ');
const frames = [
  'please X the Y',
  'I want to X my Y',
  'could you X a Y',
  'X Y',
  'how do I X the Y',
  'my Y is broken so X it',
  'is there a way to X another Y',
  'let us X this Y now',
  'somebody should X our Y',
  'X the Y of my sister',
];
const ends = ['', 'today', 'for me', 'at once', 'again', 'by Monday', 'in Cork', 'with care'];

/** Intents that are like and unlike each other, each with so many different examples. */
export function packRows(intents: number, examples: number): TrainingIntent[] {
  return Array.from({ length: intents }, (_, i) => {
    const [act, thing] = [acts[i % acts.length]!, things[Math.floor(i / 3) % things.length]!];
    return {
      id: `${act}_${thing}_${i}`,
      not: [],
      examples: Array.from({ length: examples }, (_, at) => {
        const frame = frames[at % frames.length]!;
        const end = ends[Math.floor(at / frames.length) % ends.length]!;
        return { text: `${frame.replace('X', act).replace('Y', thing)} ${end}`.trim(), values: [] };
      }),
    } as unknown as TrainingIntent;
  });
}
