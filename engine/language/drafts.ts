import type { SlotDraft } from './build-slot.js';
import type { Tool } from './flow.js';
import type { NameScope } from './name-scope.js';
import type { ValueType } from './value-types.js';
import type { MapNode, YamlNode } from './yaml-source.js';

/** What is known of a flow before its states are built: every name that other places may mean. */
export interface FlowDraft {
  name: string;
  keyNode: YamlNode;
  node: MapNode;
  slots: Map<string, SlotDraft>;
  inputs: string[];
  outputs: string[];
  toolNames: string[];
  tools: Map<string, Tool>;
  /** Outcomes that its transitions to `end` name. */
  outcomes: Set<string>;
  states: Set<string>;
  hasExamples: boolean;
  intentNames: Set<string>;
  scope: NameScope;
  /** Its slots as other flows read them: filled while types become known. */
  fields: Map<string, ValueType>;
}

export interface AgentDraft {
  name: string;
  /** Undefined where a lone flow is its own agent. */
  node: MapNode | undefined;
  slots: Map<string, SlotDraft>;
  toolNames: string[];
  tools: Map<string, Tool>;
  intentNames: Set<string>;
  knowledgeNames: string[];
  flows: Map<string, FlowDraft>;
  scope: NameScope;
}
