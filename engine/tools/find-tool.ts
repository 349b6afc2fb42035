import type { ToolCall } from '../contracts.js';
import type { Agent, Tool } from '../language/flow.js';

/** The tool a call names: its flow's own first, then the agent's, then the only one of that name in any flow. */
export function findTool(agent: Agent, call: Pick<ToolCall, 'tool' | 'flow'>): Tool | undefined {
  if (call.flow !== undefined) {
    const own = agent.flows.get(call.flow)?.tools.get(call.tool);
    if (own) return own;
  }
  const shared = agent.tools.get(call.tool);
  if (shared) return shared;
  for (const flow of agent.flows.values()) {
    const own = flow.tools.get(call.tool);
    if (own) return own;
  }
  return undefined;
}
