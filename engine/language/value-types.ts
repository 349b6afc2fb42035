import type { SlotTypeName } from '../slot-types/slot-type.js';
import { addressParts } from '../slot-types/address.js';
import type { Expression, Template, ToolType } from './flow.js';

/** What an expression knows of a value: how it is written, compared and said. */
export type ValueType =
  | { kind: 'any' }
  | { kind: 'scalar'; of: SlotTypeName }
  | { kind: 'list'; of: ValueType; spoken?: Template }
  | { kind: 'map'; of: ValueType }
  | {
      kind: 'record';
      fields: ReadonlyMap<string, ValueType>;
      spoken?: Template;
      /** missing names are not problems */ open?: boolean;
      /** An item of a list or record without `spoken:`: the fields that are said, in order. Computed ones are not. */
      said?: readonly string[];
      /** The slot type that says it; fields that it lacks are empty. */ as?: SlotTypeName;
    }
  | ChoiceType;

/** A choice: its written value is an id, its data are reached as fields. */
export interface ChoiceType {
  kind: 'choice';
  /** The data's fields; undefined when the options are bare words. */
  fields?: ReadonlyMap<string, ValueType>;
  /** Listed options by id. */
  listed?: ReadonlyMap<string, { data: Record<string, unknown>; name: string }>;
  /** Options that are computed. */
  computed?: Expression;
  /** How an option is said. */
  spoken?: Template;
}

export const anyType: ValueType = { kind: 'any' };
export const textType: ValueType = { kind: 'scalar', of: 'text' };
export const numberType: ValueType = { kind: 'scalar', of: 'number' };
export const integerType: ValueType = { kind: 'scalar', of: 'integer' };
export const yesNoType: ValueType = { kind: 'scalar', of: 'yes_no' };
export const dateType: ValueType = { kind: 'scalar', of: 'date' };

/** The fields of types whose written value is a record of texts. A name is one where it has parts. */
export const textParts: Partial<Record<SlotTypeName, readonly string[]>> = {
  address: addressParts,
  name: ['first', 'last'],
};

/** What expressions know of a value of this slot type; `inParts`: with `of:`. */
export function scalarType(of: SlotTypeName, inParts = false): ValueType {
  const parts = of === 'address' || inParts ? textParts[of] : undefined;
  return parts
    ? { kind: 'record', fields: new Map(parts.map((part) => [part, textType])), as: of }
    : { kind: 'scalar', of };
}

/** The same type, as a tool declares it. */
export function fromToolType(type: ToolType): ValueType {
  switch (type.kind) {
    case 'slot':
      return scalarType(type.type);
    case 'one_of':
      return textType;
    case 'list':
      return { kind: 'list', of: fromToolType(type.of), spoken: type.spoken };
    case 'map':
      return { kind: 'map', of: fromToolType(type.of) };
    case 'record':
      return {
        kind: 'record',
        fields: new Map([...type.fields].map(([name, field]) => [name, fromToolType(field)])),
        spoken: type.spoken,
      };
  }
}

/** The type of what a path such as `.name` or `[0]` reaches. */
export function fieldType(type: ValueType, field: string): ValueType | undefined {
  if (type.kind === 'record') return type.fields.get(field) ?? (type.open === true ? anyType : undefined);
  if (type.kind === 'choice') return field === 'id' ? textType : type.fields?.get(field);
  if (type.kind === 'map') return type.of;
  if (type.kind === 'any') return anyType;
  if (type.kind !== 'scalar') return undefined;
  if (type.of === 'money') return field === 'value' ? numberType : field === 'currency' ? textType : undefined;
  if (type.of === 'date_range') return field === 'start' || field === 'end' ? dateType : undefined;
  return undefined;
}

/** In designers' words. */
export function typeWords(type: ValueType): string {
  switch (type.kind) {
    case 'any':
      return 'anything';
    case 'scalar':
      return type.of;
    case 'list':
      return `a list of ${typeWords(type.of)}`;
    case 'map':
      return `a map of ${typeWords(type.of)}`;
    case 'record':
      return type.as ?? 'a record';
    case 'choice':
      return 'a choice';
  }
}
