import type { Evaluation } from './evaluate.js';
import type { CurvePoint } from './figures.js';

const [width, height] = [720, 456];
const frame = { left: 64, right: 24, top: 76, bottom: 56 };
const across = width - frame.left - frame.right;
const up = height - frame.top - frame.bottom;
/** More wrong than this is not drawn, unless more is allowed: nobody accepts it. */
const mostWrong = 0.15;
const longestTitle = 84;

/** The risk–coverage curve as a picture of its own: how many turns are decided locally at which share of wrong ones. */
export function curveSvg({ curves, self, figures, turns }: Evaluation, title: string, maxWrong: number): string {
  const highest = Math.min(1, Math.max(mostWrong, Math.ceil(maxWrong * 20) / 10));
  const x = (coverage: number): number => frame.left + coverage * across;
  const y = (wrong: number): number => height - frame.bottom - (wrong / highest) * up;
  const line = (points: readonly CurvePoint[]): string =>
    thinned(points)
      .map(({ coverage, wrong }) => `${x(coverage).toFixed(1)},${y(wrong).toFixed(1)}`)
      .join(' ');
  const percents = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const wrongs = [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => share * highest);
  const name = shortened(title);
  const legend = [
    ...(turns.foreign > 0 ? [{ text: 'one turn in ten foreign', colour: '#06c' }] : []),
    { text: 'turns in scope alone', colour: '#777' },
    { text: 'dot: by its own threshold', colour: '#06c' },
    { text: `dashes: ${label3(maxWrong)} allowed`, colour: '#b00' },
  ];
  const label = (at: number): string => `${Math.round(at * 1000) / 10} %`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(name)}</title>`,
    `<clipPath id="frame"><rect x="${frame.left}" y="${frame.top}" width="${across}" height="${up + 1}"/></clipPath>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${frame.left}" y="24" font-size="15">${escaped(name)}</text>`,
    `<text x="${frame.left}" y="42" fill="#666">${turns.inScope} turns in scope, ${turns.foreign} foreign; accuracy ${label3(figures.accuracy)}</text>`,
    `<text x="${frame.left}" y="60" fill="#666">decided locally: ${label3(figures.w97.oracle)} by the best threshold, ${label3(self.coverage)} by its own with ${label3(self.wrong)} wrong</text>`,
    ...percents.map(
      (at) =>
        `<line x1="${x(at)}" x2="${x(at)}" y1="${frame.top}" y2="${height - frame.bottom}" stroke="#eee"/><text x="${x(at)}" y="${height - frame.bottom + 18}" text-anchor="middle">${label(at)}</text>`,
    ),
    ...wrongs.map(
      (at) =>
        `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(at)}" y2="${y(at)}" stroke="#eee"/><text x="${frame.left - 8}" y="${y(at) + 4}" text-anchor="end">${label(at)}</text>`,
    ),
    `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(maxWrong)}" y2="${y(maxWrong)}" stroke="#b00" stroke-dasharray="4 4"/>`,
    '<g clip-path="url(#frame)" fill="none">',
    `<polyline stroke="#999" stroke-width="1.5" points="${line(curves.inScope)}"/>`,
    ...(turns.foreign > 0 ? [`<polyline stroke="#06c" stroke-width="2" points="${line(curves.mixed)}"/>`] : []),
    '</g>',
    `<circle cx="${x(self.coverage)}" cy="${y(Math.min(self.wrong, highest))}" r="5" fill="#06c"/>`,
    `<text x="${(frame.left + width - frame.right) / 2}" y="${height - 14}" text-anchor="middle">share of in-scope turns decided locally</text>`,
    `<text transform="translate(16 ${(frame.top + height - frame.bottom) / 2}) rotate(-90)" text-anchor="middle">wrong among the accepted</text>`,
    ...legend.map(
      ({ text, colour }, i) =>
        // The white behind the letters keeps them readable where a curve crosses them.
        `<text x="${frame.left + 8}" y="${frame.top + 16 + 16 * i}" fill="${colour}" stroke="#fff" stroke-width="4" paint-order="stroke">${escaped(text)}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

/** A few hundred points are all that can be seen. */
function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  const step = Math.max(1, Math.floor(points.length / 400));
  return points.filter((_, i) => i % step === 0 || i === points.length - 1);
}

function label3(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Long names would leave the picture; control characters are none of XML's. */
function shortened(text: string): string {
  const plain = [...text.replace(/\p{Cc}/gu, ' ')];
  return plain.length <= longestTitle ? plain.join('') : `…${plain.slice(1 - longestTitle).join('')}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
