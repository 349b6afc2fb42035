/** A tool's input as it goes out: moments with the offset of the agent's zone, so that no back end has to guess it. */
import type { Json } from '../contracts.js';
import type { ToolType } from '../language/flow.js';
import { withOffset } from '../slot-types/zone.js';

/** The input with every declared `datetime` as `2026-07-04T19:00:00+01:00`; all else as it is. */
export function momentsOut(
  input: Record<string, Json>,
  fields: ReadonlyMap<string, ToolType>,
  timezone: string,
): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, momentOut(value, fields.get(name), timezone)]),
  );
}

function momentOut(value: Json, type: ToolType | undefined, timezone: string): Json {
  if (value === null || type === undefined) return value;
  if (type.kind === 'slot') return type.type === 'datetime' && typeof value === 'string' ? withOffset(value, timezone) : value; // prettier-ignore
  if (type.kind === 'list') return Array.isArray(value) ? value.map((item) => momentOut(item, type.of, timezone)) : value; // prettier-ignore
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  if (type.kind === 'record') return momentsOut(value, type.fields, timezone);
  if (type.kind === 'map')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, momentOut(item, type.of, timezone)]));
  return value;
}
