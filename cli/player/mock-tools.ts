/** The tools of a scripted conversation: its mocks, then the agent's, and a turn that fails where there is none. */
import { RealClock } from '../../engine/clock.js';
import type { Clock, ToolCall, ToolRunner, TransferOutcome } from '../../engine/contracts.js';
import type { Agent } from '../../engine/language/flow.js';
import type { Mocks } from '../../engine/language/script.js';
import { findTool } from '../../engine/tools/find-tool.js';
import { mockLine } from '../../engine/tools/mock-tool.js';
import { createToolRunner } from '../../engine/tools/tool-runner.js';
import type { CalledTool, TurnProblem } from './turn-record.js';

export interface MockToolsOptions {
  /** Of the dialog: delays and time-outs run on it. */
  clock: Clock;
  /** Every tool itself, on the machine's time, in place of mocks. */
  realTools: boolean;
  onCall: (tool: CalledTool) => void;
  onSettled: (tool: CalledTool) => void;
  /** The script lacks something. */
  onProblem: (problem: TurnProblem) => void;
  /** What a tool says went wrong: in a script this is often just what it wants. */
  onNote: (line: string) => void;
}

export interface MockTools {
  runner: ToolRunner;
  /** What comes of a transfer, by the mocks named `transfer`; without one it succeeds at once. */
  transfer(): { outcome: TransferOutcome; delayMs: number };
}

/** Scripts go the same way every time. */
const wholeWait = (): number => 1;

/** The script's mocks win over the agent's, tool by tool. */
export function mockTools(agent: Agent, ofAgent: Mocks, ofScript: Mocks, options: MockToolsOptions): MockTools {
  const mocks: Mocks = new Map([...ofAgent, ...ofScript]);
  const running = new Map<string, CalledTool>();
  const onAttempt = (call: ToolCall): void => {
    const called: CalledTool = { name: call.tool, callId: call.callId, input: call.input, atMs: options.clock.now() };
    running.set(call.callId, called);
    options.onCall(called);
  };
  const inner = options.realTools
    ? createToolRunner(agent, { clock: new RealClock(), mode: 'real', onAttempt })
    : createToolRunner(agent, { clock: options.clock, mocks, env: {}, mode: 'mock', random: wholeWait, onAttempt });
  let transfers = 0;
  return {
    runner: {
      async run(call, signal) {
        const result = await inner.run(call, signal);
        // A call that was never tried (no mock, wrong input) is one that was made all the same.
        if (!running.has(call.callId)) onAttempt(call);
        const called = running.get(call.callId)!;
        called.outcome = result.outcome;
        options.onSettled(called);
        const cure = options.realTools ? undefined : missingMock(agent, call, result.problem);
        if (cure !== undefined) {
          options.onProblem({
            message: `no mock of the tool ${call.tool} fits this call; put this under "tools:" of the script or of mocks.yaml:  ${cure}`,
            expected: { [call.tool]: call.input },
            actual: 'no mock',
          });
        } else if (result.problem !== undefined) options.onNote(`${call.tool}: ${result.problem}`);
        return result;
      },
    },
    transfer() {
      const rules = (mocks.get('transfer') ?? []).filter(({ times }) => times === undefined || transfers < times);
      transfers++;
      const rule = rules[0];
      return { outcome: (rule?.outcome ?? 'ok') as TransferOutcome, delayMs: rule?.delayMs ?? 0 };
    },
  };
}

/** The line to add, when it was a mock that the call lacked. */
function missingMock(agent: Agent, call: ToolCall, problem: string | undefined): string | undefined {
  const tool = findTool(agent, call);
  const line = tool && mockLine(tool);
  return line !== undefined && problem?.includes(line) ? line : undefined;
}
