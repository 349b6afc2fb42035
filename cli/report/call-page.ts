/** One HTML page of a call: both waveforms on one timeline, the words, the states, and the time of each turn. */

/** All that the page shows. Times are milliseconds from the start of the recording. */
export interface CallStory {
  title: string;
  startedAt: Date;
  sampleRateHz: number;
  caller: Int16Array;
  agent: Int16Array;
  /** The recording's file name, beside the page. */
  audioFile: string;
  words: { who: 'caller' | 'agent'; text: string; startMs: number; endMs: number; cut?: boolean }[];
  states: { atMs: number; name: string }[];
  /** One for each answer; `stages` in the order of their times, which count from the caller's last sound. */
  timings: { turn: number; gapMs?: number; stages: Record<string, number> }[];
  interruptions: { onsetMs: number; silentAfterMs: number }[];
  /** Why the call did not go as its script says; empty when it did. */
  troubles: string[];
}

const pixelsPerSecond = 60;
const laneHeight = 90;
const lanes = { caller: 40, agent: 40 + laneHeight + 10 };
const height = lanes.agent + laneHeight + 30;

/** @returns a whole HTML document; it needs only `audioFile` beside it, and that only to be heard */
export function callPage(story: CallStory): string {
  const seconds = Math.max(story.caller.length, story.agent.length) / story.sampleRateHz;
  const width = Math.ceil(seconds * pixelsPerSecond) + 20;
  const x = (ms: number): string => ((ms / 1000) * pixelsPerSecond).toFixed(1);
  const ticks = Array.from({ length: Math.floor(seconds) + 1 }, (_, second) => second)
    .filter((second) => second % 2 === 0)
    .map(
      (second) =>
        `<line class="tick" x1="${x(second * 1000)}" x2="${x(second * 1000)}" y1="24" y2="${height - 20}"/><text class="time" x="${x(second * 1000)}" y="${height - 6}">${second} s</text>`,
    );
  const states = story.states.map(
    (state) =>
      `<g class="state"><line x1="${x(state.atMs)}" x2="${x(state.atMs)}" y1="16" y2="${height - 20}"/><text x="${x(state.atMs + 40)}" y="14">${escape(state.name)}</text></g>`,
  );
  const cuts = story.interruptions.map(
    (cut) =>
      `<rect class="cut" x="${x(cut.onsetMs)}" y="${lanes.caller}" width="${x(Math.max(20, cut.silentAfterMs))}" height="${laneHeight * 2 + 10}"><title>interrupted; silent after ${Math.round(cut.silentAfterMs)} ms</title></rect>`,
  );
  const rows = story.words.map(
    (word) =>
      `<tr class="${word.who}" data-at="${(word.startMs / 1000).toFixed(2)}"><td>${clock(word.startMs)}</td><td>${word.who}</td><td>${escape(word.text)}${word.cut ? ' <em>(interrupted)</em>' : ''}</td></tr>`,
  );
  const timings = story.timings.map((timing) => {
    let before = 0;
    const parts = Object.entries(timing.stages).map(([name, ms]) => {
      const share = Math.max(1, ms - before);
      before = ms;
      return `<span style="flex-grow:${share.toFixed(0)}" title="${escape(name)}: ${Math.round(ms)} ms after the caller's last sound">${escape(name)} ${Math.round(ms)}</span>`;
    });
    return `<tr><td>${timing.turn}</td><td>${timing.gapMs === undefined ? '' : `${Math.round(timing.gapMs)} ms`}</td><td><div class="bar">${parts.join('')}</div></td></tr>`;
  });
  const verdict =
    story.troubles.length === 0
      ? '<p class="good">The call went as its script says.</p>'
      : `<ul class="bad">${story.troubles.map((trouble) => `<li>${escape(trouble)}</li>`).join('')}</ul>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(story.title)}</title><link rel="icon" href="data:,"><style>${style}</style></head><body>
<h1>${escape(story.title)}</h1>
<p class="soft">${story.startedAt.toISOString().replace('T', ' ').slice(0, 19)} UTC · ${seconds.toFixed(1)} s</p>
${verdict}
<audio controls src="${escape(story.audioFile)}"></audio>
<div class="scroll"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Waveforms of the caller and the agent">
${ticks.join('')}${cuts.join('')}${states.join('')}
<text class="lane" x="4" y="${lanes.caller + 12}">caller</text><path class="caller" d="${wave(story.caller, story.sampleRateHz, lanes.caller)}"/>
<text class="lane" x="4" y="${lanes.agent + 12}">agent</text><path class="agent" d="${wave(story.agent, story.sampleRateHz, lanes.agent)}"/>
<line id="head" x1="0" x2="0" y1="20" y2="${height - 20}"/>
</svg></div>
<h2>Words</h2><table class="words"><tbody>${rows.join('')}</tbody></table>
<h2>Time of each turn</h2><p class="soft">From the caller's last word to the agent's first sound, and when each stage of the answer was reached (milliseconds).</p>
<table class="timings"><thead><tr><th>turn</th><th>gap</th><th>stages</th></tr></thead><tbody>${timings.join('')}</tbody></table>
<script>${script}</script></body></html>
`;
}

/** The outline of one side, mirrored about the middle of its lane: one column for each pixel. */
function wave(samples: Int16Array, sampleRateHz: number, top: number): string {
  const perPixel = Math.max(1, Math.round(sampleRateHz / pixelsPerSecond));
  const middle = top + laneHeight / 2;
  const parts: string[] = [];
  for (let from = 0, pixel = 0; from < samples.length; from += perPixel, pixel++) {
    let peak = 0;
    for (let index = from; index < Math.min(samples.length, from + perPixel); index++)
      peak = Math.max(peak, Math.abs(samples[index]!));
    const half = (peak / 32768) * (laneHeight / 2);
    if (half > 0.3) parts.push(`M${pixel} ${(middle - half).toFixed(1)}V${(middle + half).toFixed(1)}`);
  }
  return `M0 ${middle}H${Math.ceil(samples.length / perPixel)}${parts.join('')}`;
}

function clock(ms: number): string {
  const seconds = ms / 1000;
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
}

const style = `
:root{color-scheme:light dark;--ink:#1d2733;--soft:#66758a;--paper:#fff;--line:#e0e5ec;--agent:#1f6feb;--caller:#16794c;--cut:#c4322b}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf2;--soft:#97a4b6;--paper:#14191f;--line:#2c3643;--agent:#6ea8ff;--caller:#5fd39b;--cut:#ff7a70}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:24px auto;max-width:1100px;padding:0 18px}
h1{font-size:22px;margin:0}h2{font-size:16px;margin:24px 0 6px}.soft{color:var(--soft);margin:2px 0 10px}
.good{color:var(--caller)}.bad{color:var(--cut)}audio{width:100%;margin:8px 0}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px}
svg text{font:11px system-ui,sans-serif;fill:var(--soft)}.tick{stroke:var(--line)}.state line{stroke:var(--soft);stroke-dasharray:2 4}
svg .lane{font-weight:600;fill:var(--ink)}path{stroke-width:1;fill:none}.caller path,path.caller{stroke:var(--caller)}path.agent{stroke:var(--agent)}
.cut{fill:var(--cut);opacity:.25}#head{stroke:var(--ink);stroke-width:1.5}
table{border-collapse:collapse;width:100%}td,th{padding:4px 10px 4px 0;text-align:left;border-top:1px solid var(--line);vertical-align:top;font-weight:normal}
.words tr{cursor:pointer}.words tr.agent td:nth-child(2){color:var(--agent)}.words tr.caller td:nth-child(2){color:var(--caller)}
td:first-child{white-space:nowrap;color:var(--soft)}.bar{display:flex;gap:2px}.bar span{background:var(--line);padding:0 6px;border-radius:4px;font-size:12px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;min-width:12px}
`;

const script = `
const audio=document.querySelector('audio'),head=document.getElementById('head'),svg=document.querySelector('svg');
const move=()=>{const x=audio.currentTime*${pixelsPerSecond};head.setAttribute('x1',x);head.setAttribute('x2',x)};
audio.addEventListener('timeupdate',move);
svg.addEventListener('click',(event)=>{audio.currentTime=(event.clientX-svg.getBoundingClientRect().left)/${pixelsPerSecond};move();void audio.play()});
for(const row of document.querySelectorAll('.words tr'))row.addEventListener('click',()=>{audio.currentTime=Number(row.dataset.at);move();void audio.play()});
`;
