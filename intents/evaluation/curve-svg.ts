import type { Evaluation } from './evaluate.js';
import type { CurvePoint } from './figures.js';

const [width, height] = [720, 440];
const frame = { left: 64, right: 24, top: 56, bottom: 56 };
/** More wrong than this is not drawn: nobody accepts it. */
const mostWrong = 0.15;

/** The risk–coverage curve as a picture of its own: how many turns are decided locally at which share of wrong ones. */
export function curveSvg({ curves, self, figures, turns }: Evaluation, title: string, maxWrong: number): string {
  const x = (coverage: number): number => frame.left + coverage * (width - frame.left - frame.right);
  const y = (wrong: number): number =>
    height - frame.bottom - (Math.min(wrong, mostWrong) / mostWrong) * (height - frame.top - frame.bottom);
  const line = (points: readonly CurvePoint[]): string =>
    thinned(points)
      .filter(({ wrong }) => wrong <= mostWrong)
      .map(({ coverage, wrong }) => `${x(coverage).toFixed(1)},${y(wrong).toFixed(1)}`)
      .join(' ');
  const percents = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const wrongs = [0, 0.03, 0.06, 0.09, 0.12, 0.15];
  const label = (at: number): string => `${Math.round(at * 100)} %`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${frame.left}" y="24" font-size="15">${escaped(title)}</text>`,
    `<text x="${frame.left}" y="42" fill="#666">${turns.inScope} turns in scope, ${turns.foreign} foreign; accuracy ${label3(figures.accuracy)}; ${label3(figures.w97.oracle)} local at best, ${label3(self.coverage)} by the router's own threshold with ${label3(self.wrong)} wrong</text>`,
    ...percents.map(
      (at) =>
        `<line x1="${x(at)}" x2="${x(at)}" y1="${frame.top}" y2="${height - frame.bottom}" stroke="#eee"/><text x="${x(at)}" y="${height - frame.bottom + 18}" text-anchor="middle">${label(at)}</text>`,
    ),
    ...wrongs.map(
      (at) =>
        `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(at)}" y2="${y(at)}" stroke="#eee"/><text x="${frame.left - 8}" y="${y(at) + 4}" text-anchor="end">${label(at)}</text>`,
    ),
    `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(maxWrong)}" y2="${y(maxWrong)}" stroke="#b00" stroke-dasharray="4 4"/>`,
    `<polyline fill="none" stroke="#999" stroke-width="1.5" points="${line(curves.inScope)}"/>`,
    ...(turns.foreign > 0
      ? [`<polyline fill="none" stroke="#06c" stroke-width="2" points="${line(curves.mixed)}"/>`]
      : []),
    `<circle cx="${x(self.coverage)}" cy="${y(self.wrong)}" r="5" fill="#06c"/>`,
    `<text x="${(frame.left + width - frame.right) / 2}" y="${height - 14}" text-anchor="middle">share of in-scope turns decided locally</text>`,
    `<text transform="translate(16 ${(frame.top + height - frame.bottom) / 2}) rotate(-90)" text-anchor="middle">wrong among the accepted</text>`,
    `<text x="${frame.left + 8}" y="${frame.top + 14}" fill="#06c">one turn in ten foreign; the dot is the router's own threshold</text>`,
    `<text x="${frame.left + 8}" y="${frame.top + 30}" fill="#777">in-scope turns alone</text>`,
    `<text x="${frame.left + 8}" y="${frame.top + 46}" fill="#b00">allowed: ${label3(maxWrong)}</text>`,
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

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
