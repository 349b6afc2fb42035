/** The agent that `flow new` lays: small enough to read at once, whole enough to start from. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { UsageError } from '../engine/errors.js';
import { packageRoot } from '../engine/package-root.js';

/** Writes the starter's files. Throws a UsageError when something is there already. */
export function layStarter(folder: string): { name: string; files: string[] } {
  const path = resolve(folder);
  if (existsSync(path) && (!statSync(path).isDirectory() || readdirSync(path).length > 0)) {
    throw new UsageError(
      `${folder} is not empty, and nothing of it shall be lost. Name a new folder: flow new <folder>`,
    );
  }
  const name = agentName(basename(path));
  mkdirSync(path, { recursive: true });
  const schema = relative(path, join(packageRoot, 'flows', 'flow.schema.json')).replaceAll('\\', '/');
  const files = starterFiles(name);
  for (const [file, text] of Object.entries(files)) {
    const head = file.endsWith('.yaml') ? `# yaml-language-server: $schema=${schema}\n` : '';
    writeFileSync(join(path, file), head + text);
  }
  return { name, files: Object.keys(files) };
}

/** A folder's name as an agent's: lower case, words joined by a dash. */
function agentName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+|-+$/g, '');
  return name === '' ? 'my-agent' : name;
}

function starterFiles(name: string): Record<string, string> {
  return {
    'agent.yaml': `agent: ${name}
language: en-IE                    # the region gives currency, phone numbers and the order of dates
timezone: Europe/Dublin
start: welcome                     # the flow a call begins with
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3 }   # without their keys: the embedded ones, for trying
repair:                            # built-in manners, overridden by name
  help: { say: "I can have someone call you back, or tell you when we are open." }
---
flow: welcome
states:
  hello: { say: "Hello! I can have someone call you back, or tell you when we are open.", to: end }
---
flow: opening_hours
title: our opening hours
description: The caller wants to know when somebody is there
examples:                          # a flow with examples is heard wherever the agent listens
  - when are you open
  - what are your opening hours
  - are you there on saturday
  - until when can i call
states:
  tell: { say: "We are here from Monday to Friday, nine to five.", to: end }
`,
    'call-back.flow.yaml': `flow: call_back
title: the call back
description: The caller wants to be called back by a person
examples:
  - call me back
  - can somebody call me [tomorrow](day)
  - i would like a call back on [friday](day) at [ten](time)
  - please give me a ring
  - have someone phone me
slots:
  day:
    type: date
    called: [day, date]
    range: today..
    ask:                           # one rung per attempt
      - On which day should we call you?
      - For example, tomorrow, or on Friday.
  time:
    type: time
    called: [time, hour]
    range: 09:00..17:00
    ask: At what time, between nine and five?
    reject: [{ if: time > "17:00", say: We only call until five. }]
  person:
    type: name
    called: [name]
    ask_first: true                # never filled by the way
    ask: And who should we ask for?
tools:
  plan_call:
    effect: write                  # sent at most once, and only after a clear yes
    input: { day: date, time: time, person: name }
    output: { reference: code }
    code: ./tools.ts#planCall
states:
  details: { collect: [day, time, person], to: agree }
  agree:
    confirm: We call {{ person }}, {{ day | say_date }} at {{ time | say_time }}. Is that right?
    call: plan_call
    transitions:
      - { on: declined, to: kept }
      - { on: [error, timeout], to: sorry }
    to: done
  done: { say: "Good, that's noted. Your reference is {{ plan_call.reference | spell }}.", to: end }
  kept: { say: "All right, I haven't noted anything.", to: end }
  sorry: { say: "I can't note it right now, I'm sorry.", to: end }
`,
    'call-back.test.yaml': `test: a call back, with a change of the hour
start: { clock: 2026-03-02T10:00 }         # a Monday
turns:
  - expect: { said: hello }                # no input: what the agent says of itself
  - say: can somebody call me tomorrow
    expect: { intent: call_back, slots: { day: 2026-03-03 }, said: ask.time, said_not: ask.day }
  - say: at ten
    expect: { slots: { time: "10:00" }, said: ask.person }
  - say: Murphy
    expect: { slots: { person: Murphy }, state: agree, said: agree.confirm, tools: none }
  - say: yes, but make it eleven o'clock
    expect: { slots: { time: "11:00" }, state: agree, said: agree.confirm, tools: none }
  - say: "yes"
    expect: { tools: [{ plan_call: { day: 2026-03-03, time: "11:00", person: Murphy }, times: 1 }], said: [done, anything_else] }
---
test: silence is asked again
start: { flow: call_back, clock: 2026-03-02T10:00 }
turns:
  - silence: 10s
    expect: { said: ask.day.2, no_input: 1 }
---
test: the opening hours
turns:
  - say: what are your opening hours
    expect: { said: opening_hours/tell, state: end }
`,
    'mocks.yaml': `# Stand-ins for the tools, for every script here. Others run tools.ts itself.
tools:
  plan_call: { gives: { reference: C100 } }
`,
    'tools.ts': `/** Tools of this agent, run in the process that serves it. Input and output are checked against the flow. */
export async function planCall(input: { day: string; time: string; person: string }): Promise<{ reference: string }> {
  // Here a real agent writes to its calendar.
  return { reference: \`C\${input.day.slice(8)}\${input.time.slice(0, 2)}\` };
}
`,
  };
}
